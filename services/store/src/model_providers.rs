//! Who runs models for a guild, which are asked in which order, and what may leave the house.
//!
//! **Invariant:** a provider and its key come and go in one transaction.

use base::{GuildId, Millis, Result, Secret, UserId};

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

/// What a guild says of a provider that it shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedProvider {
    /// Which: there is one of a kind.
    pub kind: String,
    /// Whether it is asked.
    pub is_on: bool,
    /// How many tokens its models are given to read, where somebody said so.
    pub reads: Option<i64>,
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
        let rows: Vec<Row> = sqlx::query_as(sql).bind(guild.to_string()).fetch_all(&self.reads).await.map_err(lost)?;
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
            .fetch_all(&self.reads)
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
            .fetch_optional(&self.reads)
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

    /// Has a guild ask a provider of its own, or no longer.
    pub async fn switch_model_provider(&self, guild: GuildId, id: &str, is_on: bool) -> Result<()> {
        sqlx::query("update model_providers set is_on = $1 where id = $2 and guild_id = $3")
            .bind(i64::from(is_on))
            .bind(id)
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Gives the models of a guild's own provider so many tokens to read; without a number, as many as is found out.
    pub async fn set_model_window(&self, guild: GuildId, id: &str, reads: Option<i64>) -> Result<()> {
        sqlx::query("update model_providers set reads = $1 where id = $2 and guild_id = $3")
            .bind(reads)
            .bind(id)
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// What a guild says of the providers that it shares with others.
    pub async fn shared_model_providers(&self, guild: GuildId) -> Result<Vec<SharedProvider>> {
        let rows: Vec<(String, i64, Option<i64>)> =
            sqlx::query_as("select kind, is_on, reads from shared_model_providers where guild_id = $1")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(|(kind, is_on, reads)| SharedProvider { kind, is_on: is_on != 0, reads }).collect())
    }

    /// Has a guild ask a provider that it shares with others, or no longer.
    pub async fn switch_shared_model_provider(&self, guild: GuildId, kind: &str, is_on: bool) -> Result<()> {
        sqlx::query(
            "insert into shared_model_providers (guild_id, kind, is_on) values ($1, $2, $3)
             on conflict (guild_id, kind) do update set is_on = $3",
        )
        .bind(guild.to_string())
        .bind(kind)
        .bind(i64::from(is_on))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Gives a guild so many tokens to read of the models of a provider that it shares with others; without a number, as many as is
    /// found out.
    pub async fn set_shared_model_window(&self, guild: GuildId, kind: &str, reads: Option<i64>) -> Result<()> {
        sqlx::query(
            "insert into shared_model_providers (guild_id, kind, is_on, reads) values ($1, $2, 1, $3)
             on conflict (guild_id, kind) do update set reads = $3",
        )
        .bind(guild.to_string())
        .bind(kind)
        .bind(reads)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Every guild's keys of providers, to be known from the start: the guild, and the vault's row.
    pub async fn model_keys(&self) -> Result<Vec<(GuildId, String)>> {
        let sql = "select guild_id, secret_id from model_providers where secret_id is not null";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&self.reads).await.map_err(lost)?;
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
