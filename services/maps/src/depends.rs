//! What stands on what, for whoever folds what breaks into its cause.
//!
//! **Invariant:** it says what the map says, and nothing where there is none; it asks no server.

use std::collections::BTreeSet;

use base::{GuildId, Result};

use crate::{Maps, graph::Way, place, service::Stands};

/// Something that can break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A service of the map, by its name.
    Service(String),
    /// A server of the guild, by its id.
    Server(String),
    /// A container, by its server's id and its name.
    Container {
        /// The server's id.
        server: String,
        /// Its name there.
        name: String,
    },
}

/// What is around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// What it needs itself: a service its server, its container, and what the map says.
    pub needs: Vec<Thing>,
    /// What needs it itself.
    pub needed_by: Vec<Thing>,
    /// Everything that stands on it, directly or not.
    pub above: Vec<Thing>,
    /// Everything it stands on, directly or not.
    pub below: Vec<Thing>,
}

impl Maps {
    /// What is around something, as the guild's map says.
    pub async fn around(&self, guild: GuildId, thing: &Thing) -> Result<Around> {
        let Some(stands) = self.known(guild).await? else { return Ok(Around::default()) };
        let needs = |thing: &Thing| self.needs(guild, &stands, thing);
        let needed_by = |thing: &Thing| self.needed_by(guild, &stands, thing);
        Ok(Around {
            needs: needs(thing),
            needed_by: needed_by(thing),
            above: all(thing, needed_by),
            below: all(thing, needs),
        })
    }

    pub(crate) fn needs(&self, guild: GuildId, stands: &Stands, thing: &Thing) -> Vec<Thing> {
        let (map, server) = (&stands.map, |server: &str| vec![Thing::Server(server.to_owned())]);
        match thing {
            Thing::Server(_) => Vec::new(),
            Thing::Container { server: on, .. } => server(on),
            Thing::Service(name) => {
                let Some(place) = map.place(name) else { return Vec::new() };
                let below = stands.graph.next(place, Way::Down).iter();
                let mut needs: Vec<Thing> =
                    below.map(|&need| Thing::Service(map.services[need].name.clone())).collect();
                let service = &map.services[place];
                if let Some((_, on)) = place::server_of(&self.hosts, guild, map, service) {
                    needs.extend(
                        service
                            .container
                            .iter()
                            .map(|name| Thing::Container { server: on.id.clone(), name: name.clone() }),
                    );
                    needs.push(Thing::Server(on.id));
                }
                needs
            }
        }
    }

    fn needed_by(&self, guild: GuildId, stands: &Stands, thing: &Thing) -> Vec<Thing> {
        let services = stands.map.services.iter().map(|service| Thing::Service(service.name.clone()));
        services.filter(|service| self.needs(guild, stands, service).contains(thing)).collect()
    }
}

/// Everything that way, but not where it began.
fn all(from: &Thing, next: impl Fn(&Thing) -> Vec<Thing>) -> Vec<Thing> {
    let (mut seen, mut left) = (BTreeSet::from([from.clone()]), vec![from.clone()]);
    while let Some(thing) = left.pop() {
        left.extend(next(&thing).into_iter().filter(|thing| seen.insert(thing.clone())));
    }
    seen.remove(from);
    seen.into_iter().collect()
}
