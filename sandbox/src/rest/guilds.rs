//! Guilds, their roles, members and channels.

use super::Reply;
use super::request::{Request, id};
use crate::errors::{Answer, ApiError, Unknown};
use crate::snowflake::Id;
use crate::world::World;
use crate::world::guilds::Role;
use crate::world::members::Held;
use serde_json::{Value, json};

pub(super) fn route(world: &mut World, request: &Request, guild: Id, rest: &[&str]) -> Answer<Reply> {
    let me = world.account(request.actor).ok_or_else(ApiError::unauthorized)?;
    let home = world.guild_of(guild, me)?;
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let mut json = World::guild_json(home);
            if request.flag("with_counts") {
                json["approximate_member_count"] = json!(home.members.len());
                json["approximate_presence_count"] = json!(home.members.len());
            }
            Reply::ok(json)
        }
        ("GET", ["channels"]) => {
            let all = world.channels.values().filter(|one| one.guild == Some(guild) && one.thread.is_none());
            let seen = all.filter(|one| request.by_bot().is_ok() || world.can_see(me, one.id));
            Reply::ok(seen.map(|one| world.channel_json(one)).collect())
        }
        ("POST", ["channels"]) => Reply::created(world.create_channel(guild, me, request.body())?),
        ("GET", ["threads", "active"]) => {
            let active = || {
                world
                    .channels
                    .values()
                    .filter(|one| one.guild == Some(guild) && one.is_active_thread() && world.can_see(me, one.id))
            };
            let members: Vec<_> =
                active().map(|one| world.thread_member(one.id, me)).filter(|member| !member.is_null()).collect();
            let threads: Vec<_> = active().map(|one| world.channel_json(one)).collect();
            Reply::ok(json!({"threads": threads, "members": members, "has_more": false}))
        }
        ("GET", ["application-command-index"]) => {
            request.person()?;
            let application = json!({"id": world.application.id.to_string(), "name": world.application.name, "icon": null,
                "description": "", "bot_id": world.application.id.to_string(), "bot": world.user_json(world.application.id)});
            let commands = world.usable_commands(Some(guild), me);
            Reply::ok(
                json!({"applications": [application], "application_commands": commands, "version": world.now.to_string()}),
            )
        }
        (_, ["roles", rest @ ..]) => roles(world, request, (guild, me), rest),
        (_, ["bans", rest @ ..]) => bans(world, request, (guild, me), rest),
        (_, ["members", rest @ ..]) => members(world, request, (guild, me), rest),
        _ => Err(ApiError::no_route()),
    }
}

fn roles(world: &mut World, request: &Request, (guild, me): (Id, Id), rest: &[&str]) -> Answer<Reply> {
    match (request.method.as_str(), rest) {
        ("GET", []) => Reply::ok(world.guild(guild)?.roles.values().map(Role::json).collect()),
        ("POST", []) => Reply::ok(world.create_role(guild, me, request.body())?),
        ("GET", [role]) => Reply::ok(world.role(guild, id("role_id", role)?)?.json()),
        ("PATCH", [role]) => Reply::ok(world.change_role(guild, me, id("role_id", role)?, request.body())?),
        ("DELETE", [role]) => {
            world.delete_role(guild, me, id("role_id", role)?)?;
            Reply::nothing()
        }
        _ => Err(ApiError::no_route()),
    }
}

fn bans(world: &mut World, request: &Request, (guild, me): (Id, Id), rest: &[&str]) -> Answer<Reply> {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let all = world.bans(guild, me)?;
            Reply::ok(Value::Array(request.page(all.into_iter(), (1000, 1000))?))
        }
        ("GET", [user]) => {
            let user = id("user_id", user)?;
            let found = world.bans(guild, me)?.into_iter().find(|(banned, _)| *banned == user);
            Reply::ok(found.ok_or_else(|| ApiError::unknown(Unknown::Ban))?.1)
        }
        ("PUT", [user]) => {
            world.ban(guild, me, id("user_id", user)?, request.body())?;
            Reply::nothing()
        }
        ("DELETE", [user]) => {
            world.unban(guild, me, id("user_id", user)?)?;
            Reply::nothing()
        }
        _ => Err(ApiError::no_route()),
    }
}

fn members(world: &mut World, request: &Request, (guild, me): (Id, Id), rest: &[&str]) -> Answer<Reply> {
    let user = |text: &str| if text == "@me" { Ok(me) } else { id("user_id", text) };
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            // Documented under "List Guild Members": it takes the privileged intent.
            if request.by_bot().is_ok() && !world.application.sees_members {
                return Err(ApiError::missing_access());
            }
            // Real people's clients ask over the gateway and get a hundred; here everybody may have the list.
            let otherwise = if request.by_bot().is_ok() { 1 } else { 1000 };
            let (limit, after) = (request.limit(otherwise, 1000)?, request.snowflake("after")?.unwrap_or(0));
            let ids = world.guild(guild)?.members.keys().filter(|id| **id > after).take(limit);
            Reply::ok(ids.filter_map(|id| world.member_json(guild, *id)).collect())
        }
        ("GET", ["search"]) => {
            let start = request.query.get("query").map(|query| query.to_lowercase()).unwrap_or_default();
            let named = |id: &&Id| world.users.get(id).is_some_and(|user| user.name.to_lowercase().starts_with(&start));
            let ids = world.guild(guild)?.members.keys().filter(named).take(request.limit(1, 1000)?);
            Reply::ok(ids.filter_map(|id| world.member_json(guild, *id)).collect())
        }
        ("GET", [member]) => {
            let json = world.member_json(guild, user(member)?).ok_or_else(|| ApiError::unknown(Unknown::Member))?;
            Reply::ok(json)
        }
        ("PATCH", [member]) => Reply::ok(world.change_member(guild, me, user(member)?, request.body())?),
        ("DELETE", [member]) => {
            world.kick(guild, me, user(member)?)?;
            Reply::nothing()
        }
        ("PUT" | "DELETE", [member, "roles", role]) => {
            let held = if request.method == "PUT" { Held::Yes } else { Held::No };
            world.set_member_role(guild, me, user(member)?, id("role_id", role)?, held)?;
            Reply::nothing()
        }
        _ => Err(ApiError::no_route()),
    }
}
