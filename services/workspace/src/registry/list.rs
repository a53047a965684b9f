//! The registries of a guild.

use base::{Action, Card, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Workspace,
    listing::{self, Line},
};

/// List the registries.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListRegistries {}

/// What there is.
#[derive(Debug, Serialize)]
pub struct Listed {
    registries: Vec<Line>,
}

impl Action for ListRegistries {
    const NAME: &'static str = "registry.list";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the registries".to_owned()
    }

    fn refusal(&self) -> String {
        "list registries".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Listed> {
        let all = workspace.catalogue(permit.actor().guild).await?;
        let registries = listing::lines(&all.registries, |registry| {
            let entries = measure::count(registry.entries.len() as u64, "entry", "entries");
            if registry.description.is_empty() { entries } else { format!("{entries}: {}", registry.description) }
        });
        Ok(Listed { registries })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.registries.is_empty() {
            return Card::plain("**Registries** none yet").text(
                "One holds things of one kind, such as domains and when they end. `/registry create name:domains` makes one.",
            );
        }
        listing::card("Registries", &self.registries, &[])
    }
}
