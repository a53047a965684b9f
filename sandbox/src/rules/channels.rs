//! What a channel, a thread and a forum's tags may look like.
//!
//! Documented under "Channel Resource › Modify Channel", "› Start Thread …", "› Forum Tag Object" and "Guild Resource › Create
//! Guild Channel". The guild has no boosts, so voice is capped at 96 kbit/s.

use super::types::{given, says_something};
use super::{chars, emoji, list};
use crate::errors::{Answer, ApiError, Form, join};
use crate::snowflake;
use crate::world::channels::{FORUM, VOICE};
use crate::world::permissions::Overwrite;
use serde_json::Value;

/// Minutes of quiet after which a thread may be archived.
const ARCHIVE_AFTER: [u64; 4] = [60, 1440, 4320, 10_080];
/// Settings that are kept and shown as they were given, with the kinds of channels that have them; empty means all but threads.
pub(crate) const SETTINGS: [(&str, &[u64]); 11] = [
    ("bitrate", &[VOICE]),
    ("user_limit", &[VOICE]),
    ("rtc_region", &[VOICE]),
    ("video_quality_mode", &[VOICE]),
    ("default_auto_archive_duration", &[]),
    ("default_thread_rate_limit_per_user", &[]),
    ("available_tags", &[FORUM]),
    ("default_reaction_emoji", &[FORUM]),
    ("default_sort_order", &[FORUM]),
    ("default_forum_layout", &[FORUM]),
    ("flags", &[FORUM]),
];
/// A post needs a tag.
pub(crate) const REQUIRE_TAG: u64 = 1 << 4;
const TAGS: usize = 20;
const APPLIED_TAGS: usize = 5;

/// Checks a channel of this kind; whether the name must be there is the caller's to say.
pub(crate) fn check(form: &mut Form, body: &Value, kind: u64) {
    form.text("channel.topic", "", body, "topic", (0, if kind == FORUM { 4096 } else { 1024 }));
    form.number("channel.slowmode", "", body, "rate_limit_per_user", (0, 21_600));
    form.number("channel.slowmode", "", body, "default_thread_rate_limit_per_user", (0, 21_600));
    form.number("channel.position", "", body, "position", (0, i64::from(i32::MAX)));
    form.number("channel.bitrate", "", body, "bitrate", (8000, 96_000));
    form.number("channel.user_limit", "", body, "user_limit", (0, 99));
    form.choice("channel.video_quality", "", body, "video_quality_mode", &[1, 2]);
    form.choice("thread.auto_archive_duration", "", body, "default_auto_archive_duration", &ARCHIVE_AFTER);
    form.choice("channel.forum", "", body, "default_sort_order", &[0, 1]);
    form.choice("channel.forum", "", body, "default_forum_layout", &[0, 1, 2]);
    form.choice("channel.flags", "", body, "flags", &[0, REQUIRE_TAG]);
    form.boolean("", body, "nsfw");
    form.snowflake("", body, "parent_id");
    form.object("", body, "default_reaction_emoji");
    check_tags(form, body);
    form.list("", body, "permission_overwrites");
    for (index, overwrite) in list(body, "permission_overwrites").iter().enumerate() {
        let at = format!("permission_overwrites.{index}");
        check_overwrite(form, &at, overwrite);
        if Overwrite::parse(overwrite).is_none() {
            form.required(&join(&at, "id"));
        }
    }
    for (field, kinds) in SETTINGS {
        if says_something(body, field) && !kinds.is_empty() && !kinds.contains(&kind) {
            let words = "This field cannot be set on a channel of this type";
            form.broke("channel.field", field, "CHANNEL_FIELD_INVALID_FOR_TYPE", words);
        }
    }
}

/// Its type and its permission bits; whose it is stands in the path where there is one overwrite only.
pub(crate) fn check_overwrite(form: &mut Form, at: &str, overwrite: &Value) {
    form.choice("overwrite.type", at, overwrite, "type", &[0, 1]);
    for field in ["allow", "deny"] {
        if let Some(bits) = given(overwrite, field).filter(|bits| snowflake::parse(bits).is_none()) {
            let words = format!("Value {bits} is not a permission bit set.");
            form.broke("overwrite.bits", &join(at, field), "NUMBER_TYPE_COERCE", &words);
        }
    }
}

fn check_tags(form: &mut Form, body: &Value) {
    form.list("", body, "available_tags");
    let tags = list(body, "available_tags");
    form.length("forum.tags", "available_tags", tags.len(), (0, TAGS));
    for (index, tag) in tags.iter().enumerate() {
        let at = format!("available_tags.{index}");
        form.needed_text("forum.tag_name", &at, tag, "name", (1, 20));
        form.boolean(&at, tag, "moderated");
        let character = tag.get("emoji_name").and_then(Value::as_str).filter(|name| !name.is_empty());
        if given(tag, "emoji_id").is_some() || character.is_some_and(|name| !emoji::is_unicode(name)) {
            form.broke("forum.tag_emoji", &join(&at, "emoji_name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji");
        }
        if tags[..index].iter().any(|other| other["name"] == tag["name"]) {
            let words = "Tag names must be unique";
            form.broke("forum.tag_name", &join(&at, "name"), "FORUM_CHANNEL_TAG_NAMES_MUST_BE_UNIQUE", words);
        }
    }
}

/// Whether the name has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Needed,
    Optional,
}

pub(crate) fn check_thread(body: &Value, name: Name) -> Answer<()> {
    let mut form = Form::default();
    if name == Name::Needed {
        form.needed_text("thread.name", "", body, "name", (1, 100));
    } else {
        form.text("thread.name", "", body, "name", (1, 100));
    }
    form.number("channel.slowmode", "", body, "rate_limit_per_user", (0, 21_600));
    if given(body, "auto_archive_duration")
        .is_some_and(|after| !after.as_u64().is_some_and(|after| ARCHIVE_AFTER.contains(&after)))
    {
        let words = "Value must be one of {4320, 1440, 60, 10080}.";
        form.broke("thread.auto_archive_duration", "auto_archive_duration", "BASE_TYPE_CHOICES", words);
    }
    for field in ["archived", "locked", "invitable"] {
        form.boolean("", body, field);
    }
    form.list("", body, "applied_tags");
    form.length("forum.applied_tags", "applied_tags", list(body, "applied_tags").len(), (0, APPLIED_TAGS));
    form.unique("forum.applied_tags", "applied_tags", list(body, "applied_tags"));
    form.finish()
}

/// The tags of a post must be tags of its forum, and there must be one where the forum says so.
pub(crate) fn check_applied(wanted: &[Value], forum_tags: &[Value], required: bool) -> Answer<()> {
    let mut form = Form::default();
    for (index, tag) in wanted.iter().enumerate() {
        if !forum_tags.iter().any(|known| known["id"] == *tag) {
            form.broke("forum.applied_tags", &format!("applied_tags.{index}"), "FORUM_TAG_UNKNOWN", "Unknown tag");
        }
    }
    form.finish()?;
    if required && wanted.is_empty() {
        let words = "A tag is required to create a forum post in this channel";
        return Err(ApiError::new(400, 40067, words).breaks("forum.tag_required"));
    }
    Ok(())
}

/// A name that is there must say something once Discord has taken the spaces away.
pub(crate) fn check_name(form: &mut Form, body: &Value) {
    form.text("channel.name", "", body, "name", (1, 100));
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if chars(body, "name") > 0 && name.trim().is_empty() {
        form.length("channel.name", "name", 0, (1, 100));
    }
}
