//! Holds what the actions share.

use std::sync::{Arc, Weak};

use base::{Assessment, Clock, GuildId, Result, Risk, ServerName};
use hosts::Hosts;
use store::Store;

use crate::{
    Local,
    engine::Engine,
    names::Names,
    place::{LOCAL, Place},
};

/// The engines, and what runs on them.
pub struct Containers {
    pub(crate) store: Store,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) clock: Clock,
    pub(crate) local: Local,
    pub(crate) names: Names,
    /// Itself, for what goes on behind an action.
    this: Weak<Self>,
}

impl Containers {
    /// Nothing is connected yet.
    pub fn new(store: Store, hosts: Arc<Hosts>, clock: Clock, local: Local) -> Arc<Self> {
        let names = Names::default();
        Arc::new_cyclic(|this| Self { store, hosts, clock, local, names, this: Weak::clone(this) })
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
