//! Has a guild tell of a member's own stream no longer, as they ask.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Source;

use super::line;
use crate::Streams;

/// Have your own stream told of here no longer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct UnfollowMine {
    /// Where you stream; everywhere, unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Source>,
}

/// They are told of no longer.
#[derive(Debug, Serialize)]
pub struct NoLonger {
    all: Vec<(Source, String)>,
}

impl Action for UnfollowMine {
    const NAME: &'static str = "stream.unfollow-mine";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Streams;
    type Report = NoLonger;

    fn plan(&self) -> String {
        format!("Tell no longer of their own stream{}", super::show::on(self.on))
    }

    fn refusal(&self) -> String {
        "end that their own streams are announced".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Streams, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<NoLonger> {
        let (actor, on) = (permit.actor(), permit.action().on);
        let theirs = streams.store.own_streams_of(actor.guild, actor.user).await?;
        let mut all = Vec::new();
        for channel in theirs.into_iter().filter(|channel| on.is_none_or(|on| on == channel.source)) {
            if streams.store.unfollow_own_stream(actor.guild, &channel, actor.user).await? {
                all.push((channel.source, channel.name));
            }
        }
        if all.is_empty() {
            return Err(Error::Busy("No stream is followed here as your own. Nothing was changed.".to_owned()));
        }
        streams.changed.send_replace(());
        Ok(NoLonger { all })
    }
}

impl Report for NoLonger {
    fn card(&self) -> Card {
        let card = Card::ok("**Unfollowed** your own stream");
        let card =
            self.all.iter().fold(card, |card, (source, name)| card.row(format!("– {}", line(*source, name)), None));
        card.text("What was announced stays.")
    }
}
