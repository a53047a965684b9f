//! Asks others, now.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Incidents, machine::Press};

/// Escalate an incident: its second role is pinged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EscalateIncident {
    /// Its number.
    pub incident: i64,
}

/// Others were asked.
#[derive(Debug, Serialize)]
pub struct Escalated {
    incident: i64,
    subject: String,
    role: Option<u64>,
}

impl Action for EscalateIncident {
    const NAME: &'static str = "incident.escalate";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Escalated;

    fn plan(&self) -> String {
        format!("Escalate incident {}", self.incident)
    }

    fn refusal(&self) -> String {
        "escalate incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Escalated> {
        let incident = permit.action().incident;
        let subject = incidents.press(permit.actor(), incident, &Press::Escalate).await?.subject;
        let rules = incidents.store.incident_rules(permit.actor().guild).await?;
        Ok(Escalated { incident, subject, role: rules.escalation.or(rules.crew).map(|role| role.0) })
    }
}

impl Report for Escalated {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Escalated** incident {}", self.incident)).fact(code(&self.subject));
        match self.role {
            Some(role) => card.text(format!("<@&{role}> is pinged in its thread.")),
            None => card.text("No role is set to be pinged: `/incident settings escalation:@role` sets one."),
        }
    }
}
