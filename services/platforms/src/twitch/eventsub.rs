//! What Twitch tells of by itself: subscriptions whose events come to an address of ours.

use base::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{As, Data, Twitch};
use crate::Answered;

/// A subscription, as Twitch has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscribed {
    /// Its id.
    pub id: String,
    /// How it stands: `enabled` once the address proved to be ours.
    pub status: String,
}

impl Twitch {
    /// Asks to be told of this kind of event of a channel's, at an address of ours. None where it is asked for already.
    pub async fn subscribe(
        &self,
        kind: &str,
        channel: &str,
        address: &str,
        secret: &Secret,
    ) -> Answered<Option<Subscribed>> {
        let body = json!({
            "type": kind,
            "version": "1",
            "condition": { "broadcaster_user_id": channel },
            "transport": { "method": "webhook", "callback": address, "secret": secret.expose() },
        });
        let asked = self.helix(As::App, Method::POST, "eventsub/subscriptions", |request| request.json(&body)).await;
        match asked {
            Ok(answer) => Ok(answer.json::<Data<Subscribed>>()?.data.into_iter().next()),
            Err(failure) if failure.is_status(409) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Asks to be told no longer. What is not there is gone.
    pub async fn unsubscribe(&self, id: &str) -> Answered<()> {
        let query = [("id", id)];
        match self.helix(As::App, Method::DELETE, "eventsub/subscriptions", |request| request.query(&query)).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_status(404) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
