//! How a guild wants its incidents, as it stands.

use base::{Action, Card, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::incidents::Rules;

use crate::Incidents;

/// Show who incidents ping, and when.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowIncidentSettings {}

/// What is set.
#[derive(Debug, Serialize)]
pub struct Set {
    channel: Option<u64>,
    crew: Option<u64>,
    escalation: Option<u64>,
    escalate_after_ms: Option<u128>,
    calm_ms: u128,
    quiet: Option<String>,
    #[serde(skip)]
    rules: Rules,
    #[serde(skip)]
    verb: Option<&'static str>,
}

impl Action for ShowIncidentSettings {
    const NAME: &'static str = "incident.settings";
    const RISK: Risk = Risk::Observe;
    type Service = Incidents;
    type Report = Set;

    fn plan(&self) -> String {
        "Show how incidents are set".to_owned()
    }

    fn refusal(&self) -> String {
        "see how incidents are set".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Set> {
        let guild = permit.actor().guild;
        let channel = incidents.store.guild_settings(guild).await?.ops_channel;
        Ok(Set::of(channel, incidents.store.incident_rules(guild).await?, None))
    }
}

impl Set {
    pub(crate) fn of(channel: Option<u64>, rules: Rules, verb: Option<&'static str>) -> Self {
        Self {
            channel,
            crew: rules.crew.map(|role| role.0),
            escalation: rules.escalation.map(|role| role.0),
            escalate_after_ms: rules.escalate_after.map(|after| after.as_millis()),
            calm_ms: rules.calm.as_millis(),
            quiet: rules.quiet.map(|hours| format!("{} {}", base::hours::shown(hours), rules.zone)),
            rules,
            verb,
        }
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let rules = &self.rules;
        let card = match self.verb {
            Some(verb) => Card::ok(format!("**{verb}** how incidents go")),
            None => Card::plain("**Incidents** as they are set"),
        };
        let place = match self.channel {
            Some(channel) => format!("They stand in <#{channel}>, each with a thread."),
            None => "No ops channel is set, so they stand nowhere: `/setup start` sets one.".to_owned(),
        };
        let crew = match rules.crew {
            Some(role) => format!("Pings <@&{role}>, twice in 10 min at most."),
            None => "Pings nobody: `role:` sets who.".to_owned(),
        };
        let escalation = match (rules.escalate_after, rules.escalation.or(rules.crew)) {
            (None, _) => "Never escalated by itself.".to_owned(),
            (Some(after), Some(role)) => {
                format!("Escalated to <@&{role}> where nobody has it after {}.", measure::age(after))
            }
            (Some(after), None) => {
                format!("Escalated to nobody after {}: `escalation:` sets who.", measure::age(after))
            }
        };
        let quiet = match &self.quiet {
            Some(quiet) => format!("Quiet from {quiet}: only what is critical pings."),
            None => "No hours are quiet.".to_owned(),
        };
        let calm = format!("Over when all was well for {}.", measure::age(rules.calm));
        let card = card.text([place, crew, escalation, quiet, calm].join("\n"));
        if rules.crew.or(rules.escalation).is_none() {
            return card;
        }
        card.small("Discord pings a role that anyone may mention, or where I may mention everyone")
    }
}
