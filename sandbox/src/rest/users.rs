//! Accounts, and the direct messages between them.

use super::Reply;
use super::request::{Request, id};
use crate::errors::{Answer, ApiError, Unknown};
use crate::snowflake;
use crate::world::World;
use crate::world::channels::DM;
use serde_json::{Value, json};

pub(super) fn route(world: &mut World, request: &Request, segments: &[&str]) -> Answer<Reply> {
    let me = world.account(request.actor).ok_or_else(ApiError::unauthorized)?;
    match (request.method.as_str(), segments) {
        ("GET", ["@me"]) => {
            Reply::ok(world.users.get(&me).map(crate::world::users::User::private_json).unwrap_or_default())
        }
        ("GET", ["@me", "guilds"]) => {
            let mine = world.guilds.values().filter(|guild| guild.members.contains_key(&me));
            let shown = mine.map(|guild| {
                let mut json = json!({"id": guild.id.to_string(), "name": guild.name, "icon": null, "banner": null, "owner": guild.owner == me,
                    "permissions": world.guild_permissions(guild.id, me).to_string(), "features": []});
                if request.flag("with_counts") {
                    json["approximate_member_count"] = json!(guild.members.len());
                    json["approximate_presence_count"] = json!(guild.members.len());
                }
                (guild.id, json)
            });
            Reply::ok(Value::Array(request.page(shown, (200, 200))?))
        }
        ("GET", ["@me", "channels"]) => {
            request.person()?;
            let mine = world.channels.values().filter(|one| one.kind == DM && one.recipients.contains(&me));
            Reply::ok(mine.map(|one| world.channel_for_viewer(one, me)).collect())
        }
        ("POST", ["@me", "channels"]) => {
            let body = request.body();
            let other = body.get("recipient_id").or_else(|| body.pointer("/recipients/0")).and_then(snowflake::parse);
            let other = other.ok_or_else(|| {
                ApiError::field("recipient_id", "BASE_TYPE_REQUIRED", "This field is required").breaks("field.required")
            })?;
            Reply::ok(world.direct_channel(me, other)?)
        }
        ("GET", [user]) => {
            let user = world.users.get(&id("user_id", user)?).ok_or_else(|| ApiError::unknown(Unknown::User))?;
            Reply::ok(user.json())
        }
        _ => Err(ApiError::no_route()),
    }
}
