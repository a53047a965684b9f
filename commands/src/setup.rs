//! `/setup`: the wizard, the doctor, and how the bot looks here.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use guilds::{Examine, SetIdentity, ShowSetup, Step};
use poise::serenity_prelude::Attachment;

use crate::{Context, Result, perform::Perform};

/// Set this guild up, look for what is missing, change how I look here.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("start", "doctor", "identity"))]
pub(crate) async fn setup(_: Context<'_>) -> Result {
    Ok(())
}

/// Set this guild up, a step at a time; only you see it.
#[poise::command(slash_command)]
async fn start(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ShowSetup { step: Step::default() }).await
}

/// Look for missing permissions and settings, and say what each costs.
#[poise::command(slash_command)]
async fn doctor(ctx: Context<'_>) -> Result {
    ctx.perform_aside(Examine {}).await
}

/// What goes back to what it is everywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poise::ChoiceParameter)]
enum Reset {
    #[name = "nickname"]
    Nickname,
    #[name = "avatar"]
    Avatar,
    #[name = "banner"]
    Banner,
    #[name = "bio"]
    Bio,
    #[name = "everything"]
    Everything,
}

/// Change how I look in this guild: nickname, avatar, banner, bio.
#[poise::command(slash_command)]
async fn identity(
    ctx: Context<'_>,
    #[description = "What I am called here"]
    #[max_length = 32]
    nickname: Option<String>,
    #[description = "My picture here: PNG, JPEG, GIF or WebP"] avatar: Option<Attachment>,
    #[description = "The picture behind it on my profile here"] banner: Option<Attachment>,
    #[description = "What my profile says here"]
    #[max_length = 190]
    bio: Option<String>,
    #[description = "What goes back to how it is everywhere else"] reset: Option<Reset>,
) -> Result {
    let or_reset = |given: Option<String>, this: Reset| {
        given.or_else(|| (reset == Some(this) || reset == Some(Reset::Everything)).then(String::new))
    };
    ctx.perform(SetIdentity {
        nickname: or_reset(nickname, Reset::Nickname),
        avatar: or_reset(avatar.map(|file| file.url), Reset::Avatar),
        banner: or_reset(banner.map(|file| file.url), Reset::Banner),
        bio: or_reset(bio, Reset::Bio),
    })
    .await
}
