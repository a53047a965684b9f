//! The application itself and its commands, global and per guild.

use super::Reply;
use super::request::{Request, id};
use crate::errors::{Answer, ApiError, Unknown};
use crate::snowflake::Id;
use crate::world::World;
use crate::world::commands::Made;
use serde_json::{Value, json};

pub(super) fn route(world: &mut World, request: &Request, segments: &[&str]) -> Answer<Reply> {
    if let ("POST", ["oauth2", "authorize"]) = (request.method.as_str(), segments) {
        return allow(world, request);
    }
    request.by_bot()?;
    match (request.method.as_str(), segments) {
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => Reply::ok(world.application_json()),
        (_, ["applications", application, "commands", rest @ ..]) => {
            own(world, application)?;
            commands(world, request, None, rest)
        }
        (_, ["applications", application, "guilds", guild, "commands", rest @ ..]) => {
            own(world, application)?;
            let guild = id("guild_id", guild)?;
            world.guild_of(guild, world.application.id)?;
            commands(world, request, Some(guild), rest)
        }
        _ => Err(ApiError::no_route()),
    }
}

/// What Discord's own page does when somebody says yes.
fn allow(world: &mut World, request: &Request) -> Answer<Reply> {
    let person = request.person()?;
    if request.body()["authorize"] != true {
        let back = request.query.get("redirect_uri").map(String::as_str).unwrap_or_default();
        let state = request.query.get("state").map(String::as_str).unwrap_or_default();
        return Reply::ok(json!({ "location": format!("{back}?error=access_denied&state={state}") }));
    }
    match world.allow(person, &request.query) {
        Ok(location) => Reply::ok(json!({ "location": location })),
        Err((status, words)) => Err(ApiError { status, ..ApiError::new(status, 0, &words.to_string()) }),
    }
}

fn own(world: &World, application: &str) -> Answer<()> {
    let same = id("application_id", application)? == world.application.id;
    if same { Ok(()) } else { Err(ApiError::unknown(Unknown::Application)) }
}

fn commands(world: &mut World, request: &Request, guild: Option<Id>, rest: &[&str]) -> Answer<Reply> {
    let body = request.body();
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let application = world.application.id;
            let mut all: Vec<Value> = world.commands_in(guild).map(|command| command.json(application)).collect();
            if !request.flag("with_localizations") {
                all.iter_mut().for_each(without_localizations);
            }
            Reply::ok(json!(all))
        }
        ("POST", []) => match world.register(guild, body)? {
            (Made::New, command) => Reply::created(command),
            (Made::Existing, command) => Reply::ok(command),
        },
        ("PUT", []) => {
            let bodies = body.as_array().ok_or_else(|| {
                ApiError::field("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
                    .breaks("field.type")
            })?;
            Reply::ok(json!(world.overwrite_commands(guild, bodies)?))
        }
        ("GET", [command]) => {
            let application = world.application.id;
            Reply::ok(world.command(guild, id("command_id", command)?)?.json(application))
        }
        ("PATCH", [command]) => Reply::ok(world.change_command(guild, id("command_id", command)?, body)?),
        ("DELETE", [command]) => {
            world.delete_command(guild, id("command_id", command)?)?;
            Reply::nothing()
        }
        _ => Err(ApiError::no_route()),
    }
}

/// Lists leave the translations out unless they are asked for.
fn without_localizations(command: &mut Value) {
    for field in ["name_localizations", "description_localizations"] {
        if let Some(fields) = command.as_object_mut() {
            fields.remove(field);
        }
    }
    for list in ["options", "choices"] {
        command.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(without_localizations);
    }
}
