//! `/stream`: who is followed, what is told of it and how, and one's own stream, managed from Discord.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

pub mod board;
mod complete;
pub mod endings;
pub(crate) mod heard;
mod manage;
mod members;
mod mine;

use base::{Action, RoleId};
use poise::serenity_prelude as serenity;
use store::streams::Source;
use streams::{
    FollowStream, ListStreams, PreviewStreams, ShowStreamQuota, TestStream, UnfollowStream, Wish, Without, WithoutOwn,
};

use self::{
    manage::{announce, category, chat, clip, marker, raid, tags, title},
    mine::mine,
};
use crate::{
    Context, Result,
    perform::{Perform, refuse_secrets},
};

/// Streams: who is followed and what this server is told of them, and your own, managed from here.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "setup", "follow", "unfollow", "list", "test", "quota", "title", "category", "tags", "marker", "clip",
        "announce", "chat", "raid", "mine"
    )
)]
pub(crate) async fn stream(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Place {
    #[name = "Twitch"]
    Twitch,
    #[name = "YouTube"]
    YouTube,
    #[name = "Kick"]
    Kick,
}

impl From<Place> for Source {
    fn from(place: Place) -> Self {
        match place {
            Place::Twitch => Self::Twitch,
            Place::YouTube => Self::YouTube,
            Place::Kick => Self::Kick,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum NoMore {
    #[name = "channel"]
    Channel,
    #[name = "mention"]
    Mention,
    #[name = "live role"]
    LiveRole,
    #[name = "required role"]
    RequiredRole,
    #[name = "template"]
    Template,
    #[name = "members' role"]
    MembersRole,
}

impl From<NoMore> for Without {
    fn from(no_more: NoMore) -> Self {
        match no_more {
            NoMore::Channel => Self::Channel,
            NoMore::Mention => Self::Mention,
            NoMore::LiveRole => Self::LiveRole,
            NoMore::RequiredRole => Self::RequiredRole,
            NoMore::Template => Self::Template,
            NoMore::MembersRole => Self::MembersRole,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum NoOwn {
    #[name = "channel"]
    Channel,
    #[name = "member"]
    Member,
    #[name = "template"]
    Template,
    #[name = "filters"]
    Filters,
}

impl From<NoOwn> for WithoutOwn {
    fn from(no_own: NoOwn) -> Self {
        match no_own {
            NoOwn::Channel => Self::Channel,
            NoOwn::Member => Self::Member,
            NoOwn::Template => Self::Template,
            NoOwn::Filters => Self::Filters,
        }
    }
}

/// What is typed is not kept with a secret in it.
async fn clean<A: Action>(ctx: Context<'_>, action: A) -> Result {
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform_aside(action).await
}

/// Show how streams are told of, or how they would be, before that is kept.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn setup(
    ctx: Context<'_>,
    #[description = "Where streams are announced"]
    #[channel_types("Text", "News")]
    channel: Option<serenity::ChannelId>,
    #[description = "The role that is pinged; a button gives it to whoever wants it"] mention: Option<serenity::Role>,
    #[description = "What is said on top: {user} {username} {game} {url} {title} {platform} {channel}"]
    #[max_length = 500]
    template: Option<String>,
    #[description = "How long one channel is not announced again, such as 30m, or none"]
    #[max_length = 20]
    cooldown: Option<String>,
    #[description = "Hours in which nobody is pinged, such as 22:00-07:00, or none"]
    #[max_length = 20]
    quiet: Option<String>,
    #[description = "The time zone of those hours, such as Europe/Rome"]
    #[autocomplete = "crate::complete::zone"]
    #[max_length = 40]
    zone: Option<String>,
    #[description = "A role that members have while they are live"] live_role: Option<serenity::Role>,
    #[description = "Only these games or categories, with commas between them, or none"]
    #[max_length = 500]
    games: Option<String>,
    #[description = "Only titles with one of these words, * for any letters, or none"]
    #[max_length = 500]
    words: Option<String>,
    #[description = "Only streams with one of these tags, or none"]
    #[max_length = 500]
    tags: Option<String>,
    #[description = "Only members who hold this role"] required_role: Option<serenity::Role>,
    #[description = "Whether reruns are announced"] reruns: Option<bool>,
    #[description = "Whether premieres are announced"] premieres: Option<bool>,
    #[description = "Whether members may have their own streams announced, with their account there as the proof"]
    members: Option<bool>,
    #[description = "Only members who hold this role may"] members_role: Option<serenity::Role>,
    #[description = "What is no longer to be set"] without: Option<NoMore>,
) -> Result {
    let role = |role: Option<serenity::Role>| role.map(|role| RoleId(role.id.get()).0);
    let wish = Wish {
        channel: channel.map(serenity::ChannelId::get),
        mention: role(mention),
        template,
        cooldown,
        quiet,
        zone,
        live_role: role(live_role),
        games,
        words,
        tags,
        required_role: role(required_role),
        reruns,
        premieres,
        members,
        members_role: role(members_role),
        without: without.map(Into::into),
    };
    clean(ctx, PreviewStreams { wish }).await
}

/// Follow a channel: this server is told when it goes live. Again, only what is named changes.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn follow(
    ctx: Context<'_>,
    #[description = "Its name or address, such as twitch.tv/ada, youtube.com/@ada or kick.com/ada"]
    #[autocomplete = "complete::addresses"]
    #[max_length = 100]
    name: String,
    #[description = "Where it is, where that is only a name; Twitch unless told"] platform: Option<Place>,
    #[description = "Where it is announced; where all are, unless told"]
    #[channel_types("Text", "News")]
    channel: Option<serenity::ChannelId>,
    #[description = "The member whose channel it is"] member: Option<serenity::User>,
    #[description = "What is said on top: {user} {username} {game} {url} {title} {platform} {channel}; or none"]
    #[max_length = 500]
    template: Option<String>,
    #[description = "Only these games or categories, with commas between them; none for every one"]
    #[max_length = 500]
    games: Option<String>,
    #[description = "Only titles with one of these words, * for any letters; none for every one"]
    #[max_length = 500]
    words: Option<String>,
    #[description = "Only streams with one of these tags; none for every one"]
    #[max_length = 500]
    tags: Option<String>,
    #[description = "What it no longer has of its own: as all are"] without: Option<NoOwn>,
) -> Result {
    let follow = FollowStream {
        name,
        platform: platform.map(Into::into),
        channel: channel.map(serenity::ChannelId::get),
        member: member.map(|member| member.id.get()),
        template,
        games,
        words,
        tags,
        without: without.map(Into::into),
    };
    clean(ctx, follow).await
}

/// Follow a channel no longer.
#[poise::command(slash_command)]
async fn unfollow(
    ctx: Context<'_>,
    #[description = "Its name or address"]
    #[autocomplete = "complete::followed"]
    #[max_length = 100]
    name: String,
) -> Result {
    clean(ctx, UnfollowStream { name }).await
}

/// List the channels that are followed, and who is live.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListStreams {}).await
}

/// Post an example of an announcement where it would go; it pings nobody.
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The channel that is followed"]
    #[autocomplete = "complete::followed"]
    #[max_length = 100]
    name: String,
) -> Result {
    clean(ctx, TestStream { name }).await
}

/// Show how much of YouTube's quota is used.
#[poise::command(slash_command)]
async fn quota(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ShowStreamQuota {}).await
}
