//! What a client is told when it identifies, and when it asks for members.

use super::ending::Ending;
use super::hub::{Listener, on_shard};
use super::intents::{GUILD_PRESENCES, KNOWN};
use crate::chance;
use crate::faults::Faults;
use crate::snowflake::{self, Id};
use crate::world::World;
use crate::world::users::User;
use serde_json::{Value, json};

/// Above this many members, members who are offline are left out, unless the client names another number.
const LARGE: u64 = 50;
/// Members a chunk may carry.
const CHUNK: usize = 1000;
/// Guilds a shard may have.
const GUILDS_OF_A_SHARD: usize = 2500;
const GUILD_MEMBERS: u64 = 1 << 1;

/// A session about to begin.
pub(crate) struct Greeting {
    pub(crate) session: String,
    pub(crate) listener: Listener,
    pub(crate) token: String,
    pub(crate) events: Vec<(&'static str, Value)>,
}

pub(crate) fn greet(
    world: &World,
    faults: &Faults,
    data: &Value,
    url: &str,
    disallowed: u64,
) -> Result<Greeting, Ending> {
    let token = data.get("token").and_then(Value::as_str).ok_or(Ending::DECODE_ERROR)?;
    // Libraries differ in whether the prefix of the REST header comes along.
    let token = token.strip_prefix("Bot ").unwrap_or(token).to_owned();
    let user = world.user_of_token(&token).ok_or(Ending::AUTHENTICATION_FAILED)?;
    let session = chance::token(16).map_err(|_| Ending::UNKNOWN)?;
    let (id, me) = (user.id, user.private_json());
    if !user.bot {
        let events = vec![("READY", person_ready(world, id, &me, &session, url))];
        return Ok(Greeting { session, listener: Listener::Person(id), token, events });
    }
    if !data.get("properties").is_some_and(Value::is_object) {
        return Err(Ending::DECODE_ERROR);
    }
    let intents = data.get("intents").and_then(Value::as_u64).ok_or(Ending::INVALID_INTENTS)?;
    if intents & !KNOWN != 0 {
        return Err(Ending::INVALID_INTENTS);
    }
    if intents & disallowed != 0 {
        return Err(Ending::DISALLOWED_INTENTS);
    }
    let shard = shard(data)?;
    let guilds: Vec<Id> = mine(world, id).filter(|guild| on_shard(shard, Some(*guild))).collect();
    if guilds.len() > GUILDS_OF_A_SHARD {
        return Err(Ending::SHARDING_REQUIRED);
    }
    let unavailable: Vec<_> =
        guilds.iter().map(|guild| json!({"id": guild.to_string(), "unavailable": true})).collect();
    let mut ready = json!({
        "v": 10, "user": me, "session_id": session, "resume_gateway_url": url, "guilds": unavailable,
        "application": world.partial_application(), "private_channels": [], "relationships": [], "presences": [],
        "user_settings": {}, "geo_ordered_rtc_regions": [], "guild_join_requests": [], "_trace": ["sandbox"],
    });
    if data.get("shard").is_some() {
        ready["shard"] = json!([shard.0, shard.1]);
    }
    let mut events = vec![("READY", ready)];
    // Without GUILDS a bot hears of no guild at all, and of one that is out when it is back.
    let there = guilds.iter().filter(|guild| intents & 1 != 0 && !faults.is_out(**guild));
    let large = data.get("large_threshold").and_then(Value::as_u64).unwrap_or(LARGE);
    for guild in there.filter_map(|guild| world.guilds.get(guild)) {
        let large = u64::try_from(guild.members.len()).is_ok_and(|members| members > large);
        // Nobody here is ever online but the bot.
        let everybody = intents & GUILD_PRESENCES != 0 && !large;
        let members = guild.members.keys().copied().filter(|member| everybody || *member == id);
        let mut full = world.guild_create(guild, id, members);
        full["large"] = json!(large);
        events.push(("GUILD_CREATE", full));
    }
    Ok(Greeting { session, listener: Listener::Bot { intents, shard }, token, events })
}

fn shard(data: &Value) -> Result<(u64, u64), Ending> {
    let Some(shard) = data.get("shard").filter(|shard| !shard.is_null()) else { return Ok((0, 1)) };
    let part = |index: usize| shard.get(index).and_then(Value::as_u64).ok_or(Ending::INVALID_SHARD);
    let (index, count) = (part(0)?, part(1)?);
    if count == 0 || index >= count { Err(Ending::INVALID_SHARD) } else { Ok((index, count)) }
}

fn mine(world: &World, id: Id) -> impl Iterator<Item = Id> {
    world.guilds.values().filter(move |guild| guild.members.contains_key(&id)).map(|guild| guild.id)
}

fn person_ready(world: &World, id: Id, me: &Value, session: &str, url: &str) -> Value {
    let guilds: Vec<_> = mine(world, id)
        .filter_map(|guild| world.guilds.get(&guild))
        .map(|guild| world.guild_create(guild, id, guild.members.keys().copied()))
        .collect();
    let direct = world.channels.values().filter(|one| one.guild.is_none() && one.recipients.contains(&id));
    let direct: Vec<_> = direct.map(|one| world.channel_for_viewer(one, id)).collect();
    let users: Vec<_> = world.users.values().filter(|user| user.can_act()).map(User::json).collect();
    json!({
        "v": 10, "user": me, "session_id": session, "resume_gateway_url": url, "guilds": guilds,
        "private_channels": direct, "users": users,
        "relationships": [], "presences": [], "user_settings": {}, "session_type": "normal", "_trace": ["sandbox"],
    })
}

/// The answer to a request for members; `None` when the request makes no sense or may not be made.
pub(crate) fn members_chunk(world: &World, listener: Option<Listener>, data: &Value) -> Option<Value> {
    // People's clients and some libraries send the guild as a list of one.
    let guild = data.get("guild_id")?;
    let guild = snowflake::parse(guild.get(0).unwrap_or(guild))?;
    let home = world.guilds.get(&guild)?;
    let query = data.get("query").and_then(Value::as_str);
    let limit = data.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(0);
    let wanted: Option<Vec<Id>> = data.get("user_ids").map(|ids| match ids {
        Value::Array(ids) => ids.iter().filter_map(snowflake::parse).collect(),
        one => snowflake::parse(one).into_iter().collect(),
    });
    if let Some(Listener::Bot { intents, .. }) = listener
        && query == Some("")
        && limit == 0
        && intents & GUILD_MEMBERS == 0
    {
        return None;
    }
    let named = |id: &Id| {
        world
            .users
            .get(id)
            .is_some_and(|user| user.name.to_lowercase().starts_with(&query.unwrap_or_default().to_lowercase()))
    };
    let found = home.members.keys().copied().filter(|id| match &wanted {
        Some(wanted) => wanted.contains(id),
        None => named(id),
    });
    let most = if limit == 0 { CHUNK } else { limit.min(CHUNK) };
    let members: Vec<_> = found.take(most).filter_map(|id| world.member_json(guild, id)).collect();
    let missing = wanted.iter().flatten().filter(|id| !home.members.contains_key(id));
    let mut chunk = json!({"guild_id": guild.to_string(), "members": members, "chunk_index": 0, "chunk_count": 1,
        "not_found": missing.map(ToString::to_string).collect::<Vec<_>>()});
    if data.get("presences") == Some(&Value::Bool(true)) {
        chunk["presences"] = json!([]);
    }
    if let Some(nonce) = data.get("nonce").filter(|nonce| !nonce.is_null()) {
        chunk["nonce"] = nonce.clone();
    }
    Some(chunk)
}
