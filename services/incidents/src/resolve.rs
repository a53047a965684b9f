//! Says that an incident is over, and what it was.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Incidents,
    machine::{Became, Press},
    note, refuse_secrets,
};

/// Say that an incident is over, and what it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResolveIncident {
    /// Its number.
    pub incident: i64,
    /// What it was, in a line; a form asks for it where it is not said.
    #[serde(default)]
    pub what: Option<String>,
}

/// It is over, or said to be.
#[derive(Debug, Serialize)]
pub struct Resolved {
    incident: i64,
    subject: String,
    what: String,
    /// So many alerts go on all the same.
    goes_on: usize,
}

impl Action for ResolveIncident {
    const NAME: &'static str = "incident.resolve";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Resolved;

    fn plan(&self) -> String {
        match &self.what {
            Some(what) => format!("Resolve incident {}: {}", self.incident, code(what)),
            None => format!("Resolve incident {}", self.incident),
        }
    }

    fn refusal(&self) -> String {
        "resolve incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, run: &Run) -> Result<Resolved> {
        let Self { incident, what } = permit.action().clone();
        let what = what.ok_or_else(|| Error::Invalid("Say in a line what it was. Nothing was changed.".to_owned()))?;
        refuse_secrets(run, &what)?;
        let what = note::line(&what)?;
        let press = Press::Resolve { what: what.clone() };
        let pressed = incidents.press(permit.actor(), incident, &press).await?;
        let goes_on = match pressed.became {
            Became::Done => 0,
            Became::InView(left) => left,
        };
        Ok(Resolved { incident, subject: pressed.subject, what, goes_on })
    }
}

impl Report for Resolved {
    fn card(&self) -> Card {
        let what = code(&self.what);
        if self.goes_on == 0 {
            return Card::ok(format!("**Resolved** incident {}", self.incident)).fact(code(&self.subject)).text(what);
        }
        let count = u64::try_from(self.goes_on).unwrap_or(0);
        let left = measure::count(count, "alert goes on and keeps", "alerts go on and keep");
        Card::attention(format!("**Not over yet**: incident {}", self.incident))
            .fact(code(&self.subject))
            .text(what)
            .text(format!(
                "{left} it in view. It pings nobody any more, and is over with the last of them; resolved once more, at once."
            ))
    }
}
