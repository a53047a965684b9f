//! Every schedule of a guild at a glance.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::schedules::{Schedule, State};

use crate::Schedules;

/// More would not be read on a phone; the rest is in the file.
const SHOWN: usize = 15;

/// List the schedules.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSchedules {}

/// The schedules.
#[derive(Debug, Serialize)]
pub struct Listed {
    rows: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    state: State,
    plan: String,
    typed: String,
    zone: String,
    next_at: Option<i64>,
    failures: i64,
    made_by: String,
}

impl Action for ListSchedules {
    const NAME: &'static str = "schedule.list";
    const RISK: Risk = Risk::Observe;
    type Service = Schedules;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the schedules".to_owned()
    }

    fn refusal(&self) -> String {
        "list the schedules".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Listed> {
        let rows = schedules.store.schedules(permit.actor().guild).await?;
        Ok(Listed { rows: rows.into_iter().map(Line::from).collect() })
    }
}

impl From<Schedule> for Line {
    fn from(schedule: Schedule) -> Self {
        Self {
            name: schedule.name,
            state: schedule.state,
            plan: schedule.plan,
            typed: schedule.typed,
            zone: schedule.zone,
            next_at: schedule.next.map(|next| next.0),
            failures: schedule.failures,
            made_by: schedule.made_by.to_string(),
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let (glyph, how) = match (self.state, self.next_at) {
            (State::Active, Some(_)) if self.failures > 0 => ("✕", format!("failed {} times", self.failures)),
            (State::Active, Some(next)) => ("✓", format!("next {}", Millis(next).relative())),
            (State::Paused, _) => ("!", "paused".to_owned()),
            _ => ("–", "over".to_owned()),
        };
        format!("{glyph} {}  {} · {how}", code(&self.name), self.plan)
    }

    fn whole(&self) -> String {
        let Self { name, typed, zone, plan, made_by, .. } = self;
        format!("{name}  {}  {typed} ({zone})  {plan}  by {made_by}", self.state.as_str())
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.rows.is_empty() {
            return Card::plain("**Schedules** none yet")
                .text("`/schedule add` makes one: `when:every weekday at 18:00 action:server.run options:server:web-1 command:df -h`.");
        }
        let on = self.rows.iter().filter(|line| line.state == State::Active).count();
        let mut card = Card::plain(format!("**Schedules** {}", self.rows.len())).fact(format!("{on} active"));
        for line in self.rows.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        if self.rows.len() > SHOWN {
            let all: Vec<String> = self.rows.iter().map(Line::whole).collect();
            card = card
                .text(format!("and {} more, all in the file", self.rows.len() - SHOWN))
                .file("schedules.txt", all.join("\n").into_bytes());
        }
        card
    }
}
