//! Has the status say nothing any more.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Presence;

/// Have the bot's own status say nothing any more, in every server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EndPresence {}

/// It says nothing.
#[derive(Debug, Serialize)]
pub struct Ended {
    was_set: bool,
}

impl Action for EndPresence {
    const NAME: &'static str = "presence.off";
    const RISK: Risk = Risk::Change;
    type Service = Presence;
    type Report = Ended;

    fn plan(&self) -> String {
        "Have the bot's status say nothing any more".to_owned()
    }

    fn refusal(&self) -> String {
        "say what my status is".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Ended> {
        presence.refuse_others(permit.actor().guild)?;
        let was_set = presence.store.end_presence().await?;
        presence.stir();
        Ok(Ended { was_set })
    }
}

impl Report for Ended {
    fn card(&self) -> Card {
        if !self.was_set {
            return Card::quiet("**Off already**: my status says nothing");
        }
        Card::ok("**Off**: my status says nothing")
            .text("What servers and members share stays noted: `/presence set` begins again.")
    }
}
