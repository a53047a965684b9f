//! The Compose projects of an engine, and those that are allowed there.

use std::collections::BTreeMap;

use base::{Action, Actor, Assessment, Card, GuildId, Permit, Report, Result, Risk, Run, ServerName, card::code};
use bollard::{models::ContainerSummaryStateEnum as State, query_parameters::ListContainersOptionsBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Containers, look};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the Compose projects.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListProjects {
    /// The server they are on.
    pub server: ServerName,
}

/// The projects.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: ServerName,
    projects: BTreeMap<String, Line>,
}

#[derive(Debug, Default, Serialize)]
struct Line {
    running: usize,
    containers: usize,
    folder: Option<String>,
}

impl Action for ListProjects {
    const NAME: &'static str = "compose.list";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the Compose projects on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the Compose projects on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Listed> {
        let (server, guild) = (permit.action().server.clone(), permit.actor().guild);
        let (engine, place) = containers.engine(guild, &server).await?;
        let every = ListContainersOptionsBuilder::new().all(true).build();
        let found = engine.ask(|docker| async move { docker.list_containers(Some(every)).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "list its containers", None))?;
        let mut projects: BTreeMap<String, Line> = BTreeMap::new();
        for container in &found {
            let Some(project) = container.labels.as_ref().and_then(|labels| labels.get(look::PROJECT)) else {
                continue;
            };
            let line = projects.entry(project.clone()).or_default();
            line.containers += 1;
            line.running += usize::from(container.state == Some(State::RUNNING));
        }
        for (project, folder) in containers.store.compose_projects(guild, &place.id).await? {
            projects.entry(project).or_default().folder = Some(folder);
        }
        Ok(Listed { server, projects })
    }
}

impl Containers {
    /// The projects that are allowed on a server, for completion.
    pub async fn projects(&self, guild: GuildId, server: &ServerName) -> Vec<String> {
        let Ok(place) = self.place(guild, server).await else { return Vec::new() };
        let projects = self.store.compose_projects(guild, &place.id).await.unwrap_or_default();
        projects.into_iter().map(|(project, _)| project).collect()
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        if self.projects.is_empty() {
            return Card::plain(format!("**Compose projects** on {server}: none"))
                .text("`/compose allow` names the first one's folder.");
        }
        let mut card = Card::plain(format!("**Compose projects** on {server}"));
        for (project, line) in self.projects.iter().take(SHOWN) {
            let glyph = match (line.running, line.containers) {
                (_, 0) => "–",
                (running, all) if running == all => "✓",
                _ => "!",
            };
            let runs = if line.containers == 0 {
                "down".to_owned()
            } else {
                format!("{} of {} run", line.running, line.containers)
            };
            let folder = line.folder.as_ref().map_or_else(|| "not allowed here".to_owned(), code);
            card = card.row(format!("{glyph} {}  {runs} · {folder}", code(project)), None);
        }
        match self.projects.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
    }
}
