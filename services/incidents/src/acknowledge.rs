//! Takes an incident: from nobody, or from who had it when that was seen.

use base::{Action, Card, Permit, Report, Result, Risk, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Incidents, machine::Press};

/// Take an incident: you look after it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AcknowledgeIncident {
    /// Its number.
    pub incident: i64,
    /// The id of whoever has it, to take it over from them; none where nobody does.
    #[serde(default)]
    pub from: Option<u64>,
}

/// They have it.
#[derive(Debug, Serialize)]
pub struct Acknowledged {
    incident: i64,
    subject: String,
}

impl Action for AcknowledgeIncident {
    const NAME: &'static str = "incident.acknowledge";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Acknowledged;

    fn plan(&self) -> String {
        match self.from {
            Some(from) => format!("Take incident {} over from <@{from}>", self.incident),
            None => format!("Take incident {}", self.incident),
        }
    }

    fn refusal(&self) -> String {
        "take incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Acknowledged> {
        let Self { incident, from } = *permit.action();
        let press = Press::Acknowledge { from: from.map(UserId) };
        let subject = incidents.press(permit.actor(), incident, &press).await?.subject;
        Ok(Acknowledged { incident, subject })
    }
}

impl Report for Acknowledged {
    fn card(&self) -> Card {
        Card::ok(format!("**Acknowledged** incident {}", self.incident))
            .fact(code(&self.subject))
            .text("It is yours: it is not escalated by itself, and pings you alone.")
    }
}
