//! Holds what the actions share, and the maps that were read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result};
use containers::Containers;
use futures::future::BoxFuture;
use hosts::{Files, Hosts};
use policy::Policy;
use store::{Store, service_maps::ServiceMap};
use tokio::sync::Notify;

use crate::{
    Answers, Door, ServiceName,
    graph::Graph,
    look::State,
    map::Map,
    near::meant,
    read::{self, Reading},
};

/// Discord shows no more.
const OFFERED: usize = 25;

/// The maps of guilds.
pub struct Maps {
    pub(crate) store: Store,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) containers: Arc<Containers>,
    pub(crate) files: Arc<Files>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Clock,
    pub(crate) redactor: Redactor,
    /// What was read last. Another process may have taken another: the row's id tells.
    read: Mutex<HashMap<GuildId, Arc<Stands>>>,
    /// How what is on pages was when it was looked at last.
    looks: Mutex<HashMap<(GuildId, String), (State, Millis)>>,
    /// Something new is on a page.
    pub(crate) pages_changed: Notify,
    pub(crate) switch: OnceLock<Switch>,
    pub(crate) gpus: OnceLock<Gpus>,
    pub(crate) answers: OnceLock<Answers>,
    pub(crate) door: OnceLock<Weak<dyn Door>>,
    /// Where people reach the pages.
    pub(crate) address: OnceLock<String>,
}

/// Whether the feature is on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// How many graphics cards a server has, by its id; none where nobody knows.
pub type Gpus = Box<dyn Fn(&str) -> Option<usize> + Send + Sync>;

/// The map that stands in a guild.
#[derive(Debug)]
pub(crate) struct Stands {
    pub(crate) row: ServiceMap,
    pub(crate) map: Map,
    pub(crate) graph: Graph,
}

impl Maps {
    /// Nothing is read yet.
    pub fn new(
        store: Store,
        hosts: Arc<Hosts>,
        containers: Arc<Containers>,
        files: Arc<Files>,
        policy: Arc<Policy>,
        (clock, redactor): (Clock, Redactor),
    ) -> Self {
        Self {
            store,
            hosts,
            containers,
            files,
            policy,
            clock,
            redactor,
            read: Mutex::default(),
            looks: Mutex::default(),
            pages_changed: Notify::new(),
            switch: OnceLock::new(),
            gpus: OnceLock::new(),
            answers: OnceLock::new(),
            door: OnceLock::new(),
            address: OnceLock::new(),
        }
    }

    /// The map that stands; none where there is none.
    pub(crate) async fn known(&self, guild: GuildId) -> Result<Option<Arc<Stands>>> {
        let Some(id) = self.store.service_map_id(guild).await? else { return Ok(None) };
        if let Some(known) = self.read().get(&guild).filter(|known| known.row.id == id) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(row) = self.store.service_map(guild).await? else { return Ok(None) };
        let map = read::read(&row.content, &reading(&row)).map;
        let stands = Arc::new(Stands { graph: map.graph(), map, row });
        self.read().insert(guild, Arc::clone(&stands));
        Ok(Some(stands))
    }

    /// The map that stands.
    ///
    /// # Errors
    /// Says how to begin, where there is none.
    pub(crate) async fn stands(&self, guild: GuildId) -> Result<Arc<Stands>> {
        self.known(guild).await?.ok_or_else(|| {
            Error::Invalid("There is no service map here yet. `/service import` takes a `service-map.yml`.".to_owned())
        })
    }

    /// Tells it where it is on. Until then it is everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Tells it who knows of graphics cards. Until then nobody does.
    pub fn know_gpus(&self, gpus: Gpus) {
        // A process says so once.
        let _ = self.gpus.set(gpus);
    }

    /// Whether a server has a graphics card; none where nobody knows.
    pub(crate) fn has_gpu(&self, server: &str) -> Option<bool> {
        Some(self.gpus.get()?(server)? > 0)
    }

    /// How something on a page was, and when that was seen.
    pub(crate) fn look_of(&self, guild: GuildId, service: &str) -> Option<(State, Millis)> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).get(&(guild, service.to_owned())).copied()
    }

    pub(crate) fn remember_look(&self, guild: GuildId, service: &str, state: State) {
        let seen = (state, self.clock.now());
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).insert((guild, service.to_owned()), seen);
    }

    /// The names that go on like this, then those that contain it.
    pub async fn complete(&self, guild: GuildId, typed: &str) -> Result<Vec<String>> {
        let Some(stands) = self.known(guild).await? else { return Ok(Vec::new()) };
        let typed = typed.trim().to_lowercase();
        let names = stands.map.services.iter().map(|service| service.name.clone());
        let mut names: Vec<String> = names.filter(|name| name.to_lowercase().contains(&typed)).collect();
        names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
        names.truncate(OFFERED);
        Ok(names)
    }

    fn read(&self) -> std::sync::MutexGuard<'_, HashMap<GuildId, Arc<Stands>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stands {
    /// The place of the service of this name.
    pub(crate) fn find(&self, name: &ServiceName) -> Result<usize> {
        self.map.place(name.as_str()).ok_or_else(|| {
            let names = self.map.services.iter().map(|service| service.name.as_str());
            Error::Invalid(format!(
                "The map has no service `{name}`{}. `/service status` lists them. Nothing was done.",
                meant(name.as_str(), names)
            ))
        })
    }
}

/// How a row is to be read.
pub(crate) fn reading(row: &ServiceMap) -> Reading {
    Reading { environment: row.environment.clone(), values: row.values.clone() }
}
