//! The one card that is posted where the bot joins, with the way to set it up.

use base::{
    Card, Clock, GuildId, Millis,
    card::{Choice, Lands, Weight},
};
use guilds::{ShowSetup, Step};
use hub::Hub;
use std::time::Duration;
use store::outbox::{NewPost, Pings, Urgency};

/// Every start tells of every guild again. Who was joined while no process lived is welcomed by the next; who was joined longer
/// ago knows the bot by now.
const LATELY: Duration = Duration::from_hours(24);

/// Says hello in a guild the bot joined at this time, once.
pub(crate) async fn welcome(hub: &Hub, guild: GuildId, joined: Millis) {
    if let Err(error) = try_to(hub, guild, joined).await {
        tracing::warn!(guild.id = guild.0, "a guild was not welcomed: {error}");
    }
}

async fn try_to(hub: &Hub, guild: GuildId, joined: Millis) -> base::Result<()> {
    if !is_lately(hub.clock(), joined) || hub.store().was_welcomed(guild, joined).await? {
        return Ok(());
    }
    let facts = hub.guilds().facts(guild).await?;
    let Some(channel) = facts.first_writable() else {
        tracing::info!(guild.id = guild.0, "there is no channel to say hello in");
        return hub.store().claim_welcome(guild, joined).await.map(drop);
    };
    let (key, card) = (format!("hello {}", joined.0), card().redacted(&hub.redactor(guild)));
    let (urgency, pings) = (Urgency::Result, Pings::default());
    let post = NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings };
    // Its key makes it one post, however often this is begun.
    hub.store().post(post).await?;
    hub.store().claim_welcome(guild, joined).await.map(drop)
}

fn is_lately(clock: &Clock, joined: Millis) -> bool {
    clock.now().since(joined) < LATELY
}

fn card() -> Card {
    let start = Choice::perform("Set up", &ShowSetup { step: Step::default() }, Lands::Aside);
    Card::plain("**Nebula** runs your servers from here")
        .text("Nothing is connected yet, and only administrators may do anything.")
        .text("Set up where incidents go, who the operators are, and what is on. It takes a minute.")
        .choice(start.weigh(Weight::Primary))
}
