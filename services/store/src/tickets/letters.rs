//! Who wrote to the bot alone, and was asked what it is about. What they wrote stays where they wrote it.
//!
//! **Invariant:** one question of somebody's is open, and they are asked again only after a while, however much they write.

use std::time::Duration;

use base::{Millis, Result, UserId};

use super::id;
use crate::{Store, lost};

/// What somebody wrote, from its first message on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who wrote it.
    pub user: UserId,
    /// Where.
    pub channel: u64,
    /// Its first message.
    pub message: u64,
}

impl Store {
    /// Somebody wrote. The answer is the key of a question that they are to be asked; none where they were asked lately.
    pub async fn write_letter(&self, letter: &Letter, again: Duration) -> Result<Option<String>> {
        let (now, key) = (self.clock.now(), self.clock.key());
        let before = now.0.saturating_sub(i64::try_from(again.as_millis()).unwrap_or(i64::MAX));
        let done = sqlx::query(
            "insert into ticket_letters (user_id, letter_key, channel_id, message_id, at) values ($1, $2, $3, $4, $5)
             on conflict (user_id) do update set letter_key = excluded.letter_key, channel_id = excluded.channel_id,
                 message_id = excluded.message_id, at = excluded.at
             where ticket_letters.at < $6",
        )
        .bind(letter.user.to_string())
        .bind(&key)
        .bind(letter.channel.to_string())
        .bind(letter.message.to_string())
        .bind(now.0)
        .bind(before)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok((done.rows_affected() > 0).then_some(key))
    }

    /// What stands behind a question's key, for whoever was asked.
    pub async fn letter(&self, user: UserId, key: &str) -> Result<Option<(Letter, Millis)>> {
        let row: Option<(String, String, i64)> = sqlx::query_as(
            "select channel_id, message_id, at from ticket_letters where user_id = $1 and letter_key = $2",
        )
        .bind(user.to_string())
        .bind(key)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        let letter = |(channel, message, at): (String, String, i64)| {
            let (channel, message) = (id(Some(&channel))?, id(Some(&message))?);
            Some((Letter { user, channel, message }, Millis(at)))
        };
        Ok(row.and_then(letter))
    }

    /// The question was answered: whoever writes again is asked anew.
    pub async fn end_letter(&self, user: UserId, key: &str) -> Result<()> {
        sqlx::query("update ticket_letters set letter_key = null, at = 0 where user_id = $1 and letter_key = $2")
            .bind(user.to_string())
            .bind(key)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
