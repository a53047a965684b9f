//! Asks something no more.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Alerts, RuleName};

/// Ask a probe no more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveProbe {
    /// The probe.
    pub name: RuleName,
}

/// It is asked no more.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
}

impl Action for RemoveProbe {
    const NAME: &'static str = "probe.remove";
    const RISK: Risk = Risk::Change;
    type Service = Alerts;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Ask probe {} no more", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "remove probes".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Removed> {
        let name = permit.action().name.as_str();
        if !alerts.store.remove_probe(permit.actor().guild, name).await? {
            return Err(no_probe(name));
        }
        alerts.probes_changed.notify_one();
        Ok(Removed { name: name.to_owned() })
    }
}

/// There is none of this name.
pub(super) fn no_probe(name: &str) -> Error {
    let name = code(name);
    Error::Invalid(format!("There is no probe {name} here. `/probe list` shows those there are. Nothing was changed."))
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** probe {}", code(&self.name))).text("What it had open is closed within seconds.")
    }
}
