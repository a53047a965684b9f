//! What people change of a guild in a client: roles that they give each other and take away, and channels that they make.

use std::time::Duration;

use reqwest::Method;

use super::{Client, Result};

/// How long somebody who just joined may take to be seen.
const JOINS_WITHIN: Duration = Duration::from_secs(2);

impl Client {
    /// Gives somebody a role, both written `@name` or as an id. It takes Manage Roles, and a higher role of one's own.
    pub async fn give(&self, person: &str, role: &str) -> Result<()> {
        self.set_role(Method::PUT, person, role).await
    }

    /// Takes a role from somebody, under the same rules.
    pub async fn take(&self, person: &str, role: &str) -> Result<()> {
        self.set_role(Method::DELETE, person, role).await
    }

    /// Makes a channel of this kind, and waits until it is seen. It takes Manage Channels.
    pub async fn make_channel(&self, kind: u64, name: &str) -> Result<()> {
        let path = format!("/guilds/{}/channels", self.look(|state| state.guild_id().to_owned()));
        self.rest(Method::POST, &path, Some(&serde_json::json!({ "name": name, "type": kind }))).await?;
        self.wait_for(name, JOINS_WITHIN, |state| state.find_channel(name).ok().map(|_| ())).await
    }

    async fn set_role(&self, method: Method, person: &str, role: &str) -> Result<()> {
        let seen = self.wait_for(person, JOINS_WITHIN, |state| state.find_member(person).ok()).await;
        let (guild, person, role) = self.look(|state| {
            let person = seen.or_else(|_| state.find_member(person));
            (state.guild_id().to_owned(), person, state.find_role(role))
        });
        let path = format!("/guilds/{guild}/members/{}/roles/{}", person?, role?);
        self.rest(method, &path, None).await.map(drop)
    }
}
