//! Every log of a guild at a glance.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Logs, RemoveLog, wanted};

/// List the logs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListLogs {}

/// The logs.
#[derive(Debug, Serialize)]
pub struct Listed {
    logs: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    channel: u64,
    kinds: Vec<String>,
    trouble: Option<String>,
}

impl Action for ListLogs {
    const NAME: &'static str = "log.list";
    const RISK: Risk = Risk::Observe;
    type Service = Logs;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the logs".to_owned()
    }

    fn refusal(&self) -> String {
        "see what is logged where".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, logs: &Logs, _: &Run) -> Result<Listed> {
        let logs = logs.store.log_channels(permit.actor().guild).await?;
        let shown = logs.into_iter().map(|log| Shown { channel: log.channel, kinds: log.kinds, trouble: log.trouble });
        Ok(Listed { logs: shown.collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.logs.is_empty() {
            return Card::plain("**Logs** none yet").text("`/log setup` shows what happens in a channel.");
        }
        let mut card = Card::plain(format!("**Logs** {}", self.logs.len()));
        for log in &self.logs {
            let line = format!("<#{}>  {}", log.channel, wanted::shown(&log.kinds));
            // A channel that is gone cannot be named in a command any more: its button still ends it.
            card = match &log.trouble {
                None => card.row(format!("✓ {line}"), None),
                Some(why) => card.row(
                    format!("✕ {line} · {}", code(why)),
                    Some(Choice::perform("Remove", &RemoveLog { channel: log.channel }, Lands::Below)),
                ),
            };
        }
        card
    }
}
