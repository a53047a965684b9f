//! One container and what is known of it.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, Weight, code},
};
use bollard::models::{ContainerInspectResponse, MountPoint, PortMap};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Containers, Name, ReadLog, RestartContainer, StartContainer, StopContainer,
    engine::Engine,
    look::{self, Stands},
    place::Place,
};

/// More of them are counted.
const SHOWN: usize = 5;

/// Show a container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowContainer {
    /// The server it runs on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
}

/// What is known of it.
#[derive(Debug, Serialize)]
pub struct Shown {
    server: ServerName,
    container: Name,
    stands: Stands,
    image: String,
    facts: Vec<String>,
    lines: Vec<String>,
}

impl Action for ShowContainer {
    const NAME: &'static str = "container.show";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show container {} on {}", code(self.container.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Shown> {
        let ShowContainer { server, container } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let found = inspect(&engine, &place, &container).await?;
        Ok(Shown::of(server, container, &found))
    }
}

/// All that an engine knows of a container.
pub(crate) async fn inspect(engine: &Engine, place: &Place, container: &Name) -> Result<ContainerInspectResponse> {
    let found = engine.ask(|docker| async move { docker.inspect_container(container.as_str(), None).await }).await;
    found.map_err(|refusal| {
        place.refused(refusal, "say how a container stands", Some(("container", container.as_str())))
    })
}

impl Shown {
    fn of(server: ServerName, container: Name, found: &ContainerInspectResponse) -> Self {
        let (stands, state) = (Stands::of(found), found.state.clone().unwrap_or_default());
        let mut facts = Vec::new();
        let moment = |text: &Option<String>| look::relative(text.as_deref().unwrap_or_default());
        if matches!(stands, Stands::Running | Stands::Unhealthy | Stands::Paused) {
            facts.extend(moment(&state.started_at).map(|since| format!("since {since}")));
        } else if let Some(ended) = moment(&state.finished_at) {
            facts.push(look::exit(state.exit_code.unwrap_or_default()));
            facts.push(format!("ended {ended}"));
        }
        if state.oom_killed == Some(true) {
            facts.push("ran out of memory".to_owned());
        }
        if let Some(restarts @ 1..) = found.restart_count {
            facts.push(format!("restarted {restarts} times by itself"));
        }
        let mut lines = Vec::new();
        if let Some(ports) = found.network_settings.as_ref().and_then(|network| network.ports.as_ref()) {
            lines.extend(listed("ports", &published(ports)));
        }
        lines.extend(listed("mounts", &found.mounts.iter().flatten().map(mounted).collect::<Vec<_>>()));
        if let Some(project) = found.config.as_ref().and_then(|config| config.labels.as_ref()?.get(look::PROJECT)) {
            lines.push(format!("Compose project  {}", code(project)));
        }
        if let Some(check) = state.health.as_ref().and_then(|health| health.log.as_ref()?.last()?.output.clone())
            && stands == Stands::Unhealthy
            && !check.trim().is_empty()
        {
            lines.push(format!("its check says  {}", code(check)));
        }
        let image = found.config.as_ref().and_then(|config| config.image.clone()).unwrap_or_default();
        Self { server, container, stands, image, facts, lines }
    }
}

fn listed(what: &str, all: &[String]) -> Option<String> {
    let more = match all.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    (!all.is_empty()).then(|| format!("{what}  {first}{more}"))
}

/// Ports that answer outside of it: `8080 → 80/tcp`.
fn published(ports: &PortMap) -> Vec<String> {
    let bound = ports.iter().flat_map(|(inside, bound)| bound.iter().flatten().map(move |bound| (inside, bound)));
    let mut all: Vec<String> = bound
        .filter_map(|(inside, bound)| {
            let port = bound.host_port.as_deref()?;
            let address = bound.host_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "0.0.0.0" && *ip != "::");
            let outside = address.map_or_else(|| port.to_owned(), |address| format!("{address}:{port}"));
            Some(code(format!("{outside} → {inside}")))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn mounted(mount: &MountPoint) -> String {
    let source = mount.name.as_deref().or(mount.source.as_deref()).unwrap_or_default();
    code(format!("{source} → {}", mount.destination.as_deref().unwrap_or_default()))
}

impl Report for Shown {
    fn card(&self) -> Card {
        let word = if self.stands == Stands::Failed { "ended" } else { self.stands.word() };
        let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
        let mut card = Card::new(self.stands.tone(), format!("**{container}** on {server} {word}"));
        for fact in &self.facts {
            card = card.fact(fact);
        }
        card = card.fact(code(&self.image));
        if !self.lines.is_empty() {
            card = card.text(self.lines.join("\n"));
        }
        let (server, container) = (self.server.clone(), self.container.clone());
        let read = ReadLog { follow: None, ..ReadLog::of(server.clone(), container.clone()) };
        let follow = ReadLog { follow: Some(10), ..read.clone() };
        let logs = Choice::perform("Logs", &read, Lands::Below);
        if matches!(self.stands, Stands::Failed | Stands::Stopped) {
            let start = StartContainer { server, container };
            return card.choice(Choice::perform("Start", &start, Lands::Below).weigh(Weight::Primary)).choice(logs);
        }
        let restart = RestartContainer { server: server.clone(), container: container.clone() };
        let stop = StopContainer { server, container };
        card.choice(Choice::perform("Restart", &restart, Lands::Below).weigh(Weight::Primary))
            .choice(logs)
            .choice(Choice::perform("Follow", &follow, Lands::Below))
            .choice(Choice::perform("Stop", &stop, Lands::Below))
    }
}
