//! Channels and threads.

use super::Reply;
use super::request::{Request, id};
use crate::errors::{Answer, ApiError, Unknown};
use crate::snowflake::Id;
use crate::world::World;
use serde_json::{Value, json};

pub(super) fn route(world: &mut World, request: &Request, segments: &[&str]) -> Answer<Reply> {
    let [channel, rest @ ..] = segments else { return Err(ApiError::no_route()) };
    let channel = id("channel_id", channel)?;
    let me = world.account(request.actor).ok_or_else(ApiError::unauthorized)?;
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let mut json = world.channel_for_viewer(world.channel_for(channel, me, 0)?, me);
            if let member @ Value::Object(_) = world.thread_member(channel, me) {
                json["member"] = member;
            }
            Reply::ok(json)
        }
        ("PATCH", []) => Reply::ok(world.change_channel(channel, me, request.body())?),
        ("DELETE", []) => Reply::ok(world.delete_channel(channel, me)?),
        ("POST", ["typing"]) => {
            world.type_in(channel, me)?;
            Reply::nothing()
        }
        ("PUT", ["permissions", target]) => {
            world.set_overwrite(channel, me, id("overwrite_id", target)?, Some(request.body()))?;
            Reply::nothing()
        }
        ("DELETE", ["permissions", target]) => {
            world.set_overwrite(channel, me, id("overwrite_id", target)?, None)?;
            Reply::nothing()
        }
        ("POST", ["threads"]) if world.is_forum(channel) => {
            Reply::created(world.create_post(channel, me, request.draft())?)
        }
        ("POST", ["threads"]) => Reply::created(world.create_thread(channel, me, None, request.body())?),
        ("GET", ["thread-members"]) => {
            let place = world.channel_for(channel, me, 0)?;
            let (guild, members) = (place.guild.unwrap_or(0), place.thread.as_ref().map(|thread| &thread.members));
            let shown = |user: Id| {
                let mut member = world.thread_member(channel, user);
                if request.flag("with_member") {
                    member["member"] = world.member_json(guild, user).into();
                }
                (user, member)
            };
            let all = members.into_iter().flat_map(|members| members.keys()).map(|user| shown(*user));
            // Paging begins only where members are asked for.
            let most = if request.flag("with_member") { 100 } else { usize::MAX };
            Reply::ok(Value::Array(request.page(all, (most, most))?))
        }
        ("GET", ["thread-members", user]) => {
            world.channel_for(channel, me, 0)?;
            match world.thread_member(channel, account(world, user, me)?) {
                Value::Null => Err(ApiError::unknown(Unknown::Member)),
                member => Reply::ok(member),
            }
        }
        ("PUT", ["thread-members", user]) => {
            world.join_thread(channel, me, account(world, user, me)?)?;
            Reply::nothing()
        }
        ("DELETE", ["thread-members", user]) => {
            world.leave_thread(channel, me, account(world, user, me)?)?;
            Reply::nothing()
        }
        ("GET", ["threads", "archived", "public"]) => {
            world.channel_for(channel, me, crate::world::permissions::READ_MESSAGE_HISTORY)?;
            let (before, limit) = (request.before()?, request.limit(50, 100)?);
            let mut archived: Vec<_> = world
                .channels
                .values()
                .filter(|one| one.parent == Some(channel) && !one.is_private_thread())
                .filter_map(|one| Some((one.thread.as_ref().filter(|thread| thread.archived)?.archive_changed, one)))
                .filter(|(at, _)| before.is_none_or(|before| *at < before))
                .collect();
            archived.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let more = archived.len() > limit;
            let threads: Vec<_> = archived.iter().take(limit).map(|(_, one)| world.channel_json(one)).collect();
            Reply::ok(json!({"threads": threads, "members": [], "has_more": more}))
        }
        _ => Err(ApiError::no_route()),
    }
}

/// `@me` or somebody's id.
fn account(world: &World, text: &str, me: Id) -> Answer<Id> {
    let user = if text == "@me" { me } else { id("user_id", text)? };
    if world.users.contains_key(&user) { Ok(user) } else { Err(ApiError::unknown(Unknown::User)) }
}
