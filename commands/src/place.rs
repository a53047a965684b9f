//! A guild as Discord shows it: what the doctor looks at, the list of commands, the bot's face there.
//!
//! **Invariant:** permissions are read raw: serenity knows none of the bits of 2026, and drops what it does not know.

use std::{sync::Arc, time::Duration};

use base::{Card, Error, GuildId, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use guilds::{
    Feature,
    discord::{Channel, Discord, Face, Facts, Look, Member, Part, Registered, Role},
};
use poise::serenity_prelude as serenity;
use serde_json::{Map, Value};
use serenity::{
    Http,
    http::{LightMethod, Request, Route},
};
use store::Store;
use tokio::sync::OnceCell;

use crate::{asked::status, register};

/// Whoever asked waits for the answer.
const DEADLINE: Duration = Duration::from_secs(20);

/// Asks Discord, and tells it.
pub struct Place {
    http: Arc<Http>,
    /// Fetches what people attached; the library's own client cannot be told where the CDN is.
    files: reqwest::Client,
    store: Store,
    /// The bot's own number; it does not change.
    me: OnceCell<UserId>,
}

impl Place {
    /// Nothing is asked yet.
    pub fn new(http: Arc<Http>, files: reqwest::Client, store: Store) -> Self {
        Self { http, files, store, me: OnceCell::new() }
    }

    async fn get(&self, route: Route<'_>) -> std::result::Result<Value, serenity::Error> {
        self.http.fire(Request::new(route, LightMethod::Get)).await
    }

    async fn me(&self) -> std::result::Result<UserId, serenity::Error> {
        let ask = || async { Ok(UserId(self.http.get_current_user().await?.id.get())) };
        self.me.get_or_try_init(ask).await.copied()
    }

    async fn look(&self, guild: GuildId) -> std::result::Result<Facts, serenity::Error> {
        let (guild_id, me) = (serenity::GuildId::new(guild.0), self.me().await?);
        let (home, channels, member, application) = tokio::try_join!(
            self.get(Route::Guild { guild_id }),
            self.get(Route::GuildChannels { guild_id }),
            self.get(Route::GuildMember { guild_id, user_id: serenity::UserId::new(me.0) }),
            self.get(Route::Oauth2ApplicationCurrent),
        )?;
        Ok(Facts {
            guild,
            name: text(&home["name"]).unwrap_or_default(),
            owner: UserId(number(&home["owner_id"])),
            roles: list(&home["roles"]).map(role).collect(),
            system_channel: Some(number(&home["system_channel_id"])).filter(|id| *id != 0),
            channels: list(&channels).map(channel).collect(),
            me: Member {
                user: me,
                roles: list(&member["roles"]).map(|role| RoleId(number(role))).collect(),
                nick: text(&member["nick"]),
                avatar: text(&member["avatar"]),
                banner: text(&member["banner"]),
            },
            flags: number(&application["flags"]),
        })
    }

    async fn change(&self, guild: GuildId, face: &Face, reason: &str) -> Result<()> {
        let parts = [("nick", &face.nick), ("avatar", &face.avatar), ("banner", &face.banner), ("bio", &face.bio)];
        let change: Map<String, Value> = parts
            .into_iter()
            .filter_map(|(field, part)| match part {
                Part::Kept => None,
                Part::Reset => Some((field.to_owned(), Value::Null)),
                Part::Set(value) => Some((field.to_owned(), value.as_str().into())),
            })
            .collect();
        let changed = self.http.edit_member_me(serenity::GuildId::new(guild.0), &change, Some(reason)).await;
        changed.map(drop).map_err(|error| match &error {
            serenity::Error::Http(serenity::HttpError::UnsuccessfulRequest(refused))
                if matches!(status(&error), Some(400 | 403)) =>
            {
                let card = Card::failed("**Discord refused** to change how I look here");
                let said =
                    std::iter::once(&refused.error.message).chain(refused.error.errors.iter().map(|one| &one.message));
                let said: Vec<&str> = said.map(String::as_str).filter(|text| !text.is_empty()).collect();
                Error::Outside(Box::new(card.code("", said.join("\n")).text("Nothing was changed.")))
            }
            _ => Error::internal("changing how I look here", error),
        })
    }

    async fn download(&self, url: &str, most: usize) -> Result<Vec<u8>> {
        let lost = |error| Error::internal("fetching an attached file", error);
        let mut answer =
            self.files.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(lost)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > most {
                return Err(Error::Invalid(format!(
                    "That file is larger than {} MB, which is more than I take. Nothing was changed.",
                    most >> 20
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Discord for Place {
    fn facts(&self, guild: GuildId) -> BoxFuture<'_, Result<Facts>> {
        async move {
            let looked = tokio::time::timeout(DEADLINE, self.look(guild)).await;
            let silent = serenity::Error::Other("Discord did not answer in time");
            looked.unwrap_or(Err(silent)).map_err(|error| {
                tracing::warn!(guild.id = guild.0, %error, "how a guild stands could not be asked");
                Error::Busy("Discord does not say how this guild stands. Nothing was done.".to_owned())
            })
        }
        .boxed()
    }

    fn register<'a>(
        &'a self,
        guild: GuildId,
        on: &'a [&'static Feature],
        look: Look,
    ) -> BoxFuture<'a, Result<Registered>> {
        register::in_guild(&self.http, &self.store, guild, on, look).boxed()
    }

    fn change_face<'a>(&'a self, guild: GuildId, face: &'a Face, reason: &'a str) -> BoxFuture<'a, Result<()>> {
        self.change(guild, face, reason).boxed()
    }

    fn fetch<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>>> {
        self.download(url, most).boxed()
    }
}

fn role(json: &Value) -> Role {
    Role {
        id: RoleId(number(&json["id"])),
        name: text(&json["name"]).unwrap_or_default(),
        position: json["position"].as_i64().unwrap_or_default(),
        permissions: number(&json["permissions"]),
        managed: json["managed"] == true,
    }
}

fn channel(json: &Value) -> Channel {
    let overwrite = |one: &Value| (number(&one["id"]), number(&one["allow"]), number(&one["deny"]));
    Channel {
        id: number(&json["id"]),
        kind: number(&json["type"]),
        position: json["position"].as_i64().unwrap_or_default(),
        overwrites: list(&json["permission_overwrites"]).map(overwrite).collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A number, or a text of digits: ids and permissions outgrow what JavaScript can count.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}
