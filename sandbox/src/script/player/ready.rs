//! What a step needs before a person can do it: a button, an open dialog, a channel.

use std::{collections::BTreeMap, time::Duration};

use super::{Answered, Player, said::shown};
use crate::{
    client::{Client, Error, Message, Modal, State, Unknown},
    script::parse::{Act, Place},
};

/// How long a step waits for what it needs.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long `in thread` gives the thread that the last step may be opening, before it takes an older one.
const NEW_THREAD: Duration = Duration::from_secs(2);
/// How far one person's screen may be behind another's.
const CATCH_UP: Duration = Duration::from_secs(2);

/// What a step has waited for.
pub(super) enum Ready {
    Now,
    Message(Box<Message>),
    Modal(Box<Modal>),
    Went(String),
}

impl Player<'_> {
    /// Waits for what a step needs before the person can do it.
    pub(super) async fn ready(&self, client: &Client, act: &Act) -> Answered<Ready> {
        self.catch_up(client).await;
        match act {
            Act::Fill(_) => match client.wait_for("an open dialog", PATIENCE, |state| state.modal().cloned()).await {
                Ok(modal) => Ok(Ready::Modal(Box::new(modal))),
                Err(Error::TimedOut { .. }) => Err(Error::NoModal.to_string()),
                Err(e) => Err(e.to_string()),
            },
            Act::Press(label) => self.with_control(client, &|message| message.button(label).map(|b| b.disabled)).await,
            Act::Choose { menu, .. } => {
                self.with_control(client, &|message| message.select(menu).map(|s| s.disabled)).await
            }
            Act::Go(Place::Channel(name)) => {
                let arrived =
                    client.wait_for("a channel", PATIENCE, |s| s.find_channel(name).map(|c| c.id.clone()).ok()).await;
                match arrived {
                    Ok(id) => Ok(Ready::Went(id)),
                    Err(e) => Err(client
                        .look(|s| s.find_channel(name).err().map_or(e.to_string(), |unknown| unknown.to_string()))),
                }
            }
            Act::Go(Place::NewestThread) => self.newest_thread(client).await.map(Ready::Went),
            Act::Slash(_) | Act::Say(_) | Act::Type(_) | Act::Give { .. } | Act::Take { .. } | Act::Make { .. } => {
                Ok(Ready::Now)
            }
        }
    }

    /// What an `expect` found on one screen, another is about to show: the person first sees what the others have seen there.
    async fn catch_up(&self, client: &Client) {
        let here = client.here();
        let edited = |message: &Message| message.raw["edited_timestamp"].as_str().unwrap_or_default().to_owned();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for person in &self.people {
            person.client.look(|state| {
                for message in state.messages(&here).filter(|message| !message.is_ephemeral()) {
                    let known = newest.entry(message.id().to_owned()).or_default();
                    *known = edited(message).max(std::mem::take(known));
                }
            });
        }
        let seen = |state: &State| {
            let there = |(id, at): (&String, &String)| {
                state.message(id).is_some_and(|seen| seen.deleted.is_some() || edited(seen.latest()) >= *at)
            };
            newest.iter().all(there).then_some(())
        };
        // A screen that never shows it is no worse off than before.
        let _ = client.wait_for("what the others see", CATCH_UP, seen).await;
    }

    /// The newest message where the person is that has an enabled control. `disabled` finds it on a message.
    async fn with_control(
        &self,
        client: &Client,
        disabled: &(dyn Fn(&Message) -> Result<bool, Error> + Sync),
    ) -> Answered<Ready> {
        let here = client.here();
        let enabled =
            |state: &State| state.messages(&here).rev().find(|message| matches!(disabled(message), Ok(false))).cloned();
        let error = match client.wait_for("a control", PATIENCE, enabled).await {
            Ok(message) => return Ok(Ready::Message(Box::new(message))),
            Err(Error::TimedOut { .. }) => client.look(|state| missing(state, &here, disabled)),
            Err(e) => e.to_string(),
        };
        Err(error)
    }

    async fn newest_thread(&self, client: &Client) -> Answered<String> {
        let here = client.here();
        let parent = client.look(|state| {
            let channel = state.channel(&here).filter(|channel| channel.is_thread());
            channel.and_then(|channel| channel.parent_id.clone()).unwrap_or_else(|| here.clone())
        });
        let new = |state: &State| {
            let new = state.threads_of(&parent).rev().find(|thread| thread.revision > self.modals_since);
            new.map(|thread| thread.id.clone())
        };
        let may_come = self.asked.is_some_and(|asked| asked.open);
        if may_come && let Ok(id) = client.wait_for("a new thread", NEW_THREAD, new).await {
            return Ok(id);
        }
        let any = |state: &State| state.threads_of(&parent).next_back().map(|thread| thread.id.clone());
        client.wait_for("a thread in this channel", PATIENCE, any).await.map_err(|e| e.to_string())
    }
}

/// Why no message has the control that was waited for.
fn missing(state: &State, here: &str, disabled: &dyn Fn(&Message) -> Result<bool, Error>) -> String {
    let mut error = None::<Error>;
    for message in state.messages(here).rev() {
        match disabled(message) {
            Ok(_) => return "it is disabled".into(),
            Err(Error::Unknown(other)) => match &mut error {
                Some(Error::Unknown(all)) => {
                    *all = Unknown::new(all.kind, &all.name, all.known.iter().chain(&other.known));
                }
                _ => error = Some(other.into()),
            },
            Err(_) => {}
        }
    }
    let elsewhere = state
        .channels()
        .iter()
        .filter(|channel| channel.id != here)
        .find(|channel| state.messages(&channel.id).any(|message| disabled(message).is_ok()));
    let here = error.map_or_else(|| "there is no message here".into(), |error| error.to_string());
    match elsewhere {
        Some(channel) => format!("{here}; a message in {} has it", shown(channel)),
        None => here,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_button_that_is_not_here_is_looked_for_elsewhere() {
        let mut state = State::default();
        let channel = |id: &str, name: &str| json!({ "id": id, "name": name, "type": 0 });
        let guild = json!({ "id": "g", "channels": [channel("1", "general"), channel("2", "ops")] });
        state.apply("READY", json!({ "session_id": "s", "user": {}, "guilds": [guild] }));
        let message = |id: &str, channel: &str, label: &str, disabled: bool| {
            let button = json!({ "type": 2, "label": label, "custom_id": id, "disabled": disabled });
            json!({ "id": id, "channel_id": channel, "components": [{ "type": 1, "components": [button] }] })
        };
        state.apply("MESSAGE_CREATE", message("10", "1", "Deny", true));
        state.apply("MESSAGE_CREATE", message("11", "1", "Log", false));
        state.apply("MESSAGE_CREATE", message("12", "2", "Approve", false));
        let said = |label: &str| missing(&state, "1", &|message| message.button(label).map(|button| button.disabled));
        assert_eq!(said("Deny"), "it is disabled");
        assert_eq!(
            said("Approve"),
            "there is no button \"Approve\" (there are: \"Log\", \"Deny\"); a message in #ops has it"
        );
        assert_eq!(
            missing(&state, "3", &|message| message.button("x").map(|b| b.disabled)),
            "there is no message here"
        );
    }
}
