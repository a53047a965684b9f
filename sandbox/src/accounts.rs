//! Who can act here, and how somebody new comes in: by code, or through `POST /sandbox/accounts`.

use crate::server::Server;
use crate::snowflake::Id;
use crate::world::World;
use crate::world::guilds::Role;
use crate::world::users::User;
use crate::{AccountInfo, Error};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The largest request for an account, in bytes.
const REQUEST: usize = 16 * 1024;
/// Accounts a page may add before it is told that this is a crowd.
const CROWD: usize = 100;

/// What the page sends.
#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// Everybody who can act.
pub(crate) fn all(world: &World) -> Vec<AccountInfo> {
    world.users.values().filter(|user| !user.bot && user.can_act()).map(info).collect()
}

/// Lets somebody new join the first guild, with these roles by name.
pub(crate) fn add(world: &mut World, name: &str, roles: &[&str]) -> Result<AccountInfo, Error> {
    add_to(world, world.first_guild(), name, roles)
}

/// Lets somebody new join a guild, with these roles of its own by name.
pub(crate) fn add_to(world: &mut World, guild: Id, name: &str, roles: &[&str]) -> Result<AccountInfo, Error> {
    let of_guild = |role: &str| world.guilds.get(&guild)?.roles.values().find(|known| known.name == role);
    let held = roles
        .iter()
        .map(|role| of_guild(role).map(|role| role.id).ok_or_else(|| Error::UnknownRole((*role).to_owned())));
    let held = held.collect::<Result<Vec<_>, _>>()?;
    let id = world.next_id();
    world.add_user(id, name, false)?;
    world.join(guild, id, held);
    let token = world.users.get(&id).map(|user| user.token.clone()).unwrap_or_default();
    Ok(AccountInfo { name: name.to_owned(), id: id.to_string(), token })
}

pub(crate) fn role_named<'a>(world: &'a World, name: &str) -> Option<&'a Role> {
    world.guilds.values().flat_map(|guild| guild.roles.values()).find(|role| role.name == name)
}

pub(crate) async fn list(State(server): State<Arc<Server>>) -> Json<Vec<AccountInfo>> {
    Json(server.look(all))
}

/// `POST /sandbox/accounts`: 201 with the account, or 400 with a sentence in `message`.
pub(crate) async fn create(State(server): State<Arc<Server>>, body: Body) -> Response {
    let bytes = to_bytes(body, REQUEST).await.ok();
    let wanted = bytes.and_then(|bytes| serde_json::from_slice::<Wanted>(&bytes).ok());
    let made = match wanted {
        Some(wanted) => server.act(|world| admit(world, &wanted)),
        None => Err("Send {\"name\": …, \"roles\": […]} as JSON.".to_owned()),
    };
    match made {
        Ok(account) => (StatusCode::CREATED, Json(account)).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, Json(json!({"message": message}))).into_response(),
    }
}

/// Discord's rules for the names of accounts, and only roles that a person can hold.
fn admit(world: &mut World, wanted: &Wanted) -> Result<AccountInfo, String> {
    let Wanted { name, roles } = wanted;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    if !(2..=32).contains(&name.len()) || !name.chars().all(fits) || name.contains("..") {
        return Err("A name has 2 to 32 small letters, digits, dots and underscores, and no two dots in a row.".into());
    }
    if world.users.values().any(|user| user.name.eq_ignore_ascii_case(name)) {
        return Err(format!("Somebody is called `{name}` already."));
    }
    if world.users.len() >= CROWD {
        return Err(format!("There are {CROWD} accounts already; that is a crowd."));
    }
    for role in roles {
        match role_named(world, role) {
            None => return Err(format!("No role is called `{role}`.")),
            Some(found) if found.bot.is_some() || found.id == world.first_guild() => {
                return Err(format!("`{role}` cannot be given to anybody."));
            }
            Some(_) => {}
        }
    }
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    add(world, name, &roles).map_err(|error| error.to_string())
}

fn info(user: &User) -> AccountInfo {
    AccountInfo { name: user.name.clone(), id: user.id.to_string(), token: user.token.clone() }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, admit};
    use crate::world::World;

    #[test]
    fn a_name_that_discord_would_refuse_is_refused_with_a_sentence() {
        let mut world = World::founded(1_750_000_000_000).unwrap();
        let mut admitted = |name: &str, roles: &[&str]| {
            let wanted = Wanted { name: name.into(), roles: roles.iter().map(|role| (*role).to_owned()).collect() };
            admit(&mut world, &wanted).map(|account| account.name)
        };
        assert_eq!(admitted("nightshift", &["Operators"]), Ok("nightshift".into()));
        let again = admitted("nightshift", &[]).unwrap_err();
        assert_eq!(again, "Somebody is called `nightshift` already.");
        for name in ["", "a", "Upper", "two words", "a..b", "x".repeat(33).as_str(), "<b>"] {
            assert!(admitted(name, &[]).is_err(), "{name}");
        }
        assert_eq!(admitted("eve", &["Kings"]).unwrap_err(), "No role is called `Kings`.");
        assert_eq!(admitted("eve", &["Nebula"]).unwrap_err(), "`Nebula` cannot be given to anybody.");
        assert!(admitted("eve", &["@everyone"]).is_err());
        assert!(admitted("eve", &[]).is_ok());
    }
}
