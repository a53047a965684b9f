//! Private threads: made, found again, joined and left, locked and opened.

use base::Redactor;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serde_json::{Value, json};
use serenity::{
    ChannelId, UserId,
    http::{LightMethod, Request, Route},
};

use super::{request, thread::NAME_LIMIT};
use crate::rest::{Rank, Rest, Sent};

/// A thread that only those who are in it see.
const PRIVATE: u8 = 12;
/// In minutes; what Discord archives by itself goes on all the same.
const KEPT_OPEN: u16 = 7 * 24 * 60;

/// What Discord says of a thread that we need.
#[derive(Deserialize)]
struct Thread {
    id: ChannelId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    owner_id: Option<UserId>,
    #[serde(default)]
    parent_id: Option<ChannelId>,
}

#[derive(Deserialize)]
struct Active {
    threads: Vec<Thread>,
}

/// A thread that is not put away.
pub(crate) struct ActiveThread {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) parent: Option<u64>,
    pub(crate) owner: Option<u64>,
}

/// As much of a name as Discord takes, without secrets.
pub(crate) fn name(name: &str, redactor: &Redactor) -> String {
    redactor.mask(name).chars().take(NAME_LIMIT).collect()
}

/// Makes one under a channel, to which nobody but the bot brings others along.
pub(crate) async fn make(rest: &Rest, parent: u64, name: &str) -> Sent<u64> {
    let body = json!({ "name": name, "type": PRIVATE, "auto_archive_duration": KEPT_OPEN, "invitable": false });
    let route = Route::ChannelThreads { channel_id: ChannelId::new(parent) };
    let made: Thread = rest.send(request(route, LightMethod::Post, (body, Vec::new()))?, Rank::Urgent).await?;
    Ok(made.id.get())
}

/// One of the bot's under a channel whose name begins so, among those that are active: one that was made a moment ago is.
pub(crate) async fn find(rest: &Rest, guild: base::GuildId, parent: u64, begins: &str) -> Sent<Option<u64>> {
    let (guild_id, me) = (serenity::GuildId::new(guild.0), rest.me().await.user);
    let active: Active = rest.fetch(Route::GuildThreadsActive { guild_id }, None, Rank::Urgent).await?;
    let is_it = |thread: &&Thread| {
        let is_there = thread.parent_id == Some(ChannelId::new(parent)) && thread.owner_id == Some(me);
        is_there && thread.name.starts_with(begins)
    };
    Ok(active.threads.iter().find(is_it).map(|thread| thread.id.get()))
}

/// Every thread of a guild that is not put away.
pub(crate) async fn active(rest: &Rest, guild: base::GuildId) -> Sent<Vec<ActiveThread>> {
    let route = Route::GuildThreadsActive { guild_id: serenity::GuildId::new(guild.0) };
    let active: Active = rest.fetch(route, None, Rank::Background).await?;
    let of = |thread: Thread| ActiveThread {
        id: thread.id.get(),
        name: thread.name,
        parent: thread.parent_id.map(ChannelId::get),
        owner: thread.owner_id.map(UserId::get),
    };
    Ok(active.threads.into_iter().map(of).collect())
}

/// Has somebody be in it.
pub(crate) async fn add(rest: &Rest, thread: u64, user: u64) -> Sent {
    member(rest, LightMethod::Put, thread, user).await
}

/// Has somebody leave it.
pub(crate) async fn remove(rest: &Rest, thread: u64, user: u64) -> Sent {
    member(rest, LightMethod::Delete, thread, user).await
}

async fn member(rest: &Rest, method: LightMethod, thread: u64, user: u64) -> Sent {
    let route = Route::ChannelThreadMember { channel_id: ChannelId::new(thread), user_id: UserId::new(user) };
    rest.send_only(Request::new(route, method), Rank::Urgent).await
}

/// Locks it and puts it away.
pub(crate) async fn close(rest: &Rest, thread: u64) -> Sent {
    change(rest, thread, &json!({ "locked": true, "archived": true })).await
}

/// Locks it, and leaves what stands there to be pressed.
pub(crate) async fn lock(rest: &Rest, thread: u64) -> Sent {
    change(rest, thread, &json!({ "locked": true })).await
}

/// Puts it away; whoever writes into it has it back.
pub(crate) async fn put_away(rest: &Rest, thread: u64) -> Sent {
    change(rest, thread, &json!({ "archived": true })).await
}

/// Opens it again.
pub(crate) async fn open(rest: &Rest, thread: u64) -> Sent {
    change(rest, thread, &json!({ "locked": false, "archived": false })).await
}

/// Gives it another name.
pub(crate) async fn rename(rest: &Rest, thread: u64, name: &str) -> Sent {
    change(rest, thread, &json!({ "name": name })).await
}

async fn change(rest: &Rest, thread: u64, body: &Value) -> Sent {
    let route = Route::Channel { channel_id: ChannelId::new(thread) };
    rest.send_only(request(route, LightMethod::Patch, (body.clone(), Vec::new()))?, Rank::Result).await
}
