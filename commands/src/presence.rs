//! `/presence`: the bot's own status, what of a server may be in it, and what its members lend.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

mod face;

use ::presence::{
    EndPresence, LendLanyard, RemovePlex, SetPlex, SetPresence, SharePresence, ShowPresence, Source, Status,
    TakeLanyard,
};

use crate::{
    Context, Result,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// What the bot's own status says, in every server.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("show", "set", "off", "share", "plex", "lanyard")
)]
pub(crate) async fn presence(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum From {
    #[name = "streams"]
    Streams,
    #[name = "Plex"]
    Plex,
    #[name = "Lanyard"]
    Lanyard,
    #[name = "fixed words"]
    Text,
}

impl std::convert::From<From> for Source {
    fn from(from: From) -> Self {
        match from {
            From::Streams => Self::Streams,
            From::Plex => Self::Plex,
            From::Lanyard => Self::Lanyard,
            From::Text => Self::Text,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Looks {
    #[name = "online"]
    Online,
    #[name = "idle"]
    Idle,
    #[name = "do not disturb"]
    Dnd,
}

impl std::convert::From<Looks> for Status {
    fn from(looks: Looks) -> Self {
        match looks {
            Looks::Online => Self::Online,
            Looks::Idle => Self::Idle,
            Looks::Dnd => Self::Dnd,
        }
    }
}

/// Show what my status says, why, and what feeds it.
#[poise::command(slash_command)]
async fn show(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ShowPresence {}).await
}

/// Say what my status is taken from: the first that has something to say is heard.
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "Who is live, what plays on Plex, what members listen to who lent that, or fixed words"]
    first: Option<From>,
    #[description = "And where that has nothing to say"] second: Option<From>,
    #[description = "And then"] third: Option<From>,
    #[description = "And then"] fourth: Option<From>,
    #[description = "Fixed words, where nothing else is to be said"]
    #[max_length = 128]
    text: Option<String>,
    #[description = "How I look"] status: Option<Looks>,
) -> Result {
    let sources = [first, second, third, fourth].into_iter().flatten().map(Source::from).collect();
    ctx.perform_aside(SetPresence { sources, status: status.map(Status::from), text }).await
}

/// Have my status say nothing any more.
#[poise::command(slash_command)]
async fn off(ctx: Context<'_>) -> Result {
    ctx.perform_aside(EndPresence {}).await
}

/// Let something of this server be in my status, which every server sees; or no more.
#[poise::command(slash_command)]
async fn share(
    ctx: Context<'_>,
    #[description = "Who is live of those this server follows"] streams: Option<bool>,
    #[description = "What plays on this server's Plex"] plex: Option<bool>,
    #[description = "What members listen to who lent that themselves"] lanyard: Option<bool>,
) -> Result {
    ctx.perform_aside(SharePresence { streams, plex, lanyard }).await
}

/// This server's Plex, for its overlays and for my status.
#[poise::command(slash_command, subcommand_required, subcommands("plex_set", "plex_remove"))]
async fn plex(_: Context<'_>) -> Result {
    Ok(())
}

/// Say where Plex is, and whose playing counts; a form asks for the token.
#[poise::command(slash_command, rename = "set")]
async fn plex_set(
    ctx: Context<'_>,
    #[description = "Where it is, such as http://10.0.0.7:32400"]
    #[max_length = 300]
    url: String,
    #[description = "Whose playing counts, as Plex calls them; nobody else's is read"]
    #[max_length = 100]
    user: String,
) -> Result {
    let asked = ctx.asked()?;
    let set = SetPlex { url, user, token: None };
    let (hub, guild) = (&ctx.data().hub, asked.actor.guild);
    refuse_secrets(hub, guild, &set)?;
    // Nobody types a token into a form only to hear that they may not, or that the address was wrong.
    hub.check(&asked.actor, &set).await?;
    ctx.data().presence.refuse_wrong_plex(guild, &set).await?;
    Form::SetPlex(set).open(&asked, hub).await
}

/// Ask Plex no more, and forget its token.
#[poise::command(slash_command, rename = "remove")]
async fn plex_remove(ctx: Context<'_>) -> Result {
    ctx.perform_aside(RemovePlex {}).await
}

/// What you listen to: yours to lend, and to take back.
#[poise::command(slash_command, subcommand_required, subcommands("lanyard_on", "lanyard_off"))]
async fn lanyard(_: Context<'_>) -> Result {
    Ok(())
}

/// Let my status show what you listen to, as Lanyard tells it.
#[poise::command(slash_command, rename = "on")]
async fn lanyard_on(ctx: Context<'_>) -> Result {
    ctx.perform_aside(LendLanyard {}).await
}

/// Take that back: it is gone at once.
#[poise::command(slash_command, rename = "off")]
async fn lanyard_off(ctx: Context<'_>) -> Result {
    ctx.perform_aside(TakeLanyard {}).await
}
