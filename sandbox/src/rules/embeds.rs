//! Embeds: ten a message, 6,000 characters over all of them, and a limit for each field.
//!
//! Documented under "Message Resource › Embed Limits". What is only spaces counts as empty: Discord trims before it looks.

use super::types::{REQUIRED, given};
use super::{chars, list};
use crate::clock;
use crate::errors::Form;
use serde_json::Value;

const EMBEDS: usize = 10;
const TOTAL: usize = 6000;
/// Pictures may also be files of the message; links may not.
const MEDIA: [&str; 3] = ["http", "https", "attachment"];
const LINKS: [&str; 2] = ["http", "https"];

pub(crate) fn check(form: &mut Form, body: &Value) {
    form.list("", body, "embeds");
    let embeds = list(body, "embeds");
    form.length("embeds.count", "embeds", embeds.len(), (0, EMBEDS));
    for (index, embed) in embeds.iter().enumerate() {
        one(form, &format!("embeds.{index}"), embed);
    }
    if embeds.iter().map(size).sum::<usize>() > TOTAL {
        for index in 0..embeds.len() {
            let (path, words) = (format!("embeds.{index}"), "Embed size exceeds maximum size of 6000");
            form.broke("embeds.size", &path, "MAX_EMBED_SIZE_EXCEEDED", words);
        }
    }
}

fn one(form: &mut Form, at: &str, embed: &Value) {
    if !embed.is_object() {
        form.broke("field.type", at, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return;
    }
    form.text("embed.title", at, embed, "title", (0, 256));
    form.text("embed.description", at, embed, "description", (0, 4096));
    form.number("embed.color", at, embed, "color", (0, 0xff_ffff));
    link(form, &format!("{at}.url"), embed.get("url"), &LINKS);
    if let Some(text) = given(embed, "timestamp")
        && text.as_str().and_then(clock::parse).is_none()
    {
        let words = format!("Could not parse {text}. Should be ISO8601.");
        form.broke("embed.timestamp", &format!("{at}.timestamp"), "DATE_TIME_TYPE_PARSE", &words);
    }
    for (part, field, most) in [("footer", "text", 2048), ("author", "name", 256)] {
        form.object(at, embed, part);
        if let Some(value) = embed.get(part).filter(|value| value.is_object()) {
            form.spoken("embed.part", &format!("{at}.{part}"), value, field, most);
            link(form, &format!("{at}.{part}.icon_url"), value.get("icon_url"), &MEDIA);
        }
    }
    link(form, &format!("{at}.author.url"), embed.pointer("/author/url"), &LINKS);
    for part in ["image", "thumbnail"] {
        form.object(at, embed, part);
        if let Some(value) = embed.get(part).filter(|value| value.is_object()) {
            let path = format!("{at}.{part}.url");
            match value.get("url").and_then(Value::as_str).unwrap_or_default() {
                "" => form.broke("embed.part", &path, "BASE_TYPE_REQUIRED", REQUIRED),
                _ => link(form, &path, value.get("url"), &MEDIA),
            }
        }
    }
    form.list(at, embed, "fields");
    let fields = list(embed, "fields");
    form.length("embed.fields", &format!("{at}.fields"), fields.len(), (0, 25));
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{at}.fields.{index}");
        form.spoken("embed.field_name", &at, field, "name", 256);
        form.spoken("embed.field_value", &at, field, "value", 1024);
        form.boolean(&at, field, "inline");
    }
    if is_empty(embed) {
        form.broke("embed.empty", &format!("{at}.description"), "BASE_TYPE_REQUIRED", REQUIRED);
    }
}

fn is_empty(embed: &Value) -> bool {
    let silent = |field: &str| embed.get(field).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty());
    let pictures = ["image", "thumbnail", "author", "footer"].iter().any(|part| given(embed, part).is_some());
    silent("title") && silent("description") && !pictures && list(embed, "fields").is_empty()
}

fn link(form: &mut Form, path: &str, url: Option<&Value>, schemes: &[&str]) {
    match url {
        None | Some(Value::Null) => {}
        Some(Value::String(url)) if url.is_empty() => {}
        Some(Value::String(url)) => form.address("embed.url", path, url, schemes),
        Some(_) => form.broke("field.type", path, "STRING_TYPE_CONVERT", "Could not interpret value as string."),
    }
}

/// What counts towards the 6,000: title, description, field names and values, footer, author.
fn size(embed: &Value) -> usize {
    let fields = list(embed, "fields").iter().map(|field| chars(field, "name") + chars(field, "value")).sum::<usize>();
    let part = |part: &str, field: &str| embed.get(part).map_or(0, |part| chars(part, field));
    chars(embed, "title") + chars(embed, "description") + fields + part("footer", "text") + part("author", "name")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::errors::Form;
    use serde_json::json;

    #[test]
    fn embeds_share_six_thousand_characters() {
        let half = |n: usize| json!({"description": "x".repeat(n)});
        let mut form = Form::default();
        check(&mut form, &json!({"embeds": [half(3000), half(3000)]}));
        assert!(form.is_clean());
        check(&mut form, &json!({"embeds": [half(3000), half(3001)]}));
        assert_eq!(form.into_error().rule, Some("embeds.size"));
    }
}
