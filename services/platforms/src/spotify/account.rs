//! Who somebody is on Spotify.

use base::Secret;
use serde::Deserialize;

use super::Spotify;
use crate::{Answered, Who};

#[derive(Deserialize)]
struct Me {
    id: String,
    display_name: Option<String>,
}

impl Spotify {
    pub(crate) async fn who(&self, access: &Secret) -> Answered<Who> {
        let me: Me = self.web.json(self.web.get(self.hosts.api.at("me")).bearer_auth(access.expose())).await?;
        let name = me.display_name.unwrap_or_else(|| me.id.clone());
        Ok(Who { login: me.id.clone(), id: me.id, name })
    }
}
