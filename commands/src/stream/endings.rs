//! Tells members, in a direct message, that their own stream is told of no longer in a server, and why.
//!
//! **Invariant:** it is a post under a key, so who is told is told once; it is noted as told after the post is on its way.

use std::time::Duration;

use base::{
    Card, Error, Result,
    card::{Choice, code},
};
use hub::Hub;
use store::{
    outbox::{NewPost, Pings, Urgency},
    streams::Ending,
};

use crate::{
    asked::{direct, is_final},
    rest::Rest,
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
    let channel = match direct::open(rest, ending.member.0).await {
        Ok(channel) => channel,
        Err(error) if is_final(&error) => {
            tracing::info!(%error, "nobody can be told that their own stream is followed no longer");
            return hub.store().own_ending_is_told(ending).await;
        }
        Err(error) => return Err(Error::internal("opening a direct message", error)),
    };
    let (name, at) = (code(&ending.name), ending.source.name());
    let place = format!("https://discord.com/channels/{}", ending.guild);
    let card = Card::attention(format!("**Told of no longer**: {name} on {at}"))
        .text(format!("{} Nobody there is told any more when you go live.", ending.why))
        .text("`/stream mine follow` follows it again, where the server lets you.")
        .choice(Choice::open("Server", &place))
        .redacted(&hub.redactor(ending.guild));
    let key = format!("stream-own/{}", ending.id);
    let post = NewPost {
        guild: ending.guild,
        channel,
        key: &key,
        urgency: Urgency::Result,
        card: &card,
        answers: None,
        pings: Pings::default(),
    };
    hub.store().post(post).await?;
    hub.store().own_ending_is_told(ending).await
}
