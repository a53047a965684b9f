//! What models were asked, and what it took.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// An answer, or a try.
#[derive(Debug, Clone)]
pub struct NewUsage<'a> {
    /// Whose.
    pub guild: GuildId,
    /// Who asked.
    pub user: UserId,
    /// In which conversation.
    pub conversation: Option<&'a str>,
    /// Whose model.
    pub provider: &'a str,
    /// Which.
    pub model: &'a str,
    /// Whether it left the house.
    pub is_cloud: bool,
    /// What was read.
    pub prompt_tokens: u64,
    /// What was written.
    pub reply_tokens: u64,
    /// How long it took.
    pub took_ms: u64,
    /// The kind of failure; none of an answer.
    pub failure: Option<&'a str>,
}

/// What somebody's use of a model adds up to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Used {
    /// Who.
    pub user_id: String,
    /// Whose model.
    pub provider: String,
    /// Which.
    pub model: String,
    /// Whether it left the house.
    pub is_cloud: i64,
    /// How many answers.
    pub answers: i64,
    /// How many tries came to nothing.
    pub failures: i64,
    /// What was read.
    pub prompt_tokens: i64,
    /// What was written.
    pub reply_tokens: i64,
    /// How long the answers took, all together.
    pub took_ms: i64,
}

/// What a model in the cloud read and wrote.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CloudUse {
    /// Which.
    pub model: String,
    /// What was read.
    pub prompt_tokens: i64,
    /// What was written.
    pub reply_tokens: i64,
}

impl Store {
    /// Keeps what an answer took.
    pub async fn add_model_usage(&self, used: &NewUsage<'_>) -> Result<()> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        sqlx::query(
            "insert into model_usage (id, guild_id, user_id, conversation, provider, model, is_cloud,
                 prompt_tokens, reply_tokens, took_ms, failure, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(self.clock.id().to_string())
        .bind(used.guild.to_string())
        .bind(used.user.to_string())
        .bind(used.conversation.map(str::to_owned))
        .bind(used.provider)
        .bind(used.model)
        .bind(i64::from(used.is_cloud))
        .bind(number(used.prompt_tokens))
        .bind(number(used.reply_tokens))
        .bind(number(used.took_ms))
        .bind(used.failure.map(str::to_owned))
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What everybody of a guild used since then, by person and model; those who used most first.
    pub async fn model_usage(&self, guild: GuildId, since: Millis) -> Result<Vec<Used>> {
        sqlx::query_as(
            "select user_id, provider, model, is_cloud,
                 cast(sum(case when failure is null then 1 else 0 end) as bigint) as answers,
                 cast(sum(case when failure is null then 0 else 1 end) as bigint) as failures,
                 cast(sum(prompt_tokens) as bigint) as prompt_tokens,
                 cast(sum(reply_tokens) as bigint) as reply_tokens,
                 cast(sum(case when failure is null then took_ms else 0 end) as bigint) as took_ms
             from model_usage where guild_id = $1 and at >= $2
             group by user_id, provider, model, is_cloud
             order by sum(prompt_tokens + reply_tokens) desc, user_id, provider, model",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// What was used since then, in steps of so many milliseconds, at home and in the cloud: the step's number from then on, and tokens.
    pub async fn model_usage_steps(&self, guild: GuildId, since: Millis, step: i64) -> Result<Vec<(i64, i64, i64)>> {
        sqlx::query_as(
            "select (at - $2) / $3, is_cloud, cast(sum(prompt_tokens + reply_tokens) as bigint)
             from model_usage where guild_id = $1 and at >= $2 group by (at - $2) / $3, is_cloud order by 1, 2",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(step.max(1))
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// How many tokens somebody used since then.
    pub async fn tokens_used(&self, guild: GuildId, user: UserId, since: Millis) -> Result<i64> {
        sqlx::query_scalar(
            "select cast(coalesce(sum(prompt_tokens + reply_tokens), 0) as bigint) from model_usage
             where guild_id = $1 and user_id = $2 and at >= $3",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(since.0)
        .fetch_one(&self.reads)
        .await
        .map_err(lost)
    }

    /// What somebody used of models in the cloud since then, by model.
    pub async fn cloud_use_by(&self, guild: GuildId, user: UserId, since: Millis) -> Result<Vec<CloudUse>> {
        sqlx::query_as(
            "select model, cast(sum(prompt_tokens) as bigint) as prompt_tokens,
                 cast(sum(reply_tokens) as bigint) as reply_tokens
             from model_usage where guild_id = $1 and user_id = $2 and at >= $3 and is_cloud = 1 group by model",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(since.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// What a conversation used of models in the cloud, by model: with what it was handed from, and with all that was handed on.
    pub async fn cloud_use_in(&self, guild: GuildId, conversation: &str) -> Result<Vec<CloudUse>> {
        sqlx::query_as(
            "with recursive above (id, parent_id) as (
                 select id, parent_id from conversations where guild_id = $1 and id = $2
                 union select one.id, one.parent_id from conversations one join above on one.id = above.parent_id
             ), family (id) as (
                 select id from above
                 union select one.id from conversations one join family on one.parent_id = family.id
             )
             select model, cast(sum(prompt_tokens) as bigint) as prompt_tokens,
                 cast(sum(reply_tokens) as bigint) as reply_tokens
             from model_usage where guild_id = $1 and is_cloud = 1
                 and (conversation = $2 or conversation in (select id from family)) group by model",
        )
        .bind(guild.to_string())
        .bind(conversation)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }
}
