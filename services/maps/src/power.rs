//! Starts, stops and restarts services, each in its turn, as the map says how.
//!
//! **Invariant:** what is done with a service is judged as what it is: its line as `server.run` on its server, its container as
//! `container.start` there, besides `service.start` on itself. A rule on a server holds for the services on it.

mod card;
mod force;
mod go;
mod turns;

use std::{collections::BTreeSet, time::Duration};

use base::{
    Action, Actor, Assessment, GuildId, Permit, Redactor, Result, Risk, Run, ServerName, action::Part, card::code,
};
use containers::{Name, RestartContainer, RestartProject, StartContainer, StopContainer, UpProject};
use hosts::RunCommand;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::force::ForceStopService;
use self::{
    card::Turned,
    turns::{Deed, Turn, turns},
};
use crate::{
    Maps, ServiceName,
    map::{Map, Service},
    place,
    service::Stands,
};

/// A few dozen services take their time.
const DEADLINE: Duration = Duration::from_hours(1);
/// What an approver reads at once.
const SAID: usize = 8;

/// What else is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// Nothing.
    #[default]
    Alone,
    /// Everything that needs it.
    Dependants,
    /// Everything it needs.
    Dependencies,
}

impl With {
    fn words(self, service: &ServiceName) -> String {
        let service = code(service.as_str());
        match self {
            Self::Alone => service,
            Self::Dependants => format!("{service} and what needs it"),
            Self::Dependencies => format!("{service} and what it needs"),
        }
    }
}

/// What is asked of which.
pub(crate) struct Wish<'a> {
    pub(crate) service: &'a ServiceName,
    pub(crate) with: With,
    pub(crate) deed: Deed,
}

/// Declares an action on a service.
macro_rules! power {
    ($(#[doc = $doc:literal] $action:ident $name:literal $deed:ident;)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        pub struct $action {
            /// The service, as the map calls it.
            pub service: ServiceName,
            /// What else is meant: those that need it, or those it needs.
            #[serde(default)]
            pub with: With,
        }

        impl Action for $action {
            const NAME: &'static str = $name;
            const RISK: Risk = Risk::Change;
            const DURABLE: bool = true;
            type Service = Maps;
            type Report = Turned;

            fn plan(&self) -> String {
                format!("{} service {}", Deed::$deed.verb(), self.with.words(&self.service))
            }

            fn refusal(&self) -> String {
                format!("{} service {}", Deed::$deed.verb().to_lowercase(), code(self.service.as_str()))
            }

            fn target(&self) -> Option<String> {
                Some(self.service.to_string())
            }

            fn lease(&self, _: Risk) -> Option<String> {
                // Two orders at a time would be none.
                Some("services".to_owned())
            }

            fn deadline(&self) -> Duration {
                DEADLINE
            }

            async fn assess(&self, maps: &Maps, actor: &Actor) -> Result<Assessment> {
                let wish = Wish { service: &self.service, with: self.with, deed: Deed::$deed };
                maps.assess(actor, Self::NAME, &wish).await
            }

            async fn exists(&self, maps: &Maps, actor: &Actor) -> Result<()> {
                maps.stands(actor.guild).await?.find(&self.service).map(drop)
            }

            async fn run(permit: Permit<Self>, maps: &Maps, run: &Run) -> Result<Turned> {
                let wish = Wish { service: &permit.action().service, with: permit.action().with, deed: Deed::$deed };
                maps.go(&permit, &wish, run).await
            }
        }
    )*};
}

power! {
    /// Start a service, after what it needs.
    StartService "service.start" Start;
    /// Stop a service, after what needs it.
    StopService "service.stop" Stop;
    /// Restart a service.
    RestartService "service.restart" Restart;
}

/// How something is done with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Means {
    Line(String),
    Container(Name),
    Project(Name),
}

impl Means {
    /// The first that the map gives for it.
    pub(crate) fn of(service: &Service, deed: Deed) -> Option<Self> {
        let line = match deed {
            Deed::Start => &service.commands.start,
            Deed::Stop => &service.commands.stop,
            Deed::Restart => &service.commands.restart,
            Deed::ForceStop => &service.commands.force_stop,
        };
        if let Some(line) = line {
            return Some(Self::Line(line.clone()));
        }
        // Only a line that somebody approved with the map says how it is forced.
        if deed == Deed::ForceStop {
            return None;
        }
        let name = |name: &Option<String>| name.as_deref().and_then(|name| name.parse().ok());
        name(&service.container).map(Self::Container).or_else(|| name(&service.compose).map(Self::Project))
    }

    /// As what it is judged on its server.
    fn judged_as(&self, deed: Deed) -> &'static str {
        match (self, deed) {
            (Self::Line(_), _) => RunCommand::NAME,
            (Self::Container(_), Deed::Start) => StartContainer::NAME,
            (Self::Container(_), Deed::Stop | Deed::ForceStop) => StopContainer::NAME,
            (Self::Container(_), Deed::Restart) => RestartContainer::NAME,
            (Self::Project(_), Deed::Start) => UpProject::NAME,
            (Self::Project(_), _) => RestartProject::NAME,
        }
    }

    fn words(&self, deed: Deed) -> String {
        match self {
            Self::Line(line) => format!("run {}", code(line)),
            Self::Container(name) => format!("{} container {}", deed.verb().to_lowercase(), code(name.as_str())),
            Self::Project(name) => format!("{} Compose project {}", deed.verb().to_lowercase(), code(name.as_str())),
        }
    }
}

impl Stands {
    /// What is to be done, in order.
    pub(crate) fn turns(&self, wish: &Wish<'_>) -> Result<Vec<Turn>> {
        let one = self.find(wish.service)?;
        let restarts = Means::of(&self.map.services[one], Deed::Restart).is_some();
        Ok(turns(&self.graph, one, wish.deed, wish.with, restarts))
    }
}

impl Maps {
    /// What is known of it now: each thing that is done, as if it were asked for alone.
    async fn assess(&self, actor: &Actor, name: &'static str, wish: &Wish<'_>) -> Result<Assessment> {
        let mut known = Assessment::of(wish.deed.risk());
        let part = |action, target: String, tags| Part { action, target, tags, chosen_by: wish.service.to_string() };
        let planned = match self.known(actor.guild).await? {
            Some(stands) => stands.turns(wish).ok().map(|turns| (stands, turns)),
            None => None,
        };
        let Some((stands, turns)) = planned else {
            known.each.push(part(name, wish.service.to_string(), Vec::new()));
            return Ok(known);
        };
        let redactor = self.redactor.of(actor.guild);
        let (mut machines, mut words) = (BTreeSet::new(), Vec::new());
        let mut parts = BTreeSet::new();
        for turn in &turns {
            let service = &stands.map.services[turn.service];
            if parts.insert((name, service.name.clone())) {
                known.each.push(part(name, service.name.clone(), Vec::new()));
            }
            let Some((means, on, server)) = self.means(actor.guild, &stands.map, service, turn.deed) else { continue };
            if let Means::Line(line) = &means {
                known.risk = known.risk.max(self.policy.judge(actor.guild, line, &redactor).await?.class);
            }
            machines.insert(format!("{} {}", server.id, server.host_key.clone().unwrap_or_default()));
            words.push(format!("{} on {}", means.words(turn.deed), code(on.as_str())));
            // What tells how it is may run, too, and may be any line.
            let asks = service.commands.status.is_some() && service.health.is_none() && service.container.is_none();
            if asks && parts.insert((RunCommand::NAME, on.to_string())) {
                let (target, chosen_by) = (on.to_string(), format!("the server of {}", service.name));
                known.each.push(Part { action: RunCommand::NAME, target, tags: server.tags.clone(), chosen_by });
            }
            let judged = means.judged_as(turn.deed);
            if parts.insert((judged, on.to_string())) {
                let chosen_by = format!("the server of {}", service.name);
                known.each.push(Part { action: judged, target: on.to_string(), tags: server.tags, chosen_by });
            }
        }
        known.identity = Some(format!("{}\n{}", stands.row.id, machines.into_iter().collect::<Vec<_>>().join("\n")));
        if words.len() > SAID {
            let more = words.split_off(SAID).len();
            words.push(format!("and {more} more"));
        }
        if !words.is_empty() {
            known.why = Some(format!("In this order: {}.", words.join(", ")));
        }
        Ok(known)
    }

    /// How something is done with a service, and where; none where the map does not say, or means no server here.
    fn means(
        &self,
        guild: GuildId,
        map: &Map,
        service: &Service,
        deed: Deed,
    ) -> Option<(Means, ServerName, hosts::Server)> {
        let means = Means::of(service, deed)?;
        let (name, server) = place::server_of(&self.hosts, guild, map, service)?;
        Some((means, name, server))
    }

    /// What keeps something from being done with a service at all, as a row says it.
    pub(crate) fn missing(
        &self,
        guild: GuildId,
        map: &Map,
        service: &Service,
        deed: Deed,
        redactor: &Redactor,
    ) -> Option<String> {
        if Means::of(service, deed).is_none() {
            return Some(format!("nothing in the map {}s it", deed.verb().to_lowercase()));
        }
        match (map.node_of(service), place::server_of(&self.hosts, guild, map, service)) {
            (_, Some((name, server))) => {
                let lacks = deed.ends_up() && service.gpu_required && self.has_gpu(&server.id) == Some(false);
                lacks.then(|| format!("it takes a GPU, and metrics see none on {}", code(name.as_str())))
            }
            (Some(node), None) => Some(format!("{} is no server here", code(redactor.mask(&node.name)))),
            (None, None) => Some("the map does not say where it runs".to_owned()),
        }
    }
}
