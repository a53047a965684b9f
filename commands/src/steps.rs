//! The steps of runbooks, done through the hub like everything else.

use base::{Actor, Error, GuildId, Result, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::{Hub, Outcome, Performing, Progress, runs::CancelJob};
use runbooks::{Came, Door, Ended, Foreseen};
use serde_json::Value;
use uuid::Uuid;

use crate::question;

/// An action of the feature that runbooks are.
const RUNBOOKS: &str = "runbook.run";
/// The hub, as runbooks reach it.
pub struct Through(pub Hub);

impl Door for Through {
    fn foresee<'a>(&'a self, actor: &'a Actor, action: &'a str, arguments: Value) -> BoxFuture<'a, Result<Foreseen>> {
        async move {
            let foreseen = self.0.foresee(actor, action, arguments).await?;
            Ok(Foreseen { plan: foreseen.plan, need: foreseen.need, why: foreseen.why })
        }
        .boxed()
    }

    fn stand_in<'a>(&'a self, guild: GuildId, user: UserId, agent: &'a str) -> BoxFuture<'a, Result<Option<Actor>>> {
        self.0.stand_in(guild, user, agent).boxed()
    }

    fn perform_once<'a>(
        &'a self,
        actor: Actor,
        action: &'a str,
        arguments: Value,
        entry: Uuid,
    ) -> BoxFuture<'a, Result<Option<Ended>>> {
        async move {
            // What a step does is another feature's, and may be on.
            self.0.guilds().refuse_off(actor.guild, RUNBOOKS).await?;
            match self.0.perform_once(actor, action, arguments, entry).await? {
                Some(performing) => Ok(Some(ended(performing).await)),
                None => self.follow(entry).await,
            }
        }
        .boxed()
    }

    fn begin_once<'a>(
        &'a self,
        actor: Actor,
        action: &'a str,
        arguments: Value,
        entry: Uuid,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let Some(mut performing) = self.0.perform_once(actor, action, arguments, entry).await? else {
                return Ok(());
            };
            let mut progress = performing.progress.clone();
            tokio::select! {
                biased;
                _ = progress.wait_for(|progress| *progress != Progress::Checking) => {}
                ended = performing.ended() => return refusal(ended.outcome),
            }
            let begun = *progress.borrow() != Progress::Checking;
            if begun { Ok(()) } else { refusal(performing.ended().await.outcome) }
        }
        .boxed()
    }

    fn follow(&self, entry: Uuid) -> BoxFuture<'_, Result<Option<Ended>>> {
        async move {
            match self.0.follow(entry).await? {
                Some(performing) => Ok(Some(ended(performing).await)),
                None => Ok(None),
            }
        }
        .boxed()
    }

    fn stop<'a>(&'a self, actor: Actor, reference: &'a str) -> BoxFuture<'a, ()> {
        async move {
            let cancel = CancelJob { reference: reference.to_owned() };
            if let Outcome::Failed(error) = self.0.perform(actor, cancel).ended().await.outcome {
                tracing::info!(reference, "a step was not told to stop: {error}");
            }
        }
        .boxed()
    }

    fn ask(&self, guild: GuildId, approval: Uuid, channel: u64) -> BoxFuture<'_, Result<()>> {
        question::put(&self.0, guild, approval, channel, "step").boxed()
    }
}

/// How it ended. Here nobody watches it while it runs: the runbook's own card does.
async fn ended(mut performing: Performing) -> Ended {
    let ended = performing.ended().await;
    let came = match ended.outcome {
        Outcome::Done { card, ending, .. } => Came::Done { card, ending },
        Outcome::Failed(error) => Came::Failed(error),
        Outcome::Waits(waiting) => Came::Waits(waiting.approval),
        Outcome::Left => Came::Left,
    };
    Ended { record: ended.record, came }
}

fn refusal(outcome: Outcome) -> Result<()> {
    match outcome {
        Outcome::Failed(error) => Err(error),
        Outcome::Waits(_) => Err(Error::Invalid(
            "This guild's policy asks for a yes before that runbook is run at all; nobody is there to be asked by an alert."
                .to_owned(),
        )),
        Outcome::Done { .. } | Outcome::Left => Ok(()),
    }
}
