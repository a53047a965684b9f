//! Settles a step of a playbook that people go through: done, or skipped. Whoever says it first has said it.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::playbook_runs::{PlaybookRun, Settled};

use super::{Step, face};
use crate::{ItemName, Workspace};

/// Say what became of a step of a playbook.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SettleStep {
    /// The playbook.
    pub name: ItemName,
    /// Which going-through it is.
    pub run: String,
    /// The step's number, from 1.
    pub step: String,
    /// What became of it.
    pub what: What,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody did it.
    Done,
    /// Nobody needs to.
    Skipped,
}

/// How far they are.
#[derive(Debug, Serialize)]
pub struct Progress {
    playbook: String,
    step: i64,
    what: What,
    #[serde(skip)]
    run: PlaybookRun,
    #[serde(skip)]
    steps: Vec<Step>,
    #[serde(skip)]
    settled: Vec<Settled>,
}

impl Action for SettleStep {
    const NAME: &'static str = "playbook.step";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Progress;

    fn plan(&self) -> String {
        let name = code(self.name.as_str());
        match self.what {
            What::Done => format!("Note that step {} of playbook {name} is done", code(&self.step)),
            What::Skipped => format!("Skip step {} of playbook {name}", code(&self.step)),
        }
    }

    fn refusal(&self) -> String {
        format!("go through playbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Progress> {
        let (asked, actor) = (permit.action(), permit.actor());
        let found = workspace.store.playbook_run(actor.guild, &asked.run).await?;
        // Whoever may go through one playbook may not settle another's steps under its name.
        let found = found.filter(|run| run.playbook == asked.name.as_str());
        let run = found.ok_or_else(|| Error::Busy("Nobody goes through that playbook any more.".to_owned()))?;
        let steps: Vec<Step> =
            serde_json::from_str(&run.steps).map_err(|error| Error::internal("reading a playbook's steps", error))?;
        let number = asked.step.trim().parse::<usize>().ok().filter(|number| (1..=steps.len()).contains(number));
        let Some(step) = number.and_then(|number| i64::try_from(number).ok()) else {
            let why = format!("{} is no step of it: it has {}. Nothing was noted.", code(&asked.step), steps.len());
            return Err(Error::Invalid(why));
        };
        let (done, at) = (asked.what == What::Done, workspace.clock.now());
        let new = Settled { step, done, by: actor.user, at };
        let first = workspace.store.settle_step(actor.guild, &run.id, &new).await?;
        let settled = workspace.store.settled_steps(actor.guild, &run.id).await?;
        if !first {
            return Err(Error::Busy(match settled.iter().find(|settled| settled.step == step) {
                Some(before) => {
                    let word = if before.done { "done" } else { "skipped" };
                    format!("Step {step} was {word} by <@{}> {}.", before.by, before.at.relative())
                }
                None => format!("Step {step} was settled just now."),
            }));
        }
        Ok(Progress { playbook: run.playbook.clone(), step, what: asked.what, run, steps, settled })
    }
}

impl Workspace {
    /// How far people are with a playbook, as its one message shows it; none where nobody goes through it.
    pub async fn board(&self, guild: GuildId, run: &str) -> Result<Option<Card>> {
        let Some(run) = self.store.playbook_run(guild, run).await? else { return Ok(None) };
        let steps: Vec<Step> =
            serde_json::from_str(&run.steps).map_err(|error| Error::internal("reading a playbook's steps", error))?;
        let settled = self.store.settled_steps(guild, &run.id).await?;
        Ok(Some(face::card(&run, &steps, &settled)))
    }
}

impl Report for Progress {
    fn card(&self) -> Card {
        face::card(&self.run, &self.steps, &self.settled)
    }
}
