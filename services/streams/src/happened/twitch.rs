//! What Twitch tells of a stream.

use platforms::twitch::topic::{CHAT, EVENTS};
use serde_json::Value;
use store::{overlays::Origin, streams::Delivery};

use super::{Happening, What, amount, colour, name, said, text};

/// Whether it is told of a stream to be shown.
pub(super) fn is_one(subject: &str) -> bool {
    subject == CHAT || EVENTS.contains(&subject)
}

/// What it says; none where nothing of it is to be shown.
pub(super) fn read(delivery: &Delivery, event: &Value) -> Option<Happening> {
    let by = |name: &str| text(&event[name]).to_owned();
    let message = &delivery.message;
    let anonymous = &event["is_anonymous"];
    let (what, id, whose, number) = match delivery.subject.as_str() {
        // Told again of another connection, it is the same.
        "channel.follow" => {
            let id = format!("follow {} {}", by("user_id"), by("followed_at"));
            (What::Follow, id, name(&event["user_name"], &Value::Null), 1)
        }
        // Whoever gave it is told of, once for all that they gave.
        "channel.subscribe" if event["is_gift"] == true => return None,
        "channel.subscribe" => (What::Sub, message.clone(), name(&event["user_name"], &Value::Null), 1),
        "channel.subscription.message" => {
            let months = amount(&event["cumulative_months"]).max(1);
            (What::Sub, message.clone(), name(&event["user_name"], &Value::Null), months)
        }
        "channel.subscription.gift" => {
            (What::Gift, message.clone(), name(&event["user_name"], anonymous), amount(&event["total"]))
        }
        "channel.cheer" => (What::Cheer, message.clone(), name(&event["user_name"], anonymous), amount(&event["bits"])),
        "channel.raid" => {
            let from = name(&event["from_broadcaster_user_name"], &Value::Null);
            (What::Raid, message.clone(), from, amount(&event["viewers"]))
        }
        CHAT => (What::Chat, by("message_id"), name(&event["chatter_user_name"], &Value::Null), 1),
        _ => return None,
    };
    let words = if event["message"].is_string() { &event["message"] } else { &event["message"]["text"] };
    let channel = if what == What::Raid { by("to_broadcaster_user_id") } else { by("broadcaster_user_id") };
    let id = if id.is_empty() { message.clone() } else { id };
    let happening = Happening {
        id: if what == What::Chat { said(Origin::Twitch, &channel, &id) } else { format!("twitch {channel} {id}") },
        what,
        platform: Origin::Twitch,
        channel,
        name: whose,
        author: by("chatter_user_id"),
        amount: number,
        message: text(words).to_owned(),
        colour: colour(&event["color"]),
    };
    (!happening.channel.is_empty()).then_some(happening)
}

#[cfg(test)]
mod tests {
    use base::Millis;
    use serde_json::json;
    use store::streams::Source;

    use super::*;

    fn told(subject: &str, event: &Value) -> Option<Happening> {
        let delivery = Delivery {
            source: Source::Twitch,
            message: "m-1".to_owned(),
            subject: subject.to_owned(),
            body: String::new(),
            came: Millis(0),
        };
        read(&delivery, event)
    }

    #[test]
    fn a_gift_is_told_once_and_not_again_for_each_who_got_one() {
        let sub =
            |gift: bool| json!({ "broadcaster_user_id": "1", "user_name": "Bob", "tier": "1000", "is_gift": gift });
        assert_eq!(told("channel.subscribe", &sub(false)).unwrap().what, What::Sub);
        assert_eq!(told("channel.subscribe", &sub(true)), None);
        let gift =
            json!({ "broadcaster_user_id": "1", "user_name": null, "is_anonymous": true, "total": 5, "tier": "1000" });
        let gift = told("channel.subscription.gift", &gift).unwrap();
        assert_eq!((gift.name.as_str(), gift.amount), ("Anonymous", 5));
    }

    #[test]
    fn who_cheers_without_a_name_has_none() {
        let cheer = json!({ "broadcaster_user_id": "1", "user_name": "Bob", "is_anonymous": true, "message": "hi", "bits": 100 });
        let cheer = told("channel.cheer", &cheer).unwrap();
        assert_eq!((cheer.name.as_str(), cheer.amount, cheer.message.as_str()), ("Anonymous", 100, "hi"));
    }

    #[test]
    fn a_follow_is_the_same_whichever_message_tells_of_it() {
        let follow = json!({ "broadcaster_user_id": "1", "user_id": "7", "user_name": "Bob", "followed_at": "t" });
        assert_eq!(told("channel.follow", &follow).unwrap().id, "twitch 1 follow 7 t");
        let raid = json!({ "from_broadcaster_user_name": "Cid", "to_broadcaster_user_id": "1", "viewers": 42 });
        let raid = told("channel.raid", &raid).unwrap();
        assert_eq!((raid.name.as_str(), raid.amount, raid.channel.as_str()), ("Cid", 42, "1"));
        let chat = json!({ "broadcaster_user_id": "1", "chatter_user_name": "Bob", "message_id": "c-1",
            "message": { "text": "hello" }, "color": "#9146FF" });
        let chat = told(CHAT, &chat).unwrap();
        assert_eq!(
            (chat.id.as_str(), chat.message.as_str(), chat.colour),
            ("chat twitch 1 c-1", "hello", Some(0x91_46ff))
        );
    }

    #[test]
    fn what_says_nothing_shows_nothing() {
        for event in [json!(null), json!({}), json!([]), json!({ "broadcaster_user_id": 7 })] {
            for kind in EVENTS.iter().chain([&CHAT, &"channel.update"]) {
                assert_eq!(told(kind, &event), None, "{kind} {event}");
            }
        }
    }
}
