//! Features and set-up: what is on, who may what, what is missing, and how the bot looks.

mod doctor;
mod features;
mod identity;
mod registered;
mod setup;
mod welcome;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{people::Person, world::World};

/// Every group of commands that belongs to a feature that a new guild has.
const COMMANDS: &[&str] = &[
    "Ask Jarvis about this",
    "Open a ticket",
    "agent",
    "ai",
    "alert",
    "compose",
    "connect",
    "connections",
    "container",
    "file",
    "fleet",
    "forget",
    "image",
    "incident",
    "jarvis",
    "log",
    "mcp",
    "memory",
    "model",
    "network",
    "overlay",
    "playbook",
    "probe",
    "prompt",
    "registry",
    "remember",
    "runbook",
    "schedule",
    "secret",
    "server",
    "service",
    "skill",
    "stream",
    "ticket",
    "volume",
];

/// All of them but these.
fn all_but(these: &[&str]) -> Vec<&'static str> {
    COMMANDS.iter().copied().filter(|name| !these.contains(name)).collect()
}

/// The names of a guild's own commands.
fn here(world: &World) -> Vec<String> {
    let own = world.sandbox.commands().into_iter().filter(|command| command.get("guild_id").is_some());
    let mut names: Vec<String> = own.map(|command| command["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Asks Discord with the bot's own token, as whoever else has it would.
async fn as_the_bot(world: &World, method: Method, path: &str) -> Value {
    let url = format!("{}/api/v10{path}", world.sandbox.page_url());
    let asked = reqwest::Client::new().request(method, url);
    let answer = asked.header("Authorization", format!("Bot {}", world.sandbox.bot_token())).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

/// Allows and denies the bot's role something in a channel.
async fn overwrite(admin: &Person, world: &World, channel: &str, allow: u64, deny: u64) {
    let (channel, role) = (world.sandbox.channel_id(channel).unwrap(), world.sandbox.role_id("Nebula").unwrap());
    let body = json!({ "type": 0, "allow": allow.to_string(), "deny": deny.to_string() });
    let path = format!("/channels/{channel}/permissions/{role}");
    admin.client.rest(Method::PUT, &path, Some(&body)).await.unwrap();
}
