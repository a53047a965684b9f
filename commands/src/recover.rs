//! After a restart: cards of work that died with the last process are told the truth.

use base::{Card, GuildId};
use hub::Hub;
use poise::serenity_prelude as serenity;
use serenity::{ChannelId, Http, MessageId};
use store::{audit::Entry, live_cards::LiveCard};

use crate::{
    asked::{self, Place},
    face::Face,
    perform,
};

/// Corrects every card that was left standing.
pub(crate) async fn tell(http: &Http, hub: &Hub) {
    let cards = match hub.store().live_cards().await {
        Ok(cards) => cards,
        Err(error) => return tracing::error!(%error, "cards of before the restart could not be read"),
    };
    for card in cards {
        match correct(http, hub, &card).await {
            Ok(true) => {
                if let Err(error) = hub.store().forget_live_card(&card.audit_id).await {
                    tracing::error!(%error, "a corrected card is still on the list of live ones");
                }
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "a card of before the restart was not corrected; the next start tries again");
            }
        }
    }
}

/// The answer is whether there is nothing left to do for this card.
async fn correct(http: &Http, hub: &Hub, left: &LiveCard) -> Result<bool, serenity::Error> {
    let Ok(entry) = hub.store().audit_entry(&left.audit_id).await else { return Ok(false) };
    // Started again since, by this very process: it shows itself.
    let Some(entry) = entry.filter(|entry| entry.outcome != "started") else { return Ok(false) };
    let (Ok(channel), Ok(message)) = (left.channel_id.parse::<u64>(), left.message_id.parse::<u64>()) else {
        return Ok(true);
    };
    let place = Place { channel: ChannelId::new(channel), message: MessageId::new(message) };
    let guild = GuildId(entry.guild_id.parse().unwrap_or_default());
    match asked::edit(http, place, &interrupted(&entry), &mut Face::new(hub), guild).await {
        Ok(()) => Ok(true),
        Err(error) if perform::gone(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

fn interrupted(entry: &Entry) -> Card {
    let card = if entry.outcome == "interrupted" {
        Card::failed(format!("**Interrupted** {}", entry.plan))
            .fact(format!("began {}", entry.started().relative()))
            .text("I was stopped while this ran, and did not see how it ended. It may still be running there.")
    } else {
        Card::quiet(format!("**Ended** {}", entry.plan)).fact(format!("began {}", entry.started().relative())).text(
            format!("I was stopped before I could show it: {}.", entry.detail.as_deref().unwrap_or(&entry.outcome)),
        )
    };
    card.small(format!("ref {}", entry.reference)).small(format!("by <@{}>", entry.actor_id))
}
