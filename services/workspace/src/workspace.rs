//! What keeps the workspace: reads the folder where it changed, and lays what a guild made over it.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result};
use futures::future::BoxFuture;
use store::Store;

use crate::{
    Agent, Catalogue, Folder, ItemName, Playbook, Registry, Skill, agent, built_in,
    folder::{self, Found},
    item::{Item, Origin},
    layer::Layer,
    merge::merge,
    registry::{Field, overlay},
};

/// How late a change in the folder may be noticed.
const EVERY: Duration = Duration::from_secs(2);
/// What people went through is listed for a quarter of a year, in milliseconds.
const KEPT: i64 = 90 * 24 * 3_600 * 1000;

/// Makes threads. What knows Discord gives it.
pub trait Threads: Send + Sync {
    /// A thread of this name in a channel of this guild; its number. What is secret is not in the name.
    fn open(&self, guild: GuildId, channel: u64, name: String, redactor: Redactor) -> BoxFuture<'_, Result<u64>>;
}

/// What keeps agents, skills, registries and playbooks.
pub struct Workspace {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    folder: Folder,
    built_in: Layer,
    own: RwLock<Own>,
    threads: OnceLock<Arc<dyn Threads>>,
}

/// The folder, as it was read last.
struct Own {
    found: Vec<Found>,
    layers: Arc<[Layer; 2]>,
}

impl Workspace {
    /// Reads the folder.
    pub async fn new(store: Store, clock: Clock, folder: Folder) -> Result<Self> {
        let (own, built_in) = (read(folder.clone()).await?, built_in::layer());
        tell(&built_in, &own);
        let (own, threads) = (RwLock::new(own), OnceLock::new());
        Ok(Self { store, clock, folder, built_in, own, threads })
    }

    /// Tells it what makes threads.
    pub fn know_threads(&self, threads: Arc<dyn Threads>) {
        // A process has one Discord, and says so once.
        let _ = self.threads.set(threads);
    }

    /// Reads the folder whenever it changed, for ever.
    pub async fn watch(self: Arc<Self>) -> Infallible {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.folder.is_watched() {
                std::future::pending::<()>().await;
            }
            if let Err(error) = self.look().await {
                tracing::warn!("the workspace's folder could not be looked at: {error}");
            }
        }
    }

    async fn look(&self) -> Result<()> {
        let folder = self.folder.clone();
        let found = tokio::task::spawn_blocking(move || folder.look()).await.map_err(broken)?;
        if self.own.read().unwrap_or_else(PoisonError::into_inner).found == found {
            return Ok(());
        }
        let own = read(self.folder.clone()).await?;
        tracing::info!("the workspace's folder has changed and was read again");
        tell(&self.built_in, &own);
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = own;
        Ok(())
    }

    /// Forgets what is long over.
    pub async fn tidy(&self) -> Result<()> {
        self.store.forget_playbooks(Millis(self.clock.now().0 - KEPT)).await
    }

    /// All that a guild has, as it stands now.
    pub async fn catalogue(&self, guild: GuildId) -> Result<Catalogue> {
        let made = self.made(guild).await?;
        self.catalogue_with(guild, &made).await
    }

    /// The same with another layer of what the guild made.
    pub(crate) async fn catalogue_with(&self, guild: GuildId, made: &Layer) -> Result<Catalogue> {
        let own = Arc::clone(&self.own.read().unwrap_or_else(PoisonError::into_inner).layers);
        let own = if self.folder.is_for(guild) { &own[..] } else { &[] };
        let mut all = merge(std::iter::once(&self.built_in).chain(own).chain([made]));
        let rows = self.store.registry_entries(guild).await?;
        for registry in all.registries.values_mut().filter_map(|item| item.what.read.as_mut().ok()) {
            overlay(registry, &rows);
        }
        Ok(all)
    }

    /// What people of a guild made.
    pub(crate) async fn made(&self, guild: GuildId) -> Result<Layer> {
        let mut layer = Layer::default();
        for row in self.store.guild_agents(guild).await? {
            let file = format!("/agent show {}", row.name);
            let (name, read) = agent::read(&row.name, (&file, &row.config), (&file, Some(&row.prompt)));
            layer.agents.push(Item::new(Origin::Guild, &file, name, read));
        }
        for row in self.store.guild_registries(guild).await? {
            let fields: Vec<Field> = serde_json::from_str(&row.fields)
                .map_err(|error| Error::internal("reading a registry's fields", error))?;
            let file = format!("/registry show {}", row.name);
            let registry =
                Registry { name: row.name.clone(), description: row.description, fields, entries: Vec::new() };
            layer.registries.push(Item::new(Origin::Guild, &file, row.name, crate::Read::of(Ok(registry), Vec::new())));
        }
        Ok(layer)
    }

    /// An agent, for whoever lets it work: what it is told is its `prompt`, and what it may call its `tools`, never more than the
    /// person it works for.
    pub async fn agent(&self, guild: GuildId, name: &ItemName) -> Result<Agent> {
        usable("agent", name, self.catalogue(guild).await?.agents)
    }

    /// A skill.
    pub async fn skill(&self, guild: GuildId, name: &ItemName) -> Result<Skill> {
        usable("skill", name, self.catalogue(guild).await?.skills)
    }

    /// A registry with its entries.
    pub async fn registry(&self, guild: GuildId, name: &ItemName) -> Result<Registry> {
        usable("registry", name, self.catalogue(guild).await?.registries)
    }

    /// A playbook.
    pub async fn playbook(&self, guild: GuildId, name: &ItemName) -> Result<Playbook> {
        usable("playbook", name, self.catalogue(guild).await?.playbooks)
    }

    pub(crate) fn threads(&self) -> Result<Arc<dyn Threads>> {
        let threads = self.threads.get().cloned();
        threads.ok_or_else(|| Error::Busy("I am still starting. Nothing was done; try again.".to_owned()))
    }
}

/// One of a catalogue's, whether it can be used or not.
pub(crate) fn find<T>(kind: &'static str, name: &ItemName, mut all: BTreeMap<String, Item<T>>) -> Result<Item<T>> {
    all.remove(name.as_str()).ok_or_else(|| Error::NotFound { kind, name: name.to_string() })
}

/// One of a catalogue's, or why it cannot be used.
fn usable<T>(kind: &'static str, name: &ItemName, all: BTreeMap<String, Item<T>>) -> Result<T> {
    find(kind, name, all)?.what.read.map_err(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(crate::Mistake::told).collect();
        Error::Invalid(format!("That {kind} cannot be used as it is. Nothing was done.\n{}", told.join("\n")))
    })
}

async fn read(folder: Folder) -> Result<Own> {
    let read = move || {
        // Looked at first: what changes meanwhile looks otherwise the next time.
        let found = folder.look();
        let layers = Arc::new(folder::read(&found));
        Own { found, layers }
    };
    tokio::task::spawn_blocking(read).await.map_err(broken)
}

fn tell(built_in: &Layer, own: &Own) {
    for mistake in merge(std::iter::once(built_in).chain(own.layers.iter())).all_mistakes() {
        tracing::warn!("the workspace: {}", mistake.told());
    }
}

fn broken(error: tokio::task::JoinError) -> Error {
    Error::internal("looking at the workspace's folder", error)
}
