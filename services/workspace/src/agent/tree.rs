//! The agents as they stand below each other.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Catalogue, Workspace};

/// Deeper than this nobody reads it.
const DEEPEST: usize = 12;

/// Show which agents stand below which.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowTree {}

/// How they stand.
#[derive(Debug, Serialize)]
pub struct Tree {
    /// How deep each is, and its name.
    agents: Vec<(usize, String)>,
    /// Those that cannot be used.
    broken: usize,
    /// What the workspace is called, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
}

impl Action for ShowTree {
    const NAME: &'static str = "agent.tree";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Tree;

    fn plan(&self) -> String {
        "Show which agents stand below which".to_owned()
    }

    fn refusal(&self) -> String {
        "list agents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Tree> {
        let all = workspace.catalogue(permit.actor().guild).await?;
        let mut agents = Vec::new();
        below(&all, None, 0, &mut agents);
        let broken = all.agents.values().filter(|item| item.ok().is_none()).count();
        let of = all.home.map(|home| home.name).filter(|name| !name.is_empty());
        Ok(Tree { agents, broken, of })
    }
}

fn below(all: &Catalogue, parent: Option<&str>, depth: usize, agents: &mut Vec<(usize, String)>) {
    for item in all.below(parent) {
        agents.push((depth, item.name.clone()));
        if depth < DEEPEST {
            below(all, Some(&item.name), depth + 1, agents);
        }
    }
}

impl Report for Tree {
    fn card(&self) -> Card {
        let line = |(depth, name): &(usize, String)| format!("{}{name}", "  ".repeat(*depth));
        let lines: Vec<String> = self.agents.iter().map(line).collect();
        let card = Card::plain(format!("**Agents** {}", self.agents.len())).code("", lines.join("\n"));
        let card = self.of.iter().fold(card, |card, of| card.fact(format!("of {}", code(of))));
        if self.broken == 0 {
            return card;
        }
        card.text(format!("{} cannot be used as they are; `/agent list` says why.", self.broken))
    }
}
