//! Removes a runbook. What runs now goes on: a run keeps the file it began with.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BookName, Runbooks};

/// Remove a runbook.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveRunbook {
    /// The runbook.
    pub name: BookName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: BookName,
}

impl Action for RemoveRunbook {
    const NAME: &'static str = "runbook.remove";
    const RISK: Risk = Risk::Change;
    type Service = Runbooks;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove runbook {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove runbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Removed> {
        let name = &permit.action().name;
        if runbooks.store.remove_runbook(permit.actor().guild, name.as_str()).await? {
            return Ok(Removed { name: name.clone() });
        }
        Err(Error::NotFound { kind: "runbook", name: name.to_string() })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** runbook {}", code(self.name.as_str())))
            .text("What runs now goes on to its end. Alert rules that name it heal nothing any more.")
    }
}
