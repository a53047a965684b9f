//! A guild's incidents at a glance: what goes on first, the worst of it on top, then what ended lately.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Incidents,
    card::{title, tone},
    machine::Incident,
};

/// More would not be read on a phone.
const SHOWN: usize = 12;
/// So many are read.
const READ: i64 = 200;
const DAY: i64 = 24 * 3_600_000;

/// List the incidents: those that are open, and those that ended lately.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListIncidents {
    /// Those that ended within so many days are listed too; 1 unless told.
    #[serde(default)]
    pub days: Option<u32>,
}

/// The incidents.
#[derive(Debug, Serialize)]
pub struct Listed {
    days: u32,
    open: Vec<Line>,
    ended: Vec<Line>,
    /// Why people do not see some of them.
    trouble: Option<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    number: i64,
    text: String,
    #[serde(skip)]
    drawn: String,
}

impl Action for ListIncidents {
    const NAME: &'static str = "incident.list";
    const RISK: Risk = Risk::Observe;
    type Service = Incidents;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the incidents".to_owned()
    }

    fn refusal(&self) -> String {
        "list the incidents".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, incidents: &Incidents, _: &Run) -> Result<Listed> {
        let (guild, days) = (permit.actor().guild, permit.action().days.unwrap_or(1).clamp(1, 365));
        let since = Millis(incidents.clock.now().0 - i64::from(days) * DAY);
        let rows = incidents.store.incidents(guild, since, READ).await?;
        let trouble = match incidents.store.guild_settings(guild).await?.ops_channel {
            None => Some(
                "No ops channel is set: incidents are kept, and posted nowhere. `/setup start` sets one.".to_owned(),
            ),
            Some(_) => rows.iter().find_map(|row| Some(format!("Incident {}: {}.", row.number, row.trouble.as_ref()?))),
        };
        let mut all = rows.iter().map(Incidents::read).collect::<Result<Vec<Incident>>>()?;
        all.sort_by_key(|incident| (!incident.is_open(), std::cmp::Reverse((incident.level, incident.number))));
        let (open, mut ended): (Vec<Incident>, Vec<Incident>) = all.into_iter().partition(Incident::is_open);
        ended.sort_by_key(|incident| std::cmp::Reverse(incident.ended));
        let lines = |all: Vec<Incident>| all.iter().map(Line::of).collect();
        Ok(Listed { days, open: lines(open), ended: lines(ended), trouble })
    }
}

impl Line {
    fn of(incident: &Incident) -> Self {
        let how = if let (Some(ended), Some(lasted)) = (incident.ended, incident.lasted()) {
            format!("{} after {}", ended.relative(), measure::age(lasted))
        } else {
            let owner = incident.owner.map(|owner| format!("<@{}> has it", owner.user));
            format!("{} · {}", incident.opened.relative(), owner.as_deref().unwrap_or("nobody has it"))
        };
        Self {
            number: incident.number,
            text: crate::words::short(incident),
            drawn: format!(
                "{} {}  {} · {how}",
                tone(incident).glyph(),
                code(incident.number.to_string()),
                title(incident)
            ),
        }
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Incidents** {} open", self.open.len()));
        if !self.ended.is_empty() || !self.open.is_empty() {
            let days = measure::count(u64::from(self.days), "day", "days");
            card = card.fact(format!("{} ended in {days}", self.ended.len()));
        }
        let drawn = self.open.iter().chain(&self.ended).take(SHOWN);
        for line in drawn {
            card = card.row(line.drawn.clone(), None);
        }
        let left = (self.open.len() + self.ended.len()).saturating_sub(SHOWN);
        if left > 0 {
            card = card.text(format!("and {left} more"));
        }
        if self.open.is_empty() && self.ended.is_empty() {
            card = card.text("Nothing is wrong, as far as anybody said. `/incident open` opens one by hand.");
        }
        match &self.trouble {
            Some(trouble) => card.text(trouble),
            None => card,
        }
    }
}
