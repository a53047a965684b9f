//! Has an incident ping nobody for a while.

use base::{Action, Card, Error, Millis, Permit, Report, Result, Risk, Run, card::code};
use schedules::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Incidents, machine::Press, settings_of};

/// What a menu offers.
pub(crate) const OFFERED: [(&str, &str); 4] =
    [("15m", "15 minutes"), ("1h", "1 hour"), ("4h", "4 hours"), ("morning", "until morning")];
/// Morning where no hours are quiet, as minutes of the day.
const MORNING: i64 = 8 * 60;
/// What is longer is no snooze, in milliseconds.
const LONGEST: i64 = 7 * 24 * 3_600_000;

/// Have an incident ping nobody for a while.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SnoozeIncident {
    /// Its number.
    pub incident: i64,
    /// For how long, such as `15m` or `4h`, or `morning`.
    pub until: String,
}

/// It is quiet.
#[derive(Debug, Serialize)]
pub struct Snoozed {
    incident: i64,
    subject: String,
    until: i64,
}

impl Action for SnoozeIncident {
    const NAME: &'static str = "incident.snooze";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Snoozed;

    fn plan(&self) -> String {
        format!("Snooze incident {}: {}", self.incident, code(&self.until))
    }

    fn refusal(&self) -> String {
        "snooze incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Snoozed> {
        let Self { incident, until } = permit.action().clone();
        let until = incidents.until(&permit, &until).await?;
        let subject = incidents.press(permit.actor(), incident, &Press::Snooze { until }).await?.subject;
        Ok(Snoozed { incident, subject, until: until.0 })
    }
}

impl Incidents {
    async fn until(&self, permit: &Permit<SnoozeIncident>, typed: &str) -> Result<Millis> {
        let now = self.clock.now();
        if typed.trim().eq_ignore_ascii_case("morning") {
            let rules = self.store.incident_rules(permit.actor().guild).await?;
            let quiet = settings_of(&rules).quiet;
            let zone = quiet.as_ref().map_or_else(|| rules.zone.parse(), |quiet| Ok(quiet.zone.clone()))?;
            let morning = zone.next_at(now, quiet.map_or(MORNING, |quiet| quiet.to));
            return morning
                .ok_or_else(|| Error::Busy("I cannot tell when morning is. Nothing was changed.".to_owned()));
        }
        let span = when::span(typed)?;
        if span > LONGEST {
            return Err(Error::Invalid("A snooze is 7 days at most. Nothing was changed.".to_owned()));
        }
        Ok(Millis(now.0 + span))
    }
}

impl Report for Snoozed {
    fn card(&self) -> Card {
        let until = Millis(self.until).relative();
        Card::ok(format!("**Snoozed** incident {}", self.incident))
            .fact(code(&self.subject))
            .text(format!("It pings nobody and is not escalated until {until}."))
    }
}
