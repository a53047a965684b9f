//! How much of models there is: what those in the cloud may cost a guild, each of a role and a conversation, and tokens in a day.

use base::{GuildId, Result, RoleId, UserId};

use crate::{Store, lost};

/// What a guild says that one conversation may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationBudget {
    /// In dollars; none is whatever it does.
    pub dollars: Option<i64>,
}

impl Store {
    /// What a guild's models in the cloud may cost in thirty days, in dollars; none where nobody said.
    pub async fn model_budget(&self, guild: GuildId) -> Result<Option<i64>> {
        sqlx::query_scalar("select dollars from model_budgets where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
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
                .fetch_all(&self.reads)
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

    /// What models in the cloud may cost for each of a role in thirty days, in dollars.
    pub async fn model_allowances(&self, guild: GuildId) -> Result<Vec<(RoleId, i64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select role_id, dollars from model_allowances where guild_id = $1 order by role_id")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(role, dollars)| Some((RoleId(role.parse().ok()?), dollars))).collect())
    }

    /// Lets them cost so much for each of a role; without a number, what they do.
    pub async fn set_model_allowance(&self, guild: GuildId, role: RoleId, dollars: Option<i64>) -> Result<()> {
        let query = match dollars {
            Some(dollars) => sqlx::query(
                "insert into model_allowances (guild_id, role_id, dollars) values ($1, $2, $3)
                 on conflict (guild_id, role_id) do update set dollars = $3",
            )
            .bind(guild.to_string())
            .bind(role.to_string())
            .bind(dollars),
            None => sqlx::query("delete from model_allowances where guild_id = $1 and role_id = $2")
                .bind(guild.to_string())
                .bind(role.to_string()),
        };
        query.execute(&self.pool).await.map(drop).map_err(lost)
    }

    /// What one conversation may cost; none where nobody said.
    pub async fn conversation_budget(&self, guild: GuildId) -> Result<Option<ConversationBudget>> {
        let row: Option<(Option<i64>,)> =
            sqlx::query_as("select dollars from conversation_budgets where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(|(dollars,)| ConversationBudget { dollars }))
    }

    /// Lets a conversation cost so much from now on; without a number, what it does.
    pub async fn set_conversation_budget(&self, guild: GuildId, dollars: Option<i64>, by: UserId) -> Result<()> {
        sqlx::query(
            "insert into conversation_budgets (guild_id, dollars, set_by, set_at) values ($1, $2, $3, $4)
             on conflict (guild_id) do update set dollars = $2, set_by = $3, set_at = $4",
        )
        .bind(guild.to_string())
        .bind(dollars)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
