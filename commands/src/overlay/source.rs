//! `/overlay source`: whose accounts feed the overlays.

use overlays::{AddOverlaySource, ListOverlaySources, RemoveOverlaySource};
use poise::serenity_prelude as serenity;
use store::overlays::Origin;

use crate::{Context, Result, perform::Perform};

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum At {
    #[name = "Twitch"]
    Twitch,
    #[name = "Kick"]
    Kick,
    #[name = "Spotify"]
    Spotify,
}

impl From<At> for Origin {
    fn from(at: At) -> Self {
        match at {
            At::Twitch => Self::Twitch,
            At::Kick => Self::Kick,
            At::Spotify => Self::Spotify,
        }
    }
}

/// Whose accounts feed the overlays.
#[poise::command(slash_command, subcommand_required, subcommands("add", "list", "remove"))]
pub(super) async fn source(_: Context<'_>) -> Result {
    Ok(())
}

/// Have your own account feed the overlays: what happens on your stream, or what you listen to.
#[poise::command(slash_command)]
async fn add(ctx: Context<'_>, #[description = "Where your account is"] platform: At) -> Result {
    ctx.perform_aside(AddOverlaySource { platform: platform.into() }).await
}

/// List the accounts that feed the overlays.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListOverlaySources {}).await
}

/// Have an account feed the overlays no longer.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "Where the account is"] platform: At,
    #[description = "Whose account; yours unless told"] member: Option<serenity::User>,
) -> Result {
    let member = member.map(|member| member.id.get());
    ctx.perform_aside(RemoveOverlaySource { platform: platform.into(), member }).await
}
