//! Shows nothing in a channel any more.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Logs;

/// End the log in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveLog {
    /// The channel's id.
    pub channel: u64,
}

/// It has ended.
#[derive(Debug, Serialize)]
pub struct Removed {
    channel: u64,
}

impl Action for RemoveLog {
    const NAME: &'static str = "log.remove";
    const RISK: Risk = Risk::Change;
    type Service = Logs;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("End the log in <#{}>", self.channel)
    }

    fn refusal(&self) -> String {
        "end logs".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, logs: &Logs, _: &Run) -> Result<Removed> {
        logs.remove(&permit).await
    }
}

impl Logs {
    async fn remove(&self, permit: &Permit<RemoveLog>) -> Result<Removed> {
        let channel = permit.action().channel;
        if self.store.remove_log_channel(permit.actor().guild, channel).await? {
            return Ok(Removed { channel });
        }
        Err(Error::Invalid(format!(
            "Nothing is logged in <#{channel}>. `/log list` shows what is. Nothing was changed."
        )))
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Ended** the log in <#{}>", self.channel)).text("What it showed stays there.")
    }
}
