//! A path as people type it. Where it leads is the server's to say; see `Spot`.

use std::fmt;

use base::{Error, card::is_hidden};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// As long as a card and a completion can make something of; Linux takes 4,096 bytes.
const LONGEST: usize = 1_024;
/// Linux's own limit for a name.
const LONGEST_NAME: usize = 255;

/// A path on a server: whole, or relative to the one directory that is open there. No `..`, and nothing that shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct FilePath(String);

impl FilePath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins at the top of the file system.
    pub fn is_whole(&self) -> bool {
        self.0.starts_with('/')
    }

    /// What it ends in.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// Whether a path is this directory, or below it; `/opt/app-evil` is not below `/opt/app`.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path's directory and its last name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(both) => both,
        None => (".", path),
    }
}

/// A name in a directory; without one, the directory.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let directory = directory.trim_end_matches('/');
    if name.is_empty() { directory.to_owned() } else { format!("{directory}/{name}") }
}

/// Why people cannot mean a file by this name; none where they can.
pub(crate) fn unspeakable(name: &str) -> Option<&'static str> {
    if name.contains(char::REPLACEMENT_CHARACTER) {
        Some("holds bytes that are no UTF-8")
    } else if name.chars().any(|letter| letter.is_control() || is_hidden(letter)) {
        Some("holds a line break or something else that shows nothing")
    } else {
        None
    }
}

impl std::str::FromStr for FilePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |why: &str| Err(Error::Invalid(format!("{why} Nothing was done.")));
        let path = text.trim();
        if path.is_empty() || path.len() > LONGEST {
            return invalid(&format!("A path has 1 to {LONGEST} characters, such as `/srv/app/config.yml`."));
        }
        if let Some(why) = unspeakable(path) {
            return invalid(&format!("That path {why}: rename the file on its server first."));
        }
        let whole = path.starts_with('/');
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        if names.contains(&"..") {
            return invalid("A path says where it leads, without `..`.");
        }
        if names.iter().any(|name| name.len() > LONGEST_NAME) {
            return invalid(&format!("A name in a path has at most {LONGEST_NAME} bytes."));
        }
        let tidy = names.join("/");
        Ok(Self(if whole { format!("/{tidy}") } else { tidy }))
    }
}

impl TryFrom<String> for FilePath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The original compared texts: `/opt/app` opened `/opt/app-evil`, too.
    #[test]
    fn a_directory_is_not_every_path_that_begins_with_its_name() {
        assert!(is_within("/opt/app", "/opt/app") && is_within("/opt/app/a/b", "/opt/app") && is_within("/a", "/"));
        for outside in ["/opt/app-evil", "/opt/app-evil/x", "/opt", "/", "/opt/ap", "/srv/opt/app"] {
            assert!(!is_within(outside, "/opt/app"), "{outside}");
        }
    }

    #[test]
    fn a_path_is_kept_tidy_and_refused_where_it_could_hide_something() {
        let read = |text: &str| text.parse::<FilePath>().map(|path| path.0);
        assert_eq!(read(" /srv//app/./a.yml/ ").unwrap(), "/srv/app/a.yml");
        assert_eq!(read("conf/a.yml").unwrap(), "conf/a.yml");
        assert_eq!(read("/srv/...").unwrap(), "/srv/...");
        let long = "x".repeat(256);
        for wrong in ["", "  ", "/srv/../etc", "..", "/a\nb", "/a\0b", "/a\u{202e}b", "/a\u{fffd}b", long.as_str()] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_path_is_split_and_joined_at_its_last_name() {
        for path in ["/a", "/srv/app/a.yml"] {
            let (directory, name) = split(path);
            assert_eq!(join(directory, name), path);
        }
    }
}
