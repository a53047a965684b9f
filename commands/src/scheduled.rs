//! What comes due by itself: done through the hub like everything else, and told in the channel where it was set up.
//!
//! **Invariant:** what is to be told stays in its row until Discord has it, or never will.

use std::sync::Arc;

use base::{Actor, Card, GuildId, Result, UserId, card::File};
use futures::future::{BoxFuture, FutureExt};
use hub::{Hub, Outcome};
use poise::serenity_prelude as serenity;
use schedules::{Came, Door, Ended, Foreseen, Offered, Schedules};
use serde_json::Value;
use serenity::{ChannelId, Http};
use store::occurrences::Untold;
use uuid::Uuid;

use crate::{
    asked::{self, Place},
    face::Face,
    question,
};

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
pub async fn tell(http: &Http, hub: &Hub) -> Result<()> {
    let mut silent: Vec<u64> = Vec::new();
    for untold in hub.store().untold_occurrences().await? {
        if silent.contains(&untold.channel) {
            continue;
        }
        if put(http, hub, &untold).await? {
            hub.store().told_occurrence(untold.guild, untold.id).await?;
            // Nobody else is told of it.
            hub.store().answered_audit(&untold.id.to_string()).await?;
        } else {
            silent.push(untold.channel);
        }
    }
    Ok(())
}

/// Puts a card where the schedule was made. The answer is whether there is nothing left to do.
async fn put(http: &Http, hub: &Hub, untold: &Untold) -> Result<bool> {
    let asked = match untold.approval {
        Some(approval) => hub.store().approval(untold.guild, approval).await?,
        None => None,
    };
    let card = match &asked {
        // As it stands now: it may have been answered on another card, or be over.
        Some(asked) if asked.ended.is_some() => question::over(asked),
        Some(asked) => question::card(&hub.waiting(asked).await?),
        None => match serde_json::from_str::<Card>(&untold.card) {
            Ok(card) => {
                let file = untold.file.clone().map(|(name, bytes)| File { name, bytes: Arc::new(bytes) });
                Card { file, ..card }
            }
            Err(error) => {
                tracing::error!(%error, "a card cannot be read and is not shown");
                return Ok(true);
            }
        },
    };
    let (channel, once) = (ChannelId::new(untold.channel.max(1)), untold.id.simple().to_string());
    match asked::post(http, channel, &card, &mut Face::new(hub), untold.guild, &once).await {
        Ok(place) => {
            if let Some(asked) = asked {
                stands(hub, untold.guild, asked.id, place).await?;
            }
            Ok(true)
        }
        Err(error) => {
            let final_word = asked::is_final(&error);
            tracing::warn!(%error, final_word, "could not tell how a schedule went");
            Ok(final_word)
        }
    }
}

async fn stands(hub: &Hub, guild: GuildId, approval: Uuid, place: Place) -> Result<()> {
    hub.store().place_approval(guild, approval, (place.channel.get(), place.message.get()), None).await.map(drop)
}

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
            let begun = match self.0.perform_once(actor, action, arguments, entry).await? {
                // A durable run that another process began goes on, and ends here.
                None => self.0.follow(entry).await?,
                begun => begun,
            };
            let Some(mut performing) = begun else { return Ok(None) };
            // Here somebody could watch it while it runs.
            let ended = performing.ended().await;
            let came = match ended.outcome {
                Outcome::Done { card, ending, .. } => Came::Done { card, ending },
                Outcome::Failed(error) => Came::Failed(error),
                Outcome::Waits(waiting) => Came::Waits(waiting),
                Outcome::Left => Came::Left,
            };
            Ok(Some(Ended { record: ended.record, came }))
        }
        .boxed()
    }
}
