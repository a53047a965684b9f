//! Messages, pins, reactions, and threads that start on a message.

use super::Reply;
use super::request::{Request, id};
use crate::clock;
use crate::errors::{Answer, ApiError};
use crate::judge::Actor;
use crate::snowflake::Id;
use crate::world::World;
use crate::world::messages::{Draft, Window};
use crate::world::reactions::Emoji;
use serde_json::{Value, json};

/// `segments` starts with `messages` or `pins`.
pub(super) fn route(world: &mut World, request: Request, channel: Id, segments: &[&str]) -> Answer<Reply> {
    let me = world.account(request.actor).ok_or_else(ApiError::unauthorized)?;
    let method = request.method.clone();
    let done = |(): ()| Reply::nothing();
    match (method.as_str(), segments) {
        ("GET", ["messages"]) => {
            request.one_of(&["before", "after", "around"])?;
            let window = Window {
                limit: request.limit(50, 100)?,
                before: request.snowflake("before")?,
                after: request.snowflake("after")?,
                around: request.snowflake("around")?,
            };
            Reply::ok(json!(world.history(channel, me, &window)?))
        }
        ("POST", ["messages"]) => {
            let takes_none = |id: &Id| *id != me && world.unreachable.contains(id);
            if world.channels.get(&channel).is_some_and(|place| place.recipients.iter().any(takes_none)) {
                return Err(ApiError::new(403, 50007, "Cannot send messages to this user"));
            }
            Reply::ok(world.post(channel, me, allowed(request))?)
        }
        ("POST", ["messages", "bulk-delete"]) => {
            request.by_bot()?;
            world.bulk_delete(channel, me, request.body()).and_then(done)
        }
        ("GET", ["pins"]) => Reply::ok(world.pins(channel, me)?.into_iter().map(|(_, message)| message).collect()),
        ("GET", ["messages", "pins"]) => {
            let (before, limit) = (request.before()?, request.limit(50, 50)?);
            let pins = world.pins(channel, me)?.into_iter().filter(|(at, _)| before.is_none_or(|before| *at < before));
            let mut items: Vec<_> =
                pins.map(|(at, message)| json!({"pinned_at": clock::iso(at), "message": message})).collect();
            let more = items.len() > limit;
            items.truncate(limit);
            Reply::ok(json!({"items": items, "has_more": more}))
        }
        ("PUT", ["pins" | "messages", .., message]) if is_pin(segments) => {
            world.pin(channel, id("message_id", message)?, me).and_then(done)
        }
        ("DELETE", ["pins" | "messages", .., message]) if is_pin(segments) => {
            world.unpin(channel, id("message_id", message)?, me).and_then(done)
        }
        (_, ["messages", message, rest @ ..]) => one(world, request, (channel, id("message_id", message)?, me), rest),
        _ => Err(ApiError::no_route()),
    }
}

/// Both the old route (`pins/{message}`) and the new one (`messages/pins/{message}`).
fn is_pin(segments: &[&str]) -> bool {
    matches!(segments, ["pins", _] | ["messages", "pins", _])
}

fn one(world: &mut World, request: Request, (channel, message, me): (Id, Id, Id), rest: &[&str]) -> Answer<Reply> {
    let method = request.method.clone();
    let done = |(): ()| Reply::nothing();
    match (method.as_str(), rest) {
        ("GET", []) => {
            world.channel_for(channel, me, crate::world::permissions::READ_MESSAGE_HISTORY)?;
            Reply::ok(world.message_read(world.message_for(channel, message, me)?, me))
        }
        ("PATCH", []) => Reply::ok(world.edit(channel, message, me, allowed(request))?),
        ("DELETE", []) => world.delete(channel, message, me).and_then(done),
        ("POST", ["threads"]) => Reply::created(world.create_thread(channel, me, Some(message), request.body())?),
        ("DELETE", ["reactions"]) => world.clear_reactions(channel, message, me, None).and_then(done),
        ("GET", ["reactions", emoji]) => {
            if request.query.get("type").is_some_and(|kind| kind != "0") {
                return Err(ApiError::unsupported("burst reactions"));
            }
            let mut all = world.reactors(channel, message, me, &Emoji::parse(emoji)?)?;
            all.sort_by_key(|(user, _)| *user);
            Reply::ok(Value::Array(request.page(all.into_iter(), (25, 100))?))
        }
        ("DELETE", ["reactions", emoji]) => {
            world.clear_reactions(channel, message, me, Some(&Emoji::parse(emoji)?)).and_then(done)
        }
        ("PUT", ["reactions", emoji, "@me"]) => world.react(channel, message, me, &Emoji::parse(emoji)?).and_then(done),
        ("DELETE", ["reactions", emoji, user]) => {
            let user = if *user == "@me" { me } else { id("user_id", user)? };
            world.unreact(channel, message, me, (user, &Emoji::parse(emoji)?)).and_then(done)
        }
        _ => Err(ApiError::no_route()),
    }
}

/// What the sender may put in a message: people write text and attach files, only bots send embeds and components.
fn allowed(request: Request) -> Draft {
    let person = matches!(request.actor, Actor::User(_));
    let mut draft = request.into_draft();
    if let Value::Object(fields) = &mut draft.body
        && person
    {
        let writable =
            ["content", "nonce", "enforce_nonce", "message_reference", "allowed_mentions", "attachments", "tts"];
        fields.retain(|field, _| writable.contains(&field.as_str()));
    }
    draft
}
