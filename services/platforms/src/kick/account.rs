//! Who somebody is on Kick.

use base::Secret;
use serde::Deserialize;

use super::{As, Kick};
use crate::{Answered, Who};

#[derive(Deserialize)]
struct User {
    user_id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Channel {
    slug: String,
}

impl Kick {
    pub(crate) async fn who(&self, access: &Secret) -> Answered<Option<Who>> {
        let whom = As::User(access);
        let users: Vec<User> = self.look(whom, "v1/users", &[]).await?;
        let Some(user) = users.into_iter().next() else { return Ok(None) };
        // Without anything asked of it, it is their own channel.
        let channels: Vec<Channel> = self.look(whom, "v1/channels", &[]).await?;
        let who = |channel: Channel| Who { id: user.user_id.to_string(), login: channel.slug, name: user.name };
        Ok(channels.into_iter().next().map(who))
    }
}
