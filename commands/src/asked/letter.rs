//! Direct messages: what somebody wrote, and the one question they are asked there.

use base::{Card, redact::Clean};
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::json;
use serenity::{
    ChannelId, UserId,
    http::{LightMethod, Route},
};

use super::{COMPONENTS_V2, Stands, request};
use crate::{
    card,
    rest::{Rank, Rest, Sent},
};

/// Messages that are read of somebody.
const READ: u64 = 20;
/// Discord's own limit for what tells a message from another.
const NONCE: usize = 25;

#[derive(Deserialize)]
struct Written {
    id: serenity::MessageId,
    author: Author,
    content: String,
    #[serde(default)]
    attachments: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
}

/// Asks something there; every control of the card has this id.
pub(crate) async fn ask(rest: &Rest, channel: u64, card: &Clean<Card>, id: &str) -> Sent {
    let components = card::draw(card, |_| Some(id.to_owned()));
    let nonce: String = id.chars().rev().take(NONCE).collect();
    let body = json!({ "flags": COMPONENTS_V2, "components": components, "allowed_mentions": { "parse": [] },
        "nonce": nonce, "enforce_nonce": true });
    let route = Route::ChannelMessages { channel_id: ChannelId::new(channel) };
    let _: Stands = rest.send(request(route, LightMethod::Post, (body, Vec::new()))?, Rank::Result).await?;
    Ok(())
}

/// What somebody wrote there from this message on, and how many files came with it.
pub(crate) async fn written(rest: &Rest, channel: u64, user: u64, from: u64) -> Sent<(String, usize)> {
    let window = vec![("after", from.saturating_sub(1).to_string()), ("limit", READ.to_string())];
    let route = Route::ChannelMessages { channel_id: ChannelId::new(channel) };
    let mut all: Vec<Written> = rest.fetch(route, Some(window), Rank::Answer).await?;
    all.retain(|one| one.author.id.get() == user);
    all.sort_by_key(|one| one.id);
    let files = all.iter().map(|one| one.attachments.len()).sum();
    let texts: Vec<&str> = all.iter().map(|one| one.content.trim()).filter(|text| !text.is_empty()).collect();
    Ok((texts.join("\n"), files))
}
