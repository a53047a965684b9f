//! People's commands and autocompletes: what they typed, checked against what the bot registered.

use super::World;
use super::commands::Command;
use super::interactions::{AUTOCOMPLETE, Ask, Asked};
use super::permissions::USE_APPLICATION_COMMANDS;
use super::resolved::Resolved;
use crate::errors::{Answer, ApiError, Unknown};
use crate::rules::commands::{CHAT_INPUT, SUBCOMMAND, SUBCOMMAND_GROUP};
use crate::rules::{kind, list};
use crate::snowflake::{self, Id};
use serde_json::{Value, json};

const STRING: u64 = 3;
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;
const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;
const MENTIONABLE: u64 = 9;
const NUMBER: u64 = 10;
const ATTACHMENT: u64 = 11;

/// What is gathered while the options are read.
struct Reading<'a> {
    ask: Ask<'a>,
    autocompletes: bool,
    resolved: Resolved,
    /// The type of the option that has the focus.
    focused: Option<u64>,
}

impl World {
    pub(crate) fn invoke(&mut self, ask: Ask<'_>, asked_kind: u64) -> Answer<Asked> {
        self.channel_for(ask.channel, ask.user, USE_APPLICATION_COMMANDS)?;
        let data = ask.body.get("data").cloned().unwrap_or_default();
        let id = data.get("id").and_then(snowflake::parse).unwrap_or(0);
        let unknown = || ApiError::unknown(Unknown::Command);
        let command = self.commands.get(&id).filter(|one| one.guild.is_none() || one.guild == ask.guild);
        let command = command.ok_or_else(unknown)?.clone();
        let adult = command.body.get("nsfw") == Some(&Value::Bool(true));
        if adult && ask.guild.is_some() && !self.channel(ask.channel)?.nsfw {
            return Err(ApiError::missing_permissions());
        }
        if !self.may_use(&command, ask.guild, ask.user) {
            return Err(ApiError::missing_permissions());
        }
        let version = data.get("version").filter(|version| !version.is_null()).and_then(snowflake::parse);
        if version.is_some_and(|version| version != command.version) {
            let words = "This command is outdated, please try again in a few minutes";
            return Err(ApiError::field("data", "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION", words));
        }
        let mut told = json!({"id": id.to_string(), "name": command.name(), "type": command.kind()});
        if let Some(guild) = command.guild {
            told["guild_id"] = json!(guild.to_string());
        }
        let mut metadata = json!({"name": spelled(&command, &data), "command_type": command.kind()});
        let mut reading =
            Reading { ask, autocompletes: asked_kind == AUTOCOMPLETE, resolved: Resolved::default(), focused: None };
        if command.kind() == CHAT_INPUT {
            let options = self.read_options(
                &mut reading,
                "data.options",
                list(&command.body, "options"),
                list(&data, "options"),
            )?;
            if !options.is_empty() {
                told["options"] = json!(options);
            }
        } else {
            let target = data.get("target_id").and_then(snowflake::parse);
            let target = target
                .ok_or_else(|| ApiError::field("data.target_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
            if command.kind() == 2 {
                self.resolve_user(&reading.ask, &mut reading.resolved, "data.target_id", target)?;
                metadata["target_user"] = self.user_json(target);
            } else {
                self.resolve_message(&reading.ask, &mut reading.resolved, target)?;
                metadata["target_message_id"] = json!(target.to_string());
            }
            told["target_id"] = json!(target.to_string());
        }
        if reading.autocompletes && reading.focused.is_none() {
            return Err(ApiError::field(
                "data.options",
                "AUTOCOMPLETE_FOCUS_REQUIRED",
                "An option that autocompletes must be focused",
            ));
        }
        if let Some(resolved) = reading.resolved.json() {
            told["resolved"] = resolved;
        }
        Ok(Asked {
            kind: asked_kind,
            data: told,
            metadata,
            command_kind: command.kind(),
            focused_kind: reading.focused.unwrap_or(0),
            shown: Value::Null,
            source: None,
        })
    }

    /// Reads one level of options; what comes back is what the bot is told.
    fn read_options(
        &mut self,
        reading: &mut Reading<'_>,
        at: &str,
        known: &[Value],
        given: &[Value],
    ) -> Answer<Vec<Value>> {
        let nests = known.iter().any(|option| matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP));
        if nests && given.len() != 1 {
            return Err(ApiError::field(at, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 1 in length."));
        }
        for option in known.iter().filter(|option| option["required"] == true && !reading.autocompletes) {
            if !given.iter().any(|one| one["name"] == option["name"]) {
                let words = format!("Required option {} is missing", option["name"]);
                return Err(ApiError::field(at, "BASE_TYPE_REQUIRED", &words));
            }
        }
        let mut read = Vec::new();
        for (index, one) in given.iter().enumerate() {
            let at = format!("{at}.{index}");
            let option = known.iter().find(|option| option["name"] == one["name"] && kind(option) == kind(one));
            let option = option
                .ok_or_else(|| ApiError::field(&at, "INTERACTION_OPTION_UNKNOWN", "This option does not exist"))?;
            if given.iter().take(index).any(|other| other["name"] == one["name"]) {
                return Err(ApiError::field(&at, "INTERACTION_OPTION_DUPLICATED", "Option is already given"));
            }
            let mut told = json!({"name": one["name"], "type": kind(one)});
            if matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP) {
                let inner = self.read_options(
                    reading,
                    &format!("{at}.options"),
                    list(option, "options"),
                    list(one, "options"),
                )?;
                told["options"] = json!(inner);
            } else if reading.autocompletes && one["focused"] == true {
                if option["autocomplete"] != true {
                    return Err(ApiError::field(
                        &at,
                        "INTERACTION_OPTION_NO_AUTOCOMPLETE",
                        "This option does not autocomplete",
                    ));
                }
                reading.focused = Some(kind(option));
                told["focused"] = json!(true);
                // What is being typed need not be a number yet, so it is told as text.
                told["value"] = match &one["value"] {
                    Value::Null => json!(""),
                    Value::Number(number) => json!(number.to_string()),
                    other => other.clone(),
                };
            } else {
                told["value"] = self.read_value(reading, &format!("{at}.value"), option, &one["value"])?;
            }
            read.push(told);
        }
        Ok(read)
    }

    fn read_value(&mut self, reading: &mut Reading<'_>, at: &str, option: &Value, value: &Value) -> Answer<Value> {
        let wrong = || ApiError::field(at, "INTERACTION_OPTION_TYPE", "Value is not of the option's type");
        let id = snowflake::parse(value).ok_or_else(wrong);
        let Reading { ask, resolved, .. } = reading;
        match kind(option) {
            STRING => check_string(at, option, value.as_str().ok_or_else(wrong)?)?,
            INTEGER if value.is_i64() || value.is_u64() => check_number(at, option, value)?,
            NUMBER if value.is_number() => check_number(at, option, value)?,
            BOOLEAN if value.is_boolean() => {}
            USER => self.resolve_user(ask, resolved, at, id?)?,
            CHANNEL => self.resolve_channel(ask, resolved, (at, list(option, "channel_types")), id?)?,
            ROLE => self.resolve_role(ask, resolved, at, id?)?,
            MENTIONABLE => self.resolve_mentionable(ask, resolved, at, id?)?,
            ATTACHMENT => {
                let kept = self.keep_option_file(ask, at, id?)?;
                self.resolve_attachment(resolved, kept);
                return Ok(json!(kept.to_string()));
            }
            _ => return Err(wrong()),
        }
        if !reading.autocompletes {
            check_choice(at, option, value)?;
        }
        Ok(value.clone())
    }

    /// An attachment option's value is the n of `files[n]`; it becomes an attachment that only this interaction shows.
    fn keep_option_file(&mut self, ask: &mut Ask<'_>, at: &str, slot: Id) -> Answer<Id> {
        let found = ask.files.iter().position(|file| file.slot == slot.to_string());
        let found = found.ok_or_else(|| ApiError::field(at, "ATTACHMENT_NOT_FOUND", "Attachment data not found"))?;
        let file = ask.files.swap_remove(found);
        Ok(self.keep_file(ask.channel, file, None, true))
    }
}

/// A command's name with its group and subcommand, as people's clients show who used what.
fn spelled(command: &Command, data: &Value) -> String {
    let mut name = command.name().to_owned();
    let mut options = list(data, "options");
    while let [one] = options
        && matches!(kind(one), SUBCOMMAND | SUBCOMMAND_GROUP)
    {
        name.push(' ');
        name.push_str(one["name"].as_str().unwrap_or_default());
        options = list(one, "options");
    }
    name
}

fn check_string(at: &str, option: &Value, text: &str) -> Answer<()> {
    let bound = |field: &str, otherwise: u64| option.get(field).and_then(Value::as_u64).unwrap_or(otherwise);
    let length = text.chars().count() as u64;
    if length < bound("min_length", 0) || length > bound("max_length", 6000) {
        let words = format!("Must be between {} and {} in length.", bound("min_length", 0), bound("max_length", 6000));
        return Err(ApiError::field(at, "BASE_TYPE_BAD_LENGTH", &words));
    }
    Ok(())
}

fn check_number(at: &str, option: &Value, value: &Value) -> Answer<()> {
    let number = value.as_f64().unwrap_or(0.0);
    let beyond = |field: &str, wrong: fn(f64, f64) -> bool| {
        option.get(field).and_then(Value::as_f64).is_some_and(|bound| wrong(number, bound))
    };
    if beyond("min_value", |number, bound| number < bound) || beyond("max_value", |number, bound| number > bound) {
        return Err(ApiError::field(at, "NUMBER_TYPE_RANGE", "Value is out of range."));
    }
    Ok(())
}

fn check_choice(at: &str, option: &Value, value: &Value) -> Answer<()> {
    let choices = list(option, "choices");
    let same =
        |choice: &Value| choice["value"] == *value || (value.is_number() && choice["value"].as_f64() == value.as_f64());
    if choices.is_empty() || choices.iter().any(same) {
        return Ok(());
    }
    Err(ApiError::field(at, "BASE_TYPE_CHOICES", "Value must be one of the option's choices."))
}
