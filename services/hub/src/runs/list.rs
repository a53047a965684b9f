//! Lists jobs: what waits, what goes on, how it ended.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, Lands, Tone, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    approvals::Approval,
    runs::{RunRow, State},
};

use super::{Runs, asker, asks, look, sees, short};
use crate::grants::Held;

/// As many as a phone shows at once.
const SHOWN: usize = 8;
/// So many of the last ones are looked through.
const LOOKED_AT: i64 = 1_000;
/// What a question is filtered by: it is no state of a run yet.
const WAITING: &str = "waiting";

/// Which jobs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Wanted {
    /// How they stand: `waiting` (for approval), `queued`, `running`, `succeeded`, `failed`, `cancelled`, `timed_out`, `interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whose, as a user's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What they do or act on: a part of the action's name, the target or the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// List jobs, the newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListJobs {
    /// Which.
    #[serde(flatten)]
    pub wanted: Wanted,
    /// How many to leave out at the front: the next page.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A page of jobs.
#[derive(Debug, Serialize)]
pub struct Jobs {
    #[serde(rename = "jobs")]
    lines: Vec<Line>,
    open: usize,
    all: usize,
    #[serde(skip)]
    asked: ListJobs,
}

#[derive(Debug, Serialize)]
struct Line {
    reference: String,
    state: &'static str,
    plan: String,
    #[serde(skip)]
    text: String,
}

impl Action for ListJobs {
    const NAME: &'static str = "job.list";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Runs;
    type Report = Jobs;

    fn plan(&self) -> String {
        match &self.wanted.state {
            Some(state) => format!("List jobs that are {}", code(state)),
            None => "List jobs".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "list jobs".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    /// Everybody may: they see what is theirs, and what they might do themselves.
    async fn assess(&self, _: &Runs, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, runs: &Runs, _: &Run) -> Result<Jobs> {
        runs.list(&permit).await
    }
}

impl Runs {
    async fn list(&self, permit: &Permit<ListJobs>) -> Result<Jobs> {
        let (asked, actor) = (permit.action(), permit.actor());
        let wanted = &asked.wanted;
        let state = match wanted.state.as_deref() {
            None | Some(WAITING) => None,
            Some(word) => Some(State::parse(word).ok_or_else(|| {
                Error::Invalid(format!("{} is no state of a job, such as `running` or `failed`.", code(word)))
            })?),
        };
        let held = Held::by(actor, &self.store).await?;
        let mut lines: Vec<Line> = Vec::new();
        if state.is_none() {
            let mut questions = self.store.open_approvals(actor.guild).await?;
            questions.retain(|asked| asks(&held, actor, asked) && fits_question(wanted, asked));
            lines.extend(questions.iter().map(waiting));
        }
        if wanted.state.as_deref() != Some(WAITING) {
            let mut found = self.store.runs(actor.guild, state, LOOKED_AT).await?;
            found.retain(|run| sees(&held, actor, run) && fits(wanted, run));
            // What goes on first.
            found.sort_by_key(|run| !run.state.is_open());
            lines.extend(found.iter().map(line));
        }
        let open = lines.iter().filter(|line| ["waiting", "queued", "running"].contains(&line.state)).count();
        let all = lines.len();
        let lines = lines.into_iter().skip(asked.skip).take(SHOWN).collect();
        Ok(Jobs { lines, open, all, asked: asked.clone() })
    }
}

fn fits(wanted: &Wanted, run: &RunRow) -> bool {
    by(wanted, run.asked_by) && about(wanted, &[&run.action, run.target.as_deref().unwrap_or_default(), &run.plan])
}

fn fits_question(wanted: &Wanted, asked: &Approval) -> bool {
    by(wanted, asked.asked_by)
        && about(wanted, &[&asked.action, asked.target.as_deref().unwrap_or_default(), &asked.plan])
}

fn by(wanted: &Wanted, user: UserId) -> bool {
    wanted.person.as_ref().is_none_or(|person| *person == user.to_string())
}

fn about(wanted: &Wanted, texts: &[&str]) -> bool {
    let Some(what) = wanted.what.as_ref().map(|what| what.trim().to_lowercase()) else { return true };
    texts.iter().any(|text| text.to_lowercase().contains(&what))
}

/// `◐ running Run uptime on box · @ann · 2 minutes ago · 7F3KQ2`: what went well needs no word.
fn line(run: &RunRow) -> Line {
    let (tone, word) = look(run.state);
    let said = if tone == Tone::Ok { String::new() } else { format!("{word} ") };
    let at = run.finished.or(run.started).unwrap_or(run.created).relative();
    let text = format!(
        "{} {said}{} · {} · {at} · {}",
        tone.glyph(),
        short(&run.plan),
        asker(run.agent.as_deref(), run.asked_by),
        code(&run.reference)
    );
    Line { reference: run.reference.clone(), state: run.state.as_str(), plan: run.plan.clone(), text }
}

fn waiting(asked: &Approval) -> Line {
    let reference = asked.reference.clone().unwrap_or_default();
    let text = format!(
        "{} waits for approval {} · {} · {} · {}",
        Tone::Attention.glyph(),
        short(&asked.plan),
        asker(asked.agent.as_deref(), asked.asked_by),
        asked.asked.relative(),
        code(&reference)
    );
    Line { reference, state: WAITING, plan: asked.plan.clone(), text }
}

impl Report for Jobs {
    fn card(&self) -> Card {
        if self.all == 0 {
            return Card::quiet("**Jobs** none")
                .text("A job is what may last, such as `/server run`. `/audit search` shows everything else.");
        }
        let all = measure::count(self.all as u64, "job", "jobs");
        let mut card = Card::plain(format!("**Jobs** {} open", self.open)).fact(all);
        for line in &self.lines {
            card = card.row(line.text.clone(), None);
        }
        let page = |skip| ListJobs { skip, ..self.asked.clone() };
        if self.asked.skip > 0 {
            card = card.choice(Choice::perform("Newer", &page(self.asked.skip.saturating_sub(SHOWN)), Lands::Here));
        }
        if self.asked.skip + self.lines.len() < self.all {
            card = card.choice(Choice::perform("Older", &page(self.asked.skip + SHOWN), Lands::Here));
        }
        card
    }
}
