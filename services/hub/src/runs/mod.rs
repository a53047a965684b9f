//! What people see of durable runs, and how they stop one or ask for it again.
//!
//! **Invariant:** a run is seen by whoever asked for it and by whoever may do the like; nobody else hears that it exists.

mod cancel;
mod list;
mod show;

use std::sync::Arc;

use ::jobs::Jobs;
use base::{
    Actor, Error, Result,
    card::{Tone, code},
    secret::MASK,
};
use store::{
    Store,
    approvals::Approval,
    runs::{RunRow, State},
};

pub use cancel::CancelJob;
pub use list::{ListJobs, Wanted};
pub use show::ShowJob;

use crate::{Hub, Performing, grants::Held, running::Running};

/// So much of a plan tells what was asked.
const PLAN: usize = 80;

/// Does what concerns runs.
pub struct Runs {
    pub(crate) store: Store,
    pub(crate) jobs: Jobs,
    pub(crate) running: Arc<Running>,
}

impl Runs {
    /// A run this person may see.
    pub(crate) async fn find(&self, actor: &Actor, reference: &str) -> Result<RunRow> {
        let held = Held::by(actor, &self.store).await?;
        let run = self.store.run_of(actor.guild, reference.trim().to_uppercase().as_str()).await?;
        run.filter(|run| sees(&held, actor, run)).ok_or_else(|| unknown(reference))
    }
}

impl Hub {
    /// Does again what a run did, as whoever asks now, with every check anew.
    pub async fn retry(&self, actor: Actor, reference: &str) -> Result<Performing> {
        let row = self.parts.runs.find(&actor, reference).await?;
        if row.state.is_open() {
            return Err(Error::Busy(format!("{} has not ended. Nothing was done.", code(&row.reference))));
        }
        if row.arguments.contains(MASK) || self.redactor(actor.guild).finds(&row.arguments) {
            return Err(Error::Invalid(
                "It held a secret, which I do not keep once it has ended. Nothing was done; type it again.".to_owned(),
            ));
        }
        let arguments = serde_json::from_str(&row.arguments);
        let arguments = arguments.map_err(|error| Error::internal("reading what a run did", error))?;
        self.perform_named(actor, &row.action, arguments)
    }

    /// The runs this person sees, for what is offered while they type; not on record.
    pub async fn seen_runs(&self, actor: &Actor, most: i64) -> Result<Vec<RunRow>> {
        let held = Held::by(actor, &self.parts.store).await?;
        let mut runs = self.parts.store.runs(actor.guild, None, most).await?;
        runs.retain(|run| sees(&held, actor, run));
        Ok(runs)
    }
}

pub(crate) fn sees(held: &Held, actor: &Actor, run: &RunRow) -> bool {
    run.asked_by == actor.user || held.allows(&run.action, run.target.as_deref(), &[])
}

pub(crate) fn asks(held: &Held, actor: &Actor, asked: &Approval) -> bool {
    asked.asked_by == actor.user || held.allows(&asked.action, asked.target.as_deref(), &[])
}

pub(crate) fn unknown(reference: &str) -> Error {
    Error::NotFound { kind: "job", name: reference.to_owned() }
}

/// How a state looks: its tone, and its word.
pub(crate) fn look(state: State) -> (Tone, &'static str) {
    match state {
        State::Queued => (Tone::Working, "queued"),
        State::Running => (Tone::Working, "running"),
        State::Succeeded => (Tone::Ok, "succeeded"),
        State::Failed => (Tone::Failed, "failed"),
        State::Cancelled => (Tone::Quiet, "cancelled"),
        State::TimedOut => (Tone::Failed, "timed out"),
        State::Interrupted => (Tone::Failed, "interrupted"),
    }
}

/// As much of a plan as a line of a phone or two.
pub(crate) fn short(plan: &str) -> String {
    let mut short: String = plan.chars().take(PLAN).collect();
    if short.len() < plan.len() {
        short.push('…');
        if short.matches('`').count() % 2 == 1 {
            short.push('`');
        }
    }
    short
}

/// Who asked, and in whose name.
pub(crate) fn asker(agent: Option<&str>, user: base::UserId) -> String {
    match agent {
        Some(agent) => format!("{} for <@{user}>", code(agent)),
        None => format!("<@{user}>"),
    }
}
