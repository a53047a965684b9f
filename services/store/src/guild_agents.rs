//! Agents that people of a guild made in Discord.
//!
//! **Invariant:** one of a name: whoever makes a second is told that there is one, and it stays as it is.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// An agent that was made in Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuildAgent {
    /// Unique in its guild.
    pub name: String,
    /// What `config.yaml` would hold.
    pub config: String,
    /// What `prompt.md` would hold.
    pub prompt: String,
    /// Who made it.
    pub by: UserId,
    /// When.
    pub at: Millis,
}

type Row = (String, String, String, String, i64);

impl Store {
    /// The agents that a guild made, by name.
    pub async fn guild_agents(&self, guild: GuildId) -> Result<Vec<GuildAgent>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select name, config, prompt, made_by, made_at from guild_agents where guild_id = $1 order by name",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(name, config, prompt, by, at): Row| {
            let by = UserId(by.parse().unwrap_or_default());
            GuildAgent { name, config, prompt, by, at: Millis(at) }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Keeps an agent. The answer is whether it did: there was none of its name, and there is room.
    pub async fn make_guild_agent(
        &self,
        guild: GuildId,
        (name, config, prompt): (&str, &str, &str),
        by: UserId,
        most: i64,
    ) -> Result<bool> {
        sqlx::query(
            "insert into guild_agents (id, guild_id, name, config, prompt, made_by, made_at)
             select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from guild_agents where guild_id = $2) < $8
             on conflict (guild_id, name) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(name)
        .bind(config)
        .bind(prompt)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Removes an agent. The answer is whether there was one.
    pub async fn remove_guild_agent(&self, guild: GuildId, name: &str) -> Result<bool> {
        sqlx::query("delete from guild_agents where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }
}
