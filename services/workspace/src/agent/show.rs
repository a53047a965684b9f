//! An agent: who it is, what it may call, and what it is told.

use base::{
    Action, Actor, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Agent, ExportAgent, ItemName, Mistake, Part, Workspace,
    item::Origin,
    listing::{beginning, broken},
    workspace::find,
};

/// So much of its prompt is on the card; all of it is in the file.
const PROMPT: usize = 1_500;

/// Show an agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowAgent {
    /// The agent.
    pub name: ItemName,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: ItemName,
    origin: Origin,
    replaces: Vec<Origin>,
    /// None where it cannot be used.
    agent: Option<Agent>,
    told: Vec<String>,
    #[serde(skip)]
    beginning: String,
}

impl Action for ShowAgent {
    const NAME: &'static str = "agent.show";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show agent {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see agent {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn exists(&self, workspace: &Workspace, actor: &Actor) -> Result<()> {
        find("agent", &self.name, workspace.catalogue(actor.guild).await?.agents).map(drop)
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Shown> {
        let name = permit.action().name.clone();
        let item = find("agent", &name, workspace.catalogue(permit.actor().guild).await?.agents)?;
        let told = item.mistakes().map(Mistake::told).collect();
        let (origin, replaces, agent) = (item.origin, item.replaces, item.what.read.ok());
        // Masked before it is cut: half a secret is no longer recognised.
        let prompt = agent.as_ref().map(|agent| run.redactor().mask(&agent.prompt).into_owned()).unwrap_or_default();
        Ok(Shown { name, origin, replaces, agent, told, beginning: beginning(&prompt, PROMPT) })
    }
}

/// How often something is looked at.
fn every(seconds: u64) -> String {
    match seconds {
        seconds if seconds % 3_600 == 0 => format!("every {} h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("every {} min", seconds / 60),
        seconds => format!("every {seconds} s"),
    }
}

fn named(what: &str, names: &[String]) -> Option<String> {
    let names: Vec<String> = names.iter().map(code).collect();
    (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
}

impl Report for Shown {
    fn card(&self) -> Card {
        let Some(agent) = &self.agent else {
            return broken("Agent", self.name.as_str(), self.origin, &self.told);
        };
        let mut card = Card::plain(format!("**Agent** {}", code(self.name.as_str())));
        if !agent.role.is_empty() {
            card = card.fact(code(&agent.role));
        }
        let place = self.replaces.last().map(|origin| format!(", in place of {}", origin.words())).unwrap_or_default();
        card = card.fact(format!("{}{place}", self.origin.words()));
        if let Some(rounds) = agent.rounds {
            card = card.fact(measure::count(u64::from(rounds), "round", "rounds"));
        }
        if !agent.description.is_empty() {
            card = card.text(code(&agent.description));
        }
        let tools = match &agent.tools {
            Some(tools) if tools.is_empty() => Some("May call nothing".to_owned()),
            Some(tools) => named("May call", tools),
            None => Some("May call whatever its person may".to_owned()),
        };
        let lines = [
            tools,
            agent.parent.as_ref().map(|parent| format!("Stands below {}", code(parent))),
            named("Hands work to", &agent.sub_agents),
            named("Is good at", &agent.capabilities),
            named("Uses the MCP servers", &agent.mcp_servers),
            agent.model.as_ref().map(|model| format!("Wants the model {}", code(model))),
        ];
        for line in lines.into_iter().flatten() {
            card = card.row(line, None);
        }
        for condition in &agent.verify {
            let how = condition.look.as_ref().map(|look| format!(" · looked at by {}", code(&look.action)));
            card = card.row(format!("Is done when {}{}", code(&condition.says), how.unwrap_or_default()), None);
        }
        for check in &agent.checks {
            card = card.row(format!("Looks {}: {}", every(check.every), code(&check.description)), None);
        }
        for followup in &agent.followups {
            let due = followup.due.as_ref().map(|due| format!(", due {}", code(due))).unwrap_or_default();
            card = card.row(format!("Follows up {}{due}", code(&followup.description)), None);
        }
        for told in &self.told {
            card = card.text(format!("! {told}"));
        }
        let export = |part| ExportAgent { name: self.name.clone(), part };
        card.code("", self.beginning.clone())
            .choice(Choice::perform("prompt.md", &export(Part::Prompt), Lands::Below))
            .choice(Choice::perform("config.yaml", &export(Part::Config), Lands::Below))
    }
}
