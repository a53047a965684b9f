//! Shows all of one job: what it is, how it stands, and what it printed.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::runs::State;

use super::{CancelJob, Runs, asker, look, sees};
use crate::grants::Held;

/// Show a job.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowJob {
    /// The reference in the small print of its card.
    pub reference: String,
}

/// A job.
#[derive(Debug, Serialize)]
pub struct Job {
    reference: String,
    action: String,
    plan: String,
    state: &'static str,
    attempts: u32,
    #[serde(skip)]
    card: Card,
    report: Value,
}

impl Action for ShowJob {
    const NAME: &'static str = "job.show";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Runs;
    type Report = Job;

    fn plan(&self) -> String {
        format!("Show job {}", code(&self.reference))
    }

    fn refusal(&self) -> String {
        "look at what others run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, runs: &Runs, actor: &Actor) -> Result<Assessment> {
        let held = Held::by(actor, &runs.store).await?;
        let run = runs.store.run_of(actor.guild, &self.reference.trim().to_uppercase()).await?;
        Ok(Assessment { own: run.is_some_and(|run| sees(&held, actor, &run)), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, runs: &Runs, _: &Run) -> Result<Job> {
        runs.show(&permit).await
    }
}

impl Runs {
    async fn show(&self, permit: &Permit<ShowJob>) -> Result<Job> {
        let row = self.find(permit.actor(), &permit.action().reference).await?;
        let (tone, word) = look(row.state);
        let mut card = Card::new(tone, format!("**Job {}** {}", row.reference, row.plan)).fact(word);
        if let Some(started) = row.started {
            let until = row.finished.unwrap_or_else(|| self.store.now());
            card = card.fact(format!(
                "{} {}",
                if row.finished.is_some() { "took" } else { "for" },
                measure::span(until.since(started))
            ));
        }
        if row.attempts > 1 {
            card = card.fact(format!("begun {} times", row.attempts));
        }
        if let Some(detail) = &row.detail {
            card = card.text(detail);
        }
        card = card.text(format!(
            "asked by {} {}{}{}",
            asker(row.agent.as_deref(), row.asked_by),
            row.created.relative(),
            moment(" · begun", row.started),
            moment(" · ended", row.finished),
        ));
        if let Some(by) = row.cancelled_by {
            card = card.text(format!("cancelled by <@{by}>"));
        }
        if row.state == State::Queued
            && let Some(behind) = self.store.run_in_the_way(&row).await?
        {
            card = card.text(format!("It waits for run {}, which changes the same thing.", code(behind)));
        }
        let report: Value = row.report.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if let Some(output) = report["output"].as_str() {
            card = card.code("ansi", output);
        }
        if let Some((name, bytes)) = self.store.run_file(&row).await? {
            card = card.file(name, bytes);
        }
        if row.state.is_open() {
            card =
                card.beside(Choice::perform("Cancel", &CancelJob { reference: row.reference.clone() }, Lands::Below));
        }
        Ok(Job {
            reference: row.reference,
            action: row.action,
            plan: row.plan,
            state: row.state.as_str(),
            attempts: row.attempts,
            card,
            report,
        })
    }
}

fn moment(what: &str, at: Option<Millis>) -> String {
    at.map(|at| format!("{what} {}", at.relative())).unwrap_or_default()
}

impl Report for Job {
    fn card(&self) -> Card {
        self.card.clone()
    }
}
