//! Has a guild follow a channel no longer.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Source;

use crate::{Streams, words::plain};

/// Follow a channel no longer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnfollowStream {
    /// Its name, or its address.
    pub name: String,
}

/// It is followed no longer.
#[derive(Debug, Serialize)]
pub struct Unfollowed {
    name: String,
    platform: Source,
}

impl Action for UnfollowStream {
    const NAME: &'static str = "stream.unfollow";
    const RISK: Risk = Risk::Change;
    type Service = Streams;
    type Report = Unfollowed;

    fn plan(&self) -> String {
        format!("Follow {} no longer", code(&self.name))
    }

    fn refusal(&self) -> String {
        "end what is followed".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Unfollowed> {
        let guild = permit.actor().guild;
        let (follow, channel) = streams.followed(guild, &permit.action().name).await?;
        // Whose own it was is told.
        let why = "An administrator of the server ended it.";
        if !follow.is_theirs || !streams.end_own(&follow, &channel, (why, false)).await? {
            streams.store.unfollow_stream(guild, &channel).await?;
        }
        streams.changed.send_replace(());
        Ok(Unfollowed { name: channel.name, platform: channel.source })
    }
}

impl Report for Unfollowed {
    fn card(&self) -> Card {
        Card::ok(format!("**Unfollowed** {} on {}", plain(&self.name, 80), self.platform.name()))
            .text("What was announced stays.")
    }
}
