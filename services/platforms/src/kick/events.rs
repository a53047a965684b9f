//! What Kick tells of by itself, and the key by which it signs that.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{As, Data, Kick};
use crate::{Answered, Failure};

/// A subscription, as Kick has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Subscribed {
    #[serde(default)]
    subscription_id: String,
    error: Option<String>,
}

/// One of all.
#[derive(Deserialize)]
struct Listed {
    id: String,
    event: String,
    broadcaster_user_id: u64,
}

#[derive(Deserialize)]
struct Key {
    public_key: String,
}

impl Kick {
    /// Asks to be told of this kind of event of a channel's, at the address that the app names at Kick. The answer is the
    /// subscription's id.
    pub async fn subscribe(&self, kind: &str, channel: &str) -> Answered<String> {
        let user: u64 = channel.parse().map_err(|_| Failure::NotUnderstood("that is no channel of Kick's"))?;
        let body = json!({
            "broadcaster_user_id": user,
            "method": "webhook",
            "events": [{ "name": kind, "version": 1 }],
        });
        let answer = self.ask(As::App, Method::POST, "v1/events/subscriptions", |request| request.json(&body)).await?;
        let all = answer.json::<Data<Vec<Subscribed>>>()?.data;
        match all.into_iter().next() {
            Some(Subscribed { error: Some(said), .. }) if !said.is_empty() => {
                let said = said.chars().take(200).collect();
                Err(Failure::Refused { status: 200, said, named: String::new() })
            }
            Some(one) => Ok(one.subscription_id),
            None => Err(Failure::NotUnderstood("it does not say what became of a subscription")),
        }
    }

    /// Asks to be told no longer. What is not there is gone.
    pub async fn unsubscribe(&self, id: &str) -> Answered<()> {
        let (path, query) = ("v1/events/subscriptions", [("id", id)]);
        match self.ask(As::App, Method::DELETE, path, |request| request.query(&query)).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_status(404) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// What tells of this kind of event of a channel's, by Kick's names of it.
    pub async fn subscriptions_of(&self, kind: &str, channel: &str) -> Answered<Vec<String>> {
        let all: Vec<Listed> =
            self.look(As::App, "v1/events/subscriptions", &[("broadcaster_user_id", channel)]).await?;
        let is_it = |one: &Listed| one.event == kind && one.broadcaster_user_id.to_string() == channel;
        Ok(all.into_iter().filter(is_it).map(|one| one.id).collect())
    }

    /// The key by which events are signed, in PEM.
    pub async fn public_key(&self) -> Answered<String> {
        Ok(self.look::<Key>(As::App, "v1/public-key", &[]).await?.public_key)
    }
}
