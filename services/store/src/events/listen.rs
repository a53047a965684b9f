//! Hears what other processes on the same PostgreSQL append, and tells this one's subscribers.
//!
//! **Invariant:** whenever it may have missed something, subscribers are told to look: after each connection, and from time to
//! time, should a connection be dead without anybody knowing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AnyPool,
    postgres::{PgListener, PgNotification},
};
use tokio::sync::broadcast;

use super::{Event, Told, event::EventRow};

/// The name of the notices.
pub(super) const CHANNEL: &str = "nebula_events";
/// Where nothing tells that a connection is gone, it goes unnoticed no longer than this.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A database that is down is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What another process appended is read in so large pieces; more, and every subscriber looks for itself.
const AT_ONCE: i64 = 256;

pub(super) struct Ear {
    pub(super) pool: AnyPool,
    pub(super) told: broadcast::Sender<Told>,
    pub(super) known: Arc<AtomicI64>,
    pub(super) url: SecretString,
    pub(super) process: String,
}

impl Ear {
    /// Listens until it is aborted.
    pub(super) async fn listen(self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!(%error, "other processes' events are not heard; trying again");
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn hear(&self) -> sqlx::Result<()> {
        let mut listener = PgListener::connect(self.url.expose_secret()).await?;
        listener.listen(CHANNEL).await?;
        self.look();
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.tick().await;
        loop {
            let next = listener.try_recv();
            tokio::pin!(next);
            // A wait that were dropped at a tick could lose half a notice.
            let notice = loop {
                tokio::select! {
                    notice = &mut next => break notice?,
                    _ = ticks.tick() => self.look(),
                }
            };
            match notice {
                Some(notice) => self.tell(&notice).await?,
                // The connection was lost, and there is another: what was said in between, nobody heard.
                None => self.look(),
            }
        }
    }

    fn look(&self) {
        let _ = self.told.send(Told::Look);
    }

    async fn tell(&self, notice: &PgNotification) -> sqlx::Result<()> {
        let Some((process, seq)) = notice.payload().split_once(':') else { return Ok(()) };
        let (seq, known) = (seq.parse().unwrap_or(i64::MAX), self.known.load(Ordering::Relaxed));
        // Of a later one subscribers heard already, and with it that this one came before.
        if process == self.process || seq <= known {
            return Ok(());
        }
        if seq - known > AT_ONCE {
            self.known.fetch_max(seq, Ordering::Relaxed);
            self.look();
            return Ok(());
        }
        let rows: Vec<EventRow> = sqlx::query_as("select * from events where seq > $1 and seq <= $2 order by seq")
            .bind(known)
            .bind(seq)
            .fetch_all(&self.pool)
            .await?;
        self.known.fetch_max(seq, Ordering::Relaxed);
        for event in rows.into_iter().map(Event::from) {
            let _ = self.told.send(Told::Event(Arc::new(event)));
        }
        Ok(())
    }
}
