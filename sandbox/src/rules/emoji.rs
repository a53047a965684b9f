//! What counts as an emoji: one Unicode emoji, or a custom one by its id. The sandbox's guild has no custom emoji.

use super::types::given;
use crate::errors::{Form, join};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// A flag, a keycap, or pictures joined into one, with skin tones and tags (UTS #51, `possible_emoji`).
static UNICODE: LazyLock<Regex> = LazyLock::new(|| {
    let picture = r"\p{Extended_Pictographic}(?:\x{FE0F}|\p{Emoji_Modifier})?[\x{E0020}-\x{E007F}]*";
    let pattern = format!(
        r"^(?:\p{{RI}}\p{{RI}}|[0-9#*]\x{{FE0F}}?\x{{20E3}}|\p{{Emoji_Modifier}}|{picture}(?:\x{{200D}}{picture})*)$"
    );
    Regex::new(&pattern).expect("the pattern is a constant that a test compiles")
});

pub(crate) fn is_unicode(text: &str) -> bool {
    UNICODE.is_match(text)
}

/// The `emoji` of a button or of a select's option.
pub(crate) fn check(form: &mut Form, at: &str, of: &Value) {
    form.object(at, of, "emoji");
    let Some(emoji) = given(of, "emoji").filter(|emoji| emoji.is_object()) else { return };
    let known = given(emoji, "id").is_none() && emoji.get("name").and_then(Value::as_str).is_some_and(is_unicode);
    if !known {
        let field = if given(emoji, "id").is_some() { "id" } else { "name" };
        form.broke("component.emoji", &join(at, &format!("emoji.{field}")), "COMPONENT_INVALID_EMOJI", "Invalid emoji");
    }
}

#[cfg(test)]
mod tests {
    use super::is_unicode;

    #[test]
    fn only_a_single_emoji_is_one() {
        for emoji in ["👍", "👍🏽", "❤️", "🇩🇪", "1️⃣", "👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "✓".replace('✓', "✔").as_str()]
        {
            assert!(is_unicode(emoji), "{emoji}");
        }
        for text in ["", "a", "1", "thumbsup", ":thumbsup:", "👍👍", "👍 ", "→"] {
            assert!(!is_unicode(text), "{text}");
        }
    }
}
