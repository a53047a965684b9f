//! A thread of ours, and the one message in it that shows something going on.

use base::{Card, Error, GuildId, Redactor, Result};
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::json;
use serenity::{
    Channel, ChannelId, MessageId,
    http::{LightMethod, Request, Route},
};

use super::{Place, Seen, Stands, code, is_final, message, request, status};
use crate::{
    face::Face,
    rest::{Rank, Rest, Sent, Turn},
};

/// A thread that everybody in its channel sees.
const PUBLIC: u8 = 11;
/// Discord's own limit for a name.
pub(super) const NAME_LIMIT: usize = 100;
/// In minutes: longer than any terminal is open, for nothing can be drawn in a thread that was put away.
const ARCHIVED_AFTER: u16 = 24 * 60;

/// The same, where people read later what was said.
const KEPT_OPEN: u16 = 7 * 24 * 60;
/// "A thread has already been created for this message."
const HAS_A_THREAD: isize = 160_004;

/// What Discord says of a channel that we need.
#[derive(Deserialize)]
struct Made {
    id: ChannelId,
}

/// Makes a thread in a channel, which is of this guild.
pub(crate) async fn make(rest: &Rest, guild: GuildId, channel: u64, name: &str, redactor: &Redactor) -> Result<u64> {
    // Discord has no channel of number 0, and its library panics at one.
    if channel == 0 {
        return Err(refused("Discord says not where this is"));
    }
    let name: String = redactor.mask(name).chars().take(NAME_LIMIT).collect();
    let body = json!({ "name": name, "type": PUBLIC, "auto_archive_duration": ARCHIVED_AFTER });
    let route = Route::ChannelThreads { channel_id: ChannelId::new(channel) };
    let lost = |error| Error::internal("making a thread", error);
    // A number may be any channel's that the bot sees.
    match rest.fetch::<Channel>(Route::Channel { channel_id: ChannelId::new(channel) }, None, Rank::Answer).await {
        Ok(Channel::Guild(channel)) if channel.guild_id.get() == guild.0 => {}
        Ok(_) => return Err(refused("There can be no thread in that channel")),
        Err(error) if matches!(status(&error), Some(403 | 404)) => {
            return Err(refused("There can be no thread in that channel"));
        }
        Err(error) => return Err(lost(error)),
    }
    let request = request(route, LightMethod::Post, (body, Vec::new())).map_err(lost)?;
    match rest.send::<Made>(request, Rank::Answer).await {
        Ok(made) => Ok(made.id.get()),
        Err(error) if matches!(status(&error), Some(403)) => {
            Err(refused("I may not make threads there: it takes Create Public Threads"))
        }
        Err(error) if matches!(status(&error), Some(400 | 404)) => {
            Err(refused("There can be no thread in that channel"))
        }
        Err(error) => Err(lost(error)),
    }
}

/// Makes the thread on a message, or finds it there: it has the message's own number. None where there can be none.
pub(crate) async fn make_on(rest: &Rest, place: Place, name: &str, redactor: &Redactor) -> Sent<Option<u64>> {
    let name: String = redactor.mask(name).chars().take(NAME_LIMIT).collect();
    let body = json!({ "name": name, "auto_archive_duration": KEPT_OPEN });
    let route = Route::ChannelMessageThreads { channel_id: place.channel, message_id: place.message };
    match rest.send::<Made>(request(route, LightMethod::Post, (body, Vec::new()))?, Rank::Result).await {
        Ok(made) => Ok(Some(made.id.get())),
        Err(error) if code(&error) == Some(HAS_A_THREAD) => Ok(Some(place.message.get())),
        // The message is gone, and that is for whoever posted it.
        Err(error) if is_final(&error) && !matches!(status(&error), Some(401 | 404)) => {
            tracing::warn!(%error, "there can be no thread on a message");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Gives a thread another name.
pub(crate) async fn rename(rest: &Rest, thread: u64, name: &str, redactor: &Redactor) -> Sent {
    let name: String = redactor.mask(name).chars().take(NAME_LIMIT).collect();
    let route = Route::Channel { channel_id: ChannelId::new(thread) };
    rest.send_only(request(route, LightMethod::Patch, (json!({ "name": name }), Vec::new()))?, Rank::Answer).await
}

fn refused(why: &str) -> Error {
    let card = Card::failed("**No thread** could be made");
    Error::Outside(Box::new(card.text(format!("{why}. Nothing is open; use it in a text channel."))))
}

/// Posts what is going on.
pub(crate) async fn post(rest: &Rest, thread: u64, card: &Card, face: &mut Face, guild: GuildId) -> Sent<Place> {
    let body = message(card, face, guild, Seen::ByAll).await;
    let route = Route::ChannelMessages { channel_id: ChannelId::new(thread) };
    let stands: Stands = rest.send(request(route, LightMethod::Post, body)?, Rank::Result).await?;
    Ok(stands.into())
}

/// Waits until a message may be drawn again; what it shows is asked for after that.
pub(crate) async fn turn(rest: &Rest, place: Place, rank: Rank) -> Turn {
    rest.turn(LightMethod::Patch, &route(place), rank).await
}

/// Draws it, in its turn.
pub(crate) async fn draw(rest: &Rest, turn: Turn, place: Place, card: &Card, face: &mut Face, guild: GuildId) -> Sent {
    let body = message(card, face, guild, Seen::ByAll).await;
    let _: Stands = rest.send_in(turn, request(route(place), LightMethod::Patch, body)?).await?;
    Ok(())
}

/// Draws it for the last time. A file that it no longer has goes with that: Discord keeps what nobody speaks of.
pub(crate) async fn settle(rest: &Rest, place: Place, card: &Card, face: &mut Face, guild: GuildId) -> Sent {
    let mut body = message(card, face, guild, Seen::ByAll).await;
    if body.1.is_empty() {
        body.0["attachments"] = json!([]);
    }
    rest.send_only(request(route(place), LightMethod::Patch, body)?, Rank::Result).await
}

/// Takes a message of ours away: another shows the same further down.
pub(crate) async fn take_away(rest: &Rest, place: Place) -> Sent {
    rest.send_only(Request::new(route(place), LightMethod::Delete), Rank::Background).await
}

fn route<'a>(place: Place) -> Route<'a> {
    Route::ChannelMessage { channel_id: place.channel, message_id: place.message }
}

/// Where a message stands, by its numbers.
pub(crate) fn place(thread: u64, message: u64) -> Option<Place> {
    (thread != 0 && message != 0).then(|| Place { channel: ChannelId::new(thread), message: MessageId::new(message) })
}
