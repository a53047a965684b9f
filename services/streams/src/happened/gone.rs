//! What moderators of Twitch's took back of a chat: a message, all that somebody wrote, or everything.

use platforms::twitch::topic::GONE;
use serde_json::Value;
use store::{overlays::Origin, streams::Delivery};

use super::{said, text};

/// What was taken back of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// What it is known by that it was.
    pub id: String,
    /// Where.
    pub platform: Origin,
    /// Of whose chat, by their id there.
    pub channel: String,
    /// What of it.
    pub what: Gone,
}

/// So much of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// One message, by what it is known by.
    Message(String),
    /// All that somebody wrote, by their id there.
    Author(String),
    /// All of it.
    Everything,
}

/// Whether it tells that something was taken back.
pub(super) fn is_one(subject: &str) -> bool {
    GONE.contains(&subject)
}

/// What it says; none where it says of nothing that it is gone.
pub(super) fn read(delivery: &Delivery, event: &Value) -> Option<TakenBack> {
    let by = |name: &str| Some(text(&event[name])).filter(|text| !text.is_empty()).map(str::to_owned);
    let channel = by("broadcaster_user_id")?;
    let what = match delivery.subject.as_str() {
        "channel.chat.message_delete" => Gone::Message(said(Origin::Twitch, &channel, &by("message_id")?)),
        "channel.chat.clear_user_messages" => Gone::Author(by("target_user_id")?),
        "channel.chat.clear" => Gone::Everything,
        _ => return None,
    };
    Some(TakenBack { id: format!("chat twitch gone {}", delivery.message), platform: Origin::Twitch, channel, what })
}

#[cfg(test)]
mod tests {
    use base::Millis;
    use serde_json::json;
    use store::streams::Source;

    use super::*;

    fn told(subject: &str, event: &Value) -> Option<Gone> {
        let (message, subject, body) = ("m-1".to_owned(), subject.to_owned(), String::new());
        let delivery = Delivery { source: Source::Twitch, message, subject, body, came: Millis(0) };
        read(&delivery, event).map(|gone| gone.what)
    }

    #[test]
    fn a_message_a_person_or_all_is_gone_and_what_does_not_say_which_takes_nothing_back() {
        let of = |name: &str, id: &str| json!({ "broadcaster_user_id": "1", name: id });
        let message = of("message_id", "c-1");
        assert_eq!(told(GONE[0], &message), Some(Gone::Message("chat twitch 1 c-1".to_owned())));
        assert_eq!(told(GONE[1], &of("target_user_id", "7")), Some(Gone::Author("7".to_owned())));
        assert_eq!(told(GONE[2], &of("x", "")), Some(Gone::Everything));
        assert_eq!((told(GONE[0], &of("message_id", "")), told(GONE[1], &message)), (None, None));
        for event in [json!(null), json!([]), json!({ "broadcaster_user_id": 7, "message_id": "c-1" })] {
            assert!(GONE.iter().all(|kind| told(kind, &event).is_none()), "{event}");
        }
    }
}
