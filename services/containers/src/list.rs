//! The containers of an engine at a glance, the worst first.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Tone, code},
};
use bollard::query_parameters::ListContainersOptionsBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Containers,
    look::{self, Stands},
};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 20;

/// List the containers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListContainers {
    /// The server they run on.
    pub server: ServerName,
}

/// The containers.
#[derive(Debug, Serialize)]
pub struct Listed {
    server: ServerName,
    containers: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    stands: Stands,
    status: String,
    image: String,
}

impl Action for ListContainers {
    const NAME: &'static str = "container.list";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the containers on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("list the containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Listed> {
        let server = permit.action().server.clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let every = ListContainersOptionsBuilder::new().all(true).build();
        let found = engine.ask(|docker| async move { docker.list_containers(Some(every)).await }).await;
        let found = found.map_err(|refusal| place.refused(refusal, "list its containers", None))?;
        let mut lines: Vec<Line> = found
            .iter()
            .map(|container| Line {
                name: look::name(container),
                stands: Stands::of_summary(container),
                status: look::words(container.status.as_deref().unwrap_or_default()),
                image: container.image.clone().unwrap_or_default(),
            })
            .collect();
        lines.sort_by(|one, other| (one.stands as u8, &one.name).cmp(&(other.stands as u8, &other.name)));
        Ok(Listed { server, containers: lines })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        if self.containers.is_empty() {
            return Card::plain(format!("**Containers** on {server}: none"))
                .text("Docker answers, and has no container, running or stopped.");
        }
        let kinds =
            [Stands::Unhealthy, Stands::Restarting, Stands::Failed, Stands::Running, Stands::Paused, Stands::Stopped];
        let number = |stands| self.containers.iter().filter(|line| line.stands == stands).count();
        let counts: Vec<String> = kinds
            .into_iter()
            .filter(|stands| number(*stands) > 0)
            .map(|stands| format!("{} {}", number(stands), stands.word()))
            .collect();
        let mut card = Card::plain(format!("**Containers** on {server} {}", counts.join(" · ")));
        for line in self.containers.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        match self.containers.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more; `/container show` completes every name")),
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let glyph = match self.stands.tone() {
            Tone::Failed => "✕",
            Tone::Attention => "!",
            Tone::Ok => "✓",
            Tone::Quiet | Tone::Plain | Tone::Working => "–",
        };
        format!("{glyph} {}  {} · {}", code(&self.name), self.status, code(&self.image))
    }
}
