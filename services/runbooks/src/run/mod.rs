//! Runs a runbook: a durable run, whose steps are actions in the name of whoever runs it.
//!
//! **Invariants:** the file and the variables are noted before the first step, and a step's entry in the audit log before the step: what
//! is imported meanwhile changes no run, and whoever goes on with one finds out what became of a step and never does it again.

mod carry;
mod face;
mod step;
mod told;
mod walk;

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Retry, Risk, Run,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BookName, Runbooks, book::Book, condition::Condition, mistake::unknown, template::Vars, vars as written};
use walk::{Line, Over};

/// The longest that a run may take, with all that waits for a yes.
const DEADLINE: Duration = Duration::from_hours(7 * 24);

/// Run a runbook.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunRunbook {
    /// The runbook.
    pub name: BookName,
    /// Its variables, such as `server=web-1 container=api`.
    #[serde(default)]
    pub vars: String,
    /// The channel where its questions are put, by id; the ops channel unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
    /// The incident it is for, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The alert it heals, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
}

/// How it went.
#[derive(Debug, Serialize)]
pub struct Ran {
    #[serde(skip)]
    again: RunRunbook,
    runbook: String,
    over: Over,
    steps: Vec<Line>,
    took_ms: u64,
    /// What the step said that it ended with, where that failed.
    #[serde(skip)]
    output: Option<String>,
}

impl Action for RunRunbook {
    const NAME: &'static str = "runbook.run";
    /// It does nothing itself: each of its steps is asked for by itself, and judged as what it is.
    const RISK: Risk = Risk::Observe;
    const DURABLE: bool = true;
    const CONDUCTS: bool = true;
    /// A database that does not answer for a moment ends no run: its notes say where it stands.
    const RETRY: Retry = Retry { attempts: 20, first: Duration::from_secs(1), longest: Duration::from_mins(1) };
    type Service = Runbooks;
    type Report = Ran;

    fn plan(&self) -> String {
        let vars = if self.vars.trim().is_empty() { String::new() } else { format!(" with {}", code(&self.vars)) };
        format!("Run runbook {}{vars}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("run runbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    /// The same with the same is not done twice at a time.
    fn lease(&self, _: Risk) -> Option<String> {
        Some(format!("runbook:{}:{}", self.name, self.vars))
    }

    async fn assess(&self, _: &Runbooks, _: &Actor) -> Result<Assessment> {
        let why = "Each of its steps is asked for by itself.".to_owned();
        Ok(Assessment { why: Some(why), ..Assessment::of(Self::RISK) })
    }

    async fn exists(&self, runbooks: &Runbooks, actor: &Actor) -> Result<()> {
        runbooks.named(actor.guild, &self.name).await.map(drop)
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, run: &Run) -> Result<Ran> {
        runbooks.carry(&permit, run).await
    }
}

/// What becomes of variables that a runbook does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    /// They are mistyped.
    Refused,
    /// An alert gives the same ones to every runbook.
    Left,
}

/// Reads the variables for a runbook: all that it takes must be there.
pub(crate) fn vars(book: &Book, text: &str, extra: Extra) -> Result<Vars> {
    let vars = written::read(text)?;
    let missing = book.missing(&vars);
    if !missing.is_empty() {
        let missing: Vec<String> = missing.iter().map(|name| format!("{name}=…")).collect();
        return Err(Error::Invalid(format!("It takes more: `vars:{}`. Nothing was run.", missing.join(" "))));
    }
    let asked = book.steps.iter().filter_map(|step| step.condition.as_ref()).flat_map(Condition::vars);
    let known: Vec<&str> = book.needs().into_iter().chain(asked).collect();
    let stray = vars.keys().find(|name| !known.contains(&name.as_str()) && !written::GIVEN.contains(&name.as_str()));
    match stray.filter(|_| extra == Extra::Refused) {
        Some(name) if known.is_empty() => {
            Err(Error::Invalid(format!("It takes no variables, and {} is one. Nothing was run.", code(name))))
        }
        Some(name) => Err(Error::Invalid(format!("{}. Nothing was run.", unknown(name, &known)))),
        None => Ok(vars),
    }
}

impl Report for Ran {
    fn card(&self) -> Card {
        let name = code(&self.runbook);
        let done = self.steps.iter().filter(|line| line.is_done()).count();
        let card = match &self.over {
            Over::Completed => Card::ok(format!("**Completed** runbook {name}")),
            Over::Failed(_) => Card::failed(format!("**Failed** runbook {name}")),
            Over::Escalated(_) => Card::attention(format!("**Escalated** runbook {name}")),
            Over::Cancelled => Card::quiet(format!("**Cancelled** runbook {name}")),
        };
        let mut card = card
            .fact(format!("{done} of {} done", measure::count(self.steps.len() as u64, "step", "steps")))
            .fact(format!("after {}", measure::span(Duration::from_millis(self.took_ms))));
        if let Over::Failed(step) | Over::Escalated(step) = &self.over {
            card = card.fact(format!("ended at {}", code(step)));
        }
        card = face::lines(card, &self.steps);
        if let Some(output) = &self.output {
            card = card.code("", output);
        }
        card.choice(Choice::perform("Run again", &self.again, Lands::Below))
    }

    fn ending(&self) -> Ending {
        match self.over {
            Over::Completed => Ending::Done,
            Over::Failed(_) | Over::Escalated(_) => Ending::Failed,
            Over::Cancelled => Ending::Cancelled,
        }
    }
}
