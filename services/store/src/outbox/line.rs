//! What waits to be posted, channel by channel, for the one process that posts.
//!
//! **Invariant:** a row says since when it may stand in its channel before it is sent, so whoever comes after a kill knows that
//! it must look first.

use std::sync::Arc;

use base::{Card, GuildId, Millis, Result, card::File};

use super::{Pings, Urgency};
use crate::{Store, lost};

/// A channel's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// Where the channel is.
    pub guild: GuildId,
    /// The channel.
    pub channel: u64,
}

/// The post at the head of a line.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its row.
    pub id: String,
    /// Where it goes.
    pub line: Line,
    /// The highest of all that wait in this line: what is urgent does not wait for the head's turn.
    pub urgency: Urgency,
    /// What it says, with its file.
    pub card: Card,
    /// The message it answers.
    pub answers: Option<u64>,
    /// Whom it may ping.
    pub pings: Pings,
    /// Since when it may stand there without our knowing.
    pub tried: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    card: String,
    file_name: Option<String>,
    file: Option<Vec<u8>>,
    answers: Option<String>,
    pings: String,
    tried_at: Option<i64>,
    urgency: i64,
}

impl Row {
    /// A card that cannot be read any more is an error of ours, and must not hold the line for ever.
    fn read(self, line: Line) -> std::result::Result<Head, (String, serde_json::Error)> {
        let read = || -> serde_json::Result<(Card, Pings)> {
            Ok((serde_json::from_str(&self.card)?, serde_json::from_str(&self.pings)?))
        };
        let (mut card, pings) = match read() {
            Ok(read) => read,
            Err(error) => return Err((self.id, error)),
        };
        card.file = self.file_name.zip(self.file).map(|(name, bytes)| File { name, bytes: Arc::new(bytes) });
        Ok(Head {
            id: self.id,
            line,
            urgency: Urgency::of(self.urgency),
            card,
            answers: self.answers.and_then(|id| id.parse().ok()),
            pings,
            tried: self.tried_at.map(Millis),
        })
    }
}

impl Store {
    /// Every channel in which something waits.
    pub async fn lines(&self) -> Result<Vec<Line>> {
        let sql = "select guild_id, channel_id from outbox where state = 'waiting'
                   group by guild_id, channel_id order by min(priority), min(created_at)";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&self.reads).await.map_err(lost)?;
        let line = |(guild, channel): (String, String)| {
            Some(Line { guild: GuildId(guild.parse().ok()?), channel: channel.parse().ok()? })
        };
        Ok(rows.into_iter().filter_map(line).collect())
    }

    /// What is to be posted next in a channel.
    pub async fn head_of(&self, line: Line) -> Result<Option<Head>> {
        loop {
            let row: Option<Row> = sqlx::query_as(
                "select id, card, file_name, file, answers, pings, tried_at,
                        (select min(priority) from outbox
                         where guild_id = $1 and channel_id = $2 and state = 'waiting') as urgency
                 from outbox where guild_id = $1 and channel_id = $2 and state = 'waiting' order by seq, id limit 1",
            )
            .bind(line.guild.to_string())
            .bind(line.channel.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
            match row.map(|row| row.read(line)) {
                None => return Ok(None),
                Some(Ok(head)) => return Ok(Some(head)),
                Some(Err((id, error))) => {
                    tracing::error!(%error, "a message that was to be posted cannot be read");
                    self.refuse_post(line.guild, &id, "I can no longer read what it said").await?;
                }
            }
        }
    }

    /// It is sent now: from this moment it may stand there.
    pub async fn try_post(&self, head: &Head) -> Result<()> {
        sqlx::query(
            "update outbox set tried_at = coalesce(tried_at, $1), attempts = attempts + 1
             where id = $2 and guild_id = $3 and state = 'waiting'",
        )
        .bind(self.clock.now().0)
        .bind(&head.id)
        .bind(head.line.guild.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// It does not stand there: it never arrived, or it was looked for.
    pub async fn post_is_not_there(&self, head: &Head) -> Result<()> {
        sqlx::query("update outbox set tried_at = null where id = $1 and guild_id = $2 and state = 'waiting'")
            .bind(&head.id)
            .bind(head.line.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// It stands as this message. The answer is whether nobody noted that before.
    pub async fn post_stands(&self, head: &Head, message: u64) -> Result<bool> {
        let done = sqlx::query(
            "update outbox set state = 'posted', message_id = $1, ended_at = $2, file = null
             where id = $3 and guild_id = $4 and state = 'waiting'",
        )
        .bind(message.to_string())
        .bind(self.clock.now().0)
        .bind(&head.id)
        .bind(head.line.guild.to_string())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        self.outbox.tell();
        Ok(done.rows_affected() > 0)
    }

    /// Discord does not take it, and the line goes on without it.
    pub async fn refuse_post(&self, guild: GuildId, id: &str, why: &str) -> Result<bool> {
        let done = sqlx::query(
            "update outbox set state = 'refused', refusal = $1, ended_at = $2, file = null
             where id = $3 and guild_id = $4 and state = 'waiting'",
        )
        .bind(why.replace('\0', "␀"))
        .bind(self.clock.now().0)
        .bind(id)
        .bind(guild.to_string())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        self.outbox.tell();
        Ok(done.rows_affected() > 0)
    }
}
