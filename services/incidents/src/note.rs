//! Writes a line into an incident's timeline.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Incidents, machine::Press, refuse_secrets};

/// A sentence or two.
pub(crate) const LONGEST: usize = 300;

/// Note something in an incident's timeline.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteIncident {
    /// Its number.
    pub incident: i64,
    /// What is to be remembered, in a line.
    pub text: String,
}

/// It is noted.
#[derive(Debug, Serialize)]
pub struct Noted {
    incident: i64,
    subject: String,
    text: String,
}

impl Action for NoteIncident {
    const NAME: &'static str = "incident.note";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Noted;

    fn plan(&self) -> String {
        format!("Note {} for incident {}", code(&self.text), self.incident)
    }

    fn refusal(&self) -> String {
        "write into the timelines of incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, run: &Run) -> Result<Noted> {
        let Self { incident, text } = permit.action().clone();
        refuse_secrets(run, &text)?;
        let text = line(&text)?;
        let press = Press::Note { text: text.clone() };
        let subject = incidents.press(permit.actor(), incident, &press).await?.subject;
        Ok(Noted { incident, subject, text })
    }
}

/// What was typed, as one line.
pub(crate) fn line(typed: &str) -> Result<String> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Err(Error::Invalid("Say it in a line. Nothing was changed.".to_owned())),
        count if count > LONGEST => Err(Error::Invalid(format!(
            "That is {count} characters, and a line has {LONGEST} at most. Nothing was changed."
        ))),
        _ => Ok(line),
    }
}

impl Report for Noted {
    fn card(&self) -> Card {
        Card::ok(format!("**Noted** for incident {}", self.incident)).fact(code(&self.subject)).text(code(&self.text))
    }
}
