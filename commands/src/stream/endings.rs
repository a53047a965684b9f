//! Tells members, in a direct message, that their own stream is told of no longer in a server, and why.
//!
//! **Invariant:** it is a post under a key, so who is told is told once; it is noted as told after the post is on its way.

use std::time::Duration;

use base::{
    Card, Error, GuildId, Result,
    card::{Choice, code},
};
use hub::Hub;
use poise::serenity_prelude as serenity;
use serde::Deserialize;
use serenity::http::Route;
use store::streams::Ending;

use crate::{
    asked::{direct, is_final},
    rest::{Rank, Rest},
};

/// What ended is told within this.
const TICK: Duration = Duration::from_secs(2);
/// As many are told in one round.
const AT_ONCE: i64 = 20;

/// Tells for ever. Only for the process that has the gateway.
pub async fn tell(rest: Rest, hub: Hub) {
    rest.me().await;
    loop {
        match hub.store().own_endings(AT_ONCE).await {
            Ok(endings) => {
                for ending in endings {
                    if let Err(error) = told(&rest, &hub, &ending).await {
                        tracing::warn!("that a member's own stream is followed no longer is not told yet: {error}");
                    }
                }
            }
            Err(error) => tracing::warn!("own streams that ended cannot be looked through: {error}"),
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn told(rest: &Rest, hub: &Hub, ending: &Ending) -> Result<()> {
    let (name, at) = (code(&ending.name), ending.source.name());
    let place = format!("https://discord.com/channels/{}", ending.guild);
    // Of a server that the bot is in no more there is only the way to it.
    let server = server(rest, ending.guild).await?.map(|name| format!(" in {}", code(name))).unwrap_or_default();
    let card = Card::attention(format!("**Announced no longer**{server}: {name} on {at}"))
        .text(format!("{} Nobody there is told any more when you go live.", ending.why))
        .text("`/stream mine follow` follows it again, where the server lets you.")
        .choice(Choice::open("Server", &place))
        .redacted(&hub.redactor(ending.guild));
    let key = format!("stream-own/{}", ending.id);
    direct::tell(rest, hub, (ending.guild, ending.member), (&key, &card)).await?;
    hub.store().own_ending_is_told(ending).await
}

/// What a server is called; none where Discord does not let the bot know any more.
async fn server(rest: &Rest, guild: GuildId) -> Result<Option<String>> {
    let asked = rest.fetch::<Server>(Route::Guild { guild_id: serenity::GuildId::new(guild.0) }, None, Rank::Result);
    match asked.await {
        Ok(server) => Ok(Some(server.name)),
        Err(error) if is_final(&error) => Ok(None),
        Err(error) => Err(Error::internal("asking Discord what a server is called", error)),
    }
}

#[derive(Deserialize)]
struct Server {
    name: String,
}
