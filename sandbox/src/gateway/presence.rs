//! How the bot looks: what it says of that, with opcode 3 or as it identifies, is held against what Discord takes.
//!
//! **Invariant:** what is kept is only what was in order, each with the moment at which it came.

use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::sync::watch;
use tokio::time::Instant;

/// Kept of them.
const KEPT: usize = 1_000;
/// Characters of a name, of a state and of an address, as JavaScript counts them.
const TEXT: usize = 128;
const ADDRESS: usize = 512;
const STREAMING: u64 = 1;
const CUSTOM: u64 = 4;
/// Playing, streaming, listening, watching, custom, competing.
const KINDS: u64 = 5;
/// A stream is seen there and nowhere else.
const STREAMS_AT: [&str; 4] =
    ["https://www.twitch.tv/", "https://twitch.tv/", "https://www.youtube.com/", "https://youtube.com/"];

/// How the bot looks, now and whenever that changes.
#[derive(Debug)]
pub(crate) struct Looks {
    all: VecDeque<(Instant, Value)>,
    now: watch::Sender<Value>,
}

impl Default for Looks {
    fn default() -> Self {
        Self { all: VecDeque::new(), now: watch::Sender::new(plain()) }
    }
}

impl Looks {
    /// It looks so from now on.
    pub(crate) fn set(&mut self, looks: Value) {
        if self.all.len() == KEPT {
            self.all.pop_front();
        }
        self.all.push_back((Instant::now(), looks.clone()));
        self.now.send_replace(looks);
    }

    /// It begins anew: what it says as it identifies is no update.
    pub(crate) fn begin(&mut self, looks: Value) {
        self.now.send_replace(looks);
    }

    pub(crate) fn now(&self) -> watch::Receiver<Value> {
        self.now.subscribe()
    }

    /// Every update, oldest first.
    pub(crate) fn all(&self) -> Vec<(Instant, Value)> {
        self.all.iter().cloned().collect()
    }
}

fn plain() -> Value {
    json!({"status": "online", "activities": []})
}

/// What a presence says, or what is wrong with it. `since` is not looked at: Discord takes what libraries write there.
pub(crate) fn read(data: &Value) -> Result<Value, String> {
    let status = data.get("status").and_then(Value::as_str).ok_or("status is no text")?;
    if !["online", "dnd", "idle", "invisible", "offline"].contains(&status) {
        return Err(format!("status {status:?} is none"));
    }
    if data.get("afk").is_some_and(|afk| !afk.is_null() && !afk.is_boolean()) {
        return Err("afk is neither true nor false".to_owned());
    }
    let activities = match data.get("activities") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(all)) => all,
        Some(_) => return Err("activities are no list".to_owned()),
    };
    let read = activities.iter().map(activity).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"status": status, "activities": read}))
}

/// The same as a client identifies, where it says nothing of it as often as not.
pub(crate) fn read_first(identify: &Value) -> Result<Value, String> {
    identify.get("presence").filter(|presence| !presence.is_null()).map_or_else(|| Ok(plain()), read)
}

fn activity(said: &Value) -> Result<Value, String> {
    let kind =
        said.get("type").and_then(Value::as_u64).filter(|kind| *kind <= KINDS).ok_or("an activity has no type")?;
    let text = |field: &str, most: usize| match said.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.encode_utf16().count() <= most => Ok(Some(text.clone())),
        Some(Value::String(text)) => Err(format!("{field} has {} characters of {most}", text.encode_utf16().count())),
        Some(_) => Err(format!("{field} is no text")),
    };
    let (name, state, url) = (text("name", TEXT)?, text("state", TEXT)?, text("url", ADDRESS)?);
    let name = name.filter(|name| !name.trim().is_empty()).ok_or("an activity has no name")?;
    if kind == CUSTOM && state.as_deref().is_none_or(|state| state.trim().is_empty()) {
        return Err("a custom status has no state".to_owned());
    }
    if let Some(url) = &url
        && !(kind == STREAMING && STREAMS_AT.iter().any(|place| url.starts_with(place)))
    {
        return Err(format!("{url} is no stream on Twitch or YouTube"));
    }
    let mut read = json!({"type": kind, "name": name});
    for (field, value) in [("state", state), ("url", url)] {
        if let Some(value) = value {
            read[field] = value.into();
        }
    }
    Ok(read)
}

/// As people read it under the bot's name.
pub(crate) fn words(looks: &Value) -> String {
    let Some(one) = looks["activities"].get(0) else { return String::new() };
    let name = one["name"].as_str().unwrap_or_default();
    match one["type"].as_u64() {
        Some(0) => format!("Playing {name}"),
        Some(STREAMING) => format!("Streaming {name}"),
        Some(2) => format!("Listening to {name}"),
        Some(3) => format!("Watching {name}"),
        Some(CUSTOM) => one["state"].as_str().unwrap_or_default().to_owned(),
        _ => format!("Competing in {name}"),
    }
}
