//! What a person types after `/`, read against the commands that exist, as Discord's client reads it.
//!
//! Options are `name:value`. A value in quotes ends at its quote; any other runs to the next ` option:` that the command
//! knows, or to the end of the line.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Error, Result,
    error::{Unknown, nearest},
    message::{kind, list, text_at},
    quotes::{Escapes, quoted},
    state::State,
};

const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;
const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;
const MENTIONABLE: u64 = 9;
const NUMBER: u64 = 10;
const ATTACHMENT: u64 = 11;

/// A command ready to be sent.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) application_id: String,
    /// The `data` of the interaction.
    pub(crate) data: Value,
    /// Files that options name; an option's value is the index in here.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads a whole command: everything required is there, everything given has its type.
pub(crate) fn command(line: &str, index: &Value, state: &State) -> Result<Call> {
    let line = Line::read(line, index)?;
    let missing: Vec<String> = line
        .options
        .iter()
        .filter(|option| {
            option["required"] == true && !line.given.iter().any(|given| given.name == text_at(option, "name"))
        })
        .map(|option| text_at(option, "name").to_owned())
        .collect();
    if !missing.is_empty() {
        return Err(Error::MissingOptions { command: line.shown(), missing });
    }
    line.call(state, None)
}

/// Reads a command of which the last option is still being typed.
pub(crate) fn unfinished(line: &str, index: &Value, state: &State) -> Result<Call> {
    let line = Line::read(line, index)?;
    let Some(last) = line.given.last() else {
        let known = line.options.iter().map(|option| format!("{}:", text_at(option, "name")));
        return Err(Unknown::new("option being typed after", &line.shown(), known).into());
    };
    if last.option["autocomplete"] != true {
        return Err(Error::Malformed {
            reason: format!("the bot offers nothing while `{}` of `{}` is typed", last.name, line.shown()),
        });
    }
    line.call(state, Some(line.given.len() - 1))
}

struct Line<'a> {
    command: &'a Value,
    /// Group and subcommand.
    path: Vec<&'a Value>,
    options: &'a [Value],
    given: Vec<Given<'a>>,
}

struct Given<'a> {
    name: &'a str,
    option: &'a Value,
    value: String,
}

impl<'a> Line<'a> {
    fn read(line: &str, index: &'a Value) -> Result<Self> {
        let Some(typed) = line.trim().strip_prefix('/') else {
            return Err(Error::Malformed { reason: format!("a command begins with `/`: {line}") });
        };
        let (name, mut rest) = word(typed);
        let commands = || list(&index["application_commands"]).iter().filter(|c| c["type"].as_u64().unwrap_or(1) == 1);
        let command = commands().find(|command| text_at(command, "name") == name).ok_or_else(|| {
            Unknown::new("command", &format!("/{name}"), commands().map(|c| format!("/{}", text_at(c, "name"))))
        })?;
        let (mut path, mut options) = (Vec::new(), list(&command["options"]));
        while options.first().is_some_and(|option| matches!(kind(option), SUBCOMMAND | GROUP)) {
            let (name, after) = word(rest);
            let Some(next) = options.iter().find(|option| text_at(option, "name") == name) else {
                return Err(
                    Unknown::new("subcommand", name, options.iter().map(|option| text_at(option, "name"))).into()
                );
            };
            path.push(next);
            (options, rest) = (list(&next["options"]), after);
        }
        Ok(Self { command, path, options, given: given(rest, options)? })
    }

    fn shown(&self) -> String {
        let names = [self.command].into_iter().chain(self.path.iter().copied()).map(|part| text_at(part, "name"));
        format!("/{}", names.collect::<Vec<_>>().join(" "))
    }

    fn call(&self, state: &State, focused: Option<usize>) -> Result<Call> {
        let (mut options, mut files) = (Vec::new(), Vec::new());
        for (at, given) in self.given.iter().enumerate() {
            let mut option = json!({ "type": kind(given.option), "name": given.name });
            if focused == Some(at) {
                option["value"] = given.value.as_str().into();
                option["focused"] = true.into();
            } else {
                option["value"] = value(given, state, &mut files)?;
            }
            options.push(option);
        }
        let nested = self.path.iter().rev().fold(options, |inner, part| {
            vec![json!({ "type": kind(part), "name": text_at(part, "name"), "options": inner })]
        });
        let data = json!({
            "id": self.command["id"], "name": self.command["name"], "type": 1, "version": self.command["version"],
            "options": nested,
        });
        Ok(Call { application_id: text_at(self.command, "application_id").to_owned(), data, files })
    }
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn given<'a>(mut text: &str, options: &'a [Value]) -> Result<Vec<Given<'a>>> {
    let mut all: Vec<Given<'a>> = Vec::new();
    while !text.trim_start().is_empty() {
        text = text.trim_start();
        let Some((name, rest)) = option_start(text) else {
            let (word, _) = word(text);
            let names = options.iter().map(|option| text_at(option, "name")).collect::<Vec<_>>().join(", ");
            let reason = match (all.last(), names.as_str()) {
                (_, "") => format!("`{word}` is too much: this command takes no options"),
                (Some(last), _) => {
                    format!("`{word}` does not belong to `{}`: put the whole value in quotes", last.name)
                }
                (None, _) => format!("`{word}` is not `option:value` (options: {names})"),
            };
            return Err(Error::Malformed { reason });
        };
        let Some(option) = options.iter().find(|option| text_at(option, "name") == name) else {
            return Err(Unknown::new("option", name, options.iter().map(|option| text_at(option, "name"))).into());
        };
        let name = text_at(option, "name");
        if all.iter().any(|given| given.name == name) {
            return Err(Error::Malformed {
                reason: format!("`{name}` is given twice; if it belongs to a value, put that value in quotes"),
            });
        }
        let (value, after) = option_value(rest, options)?;
        all.push(Given { name, option, value });
        text = after;
    }
    Ok(all)
}

/// The `name` of a `name:` that the text starts with, and what follows the colon.
fn option_start(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\''));
    named.then_some((name, rest))
}

fn option_value<'t>(text: &'t str, options: &[Value]) -> Result<(String, &'t str)> {
    if let Some(read) = quoted(text.trim_start(), Escapes::Quotes) {
        let (value, rest) = read.map_err(|reason| Error::Malformed { reason })?;
        if rest.starts_with(|c: char| !c.is_whitespace()) {
            return Err(Error::Malformed { reason: format!("`{rest}` follows a closing quote without a space") });
        }
        return Ok((value, rest));
    }
    let starts = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, c)| at + c.len_utf8());
    for start in starts {
        let Some((name, _)) = option_start(&text[start..]) else { continue };
        let names = || options.iter().map(|option| text_at(option, "name"));
        if names().any(|known| known == name) {
            return Ok((text[..start].trim().to_owned(), &text[start..]));
        }
        if nearest(name, names()).is_some() {
            return Err(Unknown::new("option", name, names()).into());
        }
    }
    Ok((text.trim().to_owned(), ""))
}

/// A typed value as the interaction carries it.
fn value(given: &Given<'_>, state: &State, files: &mut Vec<PathBuf>) -> Result<Value> {
    let text = given.value.as_str();
    let refusal = |wanted: &str| Error::BadValue {
        name: format!("`{}`", given.name),
        value: text.to_owned(),
        wanted: wanted.to_owned(),
    };
    if text.is_empty() {
        return Err(refusal("an option that is named needs a value"));
    }
    let choices = list(&given.option["choices"]);
    if !choices.is_empty() {
        let chosen = choices.iter().find(|choice| text_at(choice, "name") == text || plain(&choice["value"]) == text);
        return chosen
            .map(|choice| choice["value"].clone())
            .ok_or_else(|| Unknown::new("choice", text, choices.iter().map(|choice| text_at(choice, "name"))).into());
    }
    match kind(given.option) {
        STRING => Ok(text.into()),
        INTEGER => text.parse::<i64>().map(Value::from).map_err(|_| refusal("it takes a whole number")),
        NUMBER => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => Err(refusal("it takes a number")),
        },
        BOOLEAN => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true.into()),
            "false" | "no" | "off" => Ok(false.into()),
            _ => Err(refusal("it takes true or false")),
        },
        USER => state.find_member(text).map(Value::from),
        CHANNEL => state.find_channel(text).map(|channel| channel.id.as_str().into()),
        ROLE => state.find_role(text).map(Value::from),
        MENTIONABLE => state.find_member(text).or_else(|_| state.find_role(text)).map(Value::from),
        ATTACHMENT => {
            let path = text.strip_prefix('@').ok_or_else(|| refusal("a file is written @path"))?;
            files.push(path.into());
            Ok((files.len() - 1).to_string().into())
        }
        kind => Err(refusal(&format!("this client knows no option of type {kind}"))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Value {
        let option =
            |kind: u64, name: &str, required: bool| json!({ "type": kind, "name": name, "required": required });
        json!({ "application_commands": [
            { "id": "1", "application_id": "9", "name": "server", "type": 1, "version": "5", "options": [
                { "type": 1, "name": "add", "options": [
                    option(3, "name", true), option(3, "address", true), option(3, "user", false), option(4, "port", false)] },
                { "type": 1, "name": "run", "options": [
                    { "type": 3, "name": "server", "required": true, "autocomplete": true }, option(3, "command", true)] },
                { "type": 2, "name": "key", "options": [{ "type": 1, "name": "add", "options": [option(11, "file", true)] }] },
            ] },
            { "id": "2", "application_id": "9", "name": "grant", "type": 1, "version": "6", "options": [
                option(8, "role", true), option(5, "yes", false), option(6, "who", false), option(7, "where", false),
                { "type": 4, "name": "level", "choices": [{ "name": "High", "value": 3 }] }] },
        ] })
    }

    fn state() -> State {
        let mut state = State::default();
        let guild = json!({ "id": "g", "channels": [{ "id": "c1", "name": "ops", "type": 0 }],
            "members": [{ "user": { "id": "u1", "username": "member" } }], "roles": [{ "id": "r1", "name": "crew" }] });
        state.apply("READY", json!({ "session_id": "s", "user": {}, "guilds": [guild] }));
        state
    }

    fn read(line: &str) -> Result<Value> {
        command(line, &index(), &state()).map(|call| call.data["options"].clone())
    }

    fn refused(line: &str) -> String {
        read(line).unwrap_err().to_string()
    }

    #[test]
    fn a_command_is_nested_as_discord_nests_it() {
        let call = command("/server add name:box address:127.0.0.1:2201 port:22", &index(), &state()).unwrap();
        assert_eq!(call.application_id, "9");
        assert_eq!(
            call.data,
            json!({ "id": "1", "name": "server", "type": 1, "version": "5", "options": [{ "type": 1, "name": "add", "options": [
                { "type": 3, "name": "name", "value": "box" }, { "type": 3, "name": "address", "value": "127.0.0.1:2201" },
                { "type": 4, "name": "port", "value": 22 }] }] })
        );
        let call = command("/server key add file:@a/b.pem", &index(), &state()).unwrap();
        assert_eq!(call.files, [PathBuf::from("a/b.pem")]);
        assert_eq!(call.data["options"][0]["options"][0]["options"][0]["value"], "0");
    }

    #[test]
    fn a_value_without_quotes_runs_to_the_next_option_and_one_in_quotes_to_its_quote() {
        let run = |line: &str| {
            read(line).map(|o| o[0]["options"].as_array().unwrap().iter().map(|o| o["value"].clone()).collect())
        };
        let values = |line: &str| run(line).unwrap_or_else(|e| vec![e.to_string().into()]);
        assert_eq!(values("/server run server:box command:echo hi there"), ["box", "echo hi there"]);
        assert_eq!(values("/server run command:echo a:b  -c server:box"), ["echo a:b  -c", "box"]);
        assert_eq!(values(r#"/server run server: box command:"say \"x\" server:y""#), ["box", r#"say "x" server:y"#]);
        assert_eq!(values("/server run server:'b x' command:printf"), ["b x", "printf"]);
    }

    #[test]
    fn a_slip_of_the_finger_is_named() {
        assert_eq!(
            refused("/sever add"),
            "there is no command \"/sever\"; did you mean \"/server\"? (there are: \"/server\", \"/grant\")"
        );
        assert!(refused("/server ad").starts_with("there is no subcommand \"ad\"; did you mean \"add\"?"));
        assert!(
            refused("/server add name:box adress:1")
                .starts_with("there is no option \"adress\"; did you mean \"address\"?")
        );
        assert!(refused("/server add nam:box").contains("did you mean \"name\"?"));
        assert_eq!(refused("/server add name:box"), "`/server add` needs \"address\"");
        assert!(refused("/server add name:a name:b").contains("given twice"));
        assert_eq!(refused("/server add name:a address:b port:x"), "`port` cannot be `x`: it takes a whole number");
        assert_eq!(refused("/server add box"), "`box` is not `option:value` (options: name, address, user, port)");
        assert!(refused("/server run server:\"a\" && b").contains("put the whole value in quotes"));
        assert!(refused("/server run server:\"a").contains("never closed"));
        assert!(refused("hello").contains("begins with `/`"));
        assert!(refused("/").contains("there is no command \"/\""));
    }

    #[test]
    fn values_have_the_type_of_their_option() {
        let options = read("/grant role:@crew yes:true who:@member where:#ops level:High").unwrap();
        let values: Vec<_> = options.as_array().unwrap().iter().map(|option| option["value"].clone()).collect();
        assert_eq!(values, [json!("r1"), json!(true), json!("u1"), json!("c1"), json!(3)]);
        assert!(refused("/grant role:@crow").contains("did you mean \"@crew\"?"));
        assert!(refused("/grant role:@crew level:Low").contains("there is no choice \"Low\""));
        assert!(refused("/grant role:@crew yes:maybe").contains("true or false"));
    }

    #[test]
    fn the_option_being_typed_is_the_last_and_may_be_empty() {
        let call = unfinished("/server run server:", &index(), &state()).unwrap();
        let focused = json!([{ "type": 3, "name": "server", "value": "", "focused": true }]);
        assert_eq!(call.data["options"][0]["options"], focused);
        let refused = |line: &str| unfinished(line, &index(), &state()).unwrap_err().to_string();
        assert!(refused("/server run command:x").contains("offers nothing"));
        assert!(refused("/server run").contains("\"server:\""));
    }
}
