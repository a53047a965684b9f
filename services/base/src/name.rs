//! Names that people type and everything else trusts.

use crate::Error;

/// Longest name of a server. Fits a completion, a card's title and a phone's width.
pub const SERVER_NAME_LIMIT: usize = 32;

/// Declares a type of name: its documentation, its longest length, whose name it is ("A server's name"), and an example.
///
/// Such a name is of `a–z`, `0–9`, `-`, `_` and `.`, and begins with a letter or a digit; what is typed in capitals is kept small.
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $whose:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
            ::schemars::JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                $crate::name::read(text, $limit, $whose, $example).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Error;

            fn try_from(text: String) -> Result<Self, $crate::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

named!(
    /// A server's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    ServerName,
    SERVER_NAME_LIMIT,
    "A server's name",
    "web-1"
);

/// Reads a name; see [`named!`](crate::named).
///
/// # Errors
/// One sentence: the rule, and a name close to what was typed that keeps it, or else the example.
pub fn read(typed: &str, limit: usize, whose: &str, example: &str) -> Result<String, Error> {
    let name = typed.trim().to_lowercase();
    let fits = (1..=limit).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(is_letter);
    if fits {
        return Ok(name);
    }
    let close = close(&name, limit, '-');
    let example = if close.is_empty() { example } else { &close };
    Err(Error::Invalid(format!("{whose} is 1 to {limit} letters, digits, `-`, `_` or `.`, for example `{example}`.")))
}

/// Whether it may stand in a name.
pub(crate) fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.".contains(letter)
}

/// What of this could be a name; empty if nothing.
pub(crate) fn close(typed: &str, limit: usize, filler: char) -> String {
    let mut close: String = typed
        .chars()
        .map(|letter| if is_letter(letter) { letter } else { filler })
        .skip_while(|letter| !letter.is_ascii_alphanumeric())
        .take(limit)
        .collect();
    close.truncate(close.trim_end_matches(filler).len());
    close
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_in_lower_case() {
        assert_eq!(" Web-1 ".parse::<ServerName>().unwrap().as_str(), "web-1");
    }

    #[test]
    fn a_bad_name_is_answered_with_one_that_would_do() {
        let long = "x".repeat(200);
        for (typed, example) in [
            ("my box", "`my-box`"),
            ("", "`web-1`"),
            ("`rm -rf /`", "`rm--rf`"),
            ("日本", "`web-1`"),
            (long.as_str(), "`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`"),
        ] {
            let complaint = typed.parse::<ServerName>().unwrap_err().to_string();
            assert!(complaint.ends_with(&format!("for example {example}.")), "{typed}: {complaint}");
        }
    }
}
