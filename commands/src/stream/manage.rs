//! `/stream title` and the like: what a streamer does with their own stream, shown to them alone.

use std::time::Duration;

use platforms::Platform;
use poise::serenity_prelude::{CreateAutocompleteResponse, ResolvedValue};
use streams::manage::{
    AnnounceInChat, BeginRaid, CallOffRaid, MakeClip, SayInChat, SetCategory, SetMarker, SetTags, SetTitle,
};

use crate::{
    Context, Result,
    complete::{clean, fitting, held, offer},
    perform::{Perform, refuse_secrets},
};

/// A completion that is not there by then is of no use.
const BY: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
pub(super) enum On {
    #[name = "Twitch"]
    Twitch,
    #[name = "YouTube"]
    YouTube,
    #[name = "Kick"]
    Kick,
}

impl From<On> for Platform {
    fn from(on: On) -> Self {
        match on {
            On::Twitch => Self::Twitch,
            On::YouTube => Self::YouTube,
            On::Kick => Self::Kick,
        }
    }
}

async fn perform<A: base::Action>(ctx: Context<'_>, action: A) -> Result {
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}

/// Completes a category, as the platform that was chosen calls it, or the first of theirs that knows any.
async fn categories(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let typed = typed.trim();
    if typed.is_empty() {
        return offer([]);
    }
    let on = ctx.args.iter().find(|option| option.name == "on").and_then(|option| match option.value {
        ResolvedValue::Integer(chosen) => {
            let all = [On::Twitch, On::YouTube, On::Kick].map(Platform::from);
            usize::try_from(chosen).ok().and_then(|at| all.get(at).copied())
        }
        _ => None,
    });
    let found = ctx.data().manager.categories_like(actor.user, on, typed);
    let names = tokio::time::timeout(BY, found).await.ok().and_then(std::result::Result::ok).unwrap_or_default();
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// Set the title of your stream.
#[poise::command(slash_command)]
pub(super) async fn title(
    ctx: Context<'_>,
    #[description = "The title"]
    #[max_length = 140]
    title: String,
    #[description = "On one platform only; on every one you have connected unless told"] on: Option<On>,
) -> Result {
    perform(ctx, SetTitle { title, on: on.map(Platform::from) }).await
}

/// Set the category of your stream: a game, or what else you do.
#[poise::command(slash_command)]
pub(super) async fn category(
    ctx: Context<'_>,
    #[description = "Its name"]
    #[autocomplete = "categories"]
    #[max_length = 100]
    category: String,
    #[description = "On one platform only; on every one you have connected unless told"] on: Option<On>,
) -> Result {
    perform(ctx, SetCategory { category, on: on.map(Platform::from) }).await
}

/// Set the tags of your stream, in place of those it has.
#[poise::command(slash_command)]
pub(super) async fn tags(
    ctx: Context<'_>,
    #[description = "With commas between them; nothing takes all of them away"]
    #[max_length = 300]
    tags: Option<String>,
    #[description = "On one platform only; on every one you have connected unless told"] on: Option<On>,
) -> Result {
    perform(ctx, SetTags { tags: tags.unwrap_or_default(), on: on.map(Platform::from) }).await
}

/// Mark this moment of your stream on Twitch, to find it in the video later.
#[poise::command(slash_command)]
pub(super) async fn marker(
    ctx: Context<'_>,
    #[description = "What happens"]
    #[max_length = 140]
    what: Option<String>,
) -> Result {
    perform(ctx, SetMarker { what }).await
}

/// Make a clip of what was just seen in your stream on Twitch.
#[poise::command(slash_command)]
pub(super) async fn clip(ctx: Context<'_>) -> Result {
    perform(ctx, MakeClip {}).await
}

/// Announce something in your chat on Twitch, so that it stands out.
#[poise::command(slash_command)]
pub(super) async fn announce(
    ctx: Context<'_>,
    #[description = "What"]
    #[max_length = 500]
    text: String,
) -> Result {
    perform(ctx, AnnounceInChat { text }).await
}

/// Say something in your own chat, as yourself.
#[poise::command(slash_command)]
pub(super) async fn chat(
    ctx: Context<'_>,
    #[description = "What"]
    #[max_length = 500]
    text: String,
    #[description = "On one platform only; on every one you have connected unless told"] on: Option<On>,
) -> Result {
    perform(ctx, SayInChat { text, on: on.map(Platform::from) }).await
}

/// Raid somebody on Twitch: your viewers are sent to their stream.
#[poise::command(slash_command)]
pub(super) async fn raid(
    ctx: Context<'_>,
    #[description = "Their channel's name; nothing calls your raid off"]
    #[max_length = 60]
    channel: Option<String>,
) -> Result {
    match channel {
        Some(channel) => perform(ctx, BeginRaid { channel }).await,
        None => perform(ctx, CallOffRaid::default()).await,
    }
}
