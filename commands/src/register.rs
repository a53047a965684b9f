//! Tells Discord which commands there are, and only what changed: creations are limited to 200 a day.

use base::Error;
use poise::serenity_prelude as serenity;
use serde_json::Value;
use serenity::http::{LightMethod, Route};

use crate::{
    Data,
    rest::{Rank, Rest},
};

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

/// Every command as Discord wants it defined.
pub fn definitions() -> Vec<Value> {
    wanted(&crate::commands())
}

pub(crate) fn wanted(commands: &[poise::Command<Data, Error>]) -> Vec<Value> {
    poise::builtins::create_application_commands(commands)
        .into_iter()
        .filter_map(|command| serde_json::to_value(command).ok())
        .collect()
}

/// Brings Discord's list up to date.
pub(crate) async fn register(rest: &Rest, wanted: Vec<Value>) {
    match bring_up_to_date(rest, wanted).await {
        Ok(0) => tracing::info!("commands are registered as they should be"),
        Ok(changed) => tracing::info!(changed, "commands registered"),
        Err(error) => tracing::error!(%error, "commands could not be registered"),
    }
}

async fn bring_up_to_date(rest: &Rest, wanted: Vec<Value>) -> Result<usize, serenity::Error> {
    let application_id = rest.application()?;
    let all = || Route::Commands { application_id };
    let there: Vec<Value> = rest.fetch(all(), None, Rank::Background).await?;
    if there.is_empty() {
        rest.define(LightMethod::Put, all(), Some(serde_json::to_vec(&wanted)?)).await?;
        return Ok(wanted.len());
    }
    let mut changed = 0;
    for command in &wanted {
        let same = there.iter().any(|known| known["name"] == command["name"] && telling(known) == telling(command));
        if !same {
            // Discord replaces the one of the same name.
            rest.define(LightMethod::Post, all(), Some(serde_json::to_vec(command)?)).await?;
            changed += 1;
        }
    }
    for known in &there {
        let kept = wanted.iter().any(|command| command["name"] == known["name"] && kind(command) == kind(known));
        if let Some(id) = known["id"].as_str().and_then(|id| id.parse().ok()).filter(|_| !kept) {
            let command_id = serenity::CommandId::new(id);
            rest.define(LightMethod::Delete, Route::Command { application_id, command_id }, None).await?;
            changed += 1;
        }
    }
    Ok(changed)
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
        Value::Number(number) => key == "type" && number.as_u64() == Some(1),
        // A guild's and a direct message's context, where all three are the default.
        _ => false,
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
    fn discords_limits_for_commands_hold() {
        let commands = definitions();
        assert!(!commands.is_empty() && commands.len() <= 100);
        for command in &commands {
            assert!(command.to_string().len() < 8_000);
        }
    }
}
