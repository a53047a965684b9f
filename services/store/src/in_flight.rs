//! What is going on, and what ended without its last word: working state beside the audit log. Rows go when all is said.

use base::{Millis, Result};
use uuid::Uuid;

use crate::{Store, audit::Entry, lost};

/// What was left without its last word.
#[derive(Debug, Clone)]
pub struct Left {
    /// What the log says of it.
    pub entry: Entry,
    /// How whoever asked can still be answered.
    pub reply_to: Option<String>,
    /// The channel or thread of its card, and the message.
    pub card: Option<(String, String)>,
}

type Row = (String, Option<String>, Option<String>, Option<String>);

impl Store {
    /// The entries that have not ended, but for those of durable runs.
    pub(crate) async fn running_entries(&self) -> Result<Vec<String>> {
        let sql = "select id from in_flight f where outcome is null and not exists
            (select 1 from runs r where r.id = f.id and r.state in ('queued', 'running')) order by began";
        sqlx::query_scalar(sql).fetch_all(&self.reads).await.map_err(lost)
    }

    /// Notes where the card of something going on stands.
    pub async fn keep_live_card(&self, entry: Uuid, channel: u64, message: u64) -> Result<()> {
        sqlx::query("update in_flight set channel_id = $1, message_id = $2 where id = $3")
            .bind(channel.to_string())
            .bind(message.to_string())
            .bind(entry.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Durable runs that were asked for before this moment, and whose last word nobody has said.
    pub async fn untold_runs(&self, before: Millis) -> Result<Vec<Left>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select f.id, f.reply_to, f.channel_id, f.message_id from in_flight f join runs r on r.id = f.id
             where f.started_at < $1 order by f.began",
        )
        .bind(before.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        self.left(rows).await
    }

    /// What a process that began before this moment left without its last word, where no card of it stands; not durable runs.
    pub async fn unanswered_audit(&self, before: Millis) -> Result<Vec<Left>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, reply_to, channel_id, message_id from in_flight f
             where outcome is not null and reply_to is not null and channel_id is null and started_at < $1
                 and not exists (select 1 from runs r where r.id = f.id) order by began",
        )
        .bind(before.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        self.left(rows).await
    }

    /// Everything whose card stands and may not tell how it ended; not durable runs.
    pub async fn live_cards(&self) -> Result<Vec<Left>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, reply_to, channel_id, message_id from in_flight f where channel_id is not null
                 and not exists (select 1 from runs r where r.id = f.id) order by began",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        self.left(rows).await
    }

    async fn left(&self, rows: Vec<Row>) -> Result<Vec<Left>> {
        let mut left = Vec::with_capacity(rows.len());
        for (id, reply_to, channel, message) in rows {
            if let Some(entry) = self.audit_entry(&id).await? {
                left.push(Left { entry, reply_to, card: channel.zip(message) });
            }
        }
        Ok(left)
    }

    /// Whoever asked knows how it ended, or can no longer be told: there is nothing left to do. What has not ended, the next
    /// start still finds.
    pub async fn answered_audit(&self, id: &str) -> Result<()> {
        let gone = sqlx::query("delete from in_flight where id = $1 and outcome is not null")
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        if gone.rows_affected() > 0 {
            return Ok(());
        }
        sqlx::query("update in_flight set reply_to = null, channel_id = null, message_id = null where id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
