//! What the file says about the gateway: nothing. But some events carry what a REST route answers, whole, and for those its
//! schemas hold.
//!
//! Left out is what only resembles an answer: partial messages, threads in `GUILD_CREATE`, interactions.

use super::document::SCHEMAS;
use super::schema::{Checker, Failure};
use serde_json::{Value, json};

/// The event, the part of its data (a JSON pointer), and the schemas of which that part has one. Lists are checked one by one.
const CARRIED: &[(&str, &str, &[&str])] = &[
    ("MESSAGE_CREATE", "", &["MessageResponse"]),
    ("MESSAGE_UPDATE", "", &["MessageResponse"]),
    ("CHANNEL_CREATE", "", CHANNEL),
    ("CHANNEL_UPDATE", "", CHANNEL),
    ("CHANNEL_DELETE", "", CHANNEL),
    ("THREAD_CREATE", "", &["ThreadResponse"]),
    ("THREAD_UPDATE", "", &["ThreadResponse"]),
    ("GUILD_CREATE", "/roles", &["GuildRoleResponse"]),
    ("GUILD_CREATE", "/members", &["GuildMemberResponse"]),
    ("GUILD_ROLE_CREATE", "/role", &["GuildRoleResponse"]),
    ("GUILD_ROLE_UPDATE", "/role", &["GuildRoleResponse"]),
    ("GUILD_MEMBER_ADD", "", &["GuildMemberResponse"]),
    ("GUILD_MEMBER_UPDATE", "", &["GuildMemberResponse"]),
    ("INTERACTION_CREATE", "/message", &["MessageResponse"]),
    ("INTERACTION_CREATE", "/member/user", &["UserResponse"]),
    ("INTERACTION_CREATE", "/user", &["UserResponse"]),
];
/// People are told of direct messages that open; everybody else of channels of guilds.
const CHANNEL: &[&str] = &["GuildChannelResponse", "PrivateChannelResponse"];

pub(super) fn check(checker: &Checker<'_>, event: &str, data: &Value) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (_, part, schemas) in CARRIED.iter().filter(|(one, ..)| *one == event) {
        let known = schemas.iter().filter(|schema| checker.schemas.contains_key(**schema));
        let branches: Vec<Value> = known.map(|schema| json!({"$ref": format!("{SCHEMAS}{schema}")})).collect();
        let Some(carried) = data.pointer(part).filter(|_| !branches.is_empty()) else { continue };
        let schema = json!({"oneOf": branches});
        match carried {
            Value::Array(all) => failures.extend(
                all.iter()
                    .enumerate()
                    .flat_map(|(index, one)| checker.check_at(&format!("{part}/{index}"), &schema, one)),
            ),
            one => failures.extend(checker.check_at(part, &schema, one)),
        }
    }
    failures
}
