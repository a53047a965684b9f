//! The agents of a guild.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Mistake, Workspace,
    listing::{self, Line},
};

/// List the agents.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListAgents {}

/// What there is.
#[derive(Debug, Serialize)]
pub struct Listed {
    agents: Vec<Line>,
    /// What is wrong with files that are no agent's.
    mistakes: Vec<String>,
}

impl Action for ListAgents {
    const NAME: &'static str = "agent.list";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the agents".to_owned()
    }

    fn refusal(&self) -> String {
        "list agents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Listed> {
        let all = workspace.catalogue(permit.actor().guild).await?;
        let agents = listing::lines(&all.agents, |agent| {
            let words = if agent.description.is_empty() { &agent.role } else { &agent.description };
            words.clone()
        });
        Ok(Listed { agents, mistakes: all.mistakes.iter().map(Mistake::told).collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        listing::card("Agents", &self.agents, &self.mistakes)
    }
}
