//! A folder on a server, and how an argument reaches a shell that we do not choose.
//!
//! **Invariant:** what is not read alike by every login shell (sh, bash, zsh, fish, csh) is refused, never escaped.

use std::fmt;

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const LONGEST: usize = 255;

/// A whole path, without `..`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Folder(String);

impl Folder {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Folder {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let path = text.trim();
        let is_whole = path.starts_with('/') && path.len() <= LONGEST && path.split('/').all(|part| part != "..");
        if is_whole && quoted(path).is_some() {
            return Ok(Self(path.to_owned()));
        }
        Err(Error::Invalid(format!(
            "{} is no folder that I use: a whole path without `..`, quotes, `\\` or `!`, such as `/srv/shop`. Nothing was done.",
            code(text)
        )))
    }
}

impl TryFrom<String> for Folder {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Folder> for String {
    fn from(folder: Folder) -> Self {
        folder.0
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An argument in single quotes; none where a shell would read it otherwise. It is the only way of one into a line.
pub(super) fn quoted(argument: &str) -> Option<String> {
    let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '\'' | '\\' | '!');
    argument.chars().all(is_plain).then(|| format!("'{argument}'"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn every_login_shell_reads_a_quoted_argument_as_it_is() {
        let argument = "/srv/a b/$(id)`id`;&|<>*?[x]{y}~#\"%^=é,${HOME}";
        let line = format!("printf %s {}", quoted(argument).unwrap());
        for shell in ["sh", "bash", "zsh", "fish", "tcsh"] {
            // A machine without one of them still tests the rest; the peers install all.
            let Ok(printed) = Command::new(shell).args(["-c", &line]).output() else { continue };
            assert_eq!(String::from_utf8_lossy(&printed.stdout), argument, "{shell}");
        }
        for wrong in ["it's", r"a\b", "a!b", "a\nb", "a\0b"] {
            assert_eq!(quoted(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_folder_is_a_whole_path_that_stays_where_it_says() {
        assert!("/srv/my shop".parse::<Folder>().is_ok());
        for wrong in ["", "srv", "/srv/../etc", "/srv/it's", "~/shop", "/srv/a\nb"] {
            assert!(wrong.parse::<Folder>().is_err(), "{wrong}");
        }
    }
}
