//! Shows chosen events in a channel from now on.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::log_channels::SetUp;

use crate::{Logs, MOST, poster::EVERY, refuse_secrets, wanted};

/// Show what happens in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetUpLog {
    /// The channel's id.
    pub channel: u64,
    /// `all`, groups of kinds such as `action.*`, kinds such as `server.blocked`, with commas between them.
    pub kinds: String,
}

/// It is shown there.
#[derive(Debug, Serialize)]
pub struct Set {
    channel: u64,
    kinds: Vec<String>,
    new: bool,
}

impl Action for SetUpLog {
    const NAME: &'static str = "log.setup";
    const RISK: Risk = Risk::Change;
    type Service = Logs;
    type Report = Set;

    fn plan(&self) -> String {
        format!("Show {} in <#{}>", code(&self.kinds), self.channel)
    }

    fn refusal(&self) -> String {
        "set up logs".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, logs: &Logs, run: &Run) -> Result<Set> {
        refuse_secrets(run, &permit.action().kinds)?;
        logs.set_up(&permit).await
    }
}

impl Logs {
    async fn set_up(&self, permit: &Permit<SetUpLog>) -> Result<Set> {
        let (asked, actor) = (permit.action(), permit.actor());
        let kinds = wanted::read(&asked.kinds)?;
        let place = self.place(actor.guild, asked.channel).await?;
        let could_not = |why: String| {
            let card = Card::failed(format!("**Could not set up** the log in <#{}>", asked.channel));
            Error::Outside(Box::new(card.text(format!("{why} Nothing was changed."))))
        };
        let Some(place) = place else {
            return Err(could_not(
                "It is not a channel of this guild, or I may not see it: give me View Channel and Send Messages there."
                    .to_owned(),
            ));
        };
        if !place.is_text {
            return Err(could_not("Only a text channel shows a log.".to_owned()));
        }
        if !place.missing.is_empty() {
            return Err(could_not(format!("I lack {} there.", place.missing.join(" and "))));
        }
        match self.store.set_log_channel((actor.guild, actor.user), asked.channel, &kinds, MOST).await? {
            SetUp::TooMany => Err(Error::Busy(format!(
                "This guild has {MOST} logs, and I keep no more. `/log remove` ends one. Nothing was changed."
            ))),
            became => Ok(Set { channel: asked.channel, kinds, new: became == SetUp::New }),
        }
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let verb = if self.new { "Set up" } else { "Changed" };
        Card::ok(format!("**{verb}** the log in <#{}>", self.channel))
            .fact(format!("shows {}", wanted::shown(&self.kinds)))
            .text(format!("From now on, one card in {} s at most. `/log remove` ends it.", EVERY.as_secs()))
    }
}
