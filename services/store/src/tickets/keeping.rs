//! What a guild wants of its tickets' words: where transcripts are posted, and how long they are kept.

use std::time::Duration;

use base::{GuildId, Result};

use super::{id, millis, span};
use crate::{Store, lost};

/// What becomes of a ticket's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Where transcripts are posted.
    pub log: Option<u64>,
    /// How long a closed ticket's words are kept; none is for ever.
    pub retention: Option<Duration>,
}

impl Store {
    /// What a guild wants.
    pub async fn ticket_keeping(&self, guild: GuildId) -> Result<Keeping> {
        let row: Option<(Option<String>, i64)> =
            sqlx::query_as("select log_channel, retention from ticket_guilds where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let (log, retention) = row.unwrap_or_default();
        Ok(Keeping { log: id(log.as_deref()), retention: span(retention) })
    }

    /// It wants this from now on.
    pub async fn keep_tickets(&self, guild: GuildId, keeping: &Keeping) -> Result<()> {
        sqlx::query(
            "insert into ticket_guilds (guild_id, log_channel, retention) values ($1, $2, $3)
             on conflict (guild_id) do update set log_channel = excluded.log_channel, retention = excluded.retention",
        )
        .bind(guild.to_string())
        .bind(keeping.log.map(|channel| channel.to_string()))
        .bind(millis(keeping.retention))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
