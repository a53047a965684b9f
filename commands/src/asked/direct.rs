//! Direct messages: opened, posted to, and what is pressed in them.
//!
//! **Invariant:** there is no guild in a direct message, so the key of what was pressed says whose it is. Nothing but what is somebody's
//! own is done there: how a ticket of theirs went.

use std::time::Duration;

use base::{Action, Card, Error, GuildId, Result, UserId, Way, card::Press, redact::Clean};
use hub::Hub;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::json;
use serenity::{
    ChannelId,
    http::{LightMethod, Route},
};
use store::outbox::{NewPost, Pings, Urgency};
use tickets::RateTicket;

use super::{Asked, is_final, request};
use crate::{
    Data,
    face::Behind,
    form::Form,
    press,
    rest::{Rank, Rest, Sent},
    ticket::form::TicketForm,
};

/// Later than this there is no time left to answer within Discord's 3 s.
const LOOK_UP_BY: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct Opened {
    id: ChannelId,
}

/// The channel of direct messages with somebody.
pub(crate) async fn open(rest: &Rest, user: u64) -> Sent<u64> {
    let body = json!({ "recipient_id": user.to_string() });
    let opened: Opened =
        rest.send(request(Route::UserMeDmChannels, LightMethod::Post, (body, Vec::new()))?, Rank::Result).await?;
    Ok(opened.id.get())
}

/// Posts a card to somebody, once under its key. Whom nobody can write to is told no later either.
pub(crate) async fn tell(
    rest: &Rest,
    hub: &Hub,
    (guild, user): (GuildId, UserId),
    (key, card): (&str, &Clean<Card>),
) -> Result<()> {
    let channel = match open(rest, user.0).await {
        Ok(channel) => channel,
        Err(error) if is_final(&error) => {
            tracing::info!(%error, key, "nobody can be told in a direct message");
            return Ok(());
        }
        Err(error) => return Err(Error::internal("opening a direct message", error)),
    };
    let pings = Pings::default();
    let post = NewPost { guild, channel, key, urgency: Urgency::Result, card, answers: None, pings };
    hub.store().post(post).await.map(drop)
}

/// A press outside guilds.
pub(crate) async fn pressed(press: &serenity::ComponentInteraction, data: &Data) -> Option<Asked> {
    let key = &press.data.custom_id;
    let asked = Asked::direct(guild(key, data).await, (&press.user, Way::Press), (press.id, &press.token), &data.rest);
    is_own(asked, key, data).await
}

/// A form outside guilds.
pub(crate) async fn submitted(form: &serenity::ModalInteraction, data: &Data) -> Option<Asked> {
    let key = &form.data.custom_id;
    let asked = Asked::direct(guild(key, data).await, (&form.user, Way::Form), (form.id, &form.token), &data.rest);
    is_own(asked, key, data).await
}

/// Whose key that is; a guild that is none where nobody knows.
async fn guild(key: &str, data: &Data) -> GuildId {
    let looked_up = tokio::time::timeout(LOOK_UP_BY, data.hub.store().guild_of_button(key)).await;
    looked_up.ok().and_then(Result::ok).flatten().unwrap_or(GuildId(0))
}

/// Lets through what can be done here, and refuses the rest.
async fn is_own(asked: Asked, key: &str, data: &Data) -> Option<Asked> {
    let is_own = match press::behind(&asked, key, &data.hub).await {
        Ok(Behind::Press(Press::Perform { action, .. })) => action == RateTicket::NAME,
        Ok(Behind::Form(Form::Ticket(TicketForm::Rate { .. }))) => true,
        _ => false,
    };
    if is_own {
        return Some(asked);
    }
    asked.refuse(&press::worn_out(), None, &data.hub).await;
    None
}
