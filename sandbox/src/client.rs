//! A person at a Discord client: what they type, press and fill in, and what they see.
//!
//! **Invariant:** it uses only what a real client uses: the routes and the gateway of the client door. It never looks
//! into the server, so what it can do and see, a person can.
//!
//! Nothing here polls: everything awaited is a look at [`State`], repeated when the gateway says something.

mod door;
mod error;
mod line;
mod listener;
pub(crate) mod message;
mod modal;
pub(crate) mod quotes;
mod roles;
mod state;
#[cfg(test)]
mod stories;
#[cfg(test)]
pub(crate) mod test_bot;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

pub(crate) use self::error::nearest;
use crate::Fault;

use self::{
    door::Door,
    line::Call,
    listener::Listener,
    message::{BUTTON, list, text_at},
    state::End,
};
pub use self::{
    error::{Error, Result, Unknown},
    message::{Button, Message, Select, message_text},
    modal::{Field, Modal},
    state::{Channel, Seen, State},
};

/// Discord gives a bot 3 s and then tells the person; more than that is for a busy machine.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(10);
/// How long the gateway may take to say READY.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// Where people are when they open Discord, if the guild has it; else its first text channel.
const FIRST_CHANNEL: &str = "general";

/// Where faults are made, listed and removed.
const FAULTS: &str = "/sandbox/faults";
/// The type of a command of a message's own menu.
const ON_MESSAGE: u64 = 3;

/// Somebody who may use the sandbox.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub name: String,
    pub id: String,
    pub token: String,
}

/// A rule of Discord's that the bot broke.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Violation {
    pub rule: String,
    pub detail: String,
    /// Method and path of the request that broke it, where a request did.
    #[serde(default)]
    pub request: Option<String>,
}

/// The people of a sandbox.
pub async fn accounts(page_url: &str) -> Result<Vec<Account>> {
    Door::new(page_url, "")?.accounts().await
}

/// The rules the bot broke so far.
pub async fn violations(page_url: &str) -> Result<Vec<Violation>> {
    Door::new(page_url, "")?.violations().await
}

/// Lets something go wrong for the bot.
pub async fn inject(page_url: &str, fault: &Fault) -> Result<()> {
    Door::new(page_url, "")?.send(Method::POST, FAULTS, Some(&json!(fault)), &[]).await.map(drop)
}

/// Ends whatever goes wrong for the bot.
pub async fn heal(page_url: &str) -> Result<()> {
    Door::new(page_url, "")?.send(Method::DELETE, FAULTS, None, &[]).await.map(drop)
}

/// A person, connected. Clones are the same person at the same window.
#[derive(Debug, Clone)]
pub struct Client {
    window: Arc<Window>,
    files_from: PathBuf,
}

#[derive(Debug)]
struct Window {
    door: Door,
    state: Arc<watch::Sender<State>>,
    /// The channel the person looks at.
    place: Mutex<String>,
    /// Of no meaning, but different for every client, so that two windows of one person do not mix up their answers.
    nonce: AtomicU64,
    _listening: AbortOnDropHandle<()>,
}

/// What a person did that asked something of the bot, acknowledged by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Discord's id of it.
    pub id: String,
    /// What the person did, in words.
    pub what: String,
    /// The dialog with which the bot answered.
    pub modal: Option<Modal>,
    /// Events before this revision are from before the person did it.
    pub since: u64,
}

/// Something the bot offers for an option being typed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Choice {
    pub name: String,
    pub value: Value,
}

impl Client {
    /// Opens a client for the person with this token and waits until it knows the guild.
    pub async fn connect(page_url: &str, token: &str) -> Result<Self> {
        let door = Door::new(page_url, token)?;
        let listener = Listener::connect(&door.gateway_url(), token).await?;
        let state = Arc::new(watch::Sender::new(State::default()));
        let listening = AbortOnDropHandle::new(tokio::spawn(listener.run(Arc::clone(&state))));
        // Below 2^62, so that its decimal form has at most 19 digits, as a snowflake has.
        let nonce = AtomicU64::new(RandomState::new().build_hasher().finish() >> 2);
        let window = Window { door, state, place: Mutex::default(), nonce, _listening: listening };
        let client = Self { window: Arc::new(window), files_from: PathBuf::new() };
        let first = client
            .wait_for("the gateway to say READY", READY_WITHIN, |state| {
                state.user.is_object().then(|| {
                    let text = || state.channels().iter().filter(|channel| channel.kind == 0);
                    text().find(|channel| channel.name == FIRST_CHANNEL).or_else(|| text().next()).map(|c| c.id.clone())
                })
            })
            .await?;
        client.enter(&first.unwrap_or_default());
        Ok(client)
    }

    /// Opens a client for the person with this name.
    pub async fn connect_as(page_url: &str, name: &str) -> Result<Self> {
        let accounts = accounts(page_url).await?;
        match accounts.iter().find(|account| account.name == name) {
            Some(account) => Self::connect(page_url, &account.token).await,
            None => Err(Unknown::new("account", name, accounts.into_iter().map(|account| account.name)).into()),
        }
    }

    /// Reads the `@path` of attachment options from this directory, not from the process's own.
    pub fn with_files_from(mut self, directory: impl Into<PathBuf>) -> Self {
        self.files_from = directory.into();
        self
    }

    // What the person sees.

    /// Looks at what was seen so far. The look must be short: events wait for it.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.window.state.borrow())
    }

    /// Waits until `look` finds something, at most `within`. `what` completes "waited 10 s for …".
    pub async fn wait_for<T>(
        &self,
        what: impl Into<String>,
        within: Duration,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T> {
        let mut changes = self.window.state.subscribe();
        let mut found = None;
        let looked = changes.wait_for(|state| {
            found = look(state);
            found.is_some() || state.closed.is_some()
        });
        let ended = tokio::time::timeout(within, looked).await.is_ok();
        let closed = self.look(|state| state.closed.clone());
        match (found, closed) {
            (Some(found), _) => Ok(found),
            (None, Some(reason)) if ended => Err(Error::Closed { reason }),
            (None, _) => Err(Error::TimedOut { waiting_for: what.into(), after: within }),
        }
    }

    /// Waits for a message that fits, in any channel: the newest, as it is when it fits.
    pub async fn wait_for_message(
        &self,
        what: impl Into<String>,
        within: Duration,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message> {
        self.wait_for(what, within, |state| {
            let present = state.seen().iter().rev().filter(|seen| seen.deleted.is_none());
            present.map(Seen::latest).find(|message| fits(message)).cloned()
        })
        .await
    }

    /// Waits for a newer version of a message.
    pub async fn wait_for_edit(&self, message: &Message, within: Duration) -> Result<Message> {
        self.wait_for(format!("an edit of message {}", message.id()), within, |state| {
            let latest = state.message(message.id()).map(Seen::latest);
            latest.filter(|latest| latest.revision > message.revision).cloned()
        })
        .await
    }

    /// Waits for the message that answers an interaction, and for it to say more than "thinking". An answer that changes
    /// the message that was pressed is an edit of that one: see [`Self::wait_for_edit`].
    pub async fn answer(&self, interaction: &Interaction, within: Duration) -> Result<Message> {
        let what = format!("an answer to {}", interaction.what);
        self.wait_for(what, within, |state| state.answer(&interaction.id).cloned()).await
    }

    /// A message as it is now.
    pub fn now(&self, message: &Message) -> Message {
        self.look(|state| state.message(message.id()).map_or_else(|| message.clone(), |seen| seen.latest().clone()))
    }

    // Where the person is.

    /// The channel or thread the person looks at.
    pub fn here(&self) -> String {
        self.window.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes to a channel or thread by its id.
    pub fn enter(&self, channel_id: &str) {
        channel_id.clone_into(&mut self.window.place.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Goes to `#name`.
    pub fn go(&self, name: &str) -> Result<()> {
        let id = self.look(|state| state.find_channel(name).map(|channel| channel.id.clone()))?;
        self.enter(&id);
        Ok(())
    }

    /// Fetches what was said in a channel before the person came.
    pub async fn read_history(&self, channel_id: &str) -> Result<()> {
        let messages = self.rest(Method::GET, &format!("/channels/{channel_id}/messages?limit=50"), None).await?;
        let oldest_first = list(&messages).iter().rev().cloned().collect();
        self.window.state.send_modify(|state| state.remember(oldest_first));
        Ok(())
    }

    // What the person does.

    /// Says something in a channel.
    pub async fn say(&self, channel_id: &str, text: &str) -> Result<Message> {
        self.say_with(channel_id, text, &[]).await
    }

    /// The same, with files attached.
    pub async fn say_with(&self, channel_id: &str, text: &str, files: &[&str]) -> Result<Message> {
        let files: Vec<PathBuf> = files.iter().map(|path| self.files_from.join(path)).collect();
        let attachments = files.iter().enumerate().map(|(at, path)| attached(at, path));
        let body = json!({ "content": text, "nonce": self.nonce(), "attachments": attachments.collect::<Vec<_>>() });
        let path = format!("/api/v10/channels/{channel_id}/messages");
        let said = self.window.door.send(Method::POST, &path, Some(&body), &files).await?;
        let id = text_at(&said, "id").to_owned();
        let seen = |state: &State| state.message(&id).map(|seen| seen.latest().clone());
        self.wait_for("the own message to appear", ACKNOWLEDGED_WITHIN, seen).await
    }

    /// Types a slash command where the person is, and waits until the bot acknowledges it.
    pub async fn slash(&self, line: &str) -> Result<Interaction> {
        self.slash_in(&self.here(), line).await
    }

    /// Types a slash command in a channel, and waits until the bot acknowledges it.
    pub async fn slash_in(&self, channel_id: &str, line: &str) -> Result<Interaction> {
        let index = self.commands().await?;
        let Call { application_id, mut data, files } = self.look(|state| line::command(line, &index, state))?;
        let files: Vec<PathBuf> = files.iter().map(|path| self.files_from.join(path)).collect();
        data["attachments"] = files.iter().enumerate().map(|(at, path)| attached(at, path)).collect();
        let body = json!({ "type": 2, "application_id": application_id, "channel_id": channel_id, "data": data });
        self.interact(line.to_owned(), body, &files).await
    }

    /// Uses one of the bot's commands from a message's own menu, by its name.
    pub async fn use_on(&self, message: &Message, name: &str) -> Result<Interaction> {
        let index = self.commands().await?;
        let known = index["application_commands"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut known = known.iter().filter(|command| command["type"] == ON_MESSAGE);
        let Some(command) = known.clone().find(|command| command["name"] == name) else {
            let names = known.by_ref().filter_map(|command| command["name"].as_str().map(str::to_owned));
            return Err(Unknown::new("command of a message", name, names).into());
        };
        let data = json!({
            "id": command["id"], "name": name, "type": ON_MESSAGE, "version": command["version"], "target_id": message.id(),
        });
        let (application_id, channel_id) = (&command["application_id"], message.channel_id());
        let body = json!({ "type": 2, "application_id": application_id, "channel_id": channel_id, "data": data });
        self.interact(name.to_owned(), body, &[]).await
    }

    /// Asks what the bot offers for the last option of an unfinished command.
    pub async fn autocomplete(&self, line: &str) -> Result<Vec<Choice>> {
        let index = self.commands().await?;
        let call = self.look(|state| line::unfinished(line, &index, state))?;
        let channel_id = self.here();
        let body =
            json!({ "type": 4, "application_id": call.application_id, "channel_id": channel_id, "data": call.data });
        let (_, end, _) = self.asked(line, body, &[], |end| !matches!(end, End::Acknowledged)).await?;
        match end {
            End::Choices(choices) => Ok(choices.into_iter().filter_map(|c| serde_json::from_value(c).ok()).collect()),
            _ => Err(Error::Failed { what: line.to_owned() }),
        }
    }

    /// Presses a button by its label, of which the beginning is enough.
    pub async fn press(&self, message: &Message, label: &str) -> Result<Interaction> {
        let message = self.now(message);
        let button = message.button(label)?;
        let data = json!({ "component_type": BUTTON, "custom_id": button.pressable()? });
        self.component(&message, format!("[{}]", button.label), data).await
    }

    /// Chooses in a select menu, named by its placeholder or `custom_id`: own options by label, others by `@name` or `#name`.
    pub async fn choose(&self, message: &Message, menu: &str, wanted: &[&str]) -> Result<Interaction> {
        let message = self.now(message);
        let select = message.select(menu)?;
        if select.disabled {
            return Err(Error::Disabled { label: select.placeholder });
        }
        let pick = |state: &State| wanted.iter().map(|wanted| state.pick(&select, wanted)).collect::<Result<Vec<_>>>();
        let values = self.look(pick)?;
        let data = json!({ "component_type": select.kind, "custom_id": select.custom_id, "values": values });
        self.component(&message, format!("[{} ▾] {}", select.placeholder, wanted.join(", ")), data).await
    }

    /// Fills in a dialog, fields by label, and submits it. Fields not named keep what stands in them.
    pub async fn fill(&self, modal: &Modal, values: &[(&str, &str)]) -> Result<Interaction> {
        let components = self.look(|state| modal.submission(values, state))?;
        let data = json!({ "id": modal.id, "custom_id": modal.custom_id, "components": components });
        let channel_id = if modal.channel_id.is_empty() { self.here() } else { modal.channel_id.clone() };
        let body = json!({ "type": 5, "application_id": modal.application_id, "channel_id": channel_id, "data": data });
        let submitted = self.interact(format!("\"{}\"", modal.title), body, &[]).await?;
        self.window.state.send_modify(|state| state.close_modal(&modal.id));
        Ok(submitted)
    }

    /// Closes a dialog without submitting it. The bot does not learn of it.
    pub fn dismiss(&self, modal: &Modal) {
        self.window.state.send_modify(|state| state.close_modal(&modal.id));
    }

    /// The commands the person can use here, as Discord's index of them.
    pub async fn commands(&self) -> Result<Value> {
        let guild = self.look(|state| state.guild_id().to_owned());
        self.rest(Method::GET, &format!("/guilds/{guild}/application-command-index"), None).await
    }

    /// Any request of a person's, below `/api/v10`.
    pub async fn rest(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        self.window.door.send(method, &format!("/api/v10{path}"), body, &[]).await
    }

    async fn component(&self, message: &Message, what: String, data: Value) -> Result<Interaction> {
        let body = json!({
            "type": 3, "application_id": message.application_id(), "channel_id": message.channel_id(),
            "message_id": message.id(), "message_flags": message.flags(), "data": data,
        });
        self.interact(what, body, &[]).await
    }

    async fn interact(&self, what: String, body: Value, files: &[PathBuf]) -> Result<Interaction> {
        let (id, end, since) = self.asked(&what, body, files, |_| true).await?;
        match end {
            End::Failed => Err(Error::Failed { what }),
            End::Modal(modal) => Ok(Interaction { id, what, modal: Some(*modal), since }),
            End::Acknowledged | End::Choices(_) => Ok(Interaction { id, what, modal: None, since }),
        }
    }

    /// Sends an interaction and waits for how it ends: its id, its end, and the revision before it.
    async fn asked(
        &self,
        what: &str,
        mut body: Value,
        files: &[PathBuf],
        is_end: impl Fn(&End) -> bool,
    ) -> Result<(String, End, u64)> {
        let nonce = self.nonce();
        body["nonce"] = nonce.as_str().into();
        let mut since = 0;
        self.window.state.send_modify(|state| {
            body["guild_id"] = state.guild_id().into();
            body["session_id"] = state.session_id.as_str().into();
            since = state.revision;
            state.expect_answer(&nonce);
        });
        let sent = self.window.door.send(Method::POST, "/api/v10/interactions", Some(&body), files).await;
        let ended = match sent {
            Ok(_) => {
                let end = |state: &State| {
                    let progress = state.progress(&nonce)?;
                    let end = progress.end.clone().filter(|end| is_end(end))?;
                    Some((progress.id.clone().unwrap_or_default(), end))
                };
                self.wait_for(format!("the bot to acknowledge {what}"), ACKNOWLEDGED_WITHIN, end).await
            }
            Err(refused) => Err(refused),
        };
        self.window.state.send_modify(|state| state.stop_following(&nonce));
        ended.map(|(id, end)| (id, end, since))
    }

    fn nonce(&self) -> String {
        self.window.nonce.fetch_add(1, Ordering::Relaxed).to_string()
    }
}

/// A file that goes along, as a message names it.
fn attached(at: usize, path: &Path) -> Value {
    json!({ "id": at.to_string(), "filename": door::file_name(path) })
}
