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

    /// The key by which events are signed, in PEM.
    pub async fn public_key(&self) -> Answered<String> {
        Ok(self.look::<Key>(As::App, "v1/public-key", &[]).await?.public_key)
    }
}
