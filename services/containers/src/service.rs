//! Holds what the actions share.

use std::sync::{Arc, OnceLock, Weak};

use base::{Assessment, Clock, GuildId, Redactor, Result, Risk, ServerName};
use hosts::Hosts;
use policy::Policy;
use store::Store;
use tokio::sync::Notify;

use crate::{
    Local,
    engine::Engine,
    names::Names,
    place::{LOCAL, Place},
    watch::{Channels, Incidents, Switch},
};

/// The engines, and what runs on them.
pub struct Containers {
    pub(crate) store: Store,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) clock: Clock,
    pub(crate) policy: Arc<Policy>,
    pub(crate) redactor: Redactor,
    pub(crate) local: Local,
    pub(crate) names: Names,
    pub(crate) channels: OnceLock<Arc<dyn Channels>>,
    pub(crate) switch: OnceLock<Switch>,
    pub(crate) incidents: OnceLock<Incidents>,
    /// Somebody watches another engine, or one less.
    pub(crate) watches_changed: Notify,
    /// Itself, for what goes on behind an action.
    this: Weak<Self>,
}

impl Containers {
    /// Nothing is connected yet.
    pub fn new(
        store: Store,
        hosts: Arc<Hosts>,
        clock: Clock,
        policy: Arc<Policy>,
        redactor: Redactor,
        local: Local,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            store,
            hosts,
            clock,
            policy,
            redactor,
            local,
            names: Names::default(),
            channels: OnceLock::new(),
            switch: OnceLock::new(),
            incidents: OnceLock::new(),
            watches_changed: Notify::new(),
            this: Weak::clone(this),
        })
    }

    /// Tells it who knows the channels of guilds. Until then nothing can be watched.
    pub fn know_channels(&self, channels: Arc<dyn Channels>) {
        // A process has one Discord, and says so once.
        let _ = self.channels.set(channels);
    }

    /// Tells it where containers are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Tells it where incidents tell of containers. Until then they do nowhere.
    pub fn know_incidents(&self, incidents: Incidents) {
        // A process says so once.
        let _ = self.incidents.set(incidents);
    }

    /// What is known of an action on an engine of that name. That there is none is not told here: nothing has been checked yet.
    pub(crate) fn assess(&self, guild: GuildId, name: &ServerName, risk: Risk) -> Assessment {
        let mut known = self.hosts.known_of(guild, name, risk);
        if known.identity.is_none() && name.as_str() == LOCAL {
            known.identity = Some(LOCAL.to_owned());
        }
        known
    }

    /// The engine of this name, and where it is. Whoever uses it wants its names completed next.
    pub(crate) async fn engine(&self, guild: GuildId, name: &ServerName) -> Result<(Engine, Place)> {
        let found = self.engine_of(guild, name).await?;
        if let Some(this) = self.this.upgrade() {
            this.keep_names(guild, name);
        }
        Ok(found)
    }

    /// The same, for what goes on by itself.
    pub(crate) async fn engine_of(&self, guild: GuildId, name: &ServerName) -> Result<(Engine, Place)> {
        let place = self.place(guild, name).await?;
        Ok((Engine::new(place.way.clone()), place))
    }
}
