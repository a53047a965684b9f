//! Discord's documented limits, as checks on what the bot sends. Each answers with Discord's error and names the rule.
//!
//! Where they are documented (pages of docs.discord.com, as of 2026-08):
//!
//! | here | there |
//! |---|---|
//! | `commands`, `options`, `choices`, `localisations` | Interactions › Application Commands; Reference › Locales |
//! | `message`, `mentions` | Resources › Message: Create Message, Edit Message, Allowed Mentions, Message Flags, Bulk Delete |
//! | `embeds` | Resources › Message › Embed Limits |
//! | `components`, `selects`, `emoji` | Components › Component Reference, Legacy Message Component Behavior |
//! | `cards` | Components › Component Reference; Using Message Components |
//! | `modals` | Interactions › Receiving and Responding › Modal; Components › Using Modal Components |
//! | `channels` | Resources › Channel: Modify Channel, Start Thread, Thread Metadata; Topics › Threads |
//! | `world::permissions` | Topics › Permissions; changelog 2026-02-23 for the split of pins, events, expressions and slow mode |
//! | `world::responses` | Interactions › Receiving and Responding: 3 seconds, 15 minutes, callback types |
//! | `gateway` | Events › Gateway; Topics › Opcodes and Status Codes |
//!
//! A text in `errors` is Discord's own where a log of a real answer or the documentation has it; where neither does, the code and
//! the words are ours and say the same thing. Status, `code` 50035 and the path in the tree are what a bot can rely on.

pub(crate) mod cards;
pub(crate) mod channels;
pub(crate) mod choices;
pub(crate) mod commands;
pub(crate) mod components;
pub(crate) mod embeds;
pub(crate) mod emoji;
pub(crate) mod localisations;
pub(crate) mod mentions;
pub(crate) mod message;
pub(crate) mod modals;
pub(crate) mod options;
pub(crate) mod selects;
pub(crate) mod types;

use serde_json::Value;

/// The elements of a list field; nothing for one that is absent or no list.
pub(crate) fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The length of a text field, in characters.
pub(crate) fn chars(of: &Value, field: &str) -> usize {
    of.get(field).and_then(Value::as_str).map_or(0, |text| text.chars().count())
}

/// The `type` of a component or an option; 0 when there is none.
pub(crate) fn kind(of: &Value) -> u64 {
    of.get("type").and_then(Value::as_u64).unwrap_or(0)
}
