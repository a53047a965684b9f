//! The event log: what happened, appended once, heard at once by whoever subscribed in any process of this database.
//!
//! **Invariants:** an event's number is given under the head row's lock, held until its transaction counts: whoever has read up
//! to a number has read all before it. That lock is taken after every other. What an audit row tells is appended in its own
//! transaction.

pub(crate) mod cursor;
mod event;
mod guard;
mod kind;
mod listen;
mod retention;
mod subscription;

use std::sync::{
    Arc, LazyLock, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use base::{Clock, GuildId, Result};
use secrecy::SecretString;
use serde_json::json;
use sqlx::{AnyConnection, AnyPool};
use tokio::{sync::broadcast, task::AbortHandle};

use crate::{
    Kind as Database, Store,
    audit::{insert, next_stride},
    lost,
};
pub use cursor::Cursor;
pub use event::{Event, NewEvent};
pub(crate) use guard::guard;
pub use kind::Kind;
pub use retention::Retention;
pub use subscription::{Heard, Subscription};

/// Whoever falls behind by more reads from the table what it missed.
const HEARD_AT_ONCE: usize = 1_024;
const COLUMNS: &str = "seq, guild_id, at, kind, subject, actor_id, data";
const WIDTH: usize = 7;
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| insert("events", COLUMNS, WIDTH));

/// What subscribers of this process are told.
#[derive(Debug, Clone)]
enum Told {
    /// This happened.
    Event(Arc<Event>),
    /// Something may have happened that nobody told.
    Look,
}

/// The event log of this process. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: AnyPool,
    clock: Clock,
    told: broadcast::Sender<Told>,
    /// The last event that subscribers were told of.
    known: Arc<AtomicI64>,
    /// What other processes hear of this one's events: only where there can be any.
    others: Option<Others>,
}

#[derive(Debug)]
struct Others {
    url: SecretString,
    /// Tells this process's notices from others'.
    process: String,
    listener: OnceLock<AbortHandle>,
}

impl Drop for Others {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Others {
    fn stop(&self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

impl Events {
    pub(crate) fn new(pool: AnyPool, clock: Clock, kind: Database, url: &str) -> Self {
        let others = (kind == Database::Postgres).then(|| Others {
            url: SecretString::from(url.to_owned()),
            process: clock.key(),
            listener: OnceLock::new(),
        });
        let (told, _) = broadcast::channel(HEARD_AT_ONCE);
        Self { shared: Arc::new(Shared { pool, clock, told, known: Arc::default(), others }) }
    }

    /// Everything after this event, now and from now on.
    pub fn after(&self, seq: i64) -> Subscription {
        let shared = &self.shared;
        // Before anything is read: what happens in between is told.
        let told = shared.told.subscribe();
        if let Some(others) = &shared.others {
            others.listener.get_or_init(|| {
                let ear = listen::Ear {
                    pool: shared.pool.clone(),
                    told: shared.told.clone(),
                    known: Arc::clone(&shared.known),
                    url: others.url.clone(),
                    process: others.process.clone(),
                };
                tokio::spawn(ear.listen()).abort_handle()
            });
        }
        Subscription::new(shared.pool.clone(), told, seq)
    }

    /// Appends in somebody's transaction, as its last statements. [`Self::tell`] what this answers once it counts.
    pub(crate) async fn append(
        &self,
        connection: &mut AnyConnection,
        events: Vec<NewEvent>,
    ) -> sqlx::Result<Vec<Event>> {
        let count = i64::try_from(events.len()).unwrap_or_default();
        if count == 0 {
            return Ok(Vec::new());
        }
        let sql = "update event_head set seq = seq + $1 where id = 1 returning seq";
        let last: i64 = sqlx::query_scalar(sql).bind(count).fetch_one(&mut *connection).await?;
        let events: Vec<Event> = (last - count + 1..).zip(events).map(|(seq, new)| self.place(seq, new)).collect();
        let mut rest = events.as_slice();
        while !rest.is_empty() {
            let (sql, now) = next_stride(&INSERTS, &mut rest);
            let mut query = sqlx::query(sql);
            for event in now {
                query = query
                    .bind(event.seq)
                    .bind(event.guild.map(|guild| guild.to_string()))
                    .bind(event.at.0)
                    .bind(event.kind.as_str())
                    .bind(&event.subject)
                    .bind(event.actor.map(|actor| actor.to_string()))
                    .bind(serde_json::Value::Object(event.data.clone()).to_string());
            }
            query.execute(&mut *connection).await?;
        }
        if let Some(others) = &self.shared.others {
            // Its own answer is of a type that has no value.
            sqlx::query("select length(cast(pg_notify($1, $2) as text))")
                .bind(listen::CHANNEL)
                .bind(format!("{}:{last}", others.process))
                .execute(connection)
                .await?;
        }
        Ok(events)
    }

    fn place(&self, seq: i64, new: NewEvent) -> Event {
        let at = new.at.unwrap_or_else(|| self.shared.clock.now());
        let NewEvent { guild, kind, subject, actor, data, .. } = new;
        Event { seq, guild, at, kind, subject, actor, data }
    }

    /// Tells subscribers of this process what now counts.
    pub(crate) fn tell(&self, events: Vec<Event>) {
        for event in events {
            self.shared.known.fetch_max(event.seq, Ordering::Relaxed);
            // Nobody may listen.
            let _ = self.shared.told.send(Told::Event(Arc::new(event)));
        }
    }

    pub(crate) fn stop(&self) {
        if let Some(others) = &self.shared.others {
            others.stop();
        }
    }
}

impl Store {
    /// The event log, for subscribers.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Appends an event. It counts when this returns.
    pub async fn emit(&self, event: NewEvent) -> Result<()> {
        self.writer.emit(event).await
    }

    /// The number of the last event.
    pub async fn last_event(&self) -> Result<i64> {
        sqlx::query_scalar("select seq from event_head where id = 1").fetch_one(&self.reads).await.map_err(lost)
    }

    /// A guild's events after one and up to another, and those that concern every guild; the oldest come first.
    pub async fn events_of(&self, guild: GuildId, after: i64, upto: i64, most: i64) -> Result<Vec<Event>> {
        let rows: Vec<event::EventRow> = sqlx::query_as(
            "select * from events where seq > $1 and seq <= $2 and (guild_id = $3 or guild_id is null)
             order by seq limit $4",
        )
        .bind(after)
        .bind(upto)
        .bind(guild.to_string())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// Notes that a bot begins, and that the one before it was killed if it never said that it stops; the answer is whether it
    /// was. Only for whoever holds the database's lock.
    pub async fn bot_began(&self) -> Result<bool> {
        let now = self.clock.now().0;
        let mut all = self.pool.begin().await.map_err(lost)?;
        // The head's lock first, and the old value with it: this transaction takes no other.
        let before: i64 = sqlx::query_scalar("update event_head set seq = seq where id = 1 returning up")
            .fetch_one(&mut *all)
            .await
            .map_err(lost)?;
        sqlx::query("update event_head set up = $1 where id = 1").bind(now).execute(&mut *all).await.map_err(lost)?;
        let mut events = Vec::new();
        if before > 0 {
            let mut killed = NewEvent::everywhere(Kind::BotKilled);
            killed.data.insert("began".to_owned(), json!(before));
            events.push(killed);
        }
        events.push(NewEvent::everywhere(Kind::BotStarted));
        let events = self.events.append(&mut all, events).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(events);
        Ok(before > 0)
    }

    /// Notes that the bot was asked to stop.
    pub async fn bot_stops(&self) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query("update event_head set up = 0 where id = 1").execute(&mut *all).await.map_err(lost)?;
        let events = self.events.append(&mut all, vec![NewEvent::everywhere(Kind::BotStopped)]).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(events);
        Ok(())
    }
}
