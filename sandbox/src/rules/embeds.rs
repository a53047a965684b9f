//! Embeds: ten a message, 6,000 characters over all of them, and a limit for each field.

use super::{chars, list};
use crate::errors::Form;
use serde_json::Value;

const EMBEDS: usize = 10;
const TOTAL: usize = 6000;

pub(crate) fn check(form: &mut Form, body: &Value) {
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
    form.text("embed.url", at, embed, "url", (0, 2048));
    form.number("embed.color", at, embed, "color", (0, 0xff_ffff));
    for (part, field, most) in [("footer", "text", 2048), ("author", "name", 256)] {
        if let Some(value) = embed.get(part).filter(|value| value.is_object()) {
            form.text("embed.part", &format!("{at}.{part}"), value, field, (0, most));
        }
    }
    for (part, field) in
        [("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url"), ("author", "url")]
    {
        let Some(url) = embed.pointer(&format!("/{part}/{field}")).and_then(Value::as_str) else { continue };
        check_url(form, &format!("{at}.{part}.{field}"), url, field != "url" || part != "author");
    }
    let fields = list(embed, "fields");
    form.length("embed.fields", &format!("{at}.fields"), fields.len(), (0, 25));
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{at}.fields.{index}");
        form.needed_text("embed.field_name", &at, field, "name", (1, 256));
        form.needed_text("embed.field_value", &at, field, "value", (1, 1024));
    }
    let has = |field: &str| embed.get(field).is_some_and(|value| !value.is_null());
    let parts = ["title", "description", "image", "thumbnail", "author", "footer", "fields", "url"];
    if size(embed) == 0 && !parts.iter().any(|field| has(field)) {
        form.broke("embed.empty", &format!("{at}.description"), "BASE_TYPE_REQUIRED", "This field is required");
    }
}

/// Media may be `attachment://`; links may not.
fn check_url(form: &mut Form, path: &str, url: &str, media: bool) {
    let known =
        url.starts_with("http://") || url.starts_with("https://") || (media && url.starts_with("attachment://"));
    if url.is_empty() {
        return;
    }
    if !known {
        let words = format!(
            "Scheme \"{}\" is not supported. Scheme must be one of ('http', 'https').",
            url.split(':').next().unwrap_or_default()
        );
        form.broke("embed.url", path, "URL_TYPE_INVALID_SCHEME", &words);
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
