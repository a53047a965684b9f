//! A guild as Discord shows it: what the doctor looks at, the list of commands, the bot's face there.
//!
//! **Invariant:** permissions are read raw: serenity knows none of the bits of 2026, and drops what it does not know.

use std::time::Duration;

use base::{Card, Error, GuildId, Result, RoleId, UserId};
use futures::future::{BoxFuture, FutureExt};
use guilds::{
    Feature,
    discord::{Channel, Discord, Face, Facts, Look, Member, Part, Registered, Role},
};
use poise::serenity_prelude as serenity;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use serenity::http::{LightMethod, Request, Route};
use store::Store;

use crate::{
    asked::status,
    register,
    rest::{Rank, Rest},
};

/// Whoever asked waits for the answer.
const DEADLINE: Duration = Duration::from_secs(20);

/// Asks Discord, and tells it.
pub struct Place {
    rest: Rest,
    /// Fetches what people attached, without the token.
    files: reqwest::Client,
    store: Store,
}

impl Place {
    /// Nothing is asked yet.
    pub fn new(rest: Rest, files: reqwest::Client, store: Store) -> Self {
        Self { rest, files, store }
    }

    async fn get(&self, route: Route<'_>) -> std::result::Result<Value, serenity::Error> {
        self.rest.fetch(route, None, Rank::Answer).await
    }

    async fn look(&self, guild: GuildId) -> std::result::Result<Facts, serenity::Error> {
        let guild_id = serenity::GuildId::new(guild.0);
        let (facts, channels, application) = tokio::try_join!(
            standing(&self.rest, guild),
            self.get(Route::GuildChannels { guild_id }),
            self.get(Route::Oauth2ApplicationCurrent),
        )?;
        let channels = list(&channels).map(channel).collect();
        Ok(Facts { channels, flags: number(&application["flags"]), ..facts })
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
        let route = Route::GuildMemberMe { guild_id: serenity::GuildId::new(guild.0) };
        let body = serde_json::to_vec(&change).map_err(|error| Error::internal("changing how I look here", error))?;
        let request = Request::new(route, LightMethod::Patch).body(Some(body)).headers(because(reason));
        self.rest.look_like(request).await.map_err(|error| match &error {
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
        register::in_guild(&self.rest, &self.store, guild, on, look).boxed()
    }

    fn change_face<'a>(&'a self, guild: GuildId, face: &'a Face, reason: &'a str) -> BoxFuture<'a, Result<()>> {
        self.change(guild, face, reason).boxed()
    }

    fn fetch<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>>> {
        self.download(url, most).boxed()
    }
}

/// How the bot stands in a guild, without its channels and the application's flags.
pub(crate) async fn standing(rest: &Rest, guild: GuildId) -> std::result::Result<Facts, serenity::Error> {
    let (guild_id, user_id) = (serenity::GuildId::new(guild.0), rest.me().await.user);
    let (home, member): (Value, Value) = tokio::try_join!(
        rest.fetch(Route::Guild { guild_id }, None, Rank::Answer),
        rest.fetch(Route::GuildMember { guild_id, user_id }, None, Rank::Answer),
    )?;
    Ok(Facts {
        guild,
        name: text(&home["name"]).unwrap_or_default(),
        owner: UserId(number(&home["owner_id"])),
        roles: list(&home["roles"]).map(role).collect(),
        system_channel: Some(number(&home["system_channel_id"])).filter(|id| *id != 0),
        channels: Vec::new(),
        me: Member {
            user: UserId(user_id.get()),
            roles: list(&member["roles"]).map(|role| RoleId(number(role))).collect(),
            nick: text(&member["nick"]),
            avatar: text(&member["avatar"]),
            banner: text(&member["banner"]),
        },
        flags: 0,
    })
}

/// Why, for Discord's own audit log. A header holds no letter beyond ASCII as it is.
fn because(reason: &str) -> Option<HeaderMap> {
    let shown = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let value = HeaderValue::from_str(&reason.bytes().map(shown).collect::<String>()).ok()?;
    Some(HeaderMap::from_iter([(HeaderName::from_static("x-audit-log-reason"), value)]))
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

/// A channel, as Discord tells of it.
pub(crate) fn channel(json: &Value) -> Channel {
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
