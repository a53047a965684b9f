//! A post of the outbox as a message, and how it is found again.

use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::{Value, json};
use serenity::{
    ChannelId, MessageId, UserId,
    http::{LightMethod, Route},
};
use store::outbox::{Urgency, line::Head};

use super::{Place, Seen, Stands, message, request};
use crate::{
    face::Face,
    rest::{Rank, Rest, Sent, id_at},
};

/// Messages that Discord shows at once.
const PAGE: usize = 100;

/// What a post is known by: Discord's memory of a nonce, and the id of its outermost component, which stays with the message.
struct Mark {
    nonce: String,
    component: u32,
}

impl Mark {
    /// Of a row's id, whose end is random.
    fn of(head: &Head) -> Self {
        let digits: String = head.id.chars().filter(char::is_ascii_hexdigit).collect();
        let last = |count: usize| digits.get(digits.len().saturating_sub(count)..).unwrap_or(&digits);
        // At most 25 characters; from 1 to the largest positive 32-bit number.
        let component = u32::from_str_radix(last(8), 16).unwrap_or_default() & 0x7fff_ffff;
        Self { nonce: last(25).to_owned(), component: component.max(1) }
    }
}

/// Posts what waits in the outbox. Discord does not post it twice while it remembers the nonce.
pub(crate) async fn send(rest: &Rest, head: &Head, face: &mut Face) -> Sent<Place> {
    let (mut data, files) = message(&head.card, face, head.line.guild, Seen::ByAll).await;
    let mark = Mark::of(head);
    data["components"][0]["id"] = json!(mark.component);
    data["nonce"] = json!(mark.nonce);
    data["enforce_nonce"] = json!(true);
    let ids = |ids: Vec<u64>| ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>();
    data["allowed_mentions"]["roles"] = json!(ids(head.pings.roles.iter().map(|role| role.0).collect()));
    data["allowed_mentions"]["users"] = json!(ids(head.pings.users.iter().map(|user| user.0).collect()));
    // There is no other way to ping everybody; whoever asks for it named them in the text.
    if head.pings.everyone {
        data["allowed_mentions"]["parse"] = json!(["everyone"]);
    }
    if let Some(message) = head.answers {
        data["message_reference"] = json!({ "message_id": message.to_string(), "fail_if_not_exists": false });
    }
    let rank = match head.urgency {
        Urgency::Urgent => Rank::Urgent,
        Urgency::Result => Rank::Result,
        Urgency::Background => Rank::Background,
    };
    let route = Route::ChannelMessages { channel_id: ChannelId::new(head.line.channel) };
    let stands: Stands = rest.send(request(route, LightMethod::Post, (data, files))?, rank).await?;
    Ok(stands.into())
}

/// Looks for such a post among everything of this moment (milliseconds since 1970) and after.
pub(crate) async fn find(rest: &Rest, head: &Head, since: i64, me: UserId) -> Sent<Option<Place>> {
    let (mark, channel_id) = (Mark::of(head), ChannelId::new(head.line.channel));
    let mut after = id_at(since);
    loop {
        let window = vec![("after", after.to_string()), ("limit", PAGE.to_string())];
        let seen: Vec<Written> = rest.fetch(Route::ChannelMessages { channel_id }, Some(window), Rank::Urgent).await?;
        let is_it = |one: &&Written| {
            one.author.id == me && one.components.first().is_some_and(|first| first["id"] == mark.component)
        };
        if let Some(found) = seen.iter().find(is_it) {
            return Ok(Some(Place { channel: channel_id, message: found.id }));
        }
        // Each page brings newer ones.
        match seen.iter().map(|one| one.id.get()).max() {
            Some(newest) if seen.len() >= PAGE => after = newest,
            _ => return Ok(None),
        }
    }
}

/// A message as it stands there.
#[derive(Deserialize)]
struct Written {
    id: MessageId,
    author: Author,
    #[serde(default)]
    components: Vec<Value>,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
}
