//! Who somebody is on YouTube: the channel of the account they chose there.

use base::Secret;
use serde::{Deserialize, de::DeserializeOwned};

use super::YouTube;
use crate::{Answered, Who};

/// What the data API wraps lists in.
#[derive(Debug, Deserialize)]
pub(crate) struct Items<T> {
    #[serde(default = "Vec::new")]
    pub(crate) items: Vec<T>,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    snippet: Snippet,
}

#[derive(Deserialize)]
struct Snippet {
    title: String,
}

impl YouTube {
    /// Asks the data API as somebody who lent us this token.
    pub(crate) async fn as_user<T: DeserializeOwned>(
        &self,
        access: &Secret,
        path: &str,
        query: &[(&str, &str)],
    ) -> Answered<Vec<T>> {
        let request = self.web.get(self.hosts.api.asked(path, query)).bearer_auth(access.expose());
        self.web.json::<Items<T>>(request).await.map(|all| all.items)
    }

    pub(crate) async fn who(&self, access: &Secret) -> Answered<Option<Who>> {
        let found: Vec<Channel> = self.as_user(access, "channels", &[("part", "snippet"), ("mine", "true")]).await?;
        let who = |channel: Channel| Who { login: channel.id.clone(), id: channel.id, name: channel.snippet.title };
        Ok(found.into_iter().next().map(who))
    }
}
