//! Says of questions that wait what the time asks for: once that they still wait, and at last that they expired.

use base::Result;
use hub::Hub;
use poise::serenity_prelude as serenity;
use serenity::{ChannelId, Http, MessageId};
use store::approvals::Approval;

use crate::{
    asked::{self, Left, Place},
    face::Face,
    question,
};

/// Looks once. Each reminder and each expiry is handed out once, whoever else looks.
pub async fn questions(http: &Http, hub: &Hub) -> Result<()> {
    for asked in hub.store().due_expiries().await? {
        tracing::info!(approval.id = %asked.id, action.name = asked.action, "a question expired");
        hub.forget_sealed(asked.guild, asked.id).await;
        let Some(place) = place(&asked) else { continue };
        let card = question::expired(&asked);
        if let Err(error) = asked::settle(http, &Left::Message(place), &card, &mut Face::new(hub), asked.guild).await {
            tracing::warn!(%error, "could not show that a question expired");
        }
    }
    for asked in hub.store().due_reminders().await? {
        let Some(place) = place(&asked) else { continue };
        let card = question::reminder(&hub.waiting(&asked).await?);
        let once = asked.id.simple().to_string();
        if let Err(error) = asked::reply(http, place, &card, &mut Face::new(hub), asked.guild, &once).await {
            tracing::warn!(%error, "could not remind of a question");
        }
    }
    Ok(())
}

fn place(asked: &Approval) -> Option<Place> {
    let (channel, message) = asked.place?;
    Some(Place { channel: ChannelId::new(channel), message: MessageId::new(message) })
}
