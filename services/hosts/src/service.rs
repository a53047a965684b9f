//! Holds what the actions share: the rows, the vault, the warm connections, and the names for completion.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use base::{Assessment, Clock, Error, GuildId, Redactor, Result, Risk, ServerName};
use policy::Policy;
use store::{
    Store, Vault,
    servers::{Server, State},
};

use crate::{
    credential,
    ssh::{Address, Credential, HostKey, HostKeyError, Pool, SshError, Target, Via},
    terminal::Terminals,
    trouble,
};

/// A server seen within this is not noted as seen again: one write a minute tells as much as one a command.
const SEEN_AGAIN: Duration = Duration::from_mins(1);

/// A host that says nothing for this long is not there.
pub(crate) const PROBE_DEADLINE: Duration = Duration::from_secs(10);

/// The servers.
pub struct Hosts {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) redactor: Redactor,
    pub(crate) policy: Arc<Policy>,
    pub(crate) terminals: Terminals,
    known: RwLock<BTreeMap<(GuildId, String), Server>>,
    opened: Mutex<Opened>,
}

/// Credentials that were opened, by their secret's id.
#[derive(Default)]
struct Opened {
    credentials: HashMap<String, Credential>,
    /// How often one was dropped: what was read before that may be the old value.
    dropped: u64,
}

impl Hosts {
    /// Reads every server's name into memory; nothing is connected yet.
    pub async fn new(
        store: Store,
        vault: Arc<Vault>,
        clock: Clock,
        redactor: Redactor,
        policy: Arc<Policy>,
    ) -> Result<Self> {
        let known =
            store.servers().await?.into_iter().map(|server| ((server.guild, server.name.clone()), server)).collect();
        Ok(Self {
            store,
            vault,
            pool: Pool::default(),
            clock,
            redactor,
            policy,
            terminals: Terminals::default(),
            known: RwLock::new(known),
            opened: Mutex::default(),
        })
    }

    /// Reads everything anew: another process may have added a server, or given one another credential.
    pub async fn read_again(&self) -> Result<()> {
        let servers = self.store.servers().await?;
        let now = servers.into_iter().map(|server| ((server.guild, server.name.clone()), server)).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = now;
        *self.opened() = Opened::default();
        Ok(())
    }

    /// The servers of a guild, by name.
    pub fn of(&self, guild: GuildId) -> Vec<Server> {
        self.known().iter().filter(|((of, _), _)| *of == guild).map(|(_, server)| server.clone()).collect()
    }

    /// Every server, for the status page.
    pub fn all(&self) -> Vec<Server> {
        self.known().values().cloned().collect()
    }

    /// The names that go on like this, then those that contain it, of servers that may be seen; at most 25, from memory.
    pub fn complete(&self, guild: GuildId, typed: &str, seen: impl Fn(&Server) -> bool) -> Vec<String> {
        const MOST: usize = 25;
        let typed = typed.trim().to_lowercase();
        let fitting = self.of(guild).into_iter().filter(|server| server.name.contains(&typed) && seen(server));
        let mut names: Vec<String> = fitting.map(|server| server.name).collect();
        names.sort_by_key(|name| !name.starts_with(&typed));
        names.truncate(MOST);
        names
    }

    /// Learns every stored secret, so that none of them is ever shown, whichever server prints it. One that cannot be opened
    /// disables its own server alone.
    pub async fn learn_secrets(&self) {
        for server in self.all() {
            if let Err(error) = self.credential(&server).await {
                tracing::error!(server.name = server.name, "its credential cannot be read: {error}");
            }
        }
    }

    /// The server of this name.
    pub fn find(&self, guild: GuildId, name: &ServerName) -> Result<Server> {
        self.known()
            .get(&(guild, name.as_str().to_owned()))
            .cloned()
            .ok_or_else(|| Error::NotFound { kind: "server", name: name.to_string() })
    }

    /// What is known of an action on a server of that name. That there is none is not told here: nothing has been checked yet.
    pub fn assess(&self, guild: GuildId, name: &ServerName, risk: Risk) -> Assessment {
        let mut assessment = Assessment::of(risk);
        if let Ok(server) = self.find(guild, name) {
            // A machine of another key is another machine, whatever it is called.
            assessment.identity = Some(format!("{} {}", server.id, server.host_key.unwrap_or_default()));
            assessment.tags = server.tags;
        }
        assessment
    }

    pub(crate) fn remember(&self, server: &Server) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert((server.guild, server.name.clone()), server.clone());
    }

    pub(crate) fn forget(&self, server: &Server) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(server.guild, server.name.clone()));
        drop(known);
        self.drop_credential(&server.secret);
    }

    /// A secret has another value: the servers that log in with it do so anew, and what runs there goes on to its end.
    pub async fn secret_changed(&self, guild: GuildId, secret: &str) {
        self.drop_credential(secret);
        for server in self.of(guild).into_iter().filter(|server| server.secret == secret) {
            self.pool.drop_connection(&server.id).await;
        }
    }

    fn drop_credential(&self, secret: &str) {
        let mut opened = self.opened();
        opened.credentials.remove(secret);
        opened.dropped += 1;
    }

    /// How to log in, with this key expected.
    pub(crate) async fn target(&self, server: &Server, key: HostKey) -> Result<Target> {
        let via = self.via(server).await?;
        self.target_via(server, key, via).await
    }

    /// The same, by a way that is known.
    pub(crate) async fn target_via(&self, server: &Server, key: HostKey, via: Option<Via>) -> Result<Target> {
        let credential = self.credential(server).await?;
        Ok(Target { address: address(server)?, user: server.user.clone(), credential, host_key: key, via })
    }

    /// Opened, read and learned once; an encrypted key is slow to open on purpose.
    async fn credential(&self, server: &Server) -> Result<Credential> {
        let dropped = {
            let opened = self.opened();
            if let Some(credential) = opened.credentials.get(&server.secret) {
                return Ok(credential.clone());
            }
            opened.dropped
        };
        let redactor = self.redactor.of(server.guild);
        let sealed = self.vault.open(server.guild, &server.secret).await?;
        let credential = match self.store.named_secret_of(server.guild, &server.secret).await? {
            Some(_) => credential::of_value(&sealed, &redactor)
                .await?
                .map_err(|error| Error::internal("reading a credential", error))?,
            None => credential::read(sealed, redactor).await?,
        };
        let mut opened = self.opened();
        if opened.dropped == dropped {
            opened.credentials.insert(server.secret.clone(), credential.clone());
        }
        Ok(credential)
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to log in to a server that is ready.
    ///
    /// # Errors
    /// One that waits for its key to be pinned, or is blocked, answers with what to do.
    pub(crate) async fn ready(&self, server: &Server) -> Result<Target> {
        match (server.state, &server.host_key) {
            (State::Ready, Some(key)) => self.target(server, stored_key(key)?).await,
            (State::Blocked, _) => Err(trouble::blocked(server)),
            _ => Err(trouble::not_pinned(server)),
        }
    }

    /// Its pinned key answered.
    pub(crate) async fn answered(&self, server: &Server) -> Result<()> {
        let lately = server.seen.is_some_and(|seen| self.clock.now().since(seen) < SEEN_AGAIN);
        if lately && server.state == State::Ready {
            return Ok(());
        }
        if let Some(server) = self.store.server_answered(server).await? {
            self.remember(&server);
        }
        Ok(())
    }

    /// A command ended there: known at once, and stored now and then. It was begun before, so this opens nothing that was shut in the meantime; and what is known of
    /// the command is not lost to a database that does not answer.
    pub(crate) async fn seen(&self, server: &Server) {
        let now = self.clock.now();
        let lately = server.seen.is_some_and(|seen| now.since(seen) < SEEN_AGAIN);
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) =
                known.get_mut(&(server.guild, server.name.clone())).filter(|known| known.id == server.id)
            {
                known.seen = Some(now);
            }
        }
        if lately {
            return;
        }
        // What is known stays as it is: somebody may have changed the row since, and memory with it.
        if let Err(error) = self.store.server_seen(server).await {
            tracing::warn!(server.name = server.name, "could not note that it was seen: {error}");
        }
    }

    /// It answered just now. That is not stored: it is known again a moment after a start.
    pub(crate) fn saw(&self, server: &Server) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(&(server.guild, server.name.clone())).filter(|known| known.id == server.id) {
            known.seen = Some(self.clock.now());
        }
    }

    /// What an SSH failure means for this server; another key shuts it, at once and for everybody.
    pub(crate) async fn failed(&self, server: &Server, error: SshError) -> Error {
        if let SshError::ThroughJump { id, error } = error {
            return self.jump_failed(server, &id, *error).await;
        }
        let SshError::HostKeyChanged { answered, .. } = &error else { return trouble::unreachable(server, &error) };
        self.pool.drop_connection(&server.id).await;
        match self.store.offer_key(server, &answered.to_string(), &self.redactor).await {
            Ok(Some(server)) => {
                tracing::warn!(server.name = server.name, "another host key answered; the server is blocked");
                self.remember(&server);
                trouble::blocked(&server)
            }
            Ok(None) => trouble::unreachable(server, &error),
            Err(error) => error,
        }
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<(GuildId, String), Server>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a server answers.
pub(crate) fn address(server: &Server) -> Result<Address> {
    Address::new(&server.host, server.port).map_err(|error| Error::Invalid(error.to_string()))
}

/// A host key from our own row.
pub(crate) fn stored_key(text: &str) -> Result<HostKey> {
    text.parse().map_err(|error: HostKeyError| Error::internal("reading a pinned host key", error))
}
