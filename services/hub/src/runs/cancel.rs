//! Stops a job, or anything else that is running.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Runs;

/// Stop something that waits or is running.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CancelJob {
    /// The reference in the small print of its card.
    pub reference: String,
}

/// It was asked to stop.
#[derive(Debug, Serialize)]
pub struct Cancelling {
    reference: String,
}

impl Action for CancelJob {
    const NAME: &'static str = "job.cancel";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Runs;
    type Report = Cancelling;

    fn plan(&self) -> String {
        format!("Cancel run {}", code(&self.reference))
    }

    fn refusal(&self) -> String {
        "cancel what others run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, runs: &Runs, actor: &Actor) -> Result<Assessment> {
        let reference = self.reference.trim().to_uppercase();
        let run = runs.store.run_of(actor.guild, &reference).await?;
        let own = run.is_some_and(|run| run.asked_by == actor.user) || runs.running.is_of(actor, &reference);
        Ok(Assessment { own, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, runs: &Runs, _: &Run) -> Result<Cancelling> {
        runs.cancel(&permit).await
    }
}

impl Runs {
    /// Asks a run to stop. It ends by itself, and says how; from here on it ends as nothing but cancelled.
    async fn cancel(&self, permit: &Permit<CancelJob>) -> Result<Cancelling> {
        let (actor, reference) = (permit.actor(), permit.action().reference.trim().to_uppercase());
        let (known, asked_to_stop) = match self.store.run_of(actor.guild, &reference).await? {
            Some(run) => (true, self.jobs.cancel(actor.guild, run.id, actor.user).await?),
            None => (false, self.running.cancel(actor.guild, &reference)),
        };
        match (asked_to_stop, known) {
            (true, _) => Ok(Cancelling { reference }),
            (false, true) => Err(Error::Busy("That has already ended.".to_owned())),
            (false, false) => {
                Err(Error::Busy(format!("Nothing called {} goes on: it has ended, or never was.", code(&reference))))
            }
        }
    }
}

impl Report for Cancelling {
    fn card(&self) -> Card {
        Card::quiet(format!("**Cancelling** run {}", code(&self.reference)))
    }
}
