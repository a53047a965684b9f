//! Which commands somebody wants, as they say it.

use base::{Millis, Result, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::audit::{Entry, Filter, Kind};

use crate::Wanted;

/// Which commands; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Which {
    /// The server they ran on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The id of the person who ran them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// A part of the command line; capitals make no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How they ended: `done`, `failed`, `started`, `cancelled`, `timed_out` or `interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// From this day or moment on, in UTC: `2026-11-21` or `2026-11-21 14:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// To this day or moment, in UTC; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Within this long, such as `24h` or `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

impl Which {
    pub(super) fn filter(&self, now: Millis) -> Result<Filter> {
        let wanted = Wanted {
            person: self.person.clone(),
            target: self.server.clone(),
            outcome: self.outcome.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            within: self.within.clone(),
            ..Wanted::default()
        };
        Ok(Filter { kind: Kind::Commands(self.text.as_deref().and_then(in_json)), ..wanted.filter(now)? })
    }

    /// Whether the line itself says what was asked for: the database looked for it in all of the arguments.
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        let Some(text) = self.text.as_deref() else { return true };
        super::line(entry).is_some_and(|line| line.to_lowercase().contains(&text.trim().to_lowercase()))
    }

    /// What was asked for, in words; empty where that is everything.
    pub(super) fn words(&self) -> Vec<String> {
        let said = |what: &str, value: &Option<String>| value.as_ref().map(|value| format!("{what} {}", code(value)));
        let person = self.person.as_deref().and_then(|person| person.parse().ok()).map(UserId);
        [
            said("on", &self.server),
            person.map(|person| format!("by <@{person}>")),
            said("with", &self.text),
            said("ended", &self.outcome),
            said("since", &self.since),
            said("until", &self.until),
            said("within", &self.within),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Whether it runs something that somebody typed.
pub(super) fn is_command(entry: &Entry) -> bool {
    ["server.run", "container.exec", "server.terminal"].contains(&entry.action.as_str())
        && !["refused", "waiting"].contains(&entry.outcome.as_str())
}

/// A text as it stands inside a JSON text; none of what a database and Rust do not lower alike.
fn in_json(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = Value::from(text).to_string();
    (text.is_ascii() && !text.is_empty()).then(|| quoted[1..quoted.len() - 1].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_for_as_the_log_has_it() {
        assert_eq!(in_json(r#" echo "a\b" "#).as_deref(), Some(r#"echo \"a\\b\""#));
        assert_eq!((in_json("ÄÖ"), in_json("  ")), (None, None), "Rust alone looks for these");
    }
}
