//! Tells Discord which commands there are, and only what changed: creations are limited to 200 a day in each place.
//!
//! The core's are global. A feature's are commands of each guild where it is on; the digest of what Discord was last seen to have
//! is kept, so that a start asks nothing of guilds that are as they should be.
//!
//! **Invariant:** what was global and is a guild's now goes last: no guild is without it in between.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{Error, GuildId, Result, gate};
use futures::StreamExt;
use guilds::{
    Feature, State,
    discord::{Look, Registered},
};
use hub::Hub;
use poise::serenity_prelude as serenity;
use serde_json::Value;
use serenity::http::{LightMethod, Route};
use store::Store;

use crate::rest::{Rank, Rest};

/// What makes two definitions the same command; the rest is Discord's own or a default.
const TELLING: [&str; 17] = [
    "name",
    "description",
    "type",
    "options",
    "choices",
    "value",
    "required",
    "autocomplete",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "channel_types",
    "default_member_permissions",
    "contexts",
    "name_localizations",
    "description_localizations",
];

/// New commands that Discord takes in each guild within 24 hours.
const CREATIONS: usize = 200;
/// Discord's word for having taken as many.
const TOO_MANY: isize = 30034;
/// Up to as many changes are sent one by one.
const ONE_BY_ONE: usize = 3;
/// Guilds that are brought up to date at a time.
const AT_A_TIME: usize = 4;
/// What could not be registered, or was left for another day, is tried again this often.
const AGAIN: Duration = Duration::from_hours(1);
/// And this soon where Discord failed.
const AGAIN_SOON: Duration = Duration::from_mins(1);

type Sent<T> = std::result::Result<T, serenity::Error>;

/// The guilds that the bot is in, as far as this process hears of them. Cloning shares it.
#[derive(Clone, Default)]
pub struct Crowd(Arc<Mutex<BTreeSet<GuildId>>>);

impl Crowd {
    /// The answer is whether it is new.
    pub(crate) fn add(&self, guild: GuildId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(guild)
    }

    pub(crate) fn remove(&self, guild: GuildId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&guild);
    }

    /// Whether it is in this one.
    pub fn has(&self, guild: GuildId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&guild)
    }

    fn all(&self) -> Vec<GuildId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Every command as Discord wants it defined.
pub fn definitions() -> Vec<Value> {
    poise::builtins::create_application_commands(&crate::commands())
        .into_iter()
        .filter_map(|command| serde_json::to_value(command).ok())
        .collect()
}

/// The commands that a new guild has.
pub fn at_first() -> Vec<Value> {
    let on = |feature: &Feature| feature.at_first == State::On;
    definitions().into_iter().filter(|command| owner(command).is_none_or(on)).collect()
}

fn owner(command: &Value) -> Option<&'static Feature> {
    guilds::of_command(command["name"].as_str().unwrap_or_default())
}

/// Those of every guild.
fn core() -> Vec<Value> {
    definitions().into_iter().filter(|command| owner(command).is_none()).collect()
}

/// Those of a guild where these features are on.
fn of(on: &[&'static Feature]) -> Vec<Value> {
    let is_on = |feature: &Feature| on.iter().any(|one| one.name == feature.name);
    definitions().into_iter().filter(|command| owner(command).is_some_and(is_on)).map(without_places).collect()
}

/// A guild's own command is nowhere else, and must not say where it is.
fn without_places(mut command: Value) -> Value {
    if let Value::Object(fields) = &mut command {
        fields.retain(|field, _| !["contexts", "integration_types", "dm_permission"].contains(&field.as_str()));
    }
    command
}

/// Brings Discord's lists up to date, and keeps them so for as long as the process lives.
pub(crate) async fn keep(rest: &Rest, hub: &Hub, crowd: &Crowd) {
    loop {
        let wait = match everywhere(rest, hub, crowd).await {
            Ok(0) => {
                tracing::info!("commands are registered as they should be");
                AGAIN
            }
            Ok(changed) => {
                tracing::info!(changed, "commands registered");
                AGAIN
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "commands could not be registered");
                AGAIN_SOON
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = hub.guilds().stale() => {}
        }
    }
}

async fn everywhere(rest: &Rest, hub: &Hub, crowd: &Crowd) -> anyhow::Result<usize> {
    let (mut changed, stale) = everybodys(rest).await?;
    let each = crowd.all().into_iter().map(|guild| hub.guilds().register(guild, Look::Kept));
    let mut each = futures::stream::iter(each).buffer_unordered(AT_A_TIME);
    let mut failed = None;
    while let Some(registered) = each.next().await {
        match registered {
            Ok(registered) => changed += registered.changed,
            Err(error) => failed = Some(error),
        }
    }
    if let Some(Error::Internal { source, .. }) = failed {
        return Err(source.context("the commands of a guild"));
    }
    for command_id in stale {
        let route = Route::Command { application_id: rest.application()?, command_id };
        rest.define(LightMethod::Delete, route, None).await?;
        changed += 1;
    }
    Ok(changed)
}

/// Brings the global list up to date. The answer is how much changed, and what is left to be deleted.
async fn everybodys(rest: &Rest) -> Sent<(usize, Vec<serenity::CommandId>)> {
    let (wanted, application_id) = (core(), rest.me().await.application);
    let all = || Route::Commands { application_id };
    let there: Vec<Value> = rest.fetch(all(), None, Rank::Background).await?;
    if there.is_empty() {
        rest.define(LightMethod::Put, all(), Some(serde_json::to_vec(&wanted)?)).await?;
        return Ok((wanted.len(), Vec::new()));
    }
    let mut changed = 0;
    for command in wanted.iter().filter(|command| !there.iter().any(|known| is_same(known, command))) {
        // Discord replaces the one of the same name.
        rest.define(LightMethod::Post, all(), Some(serde_json::to_vec(command)?)).await?;
        changed += 1;
    }
    let stale = there.iter().filter(|known| !wanted.iter().any(|command| is_called(command, known)));
    Ok((changed, stale.filter_map(id).collect()))
}

/// Brings a guild's list up to date.
pub(crate) async fn in_guild(
    rest: &Rest,
    store: &Store,
    guild: GuildId,
    on: &[&'static Feature],
    look: Look,
) -> Result<Registered> {
    let wanted = of(on);
    let digest = gate::digest("commands", &Value::Array(wanted.clone()), None);
    if look == Look::Kept && store.command_digest(guild).await?.as_deref() == Some(&digest) {
        return Ok(Registered::default());
    }
    let lost = |error| Error::internal("bringing the commands of this guild up to date", error);
    let there = commands_of(rest, guild).await.map_err(lost)?;
    let is_new = |command: &&Value| !there.iter().any(|known| is_called(known, command));
    let new: Vec<&Value> = wanted.iter().filter(is_new).collect();
    let same = |command: &&Value| there.iter().any(|known| is_same(known, command));
    let gone: Vec<&Value> =
        there.iter().filter(|known| !wanted.iter().any(|command| is_called(command, known))).collect();
    let changed = wanted.len() - wanted.iter().filter(same).count() + gone.len();
    if changed == 0 {
        store.keep_command_digest(guild, &digest).await?;
        return Ok(Registered::default());
    }
    let names: Vec<&str> = wanted.iter().filter(|one| !same(one)).filter_map(|one| one["name"].as_str()).collect();
    tracing::debug!(guild.id = guild.0, ?names, gone = gone.len(), "commands of a guild differ");
    store.forget_command_digest(guild).await?;
    let mut room = if new.is_empty() { 0 } else { store.claim_creations(guild, new.len(), CREATIONS).await? };
    let taken = |room: usize| -> Vec<&Value> {
        let left: Vec<&Value> = new.iter().skip(room).copied().collect();
        wanted.iter().filter(|command| !left.iter().any(|one| is_called(one, command))).collect()
    };
    let change = Change { there: &there, gone: &gone };
    match change.make(rest, guild, &taken(room)).await {
        Err(error) if is_too_many(&error) => {
            // Somebody else made some: what Discord counts is what counts.
            while store.claim_creations(guild, CREATIONS, CREATIONS).await? > 0 {}
            room = 0;
            change.make(rest, guild, &taken(0)).await.map_err(lost)?;
        }
        sent => sent.map_err(lost)?,
    }
    let left_out: Vec<String> =
        new.iter().skip(room).filter_map(|one| Some(one["name"].as_str()?.to_owned())).collect();
    if left_out.is_empty() {
        store.keep_command_digest(guild, &digest).await?;
        return Ok(Registered { changed, ..Registered::default() });
    }
    tracing::warn!(guild.id = guild.0, ?left_out, "Discord takes no more new commands here today");
    let again = store.creations_again(guild).await?.map(|again| again.0);
    Ok(Registered { changed: changed - left_out.len(), left_out, again })
}

async fn commands_of(rest: &Rest, guild: GuildId) -> Sent<Vec<Value>> {
    let guild_id = serenity::GuildId::new(guild.0);
    let route = Route::GuildCommands { application_id: rest.me().await.application, guild_id };
    rest.fetch(route, None, Rank::Background).await
}

/// From what is there to what shall be.
struct Change<'a> {
    there: &'a [Value],
    gone: &'a [&'a Value],
}

impl Change<'_> {
    /// Makes these the guild's commands. Those that keep their name keep their id, and are not counted as new. Discord takes a
    /// whole list twice in 20 s only, so a few changes are sent one by one.
    async fn make(&self, rest: &Rest, guild: GuildId, commands: &[&Value]) -> Sent<()> {
        let (guild_id, application_id) = (serenity::GuildId::new(guild.0), rest.me().await.application);
        let all = || Route::GuildCommands { application_id, guild_id };
        let differs = |command: &&&Value| !self.there.iter().any(|known| is_same(known, command));
        let differing: Vec<&&Value> = commands.iter().filter(differs).collect();
        if differing.len() + self.gone.len() > ONE_BY_ONE {
            return rest.define(LightMethod::Put, all(), Some(serde_json::to_vec(commands)?)).await;
        }
        for command in differing {
            rest.define(LightMethod::Post, all(), Some(serde_json::to_vec(command)?)).await?;
        }
        for command_id in self.gone.iter().filter_map(|gone| id(gone)) {
            let route = Route::GuildCommand { application_id, guild_id, command_id };
            rest.define(LightMethod::Delete, route, None).await?;
        }
        Ok(())
    }
}

fn id(command: &Value) -> Option<serenity::CommandId> {
    command["id"].as_str()?.parse().ok().map(serenity::CommandId::new)
}

fn is_too_many(error: &serenity::Error) -> bool {
    matches!(error, serenity::Error::Http(serenity::HttpError::UnsuccessfulRequest(said)) if said.error.code == TOO_MANY)
}

fn is_called(one: &Value, other: &Value) -> bool {
    one["name"] == other["name"] && kind(one) == kind(other)
}

fn is_same(one: &Value, other: &Value) -> bool {
    is_called(one, other) && telling(one) == telling(other)
}

fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

/// What tells one definition from another: defaults and what Discord adds are left out.
fn telling(definition: &Value) -> Value {
    match definition {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, value)| TELLING.contains(&key.as_str()) && !is_default(key, value))
            .map(|(key, value)| (key.clone(), telling(value)))
            .collect(),
        Value::Array(items) => items.iter().map(telling).collect(),
        // Numbers come back as 1.0 where 1 was sent.
        Value::Number(number) => number.as_f64().map_or_else(|| definition.clone(), Value::from),
        plain => plain.clone(),
    }
}

fn is_default(key: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        // Of what is in a message's menu nothing is told but its name.
        Value::String(text) => key == "description" && text.is_empty(),
        Value::Number(number) => key == "type" && number.as_u64() == Some(1),
        // A guild's and a direct message's context, where all three are the default.
        Value::Bool(true) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_as_discord_returns_it_is_the_one_that_was_sent() {
        let sent = json!({ "name": "server", "description": "Servers", "options": [
            { "type": 4, "name": "minutes", "description": "m", "min_value": 1, "required": false, "choices": [] }] });
        let returned = json!({ "id": "1", "application_id": "2", "version": "3", "type": 1, "nsfw": false,
            "name": "server", "description": "Servers", "dm_permission": true, "name_localizations": null, "options": [
            { "type": 4, "name": "minutes", "description": "m", "min_value": 1.0 }] });
        assert_eq!(telling(&sent), telling(&returned));
    }

    #[test]
    fn a_changed_option_is_a_changed_command() {
        let one = json!({ "name": "a", "options": [{ "name": "x", "required": true }] });
        let two = json!({ "name": "a", "options": [{ "name": "x", "required": false }] });
        assert_ne!(telling(&one), telling(&two));
    }

    #[test]
    fn a_command_is_everybodys_or_a_features() {
        let (core, all) = (core().len(), definitions().len());
        assert!(core > 0 && of(&[]).is_empty());
        assert_eq!(core + of(&guilds::ALL.iter().collect::<Vec<_>>()).len(), all);
        let groups: Vec<&str> = guilds::ALL.iter().flat_map(|feature| feature.commands).copied().collect();
        for group in groups {
            assert!(
                definitions().iter().any(|command| command["name"] == group),
                "/{group} belongs to a feature and is none"
            );
        }
    }

    #[test]
    fn discords_limits_for_commands_hold() {
        let commands = definitions();
        assert!(!commands.is_empty() && commands.len() <= 100);
        for command in &commands {
            assert!(written(command) < 8_000, "{} has {}", command["name"], written(command));
        }
    }

    /// What Discord counts of a command: its names, descriptions and values, with those of its options and choices.
    fn written(command: &Value) -> usize {
        let own = ["name", "description", "value"].iter().filter_map(|key| command[key].as_str());
        let below = ["options", "choices"].iter().filter_map(|key| command[key].as_array()).flatten();
        own.map(|text| text.chars().count()).sum::<usize>() + below.map(written).sum::<usize>()
    }
}
