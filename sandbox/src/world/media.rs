//! The finishing of a message: `attachment://name` becomes the file's address, components get their ids.

use super::World;
use super::messages::Message;
use crate::rules::kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl World {
    pub(crate) fn finish_embeds(&self, message: &mut Message) {
        let mut embeds = std::mem::take(&mut message.embeds);
        for embed in &mut embeds {
            for field in embed.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
                with_default(field, "inline", json!(false));
            }
            without_nulls(embed);
            embed["type"] = json!("rich");
            for (part, field) in
                [("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url")]
            {
                let Some(slot) = embed.get_mut(part).filter(|slot| slot.is_object()) else { continue };
                let Some(url) = slot.get(field).and_then(Value::as_str) else { continue };
                let url = self.address(message, url).unwrap_or_else(|| url.to_owned());
                slot[format!("proxy_{field}").as_str()] = json!(url);
                slot[field] = json!(url);
            }
        }
        message.embeds = embeds;
    }

    pub(crate) fn finish_components(&self, message: &mut Message) {
        let mut components = std::mem::take(&mut message.components);
        let mut taken = BTreeSet::new();
        crate::rules::components::walk(&components, &mut |one| {
            taken.extend(one.get("id").and_then(Value::as_u64));
        });
        let mut next = 1;
        for one in &mut components {
            self.finish_component(message, one, &mut next, &taken);
        }
        message.components = components;
    }

    fn finish_component(&self, message: &Message, one: &mut Value, next: &mut u64, taken: &BTreeSet<u64>) {
        without_nulls(one);
        if one.get("id").and_then(Value::as_u64).is_none_or(|id| id == 0) {
            while taken.contains(next) {
                *next += 1;
            }
            one["id"] = json!(*next);
            *next += 1;
        }
        match kind(one) {
            11 => {
                self.resolve(message, one, "media");
                with_default(one, "description", Value::Null);
            }
            13 => self.resolve_file(message, one),
            12 => {
                for item in one.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
                    self.resolve(message, item, "media");
                    with_default(item, "spoiler", json!(false));
                    with_default(item, "description", Value::Null);
                }
            }
            14 => {
                with_default(one, "spacing", json!(1));
                with_default(one, "divider", json!(true));
            }
            17 => {
                with_default(one, "spoiler", json!(false));
                with_default(one, "accent_color", Value::Null);
            }
            select if crate::rules::selects::is_select(select) => {
                with_default(one, "min_values", json!(1));
                with_default(one, "max_values", json!(1));
            }
            _ => {}
        }
        if kind(one) == 11 || kind(one) == 13 {
            with_default(one, "spoiler", json!(false));
        }
        for inner in one.get_mut("components").and_then(Value::as_array_mut).into_iter().flatten() {
            self.finish_component(message, inner, next, taken);
        }
        if let Some(inner) = one.get_mut("accessory").filter(|inner| inner.is_object()) {
            self.finish_component(message, inner, next, taken);
        }
    }

    fn resolve(&self, message: &Message, of: &mut Value, field: &str) {
        let Some(url) = of.pointer(&format!("/{field}/url")).and_then(Value::as_str) else { return };
        let file = self.named_file(message, url);
        of[field] = match file {
            Some(file) => file.media(),
            // What is elsewhere in the world stays there: the sandbox fetches nothing.
            None => {
                json!({"id": message.channel.to_string(), "url": url, "proxy_url": url, "width": null, "height": null,
                "content_type": null, "loading_state": 0, "flags": 0})
            }
        };
    }

    fn resolve_file(&self, message: &Message, one: &mut Value) {
        let url = one.pointer("/file/url").and_then(Value::as_str).unwrap_or_default().to_owned();
        let file = self.named_file(message, &url);
        one["name"] = json!(file.map(|file| file.filename.clone()));
        one["size"] = json!(file.map(|file| file.bytes.len()));
        self.resolve(message, one, "file");
    }

    fn address(&self, message: &Message, url: &str) -> Option<String> {
        url.starts_with("attachment://")
            .then(|| self.named_file(message, url))?
            .map(super::attachments::Attachment::url)
    }

    /// The file an `attachment://name`, or the address of one of the message's own files, means.
    fn named_file(&self, message: &Message, url: &str) -> Option<&super::attachments::Attachment> {
        let files = || message.files.iter().filter_map(|id| self.attachments.get(id));
        match url.strip_prefix("attachment://") {
            // The newest first: an edit that brings a file of the same name means that one.
            Some(name) => files().rev().find(|file| file.is_called(name)),
            None => files().find(|file| url.starts_with(&file.url())),
        }
    }
}

/// Discord answers without the fields that were sent as null.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn with_default(of: &mut Value, field: &str, otherwise: Value) {
    if let Some(fields) = of.as_object_mut() {
        fields.entry(field).or_insert(otherwise);
    }
}
