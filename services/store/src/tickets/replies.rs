//! Replies that staff of a guild use again and again.

use base::{GuildId, Result, UserId};

use super::{id, text};
use crate::{Store, lost};

/// A reply that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedReply {
    /// What it is called.
    pub name: String,
    /// What it says, with its variables.
    pub text: String,
    /// Who wrote it.
    pub by: UserId,
}

impl Store {
    /// Keeps a reply under its name, where the guild has fewer than `most` others. The answer is whether it did.
    pub async fn set_saved_reply(&self, guild: GuildId, reply: &SavedReply, most: i64) -> Result<bool> {
        sqlx::query(
            "insert into ticket_replies (guild_id, name, text, set_by, at) select $1, $2, $3, $4, $5
             where (select count(*) from ticket_replies where guild_id = $1 and name <> $2) < $6
             on conflict (guild_id, name) do update set text = excluded.text, set_by = excluded.set_by, at = excluded.at",
        )
        .bind(guild.to_string())
        .bind(&reply.name)
        .bind(text(&reply.text))
        .bind(reply.by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Forgets a reply. The answer is whether there was one.
    pub async fn remove_saved_reply(&self, guild: GuildId, name: &str) -> Result<bool> {
        sqlx::query("delete from ticket_replies where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// A guild's replies, by name.
    pub async fn saved_replies(&self, guild: GuildId) -> Result<Vec<SavedReply>> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("select name, text, set_by from ticket_replies where guild_id = $1 order by name")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        let reply = |(name, text, by): (String, String, String)| SavedReply {
            name,
            text,
            by: UserId(id(Some(&by)).unwrap_or_default()),
        };
        Ok(rows.into_iter().map(reply).collect())
    }
}
