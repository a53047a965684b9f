//! What comes due by itself: done through the hub like everything else, and told in the channel where it was set up.
//!
//! **Invariant:** what is to be told stays in its row until Discord has it, or never will.

use std::sync::Arc;

use base::{Actor, Card, GuildId, Result, UserId, card::File};
use futures::future::{BoxFuture, FutureExt};
use hub::{Hub, Outcome, Performing};
use schedules::{Came, Door, Ended, Foreseen, Offered, Schedules};
use serde_json::Value;
use store::{
    occurrences::Untold,
    outbox::{NewPost, Pings, Standing, Urgency},
};
use uuid::Uuid;

use crate::question;

/// Begins what is due. It goes on by itself, and the process waits for it before it stops.
pub async fn due(hub: &Hub, schedules: &Arc<Schedules>) -> Result<()> {
    for job in schedules.jobs().await? {
        let held = hub.hold();
        tokio::spawn(async move {
            job.carry().await;
            drop(held);
        });
    }
    Ok(())
}

/// Tells what ended. What Discord does not take now is tried again when this looks next; of one channel, in order.
pub async fn tell(hub: &Hub) -> Result<()> {
    let mut silent: Vec<u64> = Vec::new();
    for untold in hub.store().untold_occurrences().await? {
        if silent.contains(&untold.channel) {
            continue;
        }
        if put(hub, &untold).await? {
            hub.store().told_occurrence(untold.guild, untold.id).await?;
            // Nobody else is told of it.
            hub.store().answered_audit(&untold.id.to_string()).await?;
        } else {
            silent.push(untold.channel);
        }
    }
    Ok(())
}

/// Has a card posted where the schedule was made. The answer is whether there is nothing left to do.
async fn put(hub: &Hub, untold: &Untold) -> Result<bool> {
    let key = format!("occurrence {}", untold.id);
    let posted = match hub.store().post_of(untold.guild, &key).await? {
        Some(posted) => posted,
        None => match card(hub, untold).await? {
            Some(card) => {
                let card = card.redacted(&hub.redactor(untold.guild));
                let urgency = if untold.approval.is_some() { Urgency::Urgent } else { Urgency::Result };
                let (guild, channel, pings) = (untold.guild, untold.channel, Pings::default());
                hub.store()
                    .post(NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings })
                    .await?
            }
            None => return Ok(true),
        },
    };
    match (posted.standing, untold.approval) {
        (Standing::Waiting, _) => Ok(false),
        (Standing::Posted(message), Some(approval)) => {
            hub.store().place_approval(untold.guild, approval, (posted.channel, message), None).await?;
            Ok(true)
        }
        (Standing::Posted(_) | Standing::Refused(_), _) => Ok(true),
    }
}

/// What there is to say; none where it cannot be read any more.
async fn card(hub: &Hub, untold: &Untold) -> Result<Option<Card>> {
    let asked = match untold.approval {
        Some(approval) => hub.store().approval(untold.guild, approval).await?,
        None => None,
    };
    match asked {
        // As it stands now: it may have been answered on another card, or be over.
        Some(asked) if asked.ended.is_some() => Ok(Some(question::over(&asked))),
        Some(asked) => Ok(Some(question::card(&hub.waiting(&asked).await?))),
        None => match serde_json::from_str::<Card>(&untold.card) {
            Ok(card) => {
                let file = hub.store().untold_file(untold.guild, untold.id).await?;
                let file = file.map(|(name, bytes)| File { name, bytes: Arc::new(bytes) });
                Ok(Some(Card { file, ..card }))
            }
            Err(error) => {
                tracing::error!(%error, "a card cannot be read and is not shown");
                Ok(None)
            }
        },
    }
}

/// An action of the feature that schedules are.
const SCHEDULES: &str = "schedule.run";

/// The hub, as schedules reach it.
pub struct Through(pub Hub);

impl Door for Through {
    fn actions(&self) -> Vec<Offered> {
        let offered = self.0.actions().map(|entry| Offered {
            name: entry.name,
            description: entry.description.clone(),
            schema: entry.schema.clone(),
        });
        offered.collect()
    }

    fn foresee<'a>(&'a self, actor: &'a Actor, action: &'a str, arguments: Value) -> BoxFuture<'a, Result<Foreseen>> {
        let foreseen = self.0.foresee(actor, action, arguments);
        foreseen
            .map(|foreseen| {
                foreseen.map(|foreseen| Foreseen { plan: foreseen.plan, need: foreseen.need, why: foreseen.why })
            })
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
            // What a schedule does is another feature's, and may be on.
            self.0.guilds().refuse_off(actor.guild, SCHEDULES).await?;
            match self.0.perform_once(actor, action, arguments, entry).await? {
                Some(performing) => Ok(Some(ended(performing).await)),
                None => self.follow(entry).await,
            }
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
}

/// How it ended. Here somebody could watch it while it runs.
async fn ended(mut performing: Performing) -> Ended {
    let ended = performing.ended().await;
    let came = match ended.outcome {
        Outcome::Done { card, ending, .. } => Came::Done { card, ending },
        Outcome::Failed(error) => Came::Failed(error),
        Outcome::Waits(waiting) => Came::Waits(waiting),
        Outcome::Left => Came::Left,
    };
    Ended { record: ended.record, came }
}
