//! `/stream mine`: a member's own stream, told of with their account as the proof.

use streams::{FollowMine, ShowMine, UnfollowMine};

use super::Place;
use crate::{Context, Result, perform::Perform};

/// Your own stream: told of here while your account is connected, where this server lets members.
#[poise::command(slash_command, subcommand_required, subcommands("follow_mine", "unfollow_mine", "show"))]
pub(super) async fn mine(_: Context<'_>) -> Result {
    Ok(())
}

/// Have your own stream told of here; your connected account says which it is.
#[poise::command(slash_command, rename = "follow")]
async fn follow_mine(
    ctx: Context<'_>,
    #[description = "Where you stream; everywhere you have connected an account, unless told"] on: Option<Place>,
) -> Result {
    ctx.perform_aside(FollowMine { on: on.map(Into::into) }).await
}

/// Have your own stream told of here no longer.
#[poise::command(slash_command, rename = "unfollow")]
async fn unfollow_mine(
    ctx: Context<'_>,
    #[description = "Where you stream; everywhere, unless told"] on: Option<Place>,
) -> Result {
    ctx.perform_aside(UnfollowMine { on: on.map(Into::into) }).await
}

/// See which of your own streams are told of here.
#[poise::command(slash_command)]
async fn show(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ShowMine {}).await
}
