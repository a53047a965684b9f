//! Categories of Discord's that were made because another was full.
//!
//! **Invariant:** the row comes first, so whoever goes on after a kill looks for one of that name before another is made.

use base::{GuildId, Millis, Result};

use super::{id, text};
use crate::{Store, lost};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// 2, 3 …
    pub step: i64,
    /// What it is called.
    pub name: String,
    /// Where it is; none while nobody knows.
    pub channel: Option<u64>,
    /// When it was tried, where nobody knows yet what came of it.
    pub tried: Option<Millis>,
}

impl Store {
    /// Those of a category of Discord's, in their order.
    pub async fn ticket_folders(&self, guild: GuildId, under: u64) -> Result<Vec<Folder>> {
        let rows: Vec<(i64, String, Option<String>, Option<i64>)> = sqlx::query_as(
            "select step, name, channel_id, tried_at from ticket_folders where guild_id = $1 and under_id = $2
             order by step",
        )
        .bind(guild.to_string())
        .bind(under.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let folder = |(step, name, channel, tried): (i64, String, Option<String>, Option<i64>)| Folder {
            step,
            name,
            channel: id(channel.as_deref()),
            tried: tried.map(Millis),
        };
        Ok(rows.into_iter().map(folder).collect())
    }

    /// One is tried now.
    pub async fn try_ticket_folder(&self, guild: GuildId, under: u64, step: i64, name: &str) -> Result<()> {
        sqlx::query(
            "insert into ticket_folders (guild_id, under_id, step, name, tried_at) values ($1, $2, $3, $4, $5)
             on conflict (guild_id, under_id, step) do update set name = excluded.name, channel_id = null,
                 tried_at = excluded.tried_at",
        )
        .bind(guild.to_string())
        .bind(under.to_string())
        .bind(step)
        .bind(text(name))
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// It stands there; none where it was not made, and surely.
    pub async fn ticket_folder_stands(
        &self,
        guild: GuildId,
        under: u64,
        step: i64,
        channel: Option<u64>,
    ) -> Result<()> {
        sqlx::query(
            "update ticket_folders set channel_id = $1, tried_at = null where guild_id = $2 and under_id = $3 and step = $4",
        )
        .bind(channel.map(|id| id.to_string()))
        .bind(guild.to_string())
        .bind(under.to_string())
        .bind(step)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
