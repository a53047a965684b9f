//! What a message may hold.

use super::{cards, chars, components, embeds, list};
use crate::clock::Millis;
use crate::errors::{Answer, ApiError, Form};
use crate::snowflake::{self, Id};
use crate::world::mentions;
use crate::world::messages::{COMPONENTS_V2, EPHEMERAL, Message};
use serde_json::Value;

const CONTENT: usize = 2000;
const FILES: usize = 10;
const NONCE: usize = 25;
/// Bulk deletion reaches back two weeks.
const BULK_DELETE_REACH: Millis = 14 * 24 * 60 * 60 * 1000;

/// A change to a message, before it is made.
pub(crate) struct Proposal<'a> {
    pub(crate) before: &'a Message,
    pub(crate) body: &'a Value,
    /// Names of the files it keeps, and of those it adds.
    pub(crate) kept: Vec<String>,
    pub(crate) new: Vec<String>,
}

impl Proposal<'_> {
    pub(crate) fn check(&self) -> Answer<()> {
        let mut form = Form::default();
        let body = self.body;
        if !body.is_object() {
            return Err(ApiError::new(400, 50109, "The request body contains invalid JSON.").breaks("request.json"));
        }
        form.text("message.content", "", body, "content", (0, CONTENT));
        form.length("message.attachments", "attachments", self.kept.len() + self.new.len(), (0, FILES));
        match body.get("nonce") {
            Some(Value::String(nonce)) => form.length("message.nonce", "nonce", nonce.chars().count(), (0, NONCE)),
            None | Some(Value::Null | Value::Number(_)) => {}
            Some(_) => form.add("nonce", "NONCE_TYPE_TOO_LONG", "Must be a string or an integer."),
        }
        mentions::check(&mut form, body.get("allowed_mentions").unwrap_or(&Value::Null));
        embeds::check(&mut form, body);
        self.check_components(&mut form);
        self.check_references(&mut form);
        form.finish()?;
        if self.is_empty() { Err(ApiError::empty_message()) } else { Ok(()) }
    }

    fn flags(&self) -> u64 {
        self.body.get("flags").and_then(Value::as_u64).unwrap_or(self.before.flags) | (self.before.flags & EPHEMERAL)
    }

    fn is_v2(&self) -> bool {
        (self.flags() | self.before.flags) & COMPONENTS_V2 != 0
    }

    fn check_components(&self, form: &mut Form) {
        if self.before.is_v2() && self.flags() & COMPONENTS_V2 == 0 {
            let words = "The IS_COMPONENTS_V2 flag cannot be removed from a message.";
            form.broke("components_v2.irrevocable", "flags", "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", words);
        }
        if !self.is_v2() {
            components::check(form, self.body);
            return;
        }
        let left = |field: &str, before: bool| match self.body.get(field) {
            None => before,
            Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(_) => true,
        };
        let legacy = [
            ("content", left("content", !self.before.content.is_empty())),
            ("embeds", left("embeds", !self.before.embeds.is_empty())),
            ("poll", left("poll", false)),
            ("sticker_ids", left("sticker_ids", false)),
        ];
        for (field, _) in legacy.into_iter().filter(|(_, used)| *used) {
            let words = format!("The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
            let code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
            form.broke("components_v2.legacy_fields", field, code, &words);
        }
        cards::check(form, self.body);
    }

    /// Every `attachment://name` must name a file of this message.
    fn check_references(&self, form: &mut Form) {
        let exists = |name: &str| {
            let plain = crate::world::attachments::plain_name(name);
            self.kept
                .iter()
                .chain(&self.new)
                .any(|file| file == name || crate::world::attachments::plain_name(file) == plain)
        };
        for field in ["embeds", "components"] {
            let Some(value) = self.body.get(field) else { continue };
            references(value, field, &mut |path, name| {
                if !exists(name) {
                    let words = format!("The referenced attachment '{name}' was not found.");
                    form.broke(
                        "attachment.unknown",
                        path,
                        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                        &words,
                    );
                }
            });
        }
    }

    fn is_empty(&self) -> bool {
        let body = self.body;
        let has = |field: &str, before: bool| body.get(field).map_or(before, |_| !list(body, field).is_empty());
        if self.is_v2() {
            return !has("components", !self.before.components.is_empty());
        }
        let content = body.get("content").map_or(!self.before.content.is_empty(), |content| {
            content.as_str().is_some_and(|content| !content.trim().is_empty())
        });
        let files = !self.kept.is_empty() || !self.new.is_empty();
        let other =
            has("embeds", !self.before.embeds.is_empty()) || has("components", !self.before.components.is_empty());
        let poll = body.get("poll").is_some_and(|poll| !poll.is_null()) || has("sticker_ids", false);
        !(content || files || other || poll)
    }
}

/// Calls `found` with the path and the name of each `attachment://name` inside a value.
fn references(value: &Value, path: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) if path.ends_with("url") => {
            if let Some(name) = text.strip_prefix("attachment://") {
                found(path, name);
            }
        }
        Value::Array(list) => {
            for (index, one) in list.iter().enumerate() {
                references(one, &format!("{path}.{index}"), found);
            }
        }
        Value::Object(fields) => {
            // Only fields that carry media or nest components: a key of the caller's making must not become a path.
            for field in [
                "components",
                "accessory",
                "items",
                "media",
                "file",
                "url",
                "image",
                "thumbnail",
                "footer",
                "author",
                "icon_url",
            ] {
                if let Some(one) = fields.get(field) {
                    references(one, &format!("{path}.{field}"), found);
                }
            }
        }
        _ => {}
    }
}

/// Two to a hundred messages, none twice, none older than two weeks.
pub(crate) fn check_bulk_delete(ids: &[Id], now: Millis) -> Answer<()> {
    if !(2..=100).contains(&ids.len()) {
        let words = "You can only bulk delete messages that are at least 2 and at most 100.";
        return Err(ApiError::new(400, 50016, words).breaks("bulk_delete.count"));
    }
    if ids.iter().any(|id| snowflake::made_at(*id) + BULK_DELETE_REACH < now) {
        let words = "You can only bulk delete messages that are under 14 days old.";
        return Err(ApiError::new(400, 50034, words).breaks("bulk_delete.age"));
    }
    Ok(())
}

/// A deferred answer may only say that it will be ephemeral.
pub(crate) fn check_deferred(data: &Value) -> Answer<()> {
    let flags = data.get("flags").and_then(Value::as_u64).unwrap_or(0);
    let mut form = Form::default();
    if flags & !EPHEMERAL != 0 {
        let words = "Only the EPHEMERAL flag may be set on a deferred response.";
        form.broke("interaction.deferred_flags", "data.flags", "BASE_TYPE_CHOICES", words);
    }
    if chars(data, "content") > 0 || !list(data, "embeds").is_empty() || !list(data, "components").is_empty() {
        tracing::debug!("a deferred response carries a message, which Discord ignores");
    }
    form.finish()
}
