//! One incident: its face, and the last lines of its timeline.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::Lands};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::incidents::Line;

use crate::{Incidents, card::unknown};

/// So many of the last lines are shown; the rest is in the file.
const SHOWN: usize = 10;
/// So many are read.
const READ: i64 = 1_000;

/// Show an incident and its timeline.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowIncident {
    /// Its number.
    pub incident: i64,
}

/// An incident and its timeline.
#[derive(Debug, Serialize)]
pub struct Incident {
    #[serde(skip)]
    card: Card,
    what: String,
    /// The oldest first.
    timeline: Vec<(i64, String)>,
    /// Where its message stands.
    link: Option<String>,
}

impl Action for ShowIncident {
    const NAME: &'static str = "incident.show";
    const RISK: Risk = Risk::Observe;
    type Service = Incidents;
    type Report = Incident;

    fn plan(&self) -> String {
        format!("Show incident {}", self.incident)
    }

    fn refusal(&self) -> String {
        "see incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Incident> {
        let (guild, number) = (permit.actor().guild, permit.action().incident);
        let shown = incidents.store.incident(guild, number).await?.ok_or_else(|| unknown(number))?;
        let mut lines = incidents.store.incident_lines(guild, &shown.id, READ).await?;
        lines.reverse();
        let timeline = lines.into_iter().map(|Line { at, text, .. }| (at.0, text)).collect();
        let link =
            shown.place.map(|(channel, message)| format!("https://discord.com/channels/{guild}/{channel}/{message}"));
        Ok(Incident { card: incidents.card(&shown, Lands::Below).await?, what: shown.subject, timeline, link })
    }
}

impl Report for Incident {
    fn card(&self) -> Card {
        let mut card = self.card.clone();
        let from = self.timeline.len().saturating_sub(SHOWN);
        let lines: Vec<String> =
            self.timeline[from..].iter().map(|(at, text)| format!("<t:{}:T> {text}", at.div_euclid(1_000))).collect();
        if !lines.is_empty() {
            card = card.text(lines.join("\n"));
        }
        if from > 0 {
            let all: Vec<String> =
                self.timeline.iter().map(|(at, text)| format!("{}  {text}", base::Millis(*at).utc())).collect();
            card = card.file("timeline.txt", all.join("\n").into_bytes());
        }
        match &self.link {
            Some(link) => card.small(format!("[its message]({link})")),
            None => card,
        }
    }
}
