//! Which servers a rule is about.

use std::fmt;

use base::{Error, Result, ServerName, card::code};

const ALL: &str = "all";
const TAG: &str = "tag:";

/// Which servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// Those with this tag, as they are at the moment.
    Tag(String),
    /// This one.
    Server(ServerName),
}

impl Scope {
    /// Reads what was typed, or kept.
    pub(crate) fn read(typed: &str) -> Result<Self> {
        let text = typed.trim().to_lowercase();
        if text == ALL || text == "*" {
            return Ok(Self::All);
        }
        let Some(tag) = text.strip_prefix(TAG) else { return text.parse().map(Self::Server) };
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if tag.is_empty() || tag.len() > base::name::SERVER_NAME_LIMIT || !tag.chars().all(fits) {
            let said = code(typed);
            return Err(Error::Invalid(format!("{said} names no tag. One looks like `tag:web`. Nothing was changed.")));
        }
        Ok(Self::Tag(tag.to_owned()))
    }

    /// Whether it is about a server of this name, with these tags.
    pub(crate) fn fits(&self, server: &str, tags: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Tag(tag) => tags.contains(tag),
            Self::Server(name) => server == name.as_str(),
        }
    }

    /// Of several rules about one thing, what says it more exactly counts.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::Tag(_) => 1,
            Self::Server(_) => 2,
        }
    }

    /// As a person reads it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::All => "all servers".to_owned(),
            Self::Tag(_) | Self::Server(_) => code(self.to_string()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(ALL),
            Self::Tag(tag) => write!(f, "{TAG}{tag}"),
            Self::Server(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_as_it_is_written() {
        for (typed, written) in [("all", "all"), ("*", "all"), (" TAG:Web", "tag:web"), ("Web-1", "web-1")] {
            let scope = Scope::read(typed).unwrap();
            assert_eq!(scope.to_string(), written);
            assert_eq!(Scope::read(written).unwrap(), scope);
        }
        for wrong in ["", "tag:", "tag:a b", "web-1, web-2", "$(id)"] {
            assert!(Scope::read(wrong).is_err(), "{wrong}");
        }
    }
}
