//! Who may open no tickets.

use base::{GuildId, Millis, Result, UserId};

use super::text;
use crate::{Store, lost};

/// Somebody who may open none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Why, in the words of who said so.
    pub reason: String,
    /// Who said so.
    pub by: UserId,
    /// Since when.
    pub at: Millis,
}

impl Store {
    /// Lets somebody open none from now on.
    pub async fn block_from_tickets(&self, guild: GuildId, user: UserId, reason: &str, by: UserId) -> Result<()> {
        sqlx::query(
            "insert into ticket_blocks (guild_id, user_id, reason, blocked_by, at) values ($1, $2, $3, $4, $5)
             on conflict (guild_id, user_id) do update set reason = excluded.reason, blocked_by = excluded.blocked_by,
                 at = excluded.at",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(text(reason))
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Lets them again. The answer is whether they were blocked.
    pub async fn unblock_from_tickets(&self, guild: GuildId, user: UserId) -> Result<bool> {
        sqlx::query("delete from ticket_blocks where guild_id = $1 and user_id = $2")
            .bind(guild.to_string())
            .bind(user.to_string())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// Whether somebody may open none, and why.
    pub async fn ticket_block(&self, guild: GuildId, user: UserId) -> Result<Option<Block>> {
        let row: Option<(String, String, i64)> =
            sqlx::query_as("select reason, blocked_by, at from ticket_blocks where guild_id = $1 and user_id = $2")
                .bind(guild.to_string())
                .bind(user.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let block = |(reason, by, at): (String, String, i64)| {
            let by = UserId(by.parse().unwrap_or_default());
            Block { reason, by, at: Millis(at) }
        };
        Ok(row.map(block))
    }
}
