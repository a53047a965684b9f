//! Which servers are meant: those with a tag, or these.

use std::{collections::BTreeSet, fmt, str::FromStr};

use base::{Error, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a selection by tag begins with.
const TAG: &str = "tag:";
/// The most servers one command is run on at a time.
pub(crate) const MOST: usize = 100;

/// Several servers, as people type them: `tag:web`, or `web-1, web-2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Selection {
    /// Every server with this tag, as they are at the moment it is done.
    Tag(String),
    /// These, each once.
    Names(Vec<ServerName>),
}

impl FromStr for Selection {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(tag) =
            text.get(..TAG.len()).filter(|head| head.eq_ignore_ascii_case(TAG)).map(|_| &text[TAG.len()..])
        {
            let tag = tag.trim().to_lowercase();
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            if tag.is_empty() || tag.len() > base::name::SERVER_NAME_LIMIT || !tag.chars().all(fits) {
                let said = code(text);
                return Err(Error::Invalid(format!("{said} names no tag. One looks like `tag:web`. Nothing was run.")));
            }
            return Ok(Self::Tag(tag));
        }
        let mut seen = BTreeSet::new();
        let mut names = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name: ServerName = name.parse()?;
            if seen.insert(name.clone()) {
                names.push(name);
            }
        }
        match names.len() {
            0 => Err(Error::Invalid(
                "That names no server. Name one, several such as `web-1, web-2`, or a tag such as `tag:web`. Nothing was run."
                    .to_owned(),
            )),
            1..=MOST => Ok(Self::Names(names)),
            _ => Err(Error::Invalid(format!("A command runs on at most {MOST} servers at a time. Nothing was run."))),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "{TAG}{tag}"),
            Self::Names(names) => {
                let names: Vec<&str> = names.iter().map(ServerName::as_str).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

impl TryFrom<String> for Selection {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_reads_back_as_it_is_written() {
        for (typed, written) in [
            ("tag:web", "tag:web"),
            (" TAG: Web ", "tag:web"),
            ("web-1, web-2", "web-1, web-2"),
            ("web-2,WEB-1,  web-2,", "web-2, web-1"),
            ("box", "box"),
        ] {
            let selection: Selection = typed.parse().unwrap();
            assert_eq!(selection.to_string(), written);
            assert_eq!(written.parse::<Selection>().unwrap(), selection);
        }
    }

    #[test]
    fn what_selects_nothing_is_refused_in_one_sentence() {
        let many = (0..=MOST).map(|number| format!("h{number}")).collect::<Vec<_>>().join(",");
        for wrong in ["", " , ", "tag:", "tag:a b", "tag:$(id)", "web-1, ../x", many.as_str()] {
            let said = wrong.parse::<Selection>().unwrap_err().to_string();
            assert!(said.ends_with('.'), "{wrong}: {said}");
        }
    }
}
