//! Replies that staff use again and again, with variables that each ticket fills.

mod list;
mod remove;
mod set;

use base::{Error, Result, card::code};

pub use list::ListSavedReplies;
pub use remove::RemoveSavedReply;
pub use set::SetSavedReply;

/// Replies that a guild keeps, and characters of a name.
const MOST: i64 = 100;
const NAME: usize = 40;
/// What can be filled in.
const VARIABLES: [&str; 5] = ["member", "ticket", "category", "staff", "server"];

/// What stands for the variables in one ticket.
pub(crate) struct Fills {
    pub(crate) member: String,
    pub(crate) ticket: String,
    pub(crate) category: String,
    pub(crate) staff: String,
    pub(crate) server: String,
}

impl Fills {
    fn of(&self, variable: &str) -> Option<&str> {
        Some(match variable {
            "member" => &self.member,
            "ticket" => &self.ticket,
            "category" => &self.category,
            "staff" => &self.staff,
            "server" => &self.server,
            _ => return None,
        })
    }
}

/// People's words as they are shown among ours: they name nobody, so nobody is called or seems to be.
pub(crate) fn quiet(text: &str) -> String {
    let shown = text.chars().filter(|letter| *letter == '\n' || !base::card::is_hidden(*letter)).collect::<String>();
    shown.replace('@', "@\u{2060}").replace("<#", "<\u{2060}#")
}

/// A reply with its variables filled, and nothing else of it changed.
pub(crate) fn fill(text: &str, fills: &Fills) -> Result<String> {
    let mut filled = String::new();
    for part in parts(text)? {
        match part {
            Part::Text(text) => filled.push_str(&quiet(text)),
            Part::Variable(name) => filled.push_str(fills.of(name).unwrap_or_default()),
        }
    }
    Ok(filled)
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// A reply in parts; a variable that nobody knows is an error and no text.
fn parts(text: &str) -> Result<Vec<Part<'_>>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        let is_name = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphabetic() || letter == b'_');
        if !is_name {
            // Braces of something else, such as code.
            let end = rest.len() - after.len();
            parts.push(Part::Text(&rest[..end]));
            rest = after;
            continue;
        }
        if !VARIABLES.contains(&name) {
            let known: Vec<String> = VARIABLES.iter().map(|one| format!("`{{{one}}}`")).collect();
            return Err(Error::Invalid(format!(
                "{} stands for nothing here. What is filled in: {}. Nothing was changed.",
                code(format!("{{{name}}}")),
                known.join(", ")
            )));
        }
        parts.push(Part::Text(before));
        parts.push(Part::Variable(name));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fills() -> Fills {
        Fills {
            member: "<@1>".to_owned(),
            ticket: "#7 `x`".to_owned(),
            category: "Billing".to_owned(),
            staff: "<@2>".to_owned(),
            server: "Crew".to_owned(),
        }
    }

    #[test]
    fn variables_are_filled_and_what_is_filled_in_is_not_read_again() {
        let filled = fill("Hello {member}, {ticket} is with {category} of {server}. {staff}", &fills()).unwrap();
        assert_eq!(filled, "Hello <@1>, #7 `x` is with Billing of Crew. <@2>");
        let sly = Fills { category: "{staff}".to_owned(), ..fills() };
        assert_eq!(fill("{category}", &sly).unwrap(), "{staff}");
    }

    #[test]
    fn a_variable_that_nobody_knows_is_an_error_and_other_braces_are_text() {
        let Err(error) = fill("Hello {name}", &fills()) else { panic!("it was filled") };
        assert!(error.to_string().contains("`{name}`") && error.to_string().contains("`{member}`"), "{error}");
        for text in ["{", "}", "{}", "a { b } c", "{ \"a\": 1 }", "{member"] {
            assert_eq!(fill(text, &fills()).unwrap(), text);
        }
    }

    #[test]
    fn nothing_in_a_reply_names_anybody() {
        let filled = fill("@everyone <@5> <@&6> <#7> {member}", &fills()).unwrap();
        for named in ["@everyone", "<@5>", "<@&6>", "<#7>"] {
            assert!(!filled.contains(named), "{filled}");
        }
        assert!(filled.ends_with("<@1>"));
    }

    proptest! {
        #[test]
        fn whatever_is_kept_is_refused_or_filled_and_names_nobody_of_its_own(text in "[a-z{}<@#& ]{0,40}") {
            if let Ok(filled) = fill(&text, &Fills { member: String::new(), staff: String::new(), ..fills() }) {
                let is_quiet = |(at, _): (usize, &str)| filled[at + 2..].starts_with('\u{2060}');
                let all_quiet = filled.match_indices("<@").all(is_quiet);
                prop_assert!(all_quiet, "{filled}");
            }
        }
    }
}
