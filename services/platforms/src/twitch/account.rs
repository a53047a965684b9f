//! Who somebody is on Twitch.

use base::Secret;
use serde::Deserialize;

use super::{As, Twitch};
use crate::{Answered, Who};

#[derive(Deserialize)]
struct User {
    id: String,
    login: String,
    display_name: String,
}

impl From<User> for Who {
    fn from(user: User) -> Self {
        Self { id: user.id, login: user.login, name: user.display_name }
    }
}

impl Twitch {
    pub(crate) async fn who(&self, access: &Secret) -> Answered<Option<Who>> {
        let found: Vec<User> = self.list(As::User(access), "users", &[]).await?;
        Ok(found.into_iter().next().map(Who::from))
    }

    /// Who has this login; nobody where there is none.
    pub async fn named(&self, login: &str) -> Answered<Option<Who>> {
        self.found_user(As::App, login).await
    }

    pub(super) async fn found_user(&self, whom: As<'_>, login: &str) -> Answered<Option<Who>> {
        let found: Vec<User> = self.list(whom, "users", &[("login", login)]).await?;
        Ok(found.into_iter().next().map(Who::from))
    }
}
