//! The script's language: one step a line, all problems of all lines at once.

use std::{path::PathBuf, time::Duration};

use super::fault;
use crate::{
    Fault,
    client::{
        nearest,
        quotes::{Escapes, quoted},
    },
};

/// How long `expect` waits where it does not say.
const PATIENCE: Duration = Duration::from_secs(10);
const VERBS: [&str; 9] = ["fill", "press", "choose", "say", "in", "type", "give", "take", "make"];

/// A conversation, ready to be played.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// From 1.
    pub(crate) line: usize,
    /// As it is written.
    pub(crate) text: String,
    pub(crate) action: Action,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Act { account: String, act: Act },
    Expect { within: Duration, text: String },
    Refuse { text: String },
    Fault(Fault),
    Heal,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    Slash(String),
    Fill(Vec<(String, Filling)>),
    Press(String),
    Choose { menu: String, option: String },
    Say(String),
    Go(Place),
    Type(String),
    Give { person: String, role: String },
    Make { kind: u64, name: String },
    Take { person: String, role: String },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filling {
    Text(String),
    File(PathBuf),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Channel(String),
    NewestThread,
}

/// Every line that cannot be played, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub problems: Vec<Problem>,
}

/// One line that cannot be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    pub reason: String,
}

impl std::error::Error for ParseError {}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<_> = self.problems.iter().map(|p| format!("line {}: {}", p.line, p.reason)).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Reads a script, or says what is wrong with every line that is wrong.
pub fn parse(source: &str) -> Result<Script, ParseError> {
    let (mut steps, mut problems) = (Vec::new(), Vec::new());
    for (at, text) in source.trim_start_matches('\u{feff}').lines().enumerate() {
        let (line, text) = (at + 1, text.trim());
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match action(text) {
            Ok(action) => steps.push(Step { line, text: text.to_owned(), action }),
            Err(reason) => problems.push(Problem { line, reason }),
        }
    }
    if problems.is_empty() { Ok(Script { steps }) } else { Err(ParseError { problems }) }
}

fn action(text: &str) -> Result<Action, String> {
    if let Some(rest) = keyword(text, "expect") {
        let (within, rest) = match rest.split_once(char::is_whitespace) {
            Some((word, after)) if !word.starts_with(['"', '\'']) => (duration(word)?, after.trim()),
            _ => (PATIENCE, rest),
        };
        return Ok(Action::Expect { within, text: only_text(rest, "expect")? });
    }
    if let Some(rest) = keyword(text, "refuse") {
        return Ok(Action::Refuse { text: only_text(rest, "refuse")? });
    }
    if let Some(rest) = keyword(text, "fault") {
        return fault::read(rest).map(Action::Fault);
    }
    if text == "heal" {
        return Ok(Action::Heal);
    }
    let named =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match text.split_once(':') {
        Some((account, rest)) if named(account) => {
            Ok(Action::Act { account: account.to_owned(), act: act(rest.trim(), account)? })
        }
        _ => Err(format!("a step is `account: …`, `expect \"…\"`, `refuse \"…\"`, `fault …` or `heal`, not `{text}`")),
    }
}

fn act(text: &str, account: &str) -> Result<Act, String> {
    if text.starts_with('/') {
        return command(text).map(Act::Slash);
    }
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match verb {
        "fill" => fill(rest).map(Act::Fill),
        "press" => only_text(rest, "press").map(Act::Press),
        "choose" => {
            let (menu, rest) = label(rest)?;
            let option = only_text(rest.trim_start(), "choose \"menu\"=")?;
            Ok(Act::Choose { menu, option })
        }
        "say" => said(rest).map(Act::Say),
        "in" => place(rest).map(Act::Go),
        "type" if rest.starts_with('/') => command(rest).map(Act::Type),
        "type" => Err("`type` is followed by a command, as in `type /server run server:bo`".into()),
        "give" => whom(rest, "give").map(|(person, role)| Act::Give { person, role }),
        "take" => whom(rest, "take").map(|(person, role)| Act::Take { person, role }),
        "make" => made(rest).map(|(kind, name)| Act::Make { kind, name }),
        "" => Err(format!("`{account}:` is followed by what {account} does")),
        _ => {
            let meant =
                nearest(verb, VERBS.into_iter()).map(|verb| format!("; did you mean `{verb}`?")).unwrap_or_default();
            Err(format!("nobody can `{verb}`{meant} (a /command, {})", VERBS.join(", ")))
        }
    }
}

/// What follows a word at the line's start; `None` where the line starts with another.
fn keyword<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    ends.then(|| rest.trim())
}

/// One quoted text and nothing else.
fn only_text(text: &str, after: &str) -> Result<String, String> {
    match quoted(text, Escapes::Lines) {
        Some(read) => match read? {
            (value, "") if value.is_empty() => Err(format!("`{after}` is followed by a text that is not empty")),
            (value, "") => Ok(value),
            (_, rest) => Err(format!("`{}` is too much after the text", rest.trim())),
        },
        None if text.is_empty() => Err(format!("`{after}` is followed by a text in quotes")),
        None => Err(format!("`{after}` is followed by a text in quotes, not `{text}`")),
    }
}

fn duration(word: &str) -> Result<Duration, String> {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number = digits.parse::<u32>().ok();
    match (number, &word[digits.len()..]) {
        (Some(number), "ms") => Ok(Duration::from_millis(number.into())),
        (Some(number), "s") => Ok(Duration::from_secs(number.into())),
        (Some(number), "m") => Ok(Duration::from_secs(60 * u64::from(number))),
        _ => Err(format!("`{word}` is neither a text in quotes nor a time such as `60s`, `2m` or `500ms`")),
    }
}

/// `"label"=`, and what follows.
fn label(text: &str) -> Result<(String, &str), String> {
    let wanted = || format!("`\"label\"=\"value\"` is wanted, not `{text}`");
    let (label, rest) = quoted(text, Escapes::Lines).ok_or_else(wanted)??;
    let rest = rest.trim_start().strip_prefix('=').ok_or_else(wanted)?;
    Ok((label, rest))
}

fn fill(mut text: &str) -> Result<Vec<(String, Filling)>, String> {
    let mut fields: Vec<(String, Filling)> = Vec::new();
    while !text.is_empty() {
        let (name, rest) = label(text)?;
        let (filling, rest) = filling(rest.trim_start())?;
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return Err(format!("`{rest}` follows a value without a space"));
        }
        if fields.iter().any(|(other, _)| *other == name) {
            return Err(format!("\"{name}\" is filled twice"));
        }
        fields.push((name, filling));
        text = rest.trim_start();
    }
    Ok(fields)
}

fn filling(text: &str) -> Result<(Filling, &str), String> {
    let (file, text) = text.strip_prefix('@').map_or((false, text), |path| (true, path));
    let (value, rest) = match quoted(text, Escapes::Lines) {
        Some(read) => read?,
        None if file => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            (text[..end].to_owned(), &text[end..])
        }
        None => return Err(format!("a value is `\"text\"` or `@path`, not `{text}`")),
    };
    match file {
        true if value.is_empty() => Err("`@` is followed by the path of a file".into()),
        true => Ok((Filling::File(value.into()), rest)),
        false => Ok((Filling::Text(value), rest)),
    }
}

/// The rest of the line, or one quoted text.
fn said(text: &str) -> Result<String, String> {
    match quoted(text, Escapes::Lines) {
        Some(Ok((value, ""))) if !value.is_empty() => Ok(value),
        _ if text.is_empty() => Err("`say` is followed by what is said".into()),
        _ => Ok(text.to_owned()),
    }
}

fn place(text: &str) -> Result<Place, String> {
    match text {
        "thread" => Ok(Place::NewestThread),
        _ => match text.strip_prefix('#').map(str::trim) {
            Some(name) if !name.is_empty() => Ok(Place::Channel(name.to_owned())),
            _ => Err("`in` is followed by `#channel` or `thread`".into()),
        },
    }
}

/// A person and a role, each after its `@`; a role's name may have spaces.
fn whom(text: &str, verb: &str) -> Result<(String, String), String> {
    let wanted = || format!("`{verb}` is followed by a person and a role, as in `{verb} @member @Operators`");
    let (person, role) = text.split_once(char::is_whitespace).ok_or_else(wanted)?;
    let named = |text: &str| {
        let name = text.trim().strip_prefix('@').map(str::trim).filter(|name| !name.is_empty() && !name.contains('@'));
        name.map(str::to_owned).ok_or_else(wanted)
    };
    Ok((named(person)?, named(role)?))
}

/// A kind of channel and its name.
fn made(text: &str) -> Result<(u64, String), String> {
    let wanted = || "`make` is followed by a kind of channel and a name, as in `make category Desk`".to_owned();
    let (kind, name) = text.split_once(char::is_whitespace).ok_or_else(wanted)?;
    let kind = match kind {
        "text" => 0,
        "category" => 4,
        "forum" => 15,
        _ => return Err(wanted()),
    };
    Some(name.trim()).filter(|name| !name.is_empty()).map(|name| (kind, name.to_owned())).ok_or_else(wanted)
}

/// Which options a command has is known only when it is played; that its quotes are closed can be seen before.
fn command(text: &str) -> Result<String, String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(char::is_whitespace) {
        rest = after;
        let Some((name, value)) = rest.split_once(':') else { break };
        if !name.contains(char::is_whitespace)
            && let Some(read) = quoted(value.trim_start(), Escapes::Quotes)
        {
            rest = read?.1;
        }
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(line: &str) -> Action {
        parse(line).unwrap().steps.remove(0).action
    }

    fn act_of(line: &str) -> Act {
        match one(line) {
            Action::Act { account, act } if account == "admin" => act,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_channel_is_made_by_its_kind_and_name() {
        assert_eq!(act_of("admin: make category The desk"), Act::Make { kind: 4, name: "The desk".into() });
    }

    fn refused(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn every_step_of_the_language_is_read() {
        let slash = "/server add name:box address:127.0.0.1:2201 user:opsbot";
        assert_eq!(act_of(&format!("admin: {slash}")), Act::Slash(slash.into()));
        assert_eq!(
            act_of(r#"admin: fill "Private key"=@path/to/key "Note"="a \"word\"" 'Path'=@"a b""#),
            Act::Fill(vec![
                ("Private key".into(), Filling::File("path/to/key".into())),
                ("Note".into(), Filling::Text("a \"word\"".into())),
                ("Path".into(), Filling::File("a b".into())),
            ])
        );
        assert_eq!(act_of(r#"admin: press "Approve""#), Act::Press("Approve".into()));
        let choose = Act::Choose { menu: "Category".into(), option: "Billing".into() };
        assert_eq!(act_of(r#"admin: choose "Category"="Billing""#), choose);
        assert_eq!(act_of("admin: say hello, \"you\" #1"), Act::Say("hello, \"you\" #1".into()));
        assert_eq!(act_of(r#"admin: say "a\nb""#), Act::Say("a\nb".into()));
        assert_eq!(act_of("admin: in #ops"), Act::Go(Place::Channel("ops".into())));
        assert_eq!(act_of("admin: in thread"), Act::Go(Place::NewestThread));
        assert_eq!(act_of("admin: type /server run server:bo"), Act::Type("/server run server:bo".into()));
        let (person, role) = (String::from("member"), String::from("Night shift"));
        assert_eq!(
            act_of("admin: give @member @Night shift"),
            Act::Give { person: person.clone(), role: role.clone() }
        );
        assert_eq!(act_of("admin: take @member  @Night shift"), Act::Take { person, role });
        assert_eq!(one("expect \"text\""), Action::Expect { within: PATIENCE, text: "text".into() });
        assert_eq!(one("expect 60s \"a b\""), Action::Expect { within: Duration::from_mins(1), text: "a b".into() });
        assert_eq!(one("refuse 'te\"xt'"), Action::Refuse { text: "te\"xt".into() });
        assert_eq!(one("fault server_error status:500"), Action::Fault(Fault::server_error(500)));
        assert_eq!(one("heal"), Action::Heal);
        assert_eq!(one(r#"refuse "a\x""#), Action::Refuse { text: r"a\x".into() });
    }

    #[test]
    fn comments_and_empty_lines_are_not_steps_but_count_as_lines() {
        let script = parse("# first\n\n  # third\nadmin: say #4\r\n").unwrap();
        assert_eq!(script.steps.len(), 1);
        assert_eq!((script.steps[0].line, script.steps[0].text.as_str()), (4, "admin: say #4"));
    }

    #[test]
    fn every_wrong_line_is_named_at_once() {
        let error = parse("hello\nadmin: say hi\nadmin: pres \"x\"\nexpect text\nadmin: /a b:\"c").unwrap_err();
        let lines: Vec<_> = error.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [1, 3, 4, 5]);
        assert!(error.to_string().contains("line 3: nobody can `pres`; did you mean `press`?"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, reason) in [
            ("expect", "followed by a text in quotes"),
            ("expect \"\"", "not empty"),
            ("expect soon \"x\"", "`soon` is neither"),
            ("expect \"x\" y", "`y` is too much"),
            ("expect \"x", "never closed"),
            ("fault cut times:2", "`cut` has no `times`"),
            ("heal all", "a step is"),
            ("admin:", "what admin does"),
            ("admin: fill \"a\"=b", "a value is"),
            ("admin: fill a=\"b\"", "is wanted"),
            ("admin: fill \"a\"=\"b\"\"c\"=\"d\"", "without a space"),
            ("admin: fill \"a\"=\"b\" \"a\"=\"c\"", "filled twice"),
            ("admin: fill \"a\"=@", "path of a file"),
            ("admin: in ops", "`#channel` or `thread`"),
            ("admin: type hello", "followed by a command"),
            ("admin: say", "what is said"),
            ("admin: give", "as in `give @member @Operators`"),
            ("admin: give @member", "as in `give @member @Operators`"),
            ("admin: give member Operators", "as in `give @member @Operators`"),
            ("admin: take @member @", "as in `take @member @Operators`"),
            ("admin: take @member @a @b", "as in `take @member @Operators`"),
            ("admin: gives @member @a", "did you mean `give`?"),
            ("admin: make", "as in `make category Desk`"),
            ("admin: make stage Desk", "as in `make category Desk`"),
        ] {
            assert!(refused(line).contains(reason), "{line}: {}", refused(line));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_but_never_panics(source in any::<String>()) {
            let _ = parse(&source);
        }

        #[test]
        fn anything_near_the_language_is_read_or_refused(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "admin:", "fill", "press", "choose", "say", "in", "type", "give", "take", "expect", "refuse", "/a", "b:", "\"", "'", "\\",
                    "=", "@", "#", "thread", " ", "\n", "60s", "é", "\u{a0}", "x:\"y\"",
                ]),
                0..24,
            ),
        ) {
            let _ = parse(&words.concat());
            let _ = parse(&words.join(" "));
        }

        #[test]
        fn any_text_in_quotes_is_read_back(text in "[^\\r\\n]{1,40}") {
            let written = text.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(one(&format!("expect \"{written}\"")), Action::Expect { within: PATIENCE, text });
        }
    }
}
