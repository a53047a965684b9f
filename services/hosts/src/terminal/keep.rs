//! The terminals that this process attends to: those that are opened, and those that an earlier process left.
//!
//! **Invariant:** one process attends to them, the one with the gateway. A terminal that was written down is attended to until its
//! end is known, and its row stays open until people were told of it.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use base::{Actor, Error, GuildId, Redactor, Result, ServerName};
use store::{servers::Server, terminals::Terminal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::session::{Session, Why, over};
use crate::{Hosts, ssh::Token};

/// Makes threads. What knows Discord gives it.
pub trait Threads: Send + Sync {
    /// A thread of this name in a channel of this guild; its number. What is secret is not in the name.
    fn make(
        &self,
        guild: GuildId,
        channel: u64,
        name: String,
        redactor: Redactor,
    ) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + '_>>;
}

/// The terminals that this process attends to.
pub struct Terminals {
    sessions: Mutex<BTreeMap<Uuid, Arc<Session>>>,
    /// Told of each that is to be attended to, and of each that has a thread from now on.
    changes: watch::Sender<u64>,
    begin: mpsc::UnboundedSender<Begin>,
    to_begin: Mutex<Option<mpsc::UnboundedReceiver<Begin>>>,
    threads: OnceLock<Arc<dyn Threads>>,
}

/// A terminal to attend to.
struct Begin {
    session: Arc<Session>,
    keys: mpsc::Receiver<Vec<u8>>,
    /// Who waits for it to stand; none where it was begun before.
    begun: Option<oneshot::Sender<Result<()>>>,
}

impl Default for Terminals {
    fn default() -> Self {
        let (begin, to_begin) = mpsc::unbounded_channel();
        let (changes, threads) = (watch::Sender::new(0), OnceLock::new());
        Self { sessions: Mutex::default(), changes, begin, to_begin: Mutex::new(Some(to_begin)), threads }
    }
}

impl Terminals {
    /// Tells it what makes threads.
    pub fn know_threads(&self, threads: Arc<dyn Threads>) {
        // A process has one Discord, and says so once.
        let _ = self.threads.set(threads);
    }

    /// Every one.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.sessions().values().cloned().collect()
    }

    /// One of a guild.
    pub fn of(&self, guild: GuildId, id: Uuid) -> Result<Arc<Session>> {
        let session = self.sessions().get(&id).cloned();
        session.filter(|session| session.guild() == guild).ok_or_else(over)
    }

    /// The one that is this thread.
    pub fn in_thread(&self, guild: GuildId, thread: u64) -> Option<Arc<Session>> {
        let stands = |session: &&Arc<Session>| session.guild() == guild && session.place().0 == Some(thread);
        self.sessions().values().find(stands).cloned()
    }

    /// Told when there is another to show.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A server is removed: what is open there ends.
    pub(crate) fn end_on(&self, server: &Server) {
        for session in self.all().iter().filter(|session| session.terminal().server == server.id) {
            session.end(Why::NoServer);
        }
    }

    pub(super) fn tell(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// One of a guild on this server.
    pub(super) fn named(&self, guild: GuildId, id: &str, server: &ServerName) -> Result<Arc<Session>> {
        let session = self.of(guild, id.parse().map_err(|_| over())?)?;
        if session.is_on(server) { Ok(session) } else { Err(over()) }
    }

    /// Whether this person opened it.
    pub(super) fn is_of(&self, actor: &Actor, id: &str) -> bool {
        let session = id.parse().ok().and_then(|id| self.of(actor.guild, id).ok());
        session.is_some_and(|session| session.is_by(actor.user))
    }

    /// Begins a terminal that was written down, and waits until it stands.
    pub(super) async fn begin(&self, hosts: &Hosts, row: Terminal, cancel: &CancellationToken) -> Result<Arc<Session>> {
        let (begun, stands) = oneshot::channel();
        let session = self.add(hosts, row, Some(begun));
        let gone = || Error::internal("opening a terminal", anyhow::anyhow!("nobody attends to terminals here"));
        tokio::select! {
            stands = stands => stands.map_err(|_| gone())??,
            () = cancel.cancelled() => {
                session.end(Why::NoThread);
                return Err(Error::Busy("It was stopped before it stood. Nothing is open.".to_owned()));
            }
        }
        Ok(session)
    }

    pub(super) async fn make_thread(&self, session: &Session) -> Result<u64> {
        let row = session.terminal();
        let Some(threads) = self.threads.get() else {
            return Err(Error::Busy("I am not connected to Discord yet. Nothing is open; try again.".to_owned()));
        };
        let name = format!("{} {}", row.server_name, row.reference);
        threads.make(row.guild, row.channel, name, session.redactor().clone()).await
    }

    fn add(&self, hosts: &Hosts, row: Terminal, begun: Option<oneshot::Sender<Result<()>>>) -> Arc<Session> {
        let redactor = hosts.redactor.of(row.guild);
        let (session, keys) = Session::new(row, redactor, hosts.clock.clone());
        self.sessions().insert(session.id(), Arc::clone(&session));
        // Whoever attends is there for as long as the process is.
        let _ = self.begin.send(Begin { session: Arc::clone(&session), keys, begun });
        self.tell();
        session
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, BTreeMap<Uuid, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hosts {
    /// The terminals of this process.
    pub fn terminals(&self) -> &Terminals {
        &self.terminals
    }

    /// Attends to terminals, for ever: first to those that an earlier process left.
    pub async fn keep_terminals(self: Arc<Self>) {
        let Some(mut to_begin) = self.terminals.to_begin.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        match self.store.open_terminals().await {
            Ok(rows) => {
                for row in rows.into_iter().filter(|row| self.terminals.of(row.guild, row.id).is_err()) {
                    tracing::info!(terminal.id = %row.id, server.name = row.server_name, "a terminal that was left is gone on with");
                    let unplaced = row.thread.is_none();
                    // Before anything of it is shown again.
                    let unseen = self.mask_again(&row).await;
                    let session = self.terminals.add(&self, row, None);
                    match unseen {
                        Ok(unseen) => session.state().unseen = unseen,
                        Err(error) => {
                            tracing::error!(terminal.id = %session.id(), "what was typed unseen cannot be masked again: {error}");
                            session.end(Why::Unmasked);
                        }
                    }
                    // What stands on its screen is not known yet, and with it how a line is to be sent.
                    session.is_silent();
                    if unplaced {
                        session.end(Why::NoThread);
                    }
                }
            }
            Err(error) => tracing::error!("the terminals that are open could not be read: {error}"),
        }
        while let Some(Begin { session, keys, begun }) = to_begin.recv().await {
            let hosts = Arc::clone(&self);
            tokio::spawn(async move { hosts.attend(session, keys, begun).await });
        }
    }

    /// People were told how a terminal ended: it is let go of, here and on its server.
    pub async fn close_terminal(&self, session: &Session) -> Result<()> {
        let row = session.terminal();
        self.store.close_terminal(row.guild, row.id, &session.how()).await?;
        self.terminals.sessions().remove(&row.id);
        if let Ok((server, token)) = self.of_terminal(&row)
            && let Ok(target) = self.ready(&server).await
            && let Err(error) = self.pool.forget(&slot(row.id), &target, &[token]).await
        {
            tracing::debug!(server.name = server.name, %error, "what a terminal printed is forgotten later");
        }
        self.pool.drop_connection(&slot(row.id)).await;
        Ok(())
    }

    /// Notes that somebody typed, now and then.
    pub async fn note_typing(&self, session: &Session) {
        if session.is_to_note()
            && let Err(error) = self.store.terminal_typed(session.guild(), session.id()).await
        {
            tracing::warn!("that somebody typed could not be noted: {error}");
        }
    }

    pub(super) fn of_terminal(&self, row: &Terminal) -> Result<(Server, Token)> {
        let server = self.find(row.guild, &row.server_name.parse()?)?;
        if server.id != row.server {
            return Err(over());
        }
        let token = row
            .token
            .parse()
            .map_err(|error| Error::internal("reading which terminal it was", anyhow::Error::from(error)))?;
        Ok((server, token))
    }
}

/// Each terminal has a connection of its own: one that prints without end holds nothing else up.
pub(super) fn slot(id: Uuid) -> String {
    format!("terminal {id}")
}
