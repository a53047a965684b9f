//! What Twitch tells of by itself: subscriptions whose events come to an address of ours, or over a connection.

use base::Secret;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{As, Data, Twitch, topic::Topic};
use crate::Answered;

const PATH: &str = "eventsub/subscriptions";
/// Somebody took back what they gave our app. It is told of only at an address.
pub const REVOKED: &str = "user.authorization.revoke";

/// A subscription, as Twitch has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscribed {
    /// Its id.
    pub id: String,
    /// How it stands: `enabled` once the address proved to be ours.
    pub status: String,
}

/// One of all.
#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    condition: Value,
    #[serde(default)]
    transport: Value,
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
        self.subscribed(As::App, &body).await
    }

    /// Asks to be told, at an address of ours, of everybody who takes back what they gave our app. None where it is asked for already.
    pub async fn subscribe_to_revocations(&self, address: &str, secret: &Secret) -> Answered<Option<Subscribed>> {
        let body = json!({
            "type": REVOKED,
            "version": "1",
            "condition": { "client_id": self.app.id },
            "transport": { "method": "webhook", "callback": address, "secret": secret.expose() },
        });
        self.subscribed(As::App, &body).await
    }

    /// Asks, in the name of who has this id and lent this token, to be told over a connection. None where it is asked for already.
    pub async fn subscribe_over(
        &self,
        session: &str,
        topic: &Topic,
        (user, token): (&str, &Secret),
    ) -> Answered<Option<Subscribed>> {
        let (version, condition) = topic.asked(user);
        let body = json!({
            "type": topic.kind,
            "version": version,
            "condition": condition,
            "transport": { "method": "websocket", "session_id": session },
        });
        self.subscribed(As::User(token), &body).await
    }

    async fn subscribed(&self, whom: As<'_>, body: &Value) -> Answered<Option<Subscribed>> {
        let asked = self.helix(whom, Method::POST, PATH, |request| request.json(body)).await;
        match asked {
            Ok(answer) => Ok(answer.json::<Data<Subscribed>>()?.data.into_iter().next()),
            Err(failure) if failure.is_status(409) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// What tells of this kind of event of a channel's at an address, by Twitch's names of it.
    pub async fn subscriptions_at(&self, kind: &str, channel: &str, address: &str) -> Answered<Vec<String>> {
        let all: Vec<Listed> = self.list(As::App, PATH, &[("user_id", channel)]).await?;
        let is_it = |one: &Listed| {
            one.kind == kind && one.condition["broadcaster_user_id"] == channel && one.transport["callback"] == address
        };
        Ok(all.into_iter().filter(is_it).map(|one| one.id).collect())
    }

    /// Asks to be told no longer. What is not there is gone.
    pub async fn unsubscribe(&self, whom: As<'_>, id: &str) -> Answered<()> {
        let query = [("id", id)];
        match self.helix(whom, Method::DELETE, PATH, |request| request.query(&query)).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_status(404) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
