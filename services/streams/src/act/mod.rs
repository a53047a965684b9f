//! What people do about streams.

mod follow;
mod list;
mod mention;
mod notify;
mod quota;
mod setup;
mod test;
mod unfollow;
mod wish;

pub use follow::{FollowStream, WithoutOwn};
pub use list::ListStreams;
pub use notify::NotifyMe;
pub use quota::ShowStreamQuota;
pub use setup::{PreviewStreams, SetStreams};
pub use test::TestStream;
pub use unfollow::UnfollowStream;
pub use wish::{Wish, Without};

use base::{Error, GuildId, Millis, Result, RoleId, Run};
use store::streams::{Channel, Kind, Live, Source};

use crate::{
    Streams,
    members::{RoleFacts, Withheld},
};

/// Channels that a guild may follow.
pub(crate) const FOLLOWS: i64 = 500;

/// What is typed here is shown and kept.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and others see it. Nothing was changed.".to_owned()))
}

impl Streams {
    /// A role that may be given to whoever asks for it, or is live.
    async fn role_to_give(&self, guild: GuildId, role: RoleId) -> Result<RoleFacts> {
        let members =
            self.members.get().ok_or_else(|| Error::Busy("Nobody can be asked about roles now.".to_owned()))?;
        let why = match members.role(guild, role).await? {
            Some(facts) if facts.withheld.is_none() => return Ok(facts),
            Some(RoleFacts { withheld: Some(Withheld::NotBelow), .. }) => {
                "is not below my own role, so I may not give it. An administrator can move it"
            }
            Some(RoleFacts { withheld: Some(Withheld::Powerful), .. }) => {
                "comes with permissions that not everybody has, so I give it to nobody"
            }
            _ => "is no role that I could give",
        };
        Err(Error::Busy(format!("<@&{role}> {why}. Nothing was changed.")))
    }

    /// Refuses a channel that is none of this guild's.
    async fn refuse_elsewhere(&self, guild: GuildId, channel: Option<u64>) -> Result<()> {
        let (Some(channel), Some(members)) = (channel, self.members.get()) else { return Ok(()) };
        if members.is_text(guild, channel).await? {
            return Ok(());
        }
        Err(Error::Invalid("That is no text channel of this server that I see. Nothing was changed.".to_owned()))
    }
}

/// A stream that there is not, to show what one looks like.
fn example(channel: &Channel, now: Millis) -> Live {
    Live {
        id: String::new(),
        stream_channel: channel.id.clone(),
        source: channel.source,
        key: "example".to_owned(),
        kind: Kind::Live,
        title: "An example, and no stream".to_owned(),
        game: "Just Chatting".to_owned(),
        tags: Vec::new(),
        picture: None,
        vod: None,
        viewers: Some(1_234),
        peak: Some(1_234),
        started: Millis(now.0 - 60_000),
        found: now,
        seen: Some(now),
        gone: None,
        ended: None,
        news: true,
        version: 1,
    }
}

/// A channel that there is not.
fn nobody(now: Millis) -> Channel {
    Channel {
        id: String::new(),
        source: Source::Twitch,
        platform_id: "0".to_owned(),
        login: "ada".to_owned(),
        name: "Ada".to_owned(),
        known: None,
        quiet: None,
        unknown: None,
        trouble: None,
        look_at: now,
    }
}
