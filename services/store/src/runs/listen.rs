//! What processes on one PostgreSQL tell each other of runs, so that nobody waits for the next look.
//!
//! **Invariant:** a notice only says that a row is worth a look. Whoever missed one looks from time to time all the same.

use std::time::Duration;

use base::{Clock, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AnyConnection, postgres::PgListener};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{Store, lost};

/// The name of the notices.
const CHANNEL: &str = "nebula_runs";
/// A notice holds less than 8,000 bytes: so many ids fit with room to spare.
const IDS: usize = 128;
/// A database that is down is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Whoever does not keep up with more than this has enough to look at.
const UNHEARD: usize = 1_024;

/// What another process did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It asked for something.
    New,
    /// It let go of something, or wants something stopped.
    Look,
    /// These have ended.
    Ended(Vec<Uuid>),
}

impl Notice {
    fn read(text: &str) -> Self {
        match text.split_once(' ') {
            None if text == "new" => Self::New,
            Some(("ended", ids)) => Self::Ended(ids.split(',').filter_map(|id| id.parse().ok()).collect()),
            // A newer process may have more to say.
            _ => Self::Look,
        }
    }
}

/// The database that other processes are on, too.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    url: SecretString,
    /// What this process says is marked with: it does not listen to itself.
    process: String,
}

impl Shared {
    pub(crate) fn new(url: &str, clock: &Clock) -> Self {
        Self { url: SecretString::from(url), process: clock.key() }
    }

    /// Tells every other process, once the transaction is there, that something waits, and what has ended.
    pub(crate) async fn tell(&self, connection: &mut AnyConnection, waits: bool, ended: &[&str]) -> sqlx::Result<()> {
        if waits {
            self.announce(connection, "new").await?;
        }
        for ids in ended.chunks(IDS) {
            self.announce(connection, &format!("ended {}", ids.join(","))).await?;
        }
        Ok(())
    }

    async fn announce(&self, connection: &mut AnyConnection, what: &str) -> sqlx::Result<()> {
        let said = format!("{} {what}", self.process);
        sqlx::query("select pg_notify($1, $2)::text").bind(CHANNEL).bind(said).execute(connection).await.map(drop)
    }

    async fn hear(&self, tell: &mpsc::Sender<Notice>) -> sqlx::Result<()> {
        let mut listener = PgListener::connect(self.url.expose_secret()).await?;
        listener.listen(CHANNEL).await?;
        let mut notice = Some(Notice::Look);
        loop {
            if let Some(notice) = notice {
                // Whoever does not keep up looks from time to time all the same.
                let _ = tell.try_send(notice);
            }
            let next = tokio::select! {
                next = listener.try_recv() => next?,
                () = tell.closed() => return Ok(()),
            };
            notice = match &next {
                Some(said) => match said.payload().split_once(' ') {
                    Some((process, _)) if process == self.process => None,
                    Some((_, what)) => Some(Notice::read(what)),
                    None => Some(Notice::Look),
                },
                // The connection was lost, and there is another: what was said in between, nobody heard.
                None => Some(Notice::Look),
            };
        }
    }
}

impl Store {
    /// What other processes say of runs from now on, until the answer is dropped; none on a database that no other shares.
    pub fn hear_runs(&self) -> Option<mpsc::Receiver<Notice>> {
        let shared = self.shared.clone()?;
        let (tell, heard) = mpsc::channel(UNHEARD);
        tokio::spawn(async move {
            while !tell.is_closed() {
                if let Err(error) = shared.hear(&tell).await {
                    tracing::debug!(%error, "notices of runs are not heard; trying again");
                }
                tokio::select! {
                    () = tokio::time::sleep(AGAIN_AFTER) => {}
                    () = tell.closed() => {}
                }
            }
        });
        Some(heard)
    }

    /// Tells every other process that there is something to take up, or to stop.
    pub(super) async fn tell_look(&self) -> Result<()> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        shared.announce(&mut connection, "look").await.map_err(lost)
    }
}
