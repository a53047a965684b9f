//! Tells services what only others know: which guilds want them, who sees what, what depends on what, what heals it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ai::{
    conversation::After,
    runner::{Agent, Asides, Below, Condition, Known, Lent, Look},
};
use alerts::{Alerts, Sets, Wanted};
use base::{
    GuildId, Result, UserId,
    card::{Choice, Lands, Offer, Pick, Pre},
};
use commands::{Crowd, Link, Rest};
use futures::future::{BoxFuture, FutureExt};
use hosts::Hosts;
use hub::{Hub, grants::Held};
use incidents::{
    Incidents, Place,
    machine::{Incident, Key},
};
use maps::{Maps, Thing};
use memories::Memories;
use overlays::Overlays;
use presence::{Stage, Track};
use runbooks::{ByItself, Spot, Trigger, TriggerKind, Wrong};
use store::{Store, overlays::Origin};
use workspace::Workspace;

use crate::{
    feeds::{Feeds, Showing},
    services::Services,
};

/// Discord's own limit for a button's label.
const BUTTON: usize = 80;
/// Discord's own limit for a line of a menu.
const LONGEST: usize = 100;

/// All of them, before anything is done.
pub(crate) fn all(services: &Services, hub: &Hub, rest: &Rest) {
    let discord = || Arc::new(commands::Discord(rest.clone()));
    hub.know_members(discord());
    services.hosts.terminals().know_threads(discord());
    services.workspace.know_threads(discord());
    let in_threads = commands::jarvis_board::InThreads { rest: rest.clone(), hub: hub.clone() };
    services.conversations.know_threads(Arc::new(in_threads));
    services.conversations.know_contents(Arc::new(ai::Reader));
    services.containers.know_switch(switch(hub, "container.watch"));
    services.containers.know_channels(discord());
    services.containers.know_incidents(told_as_incidents(hub.store(), services));
    services.logs.know_switch(switch(hub, "log.setup"));
    services.logs.know_channels(discord());
    services.metrics.know_switch(switch(hub, "metrics.show"));
    services.metrics.know_eyes(eyes(hub.store()));
    services.history.know_eyes(readers(hub.store(), &services.hosts));
    services.alerts.know_switch(switch(hub, "alert.list"));
    services.maps.know_switch(switch(hub, "service.status"));
    let metrics = Arc::clone(&services.metrics);
    services.maps.know_gpus(Box::new(move |server| metrics.gpus(server)));
    let metrics = Arc::clone(&services.metrics);
    services.maps.know_answers(Box::new(move |server| metrics.answers(server)));
    services.tickets.know_switch(switch(hub, "ticket.open"));
    services.tickets.know_members(discord());
    services.overlays.know_switch(switch(hub, "overlay.list"));
    services.overlays.know_accounts(Arc::new(Feeds(Arc::clone(&services.accounts))));
    services.streams.know_switch(switch(hub, "stream.follow"));
    services.streams.know_members(discord());
    services.accounts.know_members(discord());
    services.streams.know_accounts(Arc::clone(&services.accounts));
    services.streams.know_stage(Arc::new(Showing(Arc::clone(&services.overlays))));
    services.incidents.know_switch(switch(hub, "incident.open"));
    services.incidents.know_depends(Arc::new(OnTheMap(Arc::clone(&services.maps))));
    services
        .incidents
        .know_runbooks(Arc::new(Healing { store: hub.store().clone(), is_on: switch(hub, "runbook.run") }));
    let asking = Asking { store: hub.store().clone(), is_on: switch(hub, "ticket.open") };
    services.incidents.know_tickets(Arc::new(asking));
    let beside = Beside { incidents: Arc::clone(&services.incidents), alerts: Arc::clone(&services.alerts) };
    services.runbooks.know_around(Arc::new(beside));
}

/// The bot's own status: where it is on, who sees it, and which overlays show what plays.
pub(crate) fn status(services: &Services, hub: &Hub, (link, crowd): (Link, Crowd)) {
    let is_on = switch(hub, "presence.show");
    // Of a guild that it left nothing is said.
    services.presence.know_switch(Box::new(move |guild| {
        let (is_there, is_on) = (crowd.has(guild), is_on(guild));
        Box::pin(async move { Ok(is_there && is_on.await?) })
    }));
    services.presence.know_face(Arc::new(link));
    hub.guilds().know_findings(lacks(services, switch(hub, "presence.show")));
    let stage = OnOverlays { overlays: Arc::clone(&services.overlays), store: hub.store().clone() };
    services.presence.know_stage(Arc::new(stage));
}

/// What is wrong around the status, for the doctor, where it is on.
fn lacks(services: &Services, is_on: metrics::Switch) -> guilds::Findings {
    let (presence, is_on) = (Arc::clone(&services.presence), Arc::new(is_on));
    Box::new(move |guild| {
        let (presence, is_on) = (Arc::clone(&presence), Arc::clone(&is_on));
        Box::pin(async move {
            if !is_on(guild).await? {
                return Ok(Vec::new());
            }
            let lacks = presence.lacks(guild).await?;
            Ok(lacks.into_iter().map(|lack| guilds::Finding::missing(lack.what, lack.fix)).collect())
        })
    })
}

/// Overlays that show what plays.
struct OnOverlays {
    overlays: Arc<Overlays>,
    store: Store,
}

impl Stage for OnOverlays {
    fn open(&self) -> Vec<GuildId> {
        self.overlays.playing_where()
    }

    fn listeners(&self) -> BoxFuture<'_, Result<Vec<(GuildId, UserId)>>> {
        async move {
            let all = self.store.overlay_sources_at(Origin::Spotify).await?;
            Ok(all.into_iter().map(|source| (source.guild, source.user)).collect())
        }
        .boxed()
    }

    fn play<'a>(&'a self, guild: GuildId, track: Option<&'a Track>) -> BoxFuture<'a, Result<()>> {
        async move { self.overlays.play(guild, track.map(|track| (track.title.as_str(), track.by.as_str()))).await }
            .boxed()
    }
}

/// Whether the feature of an action is on in a guild.
fn switch(hub: &Hub, action: &'static str) -> metrics::Switch {
    let guilds = Arc::clone(hub.guilds());
    Box::new(move |guild| {
        let guilds = Arc::clone(&guilds);
        Box::pin(async move { Ok(guilds.refuse_off(guild, action).await.is_ok()) })
    })
}

/// Where what happens to containers is an incident: alerts are on and watch them there, and incidents stand in a channel.
fn told_as_incidents(store: &Store, services: &Services) -> containers::Incidents {
    let (store, alerts, incidents) = (store.clone(), Arc::clone(&services.alerts), Arc::clone(&services.incidents));
    Box::new(move |guild, server| {
        let (store, alerts, incidents) = (store.clone(), Arc::clone(&alerts), Arc::clone(&incidents));
        Box::pin(async move {
            let stand_somewhere = store.guild_settings(guild).await?.ops_channel.is_some();
            let is_told = stand_somewhere && incidents.is_on(guild).await?;
            Ok(is_told && alerts.tells_of_containers(guild, &server).await?)
        })
    })
}

/// Whoever holds anything of a server, or may look at it, sees it in the fleet.
fn eyes(store: &Store) -> metrics::Eyes {
    let store = store.clone();
    Box::new(move |actor| {
        let store = store.clone();
        Box::pin(async move {
            let held = Held::by(&actor, &store).await?;
            let seen = move |server: &hosts::Server| {
                ["server", "metrics"].iter().any(|kind| held.sees(kind, &server.name, &server.tags))
            };
            Ok(Box::new(seen) as metrics::Seen)
        })
    })
}

/// Whoever may run something on a server sees what was run there.
fn readers(store: &Store, hosts: &Arc<Hosts>) -> audit::history::Eyes {
    let (store, hosts) = (store.clone(), Arc::clone(hosts));
    Box::new(move |actor| {
        let (store, hosts) = (store.clone(), Arc::clone(&hosts));
        Box::pin(async move {
            let held = Held::by(&actor, &store).await?;
            let tags: BTreeMap<String, Vec<String>> =
                hosts.of(actor.guild).into_iter().map(|server| (server.name, server.tags)).collect();
            let seen = move |command: &store::audit::Entry| {
                let target = command.target.as_deref();
                let tags = target.and_then(|target| tags.get(target)).map_or(&[][..], Vec::as_slice);
                held.allows(&command.action, target, tags)
            };
            Ok(Box::new(seen) as audit::history::Seen)
        })
    })
}

/// What models are told of somebody besides: what is to be remembered, and the agent that speaks.
pub(crate) struct Told {
    memories: Arc<Memories>,
    workspace: Arc<Workspace>,
    mcp: Arc<::mcp::Servers>,
}

impl Told {
    pub(crate) fn of(services: &Services) -> Arc<Self> {
        let (memories, workspace) = (Arc::clone(&services.memories), Arc::clone(&services.workspace));
        Arc::new(Self { memories, workspace, mcp: Arc::clone(&services.mcp) })
    }
}

impl Told {
    /// An agent as a model is told it.
    async fn agent(&self, guild: GuildId, name: Option<&str>) -> Result<Option<Agent>> {
        let Some(name) = name else { return Ok(None) };
        let found = self.workspace.agent(guild, &name.parse()?).await?;
        let sub_agents = self.below(guild, &found.sub_agents).await?;
        let (name, model, rounds) = (name.to_owned(), found.model, found.rounds);
        let verify = found.verify.into_iter().map(condition).collect();
        let after = found.followups.into_iter().map(|next| after(next, &name)).collect();
        let (prompt, only) = (found.prompt, found.tools);
        Ok(Some(Agent { name, prompt, only, sub_agents, model, rounds, verify, after }))
    }

    /// Those of these agents that can be used.
    async fn below(&self, guild: GuildId, names: &[String]) -> Result<Vec<Below>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.workspace.catalogue(guild).await?.agents;
        let usable = names.iter().filter_map(|name| all.get(name)?.ok());
        Ok(usable.map(|agent| Below { name: agent.name.clone(), description: agent.description.clone() }).collect())
    }
}

impl Asides for Told {
    fn known<'a>(&'a self, guild: GuildId, user: UserId, agent: Option<&'a str>) -> BoxFuture<'a, Result<Known>> {
        async move {
            let (memories, agent, lent) =
                tokio::try_join!(self.memories.of(guild, user), self.agent(guild, agent), self.mcp.offered(guild))?;
            let memories = memories.into_iter().map(|memory| memory.text).collect();
            let lent = lent.into_iter().map(self::lent).collect();
            Ok(Known { memories, agent, lent })
        }
        .boxed()
    }
}

/// A tool of an MCP server, as a model is shown it.
fn lent(offered: ::mcp::Offered) -> Lent {
    let ::mcp::Offered { server, tool, description, schema, looks } = offered;
    Lent {
        name: format!("mcp.{server}.{tool}"),
        from: format!("MCP server {server}"),
        description,
        schema,
        looks,
        action: "mcp.call",
        target: format!("{server}/{tool}"),
        fixed: serde_json::json!({ "server": server, "tool": tool }),
        field: "arguments",
    }
}

/// A condition as its file states it.
fn condition(stated: workspace::Condition) -> Condition {
    let look = stated.look.map(|look| Look { action: look.action, with: look.with, expect: look.expect });
    Condition { says: stated.says, look }
}

/// What comes after an agent's work: offered, or done by itself where its file says `due: success`.
fn after(next: workspace::Followup, of: &str) -> After {
    let agent = next.agent.filter(|agent| agent != of);
    // In somebody else's thread it would be done with nobody looking.
    let by_itself = next.due.as_deref() == Some("success") && agent.is_none();
    let label = if next.description.is_empty() { next.id } else { next.description };
    After { label, text: next.prompt, agent, channel: 0, by_itself }
}

/// What depends on what, as a guild's map says.
struct OnTheMap(Arc<Maps>);

impl incidents::Depends for OnTheMap {
    fn of<'a>(&'a self, guild: GuildId, what: &'a Key) -> BoxFuture<'a, Vec<Key>> {
        async move {
            let Some(thing) = thing(what) else { return Vec::new() };
            self.below(guild, &thing).await.unwrap_or_else(|error| {
                tracing::warn!("what a map says is not known: {error}");
                Vec::new()
            })
        }
        .boxed()
    }
}

impl OnTheMap {
    async fn below(&self, guild: GuildId, thing: &Thing) -> Result<Vec<Key>> {
        let around = self.0.around(guild, thing).await?;
        let mut below = around.needs;
        // A container is a service's own: what that needs, it needs.
        if matches!(thing, Thing::Container { .. }) {
            for service in around.needed_by {
                below.extend(self.0.around(guild, &service).await?.needs.into_iter().filter(|need| need != thing));
            }
        }
        Ok(below.iter().map(key).collect())
    }
}

/// As alerts name it.
pub(crate) fn key(thing: &Thing) -> Key {
    let (kind, id) = match thing {
        Thing::Service(name) => ("service", name.clone()),
        Thing::Server(id) => ("server", id.clone()),
        Thing::Container { server, name } => ("container", format!("{server}/{name}")),
    };
    Key { kind: kind.to_owned(), id }
}

fn thing(key: &Key) -> Option<Thing> {
    match key.kind.as_str() {
        "service" => Some(Thing::Service(key.id.clone())),
        "server" => Some(Thing::Server(key.id.clone())),
        "container" => {
            let (server, name) = key.id.split_once('/')?;
            Some(Thing::Container { server: server.to_owned(), name: name.to_owned() })
        }
        _ => None,
    }
}

/// A guild's runbooks, offered on an incident.
struct Healing {
    store: Store,
    is_on: metrics::Switch,
}

impl incidents::Runbooks for Healing {
    fn offered<'a>(&'a self, guild: GuildId, first: &'a [String]) -> BoxFuture<'a, Result<Vec<Offer>>> {
        async move {
            if !(self.is_on)(guild).await? {
                return Ok(Vec::new());
            }
            let mut all = self.store.runbooks(guild).await?;
            all.sort_by_key(|runbook| !first.contains(&runbook.name));
            let line = |text: String| text.chars().take(LONGEST).collect();
            let offers = all.into_iter().map(|runbook| Offer {
                value: runbook.name.clone(),
                label: line(runbook.name),
                description: line(runbook.title),
                chosen: Pre::Open,
            });
            Ok(offers.collect())
        }
        .boxed()
    }

    fn pick(&self, incident: &Incident) -> Pick {
        let cause = incident.cause.as_ref().and_then(|cause| incident.alerts.get(cause));
        let vars = cause.map(|alert| {
            let wrong = Wrong {
                subject: &alert.subject.name,
                kind: &alert.subject.key.kind,
                server: alert.subject.server.as_deref(),
                rule: None,
                level: None,
                text: Some(&alert.text),
                domain: None,
            };
            wrong.vars()
        });
        Pick {
            action: "runbook.run".to_owned(),
            arguments: serde_json::json!({
                "incident": incident.number.to_string(),
                "vars": vars.unwrap_or_default(),
            }),
            field: "name".to_owned(),
            name: None,
            lands: Lands::Below,
        }
    }
}

/// A guild's tickets, as its incidents know them.
struct Asking {
    store: Store,
    is_on: metrics::Switch,
}

impl incidents::Tickets for Asking {
    fn linked(&self, guild: GuildId, incident: i64) -> BoxFuture<'_, Result<Vec<i64>>> {
        async move {
            let all = self.store.tickets_of_incident(guild, incident).await?;
            Ok(all.into_iter().map(|ticket| ticket.number).collect())
        }
        .boxed()
    }

    fn open(&self, guild: GuildId, incident: i64) -> BoxFuture<'_, Result<Option<Choice>>> {
        async move {
            let can_be = (self.is_on)(guild).await? && !self.store.ticket_categories(guild).await?.is_empty();
            let open = tickets::OpenTicket { incident: Some(incident), ..tickets::OpenTicket::default() };
            Ok(can_be.then(|| Choice::perform("Open a ticket", &open, Lands::Aside)))
        }
        .boxed()
    }
}

/// What runbooks are told of incidents and rules.
struct Beside {
    incidents: Arc<Incidents>,
    alerts: Arc<Alerts>,
}

impl runbooks::Around for Beside {
    fn spot<'a>(
        &'a self,
        guild: GuildId,
        incident: Option<&'a str>,
        alert: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Spot>> {
        async move {
            let number = incident.and_then(|number| number.trim_start_matches('#').parse().ok());
            Ok(match self.incidents.place(guild, number, alert).await? {
                Place::Thread(thread) => Spot::Thread(thread),
                Place::Coming => Spot::Coming,
                Place::Nowhere => Spot::Nowhere,
            })
        }
        .boxed()
    }

    fn by_itself<'a>(
        &'a self,
        guild: GuildId,
        runbook: &'a str,
        trigger: &'a Trigger,
        rests: Duration,
    ) -> BoxFuture<'a, Result<Vec<ByItself>>> {
        async move {
            if trigger.kind == TriggerKind::LogPattern {
                return Ok(Vec::new());
            }
            let wanted = Wanted {
                runbook,
                target: &trigger.target,
                operator: &trigger.operator,
                value: &trigger.value,
                is_health: trigger.kind == TriggerKind::Health,
                is_certificate: trigger.is_of_certificates(),
                rests,
            };
            let offered = self.alerts.wanted(guild, &wanted).await?;
            let by_itself = offered.into_iter().map(|offered| ByItself {
                choice: match &offered.set {
                    Sets::Rule(rule) => Choice::perform(label(&offered.when), &**rule, Lands::Below),
                    Sets::Probe(probe) => Choice::perform(label(&offered.when), &**probe, Lands::Below),
                },
                when: offered.when,
                in_place_of: offered.in_place_of,
            });
            Ok(by_itself.collect())
        }
        .boxed()
    }
}

/// What a button says: as much as Discord shows.
fn label(when: &str) -> String {
    let label: String = format!("Run it when {when}").chars().take(BUTTON).collect();
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_of_the_map_and_what_an_alert_is_about_are_named_alike() {
        let container = Thing::Container { server: "0190-7".to_owned(), name: "web".to_owned() };
        for known in [Thing::Service("db".to_owned()), Thing::Server("0190-7".to_owned()), container] {
            assert_eq!(thing(&key(&known)), Some(known));
        }
        assert_eq!(thing(&Key { kind: "probe".to_owned(), id: "1".to_owned() }), None);
    }
}
