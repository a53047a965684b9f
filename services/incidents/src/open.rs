//! Opens an incident by hand.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Incidents, machine::Level, note, refuse_secrets};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look.
    Warning,
    /// Somebody should look at once.
    Critical,
}

/// Open an incident by hand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenIncident {
    /// What is wrong, in a line.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
}

/// It is open.
#[derive(Debug, Serialize)]
pub struct Opened {
    incident: i64,
    title: String,
    has_a_place: bool,
}

impl Action for OpenIncident {
    const NAME: &'static str = "incident.open";
    const RISK: Risk = Risk::Change;
    type Service = Incidents;
    type Report = Opened;

    fn plan(&self) -> String {
        format!("Open an incident: {}", code(&self.title))
    }

    fn refusal(&self) -> String {
        "open incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, run: &Run) -> Result<Opened> {
        let (actor, asked) = (permit.actor(), permit.action());
        refuse_secrets(run, &asked.title)?;
        let title = note::line(&asked.title)?;
        let level = match asked.severity {
            Severity::Warning => Level::Warn,
            Severity::Critical => Level::Critical,
        };
        let open = |board: &mut crate::Board, _, now| Ok(board.open_by_hand(actor.user, &title, level, now));
        let incident = incidents.decide(actor.guild, None, None, open).await?;
        let has_a_place = incidents.store.guild_settings(actor.guild).await?.ops_channel.is_some();
        Ok(Opened { incident, title, has_a_place })
    }
}

impl Report for Opened {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Opened** incident {}", self.incident)).fact(code(&self.title));
        if self.has_a_place {
            card.text("It stands in the ops channel, with a thread of its own.")
        } else {
            card.text("No ops channel is set, so it stands nowhere: `/setup start` sets one.")
        }
    }
}
