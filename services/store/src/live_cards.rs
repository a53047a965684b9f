//! Where the cards of what is going on stand in Discord.

use base::Result;
use uuid::Uuid;

use crate::{Store, lost};

/// A card's place.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LiveCard {
    /// The audit row of what it shows.
    pub audit_id: String,
    /// The channel or thread.
    pub channel_id: String,
    /// The message.
    pub message_id: String,
}

impl Store {
    /// Notes where a card stands.
    pub async fn keep_live_card(&self, audit: Uuid, channel: u64, message: u64) -> Result<()> {
        sqlx::query(
            "insert into live_cards (audit_id, channel_id, message_id, created_at) values ($1, $2, $3, $4)
             on conflict (audit_id) do update set channel_id = excluded.channel_id, message_id = excluded.message_id",
        )
        .bind(audit.to_string())
        .bind(channel.to_string())
        .bind(message.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Every card that was left standing.
    pub async fn live_cards(&self) -> Result<Vec<LiveCard>> {
        sqlx::query_as("select audit_id, channel_id, message_id from live_cards order by created_at")
            .fetch_all(&self.pool)
            .await
            .map_err(lost)
    }

    /// Its card shows how it ended; there is nothing left to do.
    pub async fn forget_live_card(&self, audit: &str) -> Result<()> {
        sqlx::query("delete from live_cards where audit_id = $1")
            .bind(audit)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
