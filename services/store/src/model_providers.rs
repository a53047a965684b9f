//! Who runs models for a guild, which are asked in which order, and what may leave the house.
//!
//! **Invariant:** a provider and its key come and go in one transaction.

use base::{GuildId, Millis, Result, RoleId, Secret, UserId};

use crate::{Store, Vault, lost, vault};

/// Somebody who runs models for a guild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProvider {
    /// Its id.
    pub id: String,
    /// Unique in the guild.
    pub name: String,
    /// `ollama`, `openai` or `anthropic`.
    pub kind: String,
    /// Where it is.
    pub address: String,
    /// The vault's row of its key.
    pub secret: Option<String>,
    /// `local` or `cloud`.
    pub place: String,
    /// How many tokens its models are given to read, where somebody said so.
    pub reads: Option<i64>,
    /// Whether it is asked.
    pub is_on: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    kind: String,
    address: String,
    secret_id: Option<String>,
    place: String,
    reads: Option<i64>,
    is_on: i64,
}

impl From<Row> for ModelProvider {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            address: row.address,
            secret: row.secret_id,
            place: row.place,
            reads: row.reads,
            is_on: row.is_on != 0,
        }
    }
}

const COLUMNS: &str = "select id, name, kind, address, secret_id, place, reads, is_on from model_providers";

impl Store {
    /// A guild's own providers, by name.
    pub async fn model_providers(&self, guild: GuildId) -> Result<Vec<ModelProvider>> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} where guild_id = $1 order by lower(name)"));
        let rows: Vec<Row> = sqlx::query_as(sql).bind(guild.to_string()).fetch_all(&self.pool).await.map_err(lost)?;
        Ok(rows.into_iter().map(ModelProvider::from).collect())
    }

    /// Removes a provider with its key, and its models from the order. The answer is whether it was there.
    pub async fn remove_model_provider(&self, guild: GuildId, id: &str) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        let gone: Option<(String, Option<String>)> =
            sqlx::query_as("delete from model_providers where id = $1 and guild_id = $2 returning name, secret_id")
                .bind(id)
                .bind(guild.to_string())
                .fetch_optional(&mut *whole)
                .await
                .map_err(lost)?;
        let Some((name, secret)) = gone else { return Ok(false) };
        sqlx::query("delete from model_choices where guild_id = $1 and lower(provider) = lower($2)")
            .bind(guild.to_string())
            .bind(name)
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        if let Some(secret) = secret {
            vault::forget(&mut whole, guild, &secret).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// The models a guild asks, in their order: provider and model.
    pub async fn model_choices(&self, guild: GuildId) -> Result<Vec<(String, String)>> {
        sqlx::query_as("select provider, model from model_choices where guild_id = $1 order by position")
            .bind(guild.to_string())
            .fetch_all(&self.pool)
            .await
            .map_err(lost)
    }

    /// Has a guild ask these models, in this order, and no others; without any, whichever are local.
    pub async fn set_model_choices(&self, guild: GuildId, choices: &[(String, String)]) -> Result<()> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from model_choices where guild_id = $1")
            .bind(guild.to_string())
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        for (position, (provider, model)) in (0_i64..).zip(choices) {
            // Two who set it at once: the later one's order stands, whole.
            sqlx::query(
                "insert into model_choices (guild_id, position, provider, model) values ($1, $2, $3, $4)
                 on conflict (guild_id, position) do update set provider = $3, model = $4",
            )
            .bind(guild.to_string())
            .bind(position)
            .bind(provider)
            .bind(model)
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        }
        whole.commit().await.map_err(lost)
    }

    /// What a guild lets leave the house; none where nobody said.
    pub async fn model_policy(&self, guild: GuildId) -> Result<Option<String>> {
        sqlx::query_scalar("select cloud from model_policies where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.pool)
            .await
            .map_err(lost)
    }

    /// Lets this leave the house from now on.
    pub async fn set_model_policy(&self, guild: GuildId, cloud: &str, by: UserId) -> Result<()> {
        sqlx::query(
            "insert into model_policies (guild_id, cloud, set_by, set_at) values ($1, $2, $3, $4)
             on conflict (guild_id) do update set cloud = $2, set_by = $3, set_at = $4",
        )
        .bind(guild.to_string())
        .bind(cloud)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What a guild's models in the cloud may cost in thirty days, in dollars; none where nobody said.
    pub async fn model_budget(&self, guild: GuildId) -> Result<Option<i64>> {
        sqlx::query_scalar("select dollars from model_budgets where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.pool)
            .await
            .map_err(lost)
    }

    /// Lets them cost so much from now on; without a number, what they do.
    pub async fn set_model_budget(&self, guild: GuildId, dollars: Option<i64>, by: UserId) -> Result<()> {
        let query = match dollars {
            Some(dollars) => sqlx::query(
                "insert into model_budgets (guild_id, dollars, set_by, set_at) values ($1, $2, $3, $4)
                 on conflict (guild_id) do update set dollars = $2, set_by = $3, set_at = $4",
            )
            .bind(guild.to_string())
            .bind(dollars)
            .bind(by.to_string())
            .bind(self.clock.now().0),
            None => sqlx::query("delete from model_budgets where guild_id = $1").bind(guild.to_string()),
        };
        query.execute(&self.pool).await.map(drop).map_err(lost)
    }

    /// How many tokens each of a role may use in a day.
    pub async fn model_quotas(&self, guild: GuildId) -> Result<Vec<(RoleId, i64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select role_id, tokens from model_quotas where guild_id = $1 order by role_id")
                .bind(guild.to_string())
                .fetch_all(&self.pool)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(role, tokens)| Some((RoleId(role.parse().ok()?), tokens))).collect())
    }

    /// Gives each of a role so many tokens a day; without a number, as many as they like.
    pub async fn set_model_quota(&self, guild: GuildId, role: RoleId, tokens: Option<i64>) -> Result<()> {
        let query = match tokens {
            Some(tokens) => sqlx::query(
                "insert into model_quotas (guild_id, role_id, tokens) values ($1, $2, $3)
                 on conflict (guild_id, role_id) do update set tokens = $3",
            )
            .bind(guild.to_string())
            .bind(role.to_string())
            .bind(tokens),
            None => sqlx::query("delete from model_quotas where guild_id = $1 and role_id = $2")
                .bind(guild.to_string())
                .bind(role.to_string()),
        };
        query.execute(&self.pool).await.map(drop).map_err(lost)
    }

    /// Every guild's keys of providers, to be known from the start: the guild, and the vault's row.
    pub async fn model_keys(&self) -> Result<Vec<(GuildId, String)>> {
        let sql = "select guild_id, secret_id from model_providers where secret_id is not null";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&self.pool).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(guild, secret)| Some((GuildId(guild.parse().ok()?), secret))).collect())
    }
}

impl Vault {
    /// Adds a provider with its key. None where the name is taken.
    pub async fn add_model_provider(
        &self,
        guild: GuildId,
        provider: &ModelProvider,
        key: Option<&Secret>,
        by: UserId,
    ) -> Result<Option<ModelProvider>> {
        let sealed = match key {
            Some(key) => Some(self.sealed(guild, key).await?),
            None => None,
        };
        let now: Millis = self.store.clock.now();
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        if let Some(sealed) = &sealed {
            sealed.insert(&mut whole, now).await?;
        }
        let row: Option<Row> = sqlx::query_as(
            "insert into model_providers
                 (id, guild_id, name, kind, address, secret_id, place, reads, is_on, added_by, added_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (guild_id, lower(name)) do nothing
             returning id, name, kind, address, secret_id, place, reads, is_on",
        )
        .bind(self.store.clock.id().to_string())
        .bind(guild.to_string())
        .bind(&provider.name)
        .bind(&provider.kind)
        .bind(&provider.address)
        .bind(sealed.as_ref().map(|sealed| sealed.id.clone()))
        .bind(&provider.place)
        .bind(provider.reads)
        .bind(i64::from(provider.is_on))
        .bind(by.to_string())
        .bind(now.0)
        .fetch_optional(&mut *whole)
        .await
        .map_err(lost)?;
        // Not committed, nothing of it is there.
        let Some(row) = row else { return Ok(None) };
        whole.commit().await.map_err(lost)?;
        Ok(Some(row.into()))
    }

    /// Gives a provider another key, in place of the one it has. The answer is whether it was as it was read.
    pub async fn set_model_key(&self, guild: GuildId, provider: &ModelProvider, key: &Secret) -> Result<bool> {
        let sealed = self.sealed(guild, key).await?;
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut whole, self.store.clock.now()).await?;
        let changed = sqlx::query(
            "update model_providers set secret_id = $1 where id = $2 and guild_id = $3 and coalesce(secret_id, '') = $4",
        )
        .bind(&sealed.id)
        .bind(&provider.id)
        .bind(guild.to_string())
        .bind(provider.secret.clone().unwrap_or_default())
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        // Not committed, nothing of it is there.
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(before) = &provider.secret {
            vault::forget(&mut whole, guild, before).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }
}
