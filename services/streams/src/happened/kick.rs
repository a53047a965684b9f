//! What Kick tells of a stream.

use serde_json::Value;
use store::{overlays::Origin, streams::Delivery};

use super::{Happening, What, amount, colour, name, said, text};

/// Kinds of events of a stream that is shown.
pub(crate) const KINDS: [&str; 6] = [
    "channel.followed",
    "channel.subscription.new",
    "channel.subscription.renewal",
    "channel.subscription.gifts",
    "chat.message.sent",
    "kicks.gifted",
];

/// What it says; none where it says nothing of a stream.
pub(super) fn read(delivery: &Delivery, body: &Value) -> Option<Happening> {
    let whose = |person: &str| name(&body[person]["username"], &body[person]["is_anonymous"]);
    let (what, name, amount, written) = match delivery.subject.as_str() {
        "channel.followed" => (What::Follow, whose("follower"), 1, ""),
        "channel.subscription.new" | "channel.subscription.renewal" => {
            (What::Sub, whose("subscriber"), amount(&body["duration"]).max(1), "")
        }
        "channel.subscription.gifts" => {
            let number = body["giftees"].as_array().map_or(1, Vec::len);
            (What::Gift, whose("gifter"), i64::try_from(number).unwrap_or(i64::MAX), "")
        }
        "chat.message.sent" => (What::Chat, whose("sender"), 1, text(&body["content"])),
        "kicks.gifted" => {
            (What::Cheer, whose("sender"), amount(&body["gift"]["amount"]), text(&body["gift"]["message"]))
        }
        _ => return None,
    };
    let channel = body["broadcaster"]["user_id"].as_u64()?.to_string();
    let message = text(&body["message_id"]);
    let id = if what == What::Chat && !message.is_empty() { message } else { &delivery.message };
    Some(Happening {
        id: if what == What::Chat { said(Origin::Kick, &channel, id) } else { format!("kick {channel} {id}") },
        what,
        platform: Origin::Kick,
        channel,
        name,
        author: body["sender"]["user_id"].as_u64().map(|author| author.to_string()).unwrap_or_default(),
        amount,
        message: words(written),
        colour: colour(&body["sender"]["identity"]["username_color"]),
    })
}

/// What was written, with the names of emotes in place of `[emote:37226:KEKW]`.
fn words(written: &str) -> String {
    let mut words = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("[emote:") {
        words.push_str(before);
        let emote = after.split_once(']').and_then(|(inner, rest)| Some((inner.split_once(':')?.1, rest)));
        let Some((name, left)) = emote else {
            words.push_str("[emote:");
            rest = after;
            continue;
        };
        words.push_str(name);
        rest = left;
    }
    words.push_str(rest);
    words
}

#[cfg(test)]
mod tests {
    use base::Millis;
    use serde_json::json;
    use store::streams::Source;

    use super::*;

    fn told(subject: &str, body: &Value) -> Option<Happening> {
        let delivery = Delivery {
            source: Source::Kick,
            message: "01ARZ".to_owned(),
            subject: subject.to_owned(),
            body: String::new(),
            came: Millis(0),
        };
        read(&delivery, body)
    }

    #[test]
    fn every_kind_is_what_it_is() {
        let broadcaster = json!({ "user_id": 3001, "username": "ada" });
        for (kind, mut body, what, name, amount) in [
            ("channel.followed", json!({ "follower": { "username": "Bob" } }), What::Follow, "Bob", 1),
            (
                "channel.subscription.new",
                json!({ "subscriber": { "username": "Bob" }, "duration": 3 }),
                What::Sub,
                "Bob",
                3,
            ),
            (
                "channel.subscription.gifts",
                json!({ "gifter": { "is_anonymous": true, "username": null }, "giftees": [{}, {}] }),
                What::Gift,
                "Anonymous",
                2,
            ),
            (
                "kicks.gifted",
                json!({ "sender": { "username": "Bob" }, "gift": { "amount": 50 } }),
                What::Cheer,
                "Bob",
                50,
            ),
        ] {
            assert_eq!(told(kind, &body), None, "of nobody's stream");
            body["broadcaster"] = broadcaster.clone();
            let told = told(kind, &body).unwrap();
            assert_eq!((told.what, told.name.as_str(), told.amount), (what, name, amount), "{kind}");
            assert_eq!((told.channel.as_str(), told.id.as_str()), ("3001", "kick 3001 01ARZ"));
        }
    }

    #[test]
    fn emotes_are_words_and_what_is_none_stays_as_it_was_written() {
        assert_eq!(words("a [emote:37226:KEKW] b"), "a KEKW b");
        for odd in ["[emote:", "[emote:1]", "[emote:1:", "x [emote:: ] y", "]["] {
            let _ = words(odd);
        }
        assert_eq!(words("[emote:1] [emote:2:A]"), "[emote:1] A");
    }
}
