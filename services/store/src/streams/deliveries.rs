//! Signed events that came in: kept before they are answered, heard once, done after that.

use std::time::Duration;

use base::{Millis, Result};

use super::{Source, text};
use crate::{Store, lost};

/// So long an event's id is known: nothing older is let in.
const KNOWN: Duration = Duration::from_mins(30);

/// An event that came in, and is not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// From where.
    pub source: Source,
    /// Its id there.
    pub message: String,
    /// What kind of event it is.
    pub subject: String,
    /// All it says.
    pub body: String,
    /// When it came.
    pub came: Millis,
}

impl Store {
    /// Keeps an event. The answer is whether it is the first time that it came. What it says is JSON, and there a NUL, which PostgreSQL
    /// takes nowhere, may be written as an escape: none is left, so that nothing that is looked up by what an event says holds one.
    pub async fn keep_delivery(&self, source: Source, message: &str, subject: &str, body: &str) -> Result<bool> {
        let done = sqlx::query(
            // What comes within one millisecond is heard in the order in which it came.
            "insert into stream_deliveries (platform, message_id, subject, body, came_at)
             values ($1, $2, $3, $4, (select case when coalesce(max(came_at), 0) >= $5 then max(came_at) + 1 else $5 end
                 from stream_deliveries))
             on conflict (platform, message_id) do nothing",
        )
        .bind(source.as_str())
        .bind(text(message))
        .bind(text(subject))
        .bind(text(&without_nul(body)))
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Events that are not done, the oldest first.
    pub async fn open_deliveries(&self, most: i64) -> Result<Vec<Delivery>> {
        let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
            "select platform, message_id, subject, body, came_at from stream_deliveries
             where done_at is null order by came_at, message_id limit $1",
        )
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(platform, message, subject, body, came): (String, String, String, String, i64)| Delivery {
            source: Source::kept(&platform),
            message,
            subject,
            body,
            came: Millis(came),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many events are known, done or not.
    pub async fn deliveries_known(&self) -> Result<i64> {
        sqlx::query_scalar("select count(*) from stream_deliveries").fetch_one(&self.reads).await.map_err(lost)
    }

    /// An event is done; its id is known for a while.
    pub async fn delivery_is_done(&self, delivery: &Delivery) -> Result<()> {
        sqlx::query("update stream_deliveries set done_at = $1, body = '' where platform = $2 and message_id = $3")
            .bind(self.clock.now().0)
            .bind(delivery.source.as_str())
            .bind(&delivery.message)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Forgets events that nobody could bring in again.
    pub async fn forget_deliveries(&self) -> Result<()> {
        let known = i64::try_from(KNOWN.as_millis()).unwrap_or(i64::MAX);
        sqlx::query("delete from stream_deliveries where done_at is not null and came_at < $1")
            .bind(self.clock.now().0 - known)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

/// JSON that says the same without a NUL: only where nothing escapes its backslash is that an escape, and no six letters that somebody wrote.
fn without_nul(json: &str) -> String {
    const NUL: &str = "\\u0000";
    let (mut clean, mut rest) = (String::with_capacity(json.len()), json);
    while let Some(at) = rest.find(NUL) {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        let escapes = before.bytes().rev().take_while(|byte| *byte == b'\\').count();
        clean.push_str(if escapes % 2 == 0 { "␀" } else { NUL });
        rest = &from[NUL.len()..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::without_nul;

    #[test]
    fn what_somebody_wrote_is_kept_as_they_wrote_it_and_a_nul_is_shown_as_one() {
        for (said, kept) in [
            ("a\0b\0", "a␀b␀"),
            (r"\u0000", r"\u0000"),
            (r"\\u0000", r"\\u0000"),
            ("\\\0", "\\␀"),
            ("\0\\u0000\0", "␀\\u0000␀"),
            ("plain", "plain"),
        ] {
            let clean = without_nul(&json!({ "text": said }).to_string());
            assert_eq!(serde_json::from_str::<Value>(&clean).unwrap(), json!({ "text": kept }), "{said:?}");
        }
    }
}
