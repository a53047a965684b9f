//! Translations of names and descriptions: known locales only, each text as short as what it translates.
//!
//! Documented under "Application Commands › Localization" and "Reference › Locales".

use super::commands::check_pattern;
use super::types::given;
use crate::errors::{Form, join};
use serde_json::Value;

/// Discord's locales.
const LOCALES: [&str; 34] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko", "ar",
    "he",
];

/// What a translated text is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of a slash command or of an option: a pattern, and lower case.
    Name,
    /// Anything else of at most this many characters.
    Text(usize),
}

pub(crate) fn check(form: &mut Form, at: &str, of: &Value, field: &str, kind: Kind) {
    form.object(at, of, field);
    let Some(all) = given(of, field).and_then(Value::as_object) else { return };
    let path = join(at, field);
    for (locale, text) in all {
        // The key is the caller's: only a known one becomes part of a path.
        let Some(known) = LOCALES.iter().find(|known| *known == locale) else {
            let words = format!("Value must be one of {{'{}'}}.", LOCALES.join("', '"));
            form.broke("command.locale", &path, "ENUM_TYPE_COERCE", &words);
            continue;
        };
        let path = join(&path, known);
        let Some(text) = text.as_str() else {
            form.broke("field.type", &path, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            continue;
        };
        match kind {
            Kind::Name => {
                form.length("command.localisation", &path, text.chars().count(), (1, 32));
                check_pattern(form, "command.localisation", &path, text);
            }
            Kind::Text(most) => form.length("command.localisation", &path, text.chars().count(), (1, most)),
        }
    }
}
