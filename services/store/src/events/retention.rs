//! Old events go, some at a time, and those who had not read them are told.
//!
//! **Invariant:** the tail moves first and what is deleted lies before it: the database refuses any other deletion.

use std::time::Duration;

use base::Result;

use crate::{Store, lost};

/// Events deleted with one transaction: whoever appends never waits for more.
const AT_ONCE: i64 = 1_000;
/// A cursor that was not seen for so long belongs to nobody any more.
const CURSOR_LIVES: Duration = Duration::from_hours(7 * 24);

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Younger ones stay, where there are not too many.
    pub age: Duration,
    /// So many stay, where they are not too old.
    pub number: i64,
    /// Older ones go, whoever has not read them.
    pub at_most: Duration,
}

impl Default for Retention {
    /// A month, a million; what a living subscriber has not read, for a quarter of a year.
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(days * 24);
        Self { age: days(30), number: 1_000_000, at_most: days(90) }
    }
}

impl Store {
    /// Deletes what need not be kept; the answer is how many events.
    pub async fn trim_events(&self, keep: &Retention) -> Result<i64> {
        let mut gone = 0;
        loop {
            let stride = self.trim_some(keep).await.map_err(lost)?;
            if stride == 0 {
                return Ok(gone);
            }
            gone += stride;
        }
    }

    async fn trim_some(&self, keep: &Retention) -> sqlx::Result<i64> {
        let now = self.clock.now();
        let before = |age: Duration| now.0.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let (trimmed, head): (i64, i64) =
            sqlx::query_as("select trimmed, seq from event_tail, event_head").fetch_one(&self.reads).await?;
        let slowest: Option<i64> = sqlx::query_scalar("select min(seq) from event_cursors where seen_at >= $1")
            .bind(before(CURSOR_LIVES))
            .fetch_one(&self.reads)
            .await?;
        let oldest: Vec<(i64, i64)> = sqlx::query_as("select seq, at from events where seq > $1 order by seq limit $2")
            .bind(trimmed)
            .bind(AT_ONCE)
            .fetch_all(&self.reads)
            .await?;
        // Event by event: a clock that was wrong for a moment takes nothing with it that is young.
        let goes = |(seq, at): &(i64, i64)| {
            let not_kept = *at < before(keep.age) || *seq <= head - keep.number;
            *at < before(keep.at_most) || (not_kept && slowest.is_none_or(|slowest| *seq <= slowest))
        };
        let Some((upto, _)) = oldest.iter().take_while(|event| goes(event)).last() else { return Ok(0) };
        let mut all = self.pool.begin().await?;
        let moved = sqlx::query("update event_tail set trimmed = $1 where id = 1 and trimmed = $2")
            .bind(upto)
            .bind(trimmed)
            .execute(&mut *all)
            .await?;
        if moved.rows_affected() == 0 {
            // Another process is at it.
            return Ok(0);
        }
        sqlx::query(
            "update event_cursors set seq = $1, claimed = case when claimed > $1 then claimed else null end,
                 missed = missed + (select count(*) from events where events.seq > event_cursors.seq and events.seq <= $1
                     and (event_cursors.guild_id is null or events.guild_id is null
                         or events.guild_id = event_cursors.guild_id))
             where seq < $1",
        )
        .bind(upto)
        .execute(&mut *all)
        .await?;
        sqlx::query("delete from events where seq > $1 and seq <= $2")
            .bind(trimmed)
            .bind(upto)
            .execute(&mut *all)
            .await?;
        all.commit().await?;
        Ok(upto - trimmed)
    }
}
