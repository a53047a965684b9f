//! Hears every event once, in order, from any point on: from the table what it has not heard yet, then as it happens.
//!
//! **Invariant:** an event is handed out only right after the one before it. What was told out of order, twice, or not at all
//! because it was too much at once, is read from the table.

use std::{collections::VecDeque, sync::Arc};

use base::{Error, Result};
use sqlx::AnyPool;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Event, Told, event::EventRow};
use crate::lost;

/// Events read with one statement.
const AT_ONCE: i64 = 500;

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It happened.
    Event(Arc<Event>),
    /// These were deleted before they were read: the subscriber had been away for too long.
    Missed {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
}

/// Somebody who hears of everything, from a point on.
#[derive(Debug)]
pub struct Subscription {
    pool: AnyPool,
    told: broadcast::Receiver<Told>,
    last: i64,
    /// Whether there may be more in the table than was handed out.
    behind: bool,
    ready: VecDeque<Heard>,
}

impl Subscription {
    pub(super) fn new(pool: AnyPool, told: broadcast::Receiver<Told>, last: i64) -> Self {
        Self { pool, told, last, behind: true, ready: VecDeque::new() }
    }

    /// The next one. Dropped while it waits, it loses nothing.
    ///
    /// # Errors
    /// When the database does not answer; asking again goes on where this stopped.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            if let Some(heard) = self.ready.pop_front() {
                self.last = match &heard {
                    Heard::Event(event) => event.seq,
                    Heard::Missed { last, .. } => *last,
                };
                return Ok(heard);
            }
            if self.behind {
                self.read().await?;
                continue;
            }
            match self.told.recv().await {
                Ok(Told::Event(event)) if event.seq == self.last + 1 => self.ready.push_back(Heard::Event(event)),
                Ok(Told::Event(event)) if event.seq <= self.last => {}
                Ok(Told::Event(_) | Told::Look) | Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => {
                    return Err(Error::internal("waiting for events", anyhow::anyhow!("the store is closed")));
                }
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        let rows: Vec<EventRow> = sqlx::query_as("select * from events where seq > $1 order by seq limit $2")
            .bind(self.last)
            .bind(AT_ONCE)
            .fetch_all(&self.pool)
            .await
            .map_err(lost)?;
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == AT_ONCE);
        let events: Vec<Event> = rows.into_iter().map(Event::from).collect();
        // Numbers have no gaps, so one at the beginning is what retention deleted.
        let next = match events.first() {
            Some(first) => first.seq,
            None => self.trimmed().await? + 1,
        };
        if next > self.last + 1 {
            self.ready.push_back(Heard::Missed { first: self.last + 1, last: next - 1 });
        }
        self.ready.extend(events.into_iter().map(|event| Heard::Event(Arc::new(event))));
        self.behind = full;
        Ok(())
    }

    async fn trimmed(&self) -> Result<i64> {
        sqlx::query_scalar("select trimmed from event_tail where id = 1").fetch_one(&self.pool).await.map_err(lost)
    }
}
