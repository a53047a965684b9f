//! The hub, as services reach it that come up by themselves.

use base::{Actor, GuildId, Result, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::{Hub, Outcome, Progress};
use maps::Door;
use serde_json::Value;
use uuid::Uuid;

use crate::question;

/// The hub.
pub struct Through(pub Hub);

impl Door for Through {
    fn stand_in<'a>(&'a self, guild: GuildId, user: UserId, agent: &'a str) -> BoxFuture<'a, Result<Option<Actor>>> {
        self.0.stand_in_later(guild, user, agent).boxed()
    }

    fn begin<'a>(&'a self, actor: Actor, action: &'a str, arguments: Value, entry: Uuid) -> BoxFuture<'a, Result<()>> {
        async move {
            let Some(mut performing) = self.0.perform_once(actor, action, arguments, entry).await? else {
                return Ok(());
            };
            let mut progress = performing.progress.clone();
            tokio::select! {
                biased;
                _ = progress.wait_for(|progress| *progress != Progress::Checking) => {}
                ended = performing.ended() => return refusal(ended.outcome),
            }
            let begun = *progress.borrow() != Progress::Checking;
            if begun { Ok(()) } else { refusal(performing.ended().await.outcome) }
        }
        .boxed()
    }

    fn ask(&self, guild: GuildId, approval: Uuid, channel: u64) -> BoxFuture<'_, Result<()>> {
        question::put(&self.0, guild, approval, channel, "autostart").boxed()
    }
}

/// What waits for a yes was begun as far as it could be.
fn refusal(outcome: Outcome) -> Result<()> {
    match outcome {
        Outcome::Failed(error) => Err(error),
        Outcome::Waits(_) | Outcome::Done { .. } | Outcome::Left => Ok(()),
    }
}
