//! Components V2: what may stand in what, at most 40 components, at most 4,000 characters.

use super::components::{BUTTON, ROW, Used, check_button, check_row, walk, wrong_type};
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
    check_ids(form, components);
}

fn check_container(form: &mut Form, at: &str, container: &Value, used: &mut Used) {
    form.number("container.accent_color", at, container, "accent_color", (0, 0xff_ffff));
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
        TEXT_DISPLAY => form.needed_text("text_display.content", at, one, "content", (1, TEXT)),
        GALLERY => {
            let items = list(one, "items");
            form.length("gallery.length", &join(at, "items"), items.len(), (1, 10));
            for (index, item) in items.iter().enumerate() {
                check_media(form, &format!("{at}.items.{index}"), item, "media");
            }
        }
        FILE => {
            check_media(form, at, one, "file");
            let url = one.pointer("/file/url").and_then(Value::as_str).unwrap_or_default();
            if !url.is_empty() && !url.starts_with("attachment://") && !url.starts_with("https://cdn.discordapp.com/") {
                let words = "File components only support attachment:// references.";
                form.broke(
                    "file.reference",
                    &format!("{at}.file.url"),
                    "UNFURLED_MEDIA_ITEM_REQUIRES_ATTACHMENT",
                    words,
                );
            }
        }
        SEPARATOR => form.number("separator.spacing", at, one, "spacing", (1, 2)),
        _ => wrong_type(form, at, allowed),
    }
}

fn check_section(form: &mut Form, at: &str, section: &Value, used: &mut Used) {
    let texts = list(section, "components");
    form.length("section.length", &join(at, "components"), texts.len(), (1, 3));
    for (index, text) in texts.iter().enumerate() {
        let at = format!("{at}.components.{index}");
        if kind(text) == TEXT_DISPLAY {
            form.needed_text("text_display.content", &at, text, "content", (1, TEXT));
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

fn check_media(form: &mut Form, at: &str, of: &Value, field: &str) {
    form.text("media.description", at, of, "description", (1, 1024));
    let path = format!("{at}.{field}.url");
    match of.pointer(&format!("/{field}/url")).and_then(Value::as_str) {
        None => form.required(&path),
        Some(url) if ["http://", "https://", "attachment://"].iter().any(|scheme| url.starts_with(scheme)) => {
            form.length("media.url", &path, url.chars().count(), (1, 2048));
        }
        Some(_) => form.broke("media.url", &path, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
    }
}

/// A component's `id` may be chosen, but only once in a message.
fn check_ids(form: &mut Form, components: &[Value]) {
    let mut used = std::collections::BTreeSet::new();
    let mut twice = false;
    walk(components, &mut |one| {
        if let Some(id) = one.get("id").and_then(Value::as_u64).filter(|id| *id != 0) {
            twice |= !used.insert(id);
        }
    });
    if twice {
        form.broke("component.id_unique", "components", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
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
