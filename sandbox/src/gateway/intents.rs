//! Which intent an event needs, and what is left of a message without `MESSAGE_CONTENT`.

use serde_json::{Value, json};

const GUILDS: u64 = 1;
pub(crate) const GUILD_MEMBERS: u64 = 1 << 1;
const GUILD_MODERATION: u64 = 1 << 2;
pub(crate) const GUILD_PRESENCES: u64 = 1 << 8;
const GUILD_MESSAGES: u64 = 1 << 9;
const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
const DIRECT_MESSAGES: u64 = 1 << 12;
const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
pub(crate) const MESSAGE_CONTENT: u64 = 1 << 15;
/// Every intent there is.
pub(crate) const KNOWN: u64 = ((1 << 17) - 1) | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;

/// The intent an event needs; `direct` for what happens outside guilds, which includes ephemeral messages.
fn needed(name: &str, direct: bool) -> u64 {
    let either = |guild, own| if direct { own } else { guild };
    match name {
        _ if name.starts_with("MESSAGE_REACTION") => either(GUILD_MESSAGE_REACTIONS, DIRECT_MESSAGE_REACTIONS),
        _ if name.starts_with("MESSAGE_") => either(GUILD_MESSAGES, DIRECT_MESSAGES),
        "TYPING_START" => either(GUILD_MESSAGE_TYPING, DIRECT_MESSAGE_TYPING),
        "CHANNEL_PINS_UPDATE" => either(GUILDS, DIRECT_MESSAGES),
        _ if name.starts_with("GUILD_MEMBER_") => GUILD_MEMBERS,
        _ if name.starts_with("GUILD_BAN_") => GUILD_MODERATION,
        "PRESENCE_UPDATE" => GUILD_PRESENCES,
        "THREAD_MEMBERS_UPDATE" => GUILDS,
        _ if ["GUILD_", "CHANNEL_", "THREAD_"].iter().any(|start| name.starts_with(start)) => GUILDS,
        _ => 0,
    }
}

pub(crate) fn allows(intents: u64, name: &str, direct: bool) -> bool {
    let needed = needed(name, direct);
    needed == 0 || intents & needed != 0
}

/// The event as a bot with these intents gets it: without `MESSAGE_CONTENT`, messages lose their content unless the bot wrote
/// them, is mentioned in them, or they are direct.
pub(crate) fn redacted(intents: u64, name: &str, data: &Value, bot: &str, direct: bool) -> Value {
    let mut data = data.clone();
    let message = matches!(name, "MESSAGE_CREATE" | "MESSAGE_UPDATE");
    if !message || direct || intents & MESSAGE_CONTENT != 0 {
        return data;
    }
    redact_message(&mut data, bot);
    data
}

/// Takes out of a message, and of the one it answers, what only `MESSAGE_CONTENT` shows. REST answers are held to the same.
pub(crate) fn redact_message(message: &mut Value, bot: &str) {
    redact(message, bot);
    if let Some(referenced) = message.get_mut("referenced_message").filter(|referenced| referenced.is_object()) {
        redact(referenced, bot);
    }
}

fn redact(message: &mut Value, bot: &str) {
    let own = message.pointer("/author/id").is_some_and(|id| id == bot);
    let named =
        message.get("mentions").and_then(Value::as_array).is_some_and(|all| all.iter().any(|user| user["id"] == bot));
    if own || named {
        return;
    }
    message["content"] = json!("");
    for list in ["embeds", "attachments", "components"] {
        message[list] = json!([]);
    }
    if let Some(fields) = message.as_object_mut() {
        fields.remove("poll");
    }
}

#[cfg(test)]
mod tests {
    use super::{GUILD_MESSAGES, allows, redacted};
    use serde_json::json;

    #[test]
    fn a_message_without_the_content_intent_is_empty_unless_it_concerns_the_bot() {
        let message = |author: &str, mentioned: &str| json!({"content": "hi", "author": {"id": author}, "mentions": [{"id": mentioned}]});
        let seen = |author, mentioned, direct| {
            redacted(GUILD_MESSAGES, "MESSAGE_CREATE", &message(author, mentioned), "9", direct)["content"].clone()
        };
        assert_eq!(seen("1", "2", false), "");
        assert_eq!([seen("9", "2", false), seen("1", "9", false), seen("1", "2", true)], ["hi", "hi", "hi"]);
    }

    #[test]
    fn interactions_need_no_intent() {
        assert!(allows(0, "INTERACTION_CREATE", false));
        assert!(!allows(0, "MESSAGE_CREATE", false));
        assert!(!allows(GUILD_MESSAGES, "MESSAGE_CREATE", true));
    }
}
