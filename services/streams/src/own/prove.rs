//! Whether what was a member's own still is: their account by the rows, their membership and role by Discord.
//!
//! **Invariant:** only an answer ends anything. Where Discord says nothing, all stays as it was, and it is asked again.

use std::{sync::Arc, time::Duration};

use base::{GuildId, Result, UserId, card::code};
use store::{
    events::{Kind, NewEvent},
    streams::{Channel, Follow, Unproven},
};

use crate::Streams;

/// Discord is asked so often about a member of whom nothing is heard.
pub(super) const EVERY: Duration = Duration::from_mins(10);
/// Where it does not answer, it is asked again after this.
const AGAIN: Duration = Duration::from_mins(1);
/// What is due is seen after this.
const TICK: Duration = Duration::from_secs(1);
/// So many are looked at in one round.
const AT_ONCE: i64 = 20;

impl Streams {
    /// Looks after members' own streams, for ever. Only for the process that has the gateway.
    pub async fn look_after_own(self: Arc<Self>) {
        loop {
            if let Err(error) = self.prove().await {
                tracing::warn!("members' own streams cannot be looked through: {error}");
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Ends what is nobody's own any more, and asks about those who are due.
    pub async fn prove(&self) -> Result<()> {
        self.end_unproven().await?;
        let Some(members) = self.members.get() else { return Ok(()) };
        for (follow, channel) in self.store.own_streams_due(AT_ONCE).await? {
            let Some(member) = follow.own.member else { continue };
            let role = self.settings(follow.guild).await?.members_role;
            let why = match members.roles(follow.guild, member).await {
                Ok(None) => "They left the server.",
                Ok(Some(roles)) if role.is_some_and(|role| !roles.contains(&role)) => {
                    "They no longer hold the role that it takes."
                }
                Ok(Some(_)) => {
                    self.store.own_stream_is_proven(&follow, self.clock.now().plus(EVERY)).await?;
                    continue;
                }
                Err(error) => {
                    tracing::debug!("whether somebody may have their own stream announced is not known: {error}");
                    self.store.own_stream_is_proven(&follow, self.clock.now().plus(AGAIN)).await?;
                    continue;
                }
            };
            self.end_own(&follow, &channel, (why, true)).await?;
        }
        Ok(())
    }

    /// Ends what the rows no longer allow.
    pub(crate) async fn end_unproven(&self) -> Result<()> {
        for (follow, channel, unproven) in self.store.own_streams_unproven(AT_ONCE).await? {
            match unproven {
                // Whoever switched it off is in the audit log.
                Unproven::SwitchedOff => {
                    let why = "The server no longer tells of members' own streams.";
                    self.end_own(&follow, &channel, (why, false)).await?;
                }
                Unproven::NoAccount => {
                    let why = format!("The account on {} is connected no longer.", channel.source.name());
                    self.end_own(&follow, &channel, (&why, true)).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends one; where that is news for the guild, its log is told.
    pub(crate) async fn end_own(
        &self,
        follow: &Follow,
        channel: &Channel,
        (why, is_news): (&str, bool),
    ) -> Result<bool> {
        let named = format!("{} on {}", channel.name, channel.source.name());
        let event = is_news.then(|| {
            let event = NewEvent::in_guild(Kind::StreamUnproven, follow.guild, &self.redactor)
                .about(&named)
                .with("plan", &format!("{}: {}", code(&named), why.trim_end_matches('.')));
            follow.own.member.into_iter().fold(event, NewEvent::by)
        });
        let ended = self.store.end_own_stream(follow, channel, (why, event)).await?;
        if ended {
            tracing::info!(guild.id = follow.guild.0, "a member's own stream is followed no longer: {why}");
            self.changed.send_replace(());
        }
        Ok(ended)
    }

    /// Something was heard of a member of a guild: whether their own streams still are is asked at once.
    pub async fn look_at_member(&self, guild: GuildId, member: UserId) -> Result<()> {
        // Most members have none: nothing is written for them.
        if !self.store.own_streams_of(guild, member).await?.is_empty() {
            self.store.prove_own_streams(guild, member).await?;
        }
        Ok(())
    }
}
