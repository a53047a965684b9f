//! Holds what the actions share, and knows which features are on.
//!
//! **Invariants:** a switch counts in this process at once, and in every other within [`FRESH`]. What is not known is not on: an
//! action whose feature cannot be looked up is not done.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use base::{Error, GuildId, Result, UserId};
use futures::future::BoxFuture;
use store::Store;

use crate::{
    ALL, Feature, Finding, Owner, State,
    discord::{Discord, Facts, Look, Registered},
    intent::Intent,
    owner,
};

/// What was read of the database is taken for true this long; another process may have switched something in between.
const FRESH: Duration = Duration::from_secs(1);

/// Nobody who switches something waits longer than this for Discord to take the new list of commands.
const PATIENCE: Duration = Duration::from_secs(4);
/// Guilds that share a turn never wait long for each other.
const TURNS: usize = 32;

/// What others find missing in a guild.
pub type Findings = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<Vec<Finding>>> + Send + Sync>;

/// Features and settings of guilds.
pub struct Guilds {
    pub(crate) store: Store,
    known: Mutex<Known>,
    discord: OnceLock<Arc<dyn Discord>>,
    wanted: OnceLock<Option<Intent>>,
    findings: OnceLock<Findings>,
    turns: [tokio::sync::Mutex<()>; TURNS],
    stale: tokio::sync::Notify,
}

#[derive(Default)]
struct Known {
    /// Counts switches: what was read before one is not kept after it.
    switches: u64,
    switched: HashMap<GuildId, (Instant, Arc<Switched>)>,
}

type Switched = Vec<(String, bool)>;

impl Guilds {
    /// Nothing is read yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            known: Mutex::default(),
            discord: OnceLock::new(),
            wanted: OnceLock::new(),
            findings: OnceLock::new(),
            turns: Default::default(),
            stale: tokio::sync::Notify::new(),
        }
    }

    /// Tells it who talks to Discord. Until then nothing there can be looked at or changed.
    pub fn know_discord(&self, discord: Arc<dyn Discord>) {
        // A process has one Discord, and says so once.
        let _ = self.discord.set(discord);
    }

    /// Tells it what whoever runs the bot wants Discord to send, beyond what features need.
    pub fn know_wanted(&self, wanted: Option<Intent>) {
        // A process says so once.
        let _ = self.wanted.set(wanted);
    }

    /// Tells it who else finds what is missing in a guild. Until then nobody does.
    pub fn know_findings(&self, findings: Findings) {
        // A process says so once.
        let _ = self.findings.set(findings);
    }

    /// What others find missing in a guild.
    pub(crate) async fn found(&self, guild: GuildId) -> Result<Vec<Finding>> {
        match self.findings.get() {
            Some(findings) => findings(guild).await,
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn wanted(&self) -> Option<Intent> {
        self.wanted.get().copied().flatten()
    }

    /// Refuses an action whose feature is off in this guild. One of nobody is taken for the core's; a test walks all that is wired.
    pub async fn refuse_off(&self, guild: GuildId, action: &str) -> Result<()> {
        match owner(action) {
            Some(Owner::Core) | None => Ok(()),
            Some(Owner::Feature(feature)) if self.is_on(guild, feature).await? => Ok(()),
            Some(Owner::Feature(feature)) => Err(Error::Off { feature: feature.name }),
        }
    }

    /// Whether a feature is on in a guild.
    pub async fn is_on(&self, guild: GuildId, feature: &Feature) -> Result<bool> {
        Ok(state(&self.switched(guild).await?, feature) == State::On)
    }

    /// The features that are on in a guild.
    pub async fn on(&self, guild: GuildId) -> Result<Vec<&'static Feature>> {
        let switched = self.switched(guild).await?;
        Ok(ALL.iter().filter(|feature| state(&switched, feature) == State::On).collect())
    }

    async fn switched(&self, guild: GuildId) -> Result<Arc<Switched>> {
        let before = {
            let known = self.known();
            if let Some((read, switched)) = known.switched.get(&guild)
                && read.elapsed() < FRESH
            {
                return Ok(Arc::clone(switched));
            }
            known.switches
        };
        let read = Instant::now();
        let switched = Arc::new(self.store.switched_features(guild).await?);
        let mut known = self.known();
        if known.switches == before {
            known.switched.insert(guild, (read, Arc::clone(&switched)));
        }
        Ok(switched)
    }

    /// Switches a feature; the answer is whether that changed anything.
    pub(crate) async fn switch(&self, guild: GuildId, feature: &Feature, to: State, by: UserId) -> Result<bool> {
        // What somebody else switched a moment ago counts.
        self.forget(guild);
        if self.is_on(guild, feature).await? == (to == State::On) {
            return Ok(false);
        }
        let done = match to {
            State::On => self.store.switch_on(guild, feature.name, by).await,
            State::Off => self.store.switch_off(guild, feature.name, by).await,
        };
        self.forget(guild);
        done.map(|()| true)
    }

    fn forget(&self, guild: GuildId) {
        let mut known = self.known();
        known.switches += 1;
        known.switched.remove(&guild);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings a guild's commands up to date with what is on there.
    pub async fn register(&self, guild: GuildId, look: Look) -> Result<Registered> {
        // One at a time in a guild: who comes later knows better what is on.
        let _turn = self.turns[usize::try_from(guild.0).unwrap_or_default() % TURNS].lock().await;
        let on = self.on(guild).await?;
        self.discord()?.register(guild, &on, look).await
    }

    /// The same for whoever waits for an answer: what Discord does not take at once is left to whoever keeps the lists, who is
    /// told. The answer is a sentence about what is not there yet.
    pub(crate) async fn register_soon(&self, guild: GuildId, look: Look) -> Option<String> {
        match tokio::time::timeout(PATIENCE, self.register(guild, look)).await {
            Ok(Ok(registered)) => registered.missing(),
            Ok(Err(error)) => {
                tracing::warn!(guild.id = guild.0, "its commands could not be brought up to date: {error}");
                self.stale.notify_one();
                Some("Discord did not take the new list of commands. I go on trying.".to_owned())
            }
            Err(_) => {
                self.stale.notify_one();
                Some("Discord is slow to take the new list of commands. It follows by itself.".to_owned())
            }
        }
    }

    /// Waits until the commands of some guild are not as they should be.
    pub async fn stale(&self) {
        self.stale.notified().await;
    }

    /// How a guild stands at Discord.
    pub async fn facts(&self, guild: GuildId) -> Result<Facts> {
        self.discord()?.facts(guild).await
    }

    pub(crate) fn discord(&self) -> Result<&Arc<dyn Discord>> {
        self.discord
            .get()
            .ok_or_else(|| Error::Busy("I am not connected to Discord yet. Nothing was done; try again.".to_owned()))
    }
}

fn state(switched: &[(String, bool)], feature: &Feature) -> State {
    match switched.iter().find(|(name, _)| name == feature.name) {
        Some((_, true)) => State::On,
        Some((_, false)) => State::Off,
        None => feature.at_first,
    }
}

#[cfg(test)]
mod tests {
    use base::Clock;

    use super::*;

    const CREW: GuildId = GuildId(1);

    async fn store(home: &std::path::Path) -> Store {
        let url = format!("sqlite://{}", home.join("nebula.db").display());
        Store::open(&url, Clock::system()).await.unwrap()
    }

    #[tokio::test]
    async fn a_switch_counts_at_once_here_and_within_moments_elsewhere() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path()).await;
        let (here, elsewhere) = (Guilds::new(store.clone()), Guilds::new(store.clone()));
        let servers = crate::named("servers").unwrap();
        assert!(here.is_on(CREW, servers).await.unwrap() && elsewhere.is_on(CREW, servers).await.unwrap());
        assert!(here.switch(CREW, servers, State::Off, UserId(7)).await.unwrap());
        assert!(!here.is_on(CREW, servers).await.unwrap());
        assert!(matches!(here.refuse_off(CREW, "server.run").await, Err(Error::Off { feature: "servers" })));
        assert!(here.refuse_off(CREW, "feature.on").await.is_ok(), "the core is always on");
        assert!(here.is_on(GuildId(2), servers).await.unwrap(), "another guild's switch is its own");
        let moments = async {
            while elsewhere.is_on(CREW, servers).await.unwrap() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(FRESH * 5, moments).await.expect("it looks again soon");
        assert!(!here.switch(CREW, servers, State::Off, UserId(7)).await.unwrap(), "it was off already");
        // Whoever switches reads what somebody else switched a moment ago.
        assert!(elsewhere.switch(CREW, servers, State::On, UserId(7)).await.unwrap());
        assert!(here.switch(CREW, servers, State::Off, UserId(7)).await.unwrap());
    }

    #[tokio::test]
    async fn what_cannot_be_looked_up_is_not_done() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path()).await;
        let guilds = Guilds::new(store.clone());
        store.close().await;
        assert!(matches!(guilds.refuse_off(CREW, "server.run").await, Err(Error::Internal { .. })));
    }
}
