//! Components V2: what may stand in what, at most 40 components, at most 4,000 characters.
//!
//! Documented under "Component Reference": "Section", "Text Display", "Thumbnail", "Media Gallery", "File", "Separator",
//! "Container"; the 40 under "Using Message Components". The 4,000 are in Discord's changelog of the feature.

use super::components::{BUTTON, ROW, Used, check_button, check_ids, check_row, walk, wrong_type};
use super::{chars, kind, list};
use crate::errors::{Form, join};
use serde_json::Value;

pub(crate) const SECTION: u64 = 9;
pub(crate) const TEXT_DISPLAY: u64 = 10;
pub(crate) const THUMBNAIL: u64 = 11;
pub(crate) const GALLERY: u64 = 12;
pub(crate) const FILE: u64 = 13;
pub(crate) const SEPARATOR: u64 = 14;
pub(crate) const CONTAINER: u64 = 17;
const COMPONENTS: usize = 40;
const TEXT: usize = 4000;

pub(crate) fn check(form: &mut Form, body: &Value) {
    let components = list(body, "components");
    let mut used = Used::new();
    for (index, one) in components.iter().enumerate() {
        let at = format!("components.{index}");
        if kind(one) == CONTAINER {
            check_container(form, &at, one, &mut used);
        } else {
            check_child(form, &at, one, &mut used, "(1, 9, 10, 12, 13, 14, 17)");
        }
    }
    let (mut count, mut text) = (0, 0);
    walk(components, &mut |one| {
        count += 1;
        text += if kind(one) == TEXT_DISPLAY { chars(one, "content") } else { 0 };
    });
    if count > COMPONENTS {
        let words = format!("The maximum number of components is {COMPONENTS}. Found {count}.");
        form.broke("components_v2.count", "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", &words);
    }
    if text > TEXT {
        let words = format!("The total displayable text size exceeds the maximum of {TEXT}");
        form.broke("components_v2.text", "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", &words);
    }
    check_ids(form, "components", components);
}

fn check_container(form: &mut Form, at: &str, container: &Value, used: &mut Used) {
    form.number("container.accent_color", at, container, "accent_color", (0, 0xff_ffff));
    form.boolean(at, container, "spoiler");
    form.list(at, container, "components");
    let inside = list(container, "components");
    form.length("container.length", &join(at, "components"), inside.len(), (1, COMPONENTS));
    for (index, one) in inside.iter().enumerate() {
        check_child(form, &format!("{at}.components.{index}"), one, used, "(1, 9, 10, 12, 13, 14)");
    }
}

fn check_child(form: &mut Form, at: &str, one: &Value, used: &mut Used, allowed: &str) {
    match kind(one) {
        ROW => check_row(form, at, one, used),
        SECTION => check_section(form, at, one, used),
        TEXT_DISPLAY => check_text(form, at, one),
        GALLERY => {
            let items = list(one, "items");
            form.length("gallery.length", &join(at, "items"), items.len(), (1, 10));
            for (index, item) in items.iter().enumerate() {
                let at = format!("{at}.items.{index}");
                check_media(form, &at, item, "media");
            }
        }
        FILE => {
            check_media(form, at, one, "file");
            let url = one.pointer("/file/url").and_then(Value::as_str).unwrap_or_default();
            if !url.is_empty() && !url.starts_with("attachment://") {
                let words = "File components only support attachment:// references.";
                let path = format!("{at}.file.url");
                form.broke("file.reference", &path, "UNFURLED_MEDIA_ITEM_REQUIRES_ATTACHMENT", words);
            }
        }
        SEPARATOR => {
            form.choice("separator.spacing", at, one, "spacing", &[1, 2]);
            form.boolean(at, one, "divider");
        }
        _ => wrong_type(form, at, allowed),
    }
}

fn check_section(form: &mut Form, at: &str, section: &Value, used: &mut Used) {
    let texts = list(section, "components");
    form.length("section.length", &join(at, "components"), texts.len(), (1, 3));
    for (index, text) in texts.iter().enumerate() {
        let at = format!("{at}.components.{index}");
        if kind(text) == TEXT_DISPLAY {
            check_text(form, &at, text);
        } else {
            wrong_type(form, &at, "(10,)");
        }
    }
    let at = join(at, "accessory");
    match section.get("accessory") {
        None | Some(Value::Null) => form.required(&at),
        Some(button) if kind(button) == BUTTON => check_button(form, &at, button, used),
        Some(thumbnail) if kind(thumbnail) == THUMBNAIL => check_media(form, &at, thumbnail, "media"),
        Some(_) => wrong_type(form, &at, "(2, 11)"),
    }
}

/// What is only spaces counts as empty.
pub(crate) fn check_text(form: &mut Form, at: &str, display: &Value) {
    form.needed_text("text_display.content", at, display, "content", (1, TEXT));
    let content = display.get("content").and_then(Value::as_str).unwrap_or_default();
    if !content.is_empty() && content.trim().is_empty() {
        form.length("text_display.content", &join(at, "content"), 0, (1, TEXT));
    }
}

fn check_media(form: &mut Form, at: &str, of: &Value, field: &str) {
    form.text("media.description", at, of, "description", (1, 1024));
    form.boolean(at, of, "spoiler");
    let path = format!("{at}.{field}.url");
    match of.pointer(&format!("/{field}/url")).and_then(Value::as_str) {
        None => form.required(&path),
        Some(url) => form.address("media.url", &path, url, &["http", "https", "attachment"]),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::errors::Form;
    use serde_json::{Value, json};

    fn broken(components: &Value) -> Option<&'static str> {
        let mut form = Form::default();
        check(&mut form, &json!({"components": components}));
        form.into_error().rule
    }

    fn text(content: &str) -> Value {
        json!({"type": 10, "content": content})
    }

    #[test]
    fn forty_components_fit_and_forty_one_do_not() {
        let card = |texts: usize| json!([{"type": 17, "components": vec![text("x"); texts]}]);
        assert_eq!(broken(&card(39)), None);
        assert_eq!(broken(&card(40)), Some("components_v2.count"));
    }

    #[test]
    fn four_thousand_characters_are_shared_by_all_texts() {
        let half = |n: usize| text(&"é".repeat(n));
        assert_eq!(broken(&json!([half(2000), half(2000)])), None);
        assert_eq!(broken(&json!([half(2000), half(2001)])), Some("components_v2.text"));
    }

    #[test]
    fn a_section_needs_its_accessory_and_a_container_does_not_nest() {
        assert_eq!(broken(&json!([{"type": 9, "components": [text("x")]}])), Some("field.required"));
        assert_eq!(
            broken(&json!([{"type": 17, "components": [{"type": 17, "components": [text("x")]}]}])),
            Some("components.nesting")
        );
        assert_eq!(
            broken(&json!([{"type": 2, "style": 1, "label": "x", "custom_id": "x"}])),
            Some("components.nesting")
        );
    }

    #[test]
    fn a_custom_id_is_used_once_in_a_message_also_across_rows_and_accessories() {
        let button = json!({"type": 2, "style": 1, "label": "x", "custom_id": "same"});
        let card =
            json!([{"type": 9, "components": [text("x")], "accessory": button}, {"type": 1, "components": [button]}]);
        assert_eq!(broken(&card), Some("component.custom_id_unique"));
    }
}
