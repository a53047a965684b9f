//! Says of questions that wait what the time asks for: once that they still wait, and at last that they expired.

use std::time::Duration;

use base::Result;
use hub::Hub;
use poise::serenity_prelude as serenity;
use serenity::{ChannelId, MessageId};
use store::{
    approvals::Approval,
    outbox::{NewPost, Pings, Urgency},
};

use crate::{
    asked::{self, Left, Place},
    face::Face,
    question,
    rest::Rest,
};

/// Where a question's card stands is known by then, or it has none.
const PUT_UP_BY: Duration = Duration::from_mins(1);

/// Looks once. What Discord does not take now is tried again when this looks next.
pub async fn questions(rest: &Rest, hub: &Hub) -> Result<()> {
    hub.store().end_overdue().await?;
    for asked in hub.store().untold_ends().await? {
        hub.forget_sealed(asked.guild, asked.id).await;
        if tell_end(rest, hub, &asked).await {
            hub.store().told_end(asked.guild, asked.id).await?;
        }
    }
    for asked in hub.store().due_reminders().await? {
        if let Err(error) = remind(hub, &asked).await {
            hub.store().put_back_reminder(asked.guild, asked.id).await?;
            return Err(error);
        }
    }
    Ok(())
}

/// Says on its card that a question is over. The answer is whether there is nothing left to do.
async fn tell_end(rest: &Rest, hub: &Hub, asked: &Approval) -> bool {
    let Some(place) = place(asked) else {
        // Its card is being put up just now, or never was.
        return hub.clock().now().since(asked.asked) > PUT_UP_BY;
    };
    let (left, card) = (Left::Message(place), question::over(asked));
    taken(asked::settle(rest, &left, &card, &mut Face::new(hub), asked.guild).await)
}

/// Has it said under its card that a question still waits.
async fn remind(hub: &Hub, asked: &Approval) -> Result<()> {
    let Some((channel, message)) = asked.place else { return Ok(()) };
    let card = question::reminder(&hub.waiting(asked).await?).redacted(&hub.redactor(asked.guild));
    let post = NewPost {
        guild: asked.guild,
        channel,
        key: &format!("reminder of {}", asked.id),
        urgency: Urgency::Urgent,
        card: &card,
        answers: Some(message),
        pings: Pings::default(),
    };
    hub.store().post(post).await.map(drop)
}

/// Whether Discord took it, or never will.
fn taken(sent: std::result::Result<(), serenity::Error>) -> bool {
    let Err(error) = sent else { return true };
    let final_word = asked::is_final(&error);
    tracing::warn!(%error, final_word, "could not say how a question stands");
    final_word
}

fn place(asked: &Approval) -> Option<Place> {
    let (channel, message) = asked.place?;
    Some(Place { channel: ChannelId::new(channel), message: MessageId::new(message) })
}
