//! What a message may hold.
//!
//! Documented under "Message Resource": "Create Message", "Edit Message", "Message Flags", "Bulk Delete Messages", and under
//! "Reference › Uploading Files". What Discord takes and ignores, a bot cannot have meant: that passes, and is remarked upon.

use super::types::{given, says_something};
use super::{cards, chars, components, embeds, list, mentions};
use crate::clock::Millis;
use crate::errors::{Answer, ApiError, Form, join};
use crate::snowflake::{self, Id};
use crate::world::attachments::plain_name;
use crate::world::messages::{COMPONENTS_V2, EPHEMERAL, Message, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS};
use serde_json::Value;

const CONTENT: usize = 2000;
const FILES: usize = 10;
const NONCE: usize = 25;
/// Bulk deletion reaches back two weeks.
const BULK_DELETE_REACH: Millis = 14 * 24 * 60 * 60 * 1000;
/// Messages that say something by sound; not served here.
const VOICE_MESSAGE: u64 = 1 << 13;

/// A rule a bot broke where Discord says nothing, and what it did.
pub(crate) type Remark = (&'static str, String);

/// A change to a message, before it is made.
pub(crate) struct Proposal<'a> {
    pub(crate) before: &'a Message,
    pub(crate) body: &'a Value,
    /// Names of the files it keeps, and of those it adds.
    pub(crate) kept: Vec<String>,
    pub(crate) new: Vec<String>,
    /// Indexes in `attachments` that name neither a file of the message nor one that came along.
    pub(crate) lost: Vec<usize>,
    /// Names of files that came along and that `attachments`, which is there, leaves out.
    pub(crate) unlisted: Vec<String>,
}

impl Proposal<'_> {
    pub(crate) fn check(&self) -> Answer<Vec<Remark>> {
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
            Some(_) => form.broke("message.nonce", "nonce", "NONCE_TYPE_TOO_LONG", "Must be a string or an integer."),
        }
        for field in ["tts", "enforce_nonce"] {
            form.boolean("", body, field);
        }
        form.list("", body, "components");
        if given(body, "flags").is_some_and(|flags| flags.as_u64().is_none()) {
            form.broke("field.type", "flags", "NUMBER_TYPE_COERCE", "Value is not int.");
        }
        self.check_attachments(&mut form);
        mentions::check(&mut form, body);
        embeds::check(&mut form, body);
        self.check_components(&mut form);
        self.check_references(&mut form);
        form.finish()?;
        self.check_served()?;
        if self.is_empty() { Err(ApiError::empty_message()) } else { Ok(self.remarks()) }
    }

    fn is_new(&self) -> bool {
        self.before.id == 0
    }

    fn flags(&self) -> u64 {
        self.body.get("flags").and_then(Value::as_u64).unwrap_or(self.before.flags) | (self.before.flags & EPHEMERAL)
    }

    fn is_v2(&self) -> bool {
        (self.flags() | self.before.flags) & COMPONENTS_V2 != 0
    }

    fn check_attachments(&self, form: &mut Form) {
        form.list("", self.body, "attachments");
        let metas = list(self.body, "attachments");
        for (index, meta) in metas.iter().enumerate() {
            let at = format!("attachments.{index}");
            if given(meta, "id").is_none() {
                form.required(&join(&at, "id"));
                continue;
            }
            form.snowflake(&at, meta, "id");
            form.text("attachment.filename", &at, meta, "filename", (1, 1024));
            form.text("attachment.description", &at, meta, "description", (0, 1024));
            if self.lost.contains(&index) {
                form.broke("attachment.unknown", &at, "ATTACHMENT_NOT_FOUND", "Attachment data not found");
            }
        }
        let ids: Vec<Value> = metas.iter().filter_map(|meta| meta.get("id").cloned()).collect();
        form.unique("attachment.unique", "attachments", &ids);
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
            Some(_) => says_something(self.body, field),
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
        for field in ["embeds", "components"] {
            let Some(value) = self.body.get(field) else { continue };
            references(value, field, &mut |path, name| {
                if !self.kept.iter().chain(&self.new).any(|file| is_called(file, name)) {
                    let words = format!("The referenced attachment '{name}' was not found.");
                    let code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND";
                    form.broke("attachment.unknown", path, code, &words);
                }
            });
        }
    }

    /// What Discord has and the sandbox has not.
    fn check_served(&self) -> Answer<()> {
        let fields = [
            ("poll", "polls"),
            ("sticker_ids", "stickers"),
            ("shared_client_theme", "client themes"),
            ("thread_name", "threads made by webhooks"),
        ];
        if let Some((_, what)) = fields.iter().find(|(field, _)| says_something(self.body, field)) {
            return Err(ApiError::unsupported(what));
        }
        let missing = ["duration_secs", "waveform", "is_remix", "is_spoiler"];
        let metas = list(self.body, "attachments");
        if let Some(field) = missing.iter().find(|field| metas.iter().any(|meta| says_something(meta, field))) {
            return Err(ApiError::unsupported(&format!("the field `{field}` of attachments")));
        }
        if self.flags() & VOICE_MESSAGE != 0 {
            return Err(ApiError::unsupported("voice messages"));
        }
        Ok(())
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
        !(content || files || other)
    }

    /// What Discord would take and ignore.
    fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let sent = self.body.get("flags").and_then(Value::as_u64).unwrap_or(0);
        let chosen = match (self.is_new(), self.before.interaction.is_some()) {
            (true, true) => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL,
            (true, false) => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
            (false, _) => SUPPRESS_EMBEDS | COMPONENTS_V2 | self.before.flags,
        };
        if sent & !chosen & EPHEMERAL != 0 && self.before.interaction.is_some() {
            // What was meant for one person is read by all.
            let words = "an answer everybody sees cannot be made ephemeral afterwards";
            remarks.push(("interaction.ephemeral_fixed", words.to_owned()));
        } else if sent & !chosen != 0 {
            let words = format!("the flags {} cannot be set here, so Discord ignores them", sent & !chosen);
            remarks.push(("message.flags", words));
        }
        for name in &self.unlisted {
            remarks.push(("attachment.unlisted", format!("`{name}` came along, and `attachments` does not list it")));
        }
        if self.is_v2() {
            let mut used = Vec::new();
            references(&self.body["components"], "components", &mut |_, name| used.push(name.to_owned()));
            for name in self.new.iter().filter(|file| !used.iter().any(|name| is_called(file, name))) {
                remarks.push(("attachment.unused", format!("no component shows `{name}`, so nobody sees it")));
            }
        }
        remarks
    }
}

/// Is this the file an `attachment://name` means?
fn is_called(file: &str, name: &str) -> bool {
    file == name || plain_name(file) == plain_name(name)
}

/// Calls `found` with the path and the name of each `attachment://name` inside a value.
fn references(value: &Value, path: &str, found: &mut impl FnMut(&str, &str)) {
    // Only fields that carry media or nest components: a key of the caller's making must not become a path.
    const CARRIERS: [&str; 11] = [
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
    ];
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
            for field in CARRIERS {
                if let Some(one) = fields.get(field) {
                    references(one, &format!("{path}.{field}"), found);
                }
            }
        }
        _ => {}
    }
}

/// Two to a hundred messages, none twice, none older than two weeks.
pub(crate) fn check_bulk_delete(body: &Value, now: Millis) -> Answer<Vec<Id>> {
    let mut form = Form::default();
    if given(body, "messages").is_none() {
        form.required("messages");
    }
    form.list("", body, "messages");
    let all = list(body, "messages");
    if body.get("messages").is_some_and(Value::is_array) {
        form.length("bulk_delete.count", "messages", all.len(), (2, 100));
    }
    form.unique("bulk_delete.unique", "messages", all);
    for (index, id) in all.iter().enumerate().filter(|(_, id)| snowflake::parse(id).is_none()) {
        let words = format!("Value {id} is not snowflake.");
        form.broke("field.type", &format!("messages.{index}"), "NUMBER_TYPE_COERCE", &words);
    }
    form.finish()?;
    let ids: Vec<Id> = all.iter().filter_map(snowflake::parse).collect();
    if ids.iter().any(|id| snowflake::made_at(*id) + BULK_DELETE_REACH < now) {
        let words = "You can only bulk delete messages that are under 14 days old.";
        return Err(ApiError::new(400, 50034, words).breaks("bulk_delete.age"));
    }
    Ok(ids)
}

/// A deferred answer may only say that it will be ephemeral; whatever else it carries is lost.
pub(crate) fn check_deferred(data: &Value) -> Answer<Option<Remark>> {
    let flags = data.get("flags").and_then(Value::as_u64).unwrap_or(0);
    let mut form = Form::default();
    if flags & !EPHEMERAL != 0 {
        let words = "Only the EPHEMERAL flag may be set on a deferred response.";
        form.broke("interaction.deferred_flags", "data.flags", "BASE_TYPE_CHOICES", words);
    }
    form.finish()?;
    let lost = chars(data, "content") > 0 || ["embeds", "components"].iter().any(|field| says_something(data, field));
    let words = "a deferred response carries a message, which Discord ignores".to_owned();
    Ok(lost.then_some(("interaction.deferred_data", words)))
}
