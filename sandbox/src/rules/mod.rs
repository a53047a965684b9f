//! Discord's documented limits, as checks on what the bot sends. Each answers with Discord's error and names the rule.
//!
//! Where they are documented (pages of docs.discord.com, as of 2026-08):
//!
//! | rules | here | there |
//! |---|---|---|
//! | `command.*`, `commands.*`, `choice.*`, `autocomplete.*` | `commands`, `options`, `choices`, `localisations`, `world::commands` | Interactions › Application Commands: Naming, Structure, Option Types, Localization, Limits; Reference › Locales |
//! | `message.*`, `attachment.*`, `reply.*`, `bulk_delete.*`, `request.*`, `query.*` | `message`, `world::references`, `rest::request` | Resources › Message: Create, Edit, Flags, Bulk Delete, Message Reference; Reference › Uploading Files |
//! | `allowed_mentions.*` | `mentions` | Resources › Message › Allowed Mentions |
//! | `embed.*`, `embeds.*` | `embeds` | Resources › Message › Embed Limits |
//! | `component.*`, `components.*`, `button.*`, `select.*` | `components`, `selects`, `emoji` | Components › Component Reference; Legacy Message Component Behavior |
//! | `components_v2.*`, `container.*`, `section.*`, `gallery.*`, `file.*`, `media.*`, `separator.*`, `text_display.*` | `cards` | Components › Component Reference; Using Message Components |
//! | `modal.*`, `label.*`, `text_input.*`, `file_upload.*`, `radio_group.*`, `checkbox*` | `modals` | Interactions › Receiving and Responding › Modal; Components › Using Modal Components |
//! | `channel.*`, `category.*`, `forum.*`, `thread.*`, `overwrite.*`, `guild.*` | `channels`, `world::{channels, threads, forums, pins}` | Resources › Channel: Modify Channel, Start Thread, Forum Tag; Topics › Threads; Opcodes and Status Codes › JSON (300xx) |
//! | `member.*`, `role.*`, `ban.*` | `world::{members, guilds, moderation}` | Resources › Guild; Topics › Permissions › Permission Hierarchy |
//! | `reaction.*` | `emoji`, `world::reactions` | Resources › Message › Create Reaction |
//! | `interaction.*` | `message`, `world::{interactions, responses}` | Interactions › Receiving and Responding: 3 seconds, 15 minutes, callback types |
//! | `gateway.*` | `gateway` | Events › Gateway; Topics › Opcodes and Status Codes |
//! | `field.*` | `types` | Reference › Error Messages |
//! | `sandbox.unsupported` | wherever | nowhere: Discord has it and the sandbox has not, which is a defect of the bench |
//!
//! `allowed_mentions.open` is no rule of Discord's: a bot is held to it where it says itself that it pings by name only
//! ([`crate::Options::pings_by_name`]).
//!
//! What needs a permission, and which, is in `world::permissions` (Topics › Permissions; the changelog of 2026-02-23 for pins, events,
//! expressions and slow mode). Lacking one is life, not a broken rule.
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

/// A number without a fraction as the whole number it is: 720 for 720.0. `None` for any other value.
pub(crate) fn whole(number: &Value) -> Option<Value> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    format!("{float:.0}").parse::<i64>().ok().map(Value::from)
}
