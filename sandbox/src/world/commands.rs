//! Application commands: registered globally or in one guild, and who may use them.

use super::World;
use super::permissions::{self, ADMINISTRATOR};
use crate::errors::{Answer, ApiError, Form, Unknown};
use crate::rules::commands::{CHAT_INPUT, Scope, check, check_set, command_kind};
use crate::rules::{self, kind, list};
use crate::snowflake::Id;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) id: Id,
    /// `None` for a global command.
    pub(crate) guild: Option<Id>,
    /// Changes whenever the command does, so that a client with an old picture of it is refused.
    pub(crate) version: Id,
    pub(crate) body: Value,
}

/// Whether an upsert made something new, which the status code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    New,
    Existing,
}

impl Command {
    pub(crate) fn kind(&self) -> u64 {
        command_kind(&self.body)
    }

    pub(crate) fn name(&self) -> &str {
        self.body.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    fn is(&self, guild: Option<Id>, kind: u64, name: &str) -> bool {
        self.guild == guild && self.kind() == kind && self.name() == name
    }

    pub(crate) fn json(&self, application: Id) -> Value {
        let field = |name: &str| self.body.get(name).cloned().unwrap_or_default();
        let or = |name: &str, otherwise: Value| Some(field(name)).filter(|value| !value.is_null()).unwrap_or(otherwise);
        let wanted = self.body.get("default_member_permissions").filter(|bits| !bits.is_null());
        let mut json = json!({
            "id": self.id.to_string(), "application_id": application.to_string(), "version": self.version.to_string(),
            "default_member_permissions": wanted.map(|bits| permissions::bits(Some(bits)).to_string()),
            "type": self.kind(), "name": self.name(), "name_localizations": field("name_localizations"),
            "description": or("description", json!("")),
            "description_localizations": field("description_localizations"), "nsfw": or("nsfw", json!(false)),
            "contexts": field("contexts"), "integration_types": or("integration_types", json!([0])),
        });
        let options = field("options");
        if options.as_array().is_some_and(|options| !options.is_empty()) {
            json["options"] = options;
        }
        match self.guild {
            Some(guild) => json["guild_id"] = json!(guild.to_string()),
            None => json["dm_permission"] = or("dm_permission", json!(true)),
        }
        json
    }
}

impl World {
    pub(crate) fn commands_in(&self, guild: Option<Id>) -> impl Iterator<Item = &Command> {
        self.commands.values().filter(move |command| command.guild == guild)
    }

    pub(crate) fn command(&self, guild: Option<Id>, id: Id) -> Answer<&Command> {
        let found = self.commands.get(&id).filter(|command| command.guild == guild);
        found.ok_or_else(|| ApiError::unknown(Unknown::Command))
    }

    /// Registers a command; one with the same type and name is changed in place and keeps its id.
    pub(crate) fn register(&mut self, guild: Option<Id>, body: &Value) -> Answer<(Made, Value)> {
        let mut form = Form::default();
        check(&mut form, "", body, scope(guild));
        form.finish()?;
        served(std::slice::from_ref(body))?;
        let before = self.commands_in(guild).any(|command| command.is(guild, command_kind(body), name_of(body)));
        if !before {
            self.check_room(guild, std::slice::from_ref(body), 1)?;
            self.count_creations(guild, 1)?;
        }
        let json = self.store_command(guild, body);
        Ok((if before { Made::Existing } else { Made::New }, json))
    }

    /// Replaces every command of a place by these.
    pub(crate) fn overwrite_commands(&mut self, guild: Option<Id>, bodies: &[Value]) -> Answer<Vec<Value>> {
        check_set(bodies, scope(guild))?;
        served(bodies)?;
        self.check_room(guild, bodies, 0)?;
        let known =
            |body: &&Value| self.commands_in(guild).any(|command| command.is(guild, command_kind(body), name_of(body)));
        let new = bodies.iter().filter(|body| !known(body)).count();
        self.count_creations(guild, new)?;
        let stays = |command: &Command| {
            command.guild != guild || bodies.iter().any(|body| command.is(guild, command_kind(body), name_of(body)))
        };
        self.commands.retain(|_, command| stays(command));
        Ok(bodies.iter().map(|body| self.store_command(guild, body)).collect())
    }

    pub(crate) fn change_command(&mut self, guild: Option<Id>, id: Id, patch: &Value) -> Answer<Value> {
        let command = self.command(guild, id)?;
        let mut merged = command.body.clone();
        if let (Value::Object(merged), Value::Object(patch)) = (&mut merged, patch) {
            merged.extend(patch.clone());
            merged.insert("type".to_owned(), json!(command.kind()));
        }
        let mut form = Form::default();
        check(&mut form, "", &merged, scope(guild));
        if self
            .commands_in(guild)
            .any(|other| other.id != id && other.is(guild, command_kind(&merged), name_of(&merged)))
        {
            let words = "Application command names must be unique";
            form.broke("command.name_unique", "name", "APPLICATION_COMMANDS_DUPLICATE_NAME", words);
        }
        form.finish()?;
        let (version, application) = (self.next_id(), self.application.id);
        let command = self.commands.get_mut(&id).ok_or_else(|| ApiError::unknown(Unknown::Command))?;
        command.version = version;
        command.body = tidy(&merged);
        Ok(command.json(application))
    }

    pub(crate) fn delete_command(&mut self, guild: Option<Id>, id: Id) -> Answer<()> {
        self.command(guild, id)?;
        self.commands.remove(&id);
        Ok(())
    }

    /// The commands somebody sees when they type a slash in a guild (or in a direct message with the bot).
    pub(crate) fn usable_commands(&self, guild: Option<Id>, user: Id) -> Vec<Value> {
        let here = |command: &&Command| command.guild.is_none() || command.guild == guild;
        let all = self.commands.values().filter(here).filter(|command| self.may_use(command, guild, user));
        all.map(|command| command.json(self.application.id)).collect()
    }

    pub(crate) fn may_use(&self, command: &Command, guild: Option<Id>, user: Id) -> bool {
        let contexts = command.body.get("contexts").and_then(Value::as_array);
        let context = u64::from(guild.is_none());
        if contexts.is_some_and(|contexts| !contexts.iter().any(|one| one == context)) {
            return false;
        }
        let Some(guild) = guild else {
            return command.guild.is_none() && command.body.get("dm_permission") != Some(&Value::Bool(false));
        };
        let Some(wanted) = command.body.get("default_member_permissions").filter(|bits| !bits.is_null()) else {
            return true;
        };
        let (wanted, held) = (permissions::bits(Some(wanted)), self.guild_permissions(guild, user));
        // Zero means administrators only.
        held & ADMINISTRATOR != 0 || (wanted != 0 && held & wanted == wanted)
    }

    fn store_command(&mut self, guild: Option<Id>, body: &Value) -> Value {
        let (version, application, body) = (self.next_id(), self.application.id, tidy(body));
        let found = self.commands.values_mut().find(|command| command.is(guild, command_kind(&body), name_of(&body)));
        if let Some(command) = found {
            if command.body != body {
                command.version = version;
                command.body = body;
            }
            return command.json(application);
        }
        let command = Command { id: self.next_id(), guild, version, body };
        let json = command.json(application);
        self.commands.insert(command.id, command);
        json
    }

    /// 100 slash commands and 15 each of the two context menus, globally and in each guild.
    fn check_room(&self, guild: Option<Id>, bodies: &[Value], keep: usize) -> Answer<()> {
        for (kind, most) in [(CHAT_INPUT, 100), (2, 15), (3, 15), (4, 1)] {
            let wanted = bodies.iter().filter(|body| command_kind(body) == kind).count();
            let before = self.commands_in(guild).filter(|command| command.kind() == kind).count() * keep;
            if wanted > 0 && wanted + before > most {
                let words = format!("Maximum number of application commands reached ({most})");
                return Err(ApiError::new(400, 30032, &words).breaks("commands.count"));
            }
        }
        Ok(())
    }
}

fn scope(guild: Option<Id>) -> Scope {
    if guild.is_some() { Scope::Guild } else { Scope::Global }
}

/// Entry points start activities, which the sandbox has none of; nor can anybody install an application for themselves alone.
fn served(bodies: &[Value]) -> Answer<()> {
    if bodies.iter().any(|body| command_kind(body) == 4) {
        return Err(ApiError::unsupported("entry point commands"));
    }
    if bodies.iter().any(|body| list(body, "integration_types").iter().any(|one| *one == 1)) {
        return Err(ApiError::unsupported("commands installed by a user"));
    }
    Ok(())
}

fn name_of(body: &Value) -> &str {
    body.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Keeps the fields Discord knows, without nulls.
fn tidy(body: &Value) -> Value {
    let known = [
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "default_member_permissions",
        "dm_permission",
        "contexts",
        "integration_types",
        "nsfw",
        "type",
    ];
    let mut fields = Map::new();
    for field in known {
        if let Some(value) = body.get(field).filter(|value| !value.is_null()) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    let mut body = Value::Object(fields);
    super::media::without_nulls(&mut body);
    whole_numbers(&mut body);
    body
}

/// The bounds and choices of an option that takes whole numbers are whole numbers, however they were written: 1.0 comes back as 1.
fn whole_numbers(of: &mut Value) {
    const INTEGER: u64 = 4;
    if kind(of) == INTEGER {
        for place in ["/min_value", "/max_value"] {
            make_whole(of, place);
        }
        let choices = of.get_mut("choices").and_then(Value::as_array_mut);
        choices.into_iter().flatten().for_each(|choice| make_whole(choice, "/value"));
    }
    of.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten().for_each(whole_numbers);
}

fn make_whole(of: &mut Value, place: &str) {
    if let Some(number) = of.pointer_mut(place)
        && let Some(whole) = rules::whole(number)
    {
        *number = whole;
    }
}
