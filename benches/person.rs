//! Somebody who types `/server list` by the route a real client uses. Without a gateway connection: a person who reads
//! along would cost time that is not the bot's.

use std::time::Duration;

use sandbox::Sandbox;
use serde_json::{Value, json};

#[derive(Clone)]
pub(crate) struct Person {
    http: reqwest::Client,
    url: String,
    token: String,
    body: Value,
}

impl Person {
    /// The guild's owner. There must be commands already.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let owner = sandbox.accounts().into_iter().find(|account| account.name == "admin").unwrap();
        let command = sandbox.commands().into_iter().find(|command| command["name"] == "server").unwrap();
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: format!("{}/api/v10/interactions", sandbox.page_url()),
            token: owner.token,
            body: json!({
                "type": 2, "application_id": command["application_id"], "guild_id": sandbox.guild_id(),
                "channel_id": sandbox.channel_id("ops").unwrap(), "session_id": "0",
                "data": { "id": command["id"], "name": "server", "type": 1, "version": command["version"],
                    "options": [{ "type": 1, "name": "list", "options": [] }] },
            }),
        }
    }

    /// Types it once; returns when Discord has taken it.
    pub(crate) async fn ask(&self) {
        let request = self.http.post(&self.url).header("authorization", &self.token).json(&self.body);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Types it this often, evenly, whether the bot keeps up or not.
    pub(crate) async fn ask_often(&self, times: u32, a_second: u32) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / a_second);
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..times {
            ticks.tick().await;
            let person = self.clone();
            asking.spawn(async move { person.ask().await });
        }
        asking.join_all().await;
    }
}
