//! What can go wrong for a person at a client, said so that they know what to type instead.

use std::{path::PathBuf, time::Duration};

use serde_json::Value;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing listens at the page's address, or it does not speak the protocol.
    #[error("no sandbox answers at {url}: {reason}")]
    Unreachable { url: String, reason: String },
    /// Discord's own error body, whole.
    #[error("Discord refused {method} {path}: {status} {body}")]
    Refused { method: String, path: String, status: u16, body: Value },
    #[error("the gateway closed the connection: {reason}")]
    Closed { reason: String },
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// The text of a command that cannot be read at all.
    #[error("{reason}")]
    Malformed { reason: String },
    #[error("`{command}` needs {}", quoted_list(missing))]
    MissingOptions { command: String, missing: Vec<String> },
    #[error("{name} cannot be `{value}`: {wanted}")]
    BadValue { name: String, value: String, wanted: String },
    #[error("\"{label}\" is disabled")]
    Disabled { label: String },
    #[error("no dialog is open")]
    NoModal,
    /// The bot answered too late, not at all, or twice: Discord shows it in red.
    #[error("{what}: the application did not respond")]
    Failed { what: String },
    #[error("waited {} s for {waiting_for}", after.as_secs_f64())]
    TimedOut { waiting_for: String, after: Duration },
    #[error("cannot read {}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
}

/// A name that means nothing here, with the names that would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What was looked for: "command", "option", "button", "channel", …
    pub kind: &'static str,
    pub name: String,
    pub known: Vec<String>,
}

impl Unknown {
    pub(crate) fn new(kind: &'static str, name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut unique = Vec::<String>::new();
        for name in known.into_iter().map(Into::into) {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        Self { kind, name: name.to_owned(), known: unique }
    }

    /// The known name that was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        nearest(&self.name, self.known.iter().map(String::as_str))
    }
}

impl std::error::Error for Unknown {}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no {} \"{}\"", self.kind, self.name)?;
        if let Some(meant) = self.suggestion() {
            write!(f, "; did you mean \"{meant}\"?")?;
        }
        if self.known.is_empty() {
            write!(f, " (there is none at all)")
        } else {
            write!(f, " (there are: {})", quoted_list(&self.known))
        }
    }
}

fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The name closest to `typed`, when it is close enough to be a slip of the finger: a third of its letters.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .map(|name| (distance(&typed, &name.to_lowercase()), name))
        .filter(|(far, name)| *far <= (name.chars().count() / 3).max(1) && *far < typed.chars().count())
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != *b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_says_what_was_meant_and_what_there_is() {
        let unknown = Unknown::new("option", "adress", ["name", "address", "name"]);
        assert_eq!(
            unknown.to_string(),
            "there is no option \"adress\"; did you mean \"address\"? (there are: \"name\", \"address\")"
        );
        assert_eq!(Unknown::new("option", "zzz", ["name"]).suggestion(), None);
        assert_eq!(
            Unknown::new("button", "Yes", [] as [&str; 0]).to_string(),
            "there is no button \"Yes\" (there is none at all)"
        );
    }
}
