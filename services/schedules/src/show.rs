//! One schedule: when, what, how it stands, and how the last ones ended.

use base::{
    Action, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::schedules::State;

use crate::{
    PauseSchedule, ResumeSchedule, RunSchedule, ScheduleName, Schedules, add::moments, due::Missed, when, when::When,
};

/// How many of the last ones are shown.
const LAST: i64 = 8;

/// Show a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowSchedule {
    /// The schedule.
    pub name: ScheduleName,
}

/// A schedule, and its past.
#[derive(Debug, Serialize)]
pub struct Shown {
    #[serde(skip)]
    name: ScheduleName,
    typed: String,
    when: String,
    plan: String,
    state: State,
    paused_why: Option<String>,
    made_by: String,
    missed: String,
    late: i64,
    missed_count: i64,
    coming: Vec<i64>,
    last: Vec<Last>,
}

#[derive(Debug, Serialize)]
struct Last {
    due_at: i64,
    outcome: Option<String>,
    stands_for: i64,
    by_hand: bool,
}

impl Action for ShowSchedule {
    const NAME: &'static str = "schedule.show";
    const RISK: Risk = Risk::Observe;
    type Service = Schedules;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show schedule {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see schedule {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Shown> {
        let schedule = schedules.named(permit.actor().guild, &permit.action().name).await?;
        let when = When::parse(&schedule.rule, &schedule.zone)?;
        let last = schedules.store.occurrences(&schedule, LAST).await?;
        let after = schedule.next.map(|next| Millis(next.0 - 1)).filter(|_| schedule.state == State::Active);
        Ok(Shown {
            name: permit.action().name.clone(),
            coming: after.map(|after| when.coming(after, 3).iter().map(|at| at.0).collect()).unwrap_or_default(),
            typed: schedule.typed,
            when: when.words(),
            plan: schedule.plan,
            state: schedule.state,
            paused_why: schedule.paused_why,
            made_by: schedule.made_by.to_string(),
            missed: schedule.missed,
            late: schedule.late,
            missed_count: schedule.missed_count,
            last: last
                .into_iter()
                .map(|one| Last {
                    due_at: one.due.0,
                    outcome: one.outcome,
                    stands_for: one.stands_for,
                    by_hand: one.asked_by.is_some(),
                })
                .collect(),
        })
    }
}

impl Last {
    fn text(&self) -> String {
        let outcome = self.outcome.as_deref();
        let (glyph, how) = match outcome {
            None => ("◐", "goes on".to_owned()),
            Some("done") => ("✓", "done".to_owned()),
            Some("waiting") => ("!", "asked for a yes".to_owned()),
            Some(why @ ("failed" | "refused" | "interrupted" | "timed_out" | "cancelled" | "missed")) => {
                ("✕", why.replace('_', " "))
            }
            Some(why) => ("–", format!("skipped: {why}")),
        };
        let by_hand = if self.by_hand { " · by hand" } else { "" };
        let others = if self.stands_for > 0 { format!(" · for {} missed", self.stands_for) } else { String::new() };
        format!("{glyph} <t:{}:f>  {how}{by_hand}{others}", self.due_at.div_euclid(1000))
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let tone = match self.state {
            State::Active => Tone::Plain,
            State::Paused => Tone::Attention,
            State::Done => Tone::Quiet,
        };
        let mut card = Card::new(tone, format!("**Schedule** {}", code(self.name.as_str()))).fact(&self.when);
        if self.missed_count > 0 {
            card = card.fact(format!("{} missed", self.missed_count));
        }
        card = card.text(&self.plan);
        card = match self.state {
            State::Active => card.text(format!("Next: {}", moments(&self.coming))),
            State::Paused => {
                card.text(format!("Paused: {}.", self.paused_why.as_deref().unwrap_or("somebody paused it")))
            }
            State::Done => card.text("There is no more to come."),
        };
        let last: Vec<String> = self.last.iter().map(Last::text).collect();
        if !last.is_empty() {
            card = card.text(last.join("\n"));
        }
        let missed = Missed::parse(&self.missed).unwrap_or(Missed::Once).words();
        let name = &self.name;
        let run = Choice::perform("Run now", &RunSchedule { name: name.clone() }, Lands::Below);
        card = match self.state {
            State::Active => {
                card.choice(run).choice(Choice::perform("Pause", &PauseSchedule { name: name.clone() }, Lands::Below))
            }
            State::Paused => {
                card.choice(run).choice(Choice::perform("Resume", &ResumeSchedule { name: name.clone() }, Lands::Below))
            }
            State::Done => card.choice(run),
        };
        card.small(format!("as <@{}>", self.made_by))
            .small(format!("{missed}, {} late is missed", when::distance(self.late)))
    }
}
