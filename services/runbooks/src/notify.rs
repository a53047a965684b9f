//! Says something in a channel of the guild, once. It pings nobody, whatever it says.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::outbox::{NewPost, Pings, Standing, Urgency};

use crate::Runbooks;

/// Longest that a message waits to arrive before the step says that it did not.
const ARRIVES_BY: std::time::Duration = std::time::Duration::from_secs(20);

/// Say something in a channel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Notify {
    /// What is said.
    pub message: String,
    /// The channel's id; the ops channel unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
}

/// It stands there.
#[derive(Debug, Serialize)]
pub struct Notified {
    channel: u64,
}

impl Action for Notify {
    const NAME: &'static str = "runbook.notify";
    /// It adds a message to the guild's own channels, and nothing else.
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Notified;

    fn plan(&self) -> String {
        let place = self.channel.map_or_else(|| "the ops channel".to_owned(), |channel| format!("<#{channel}>"));
        format!("Say {} in {place}", code(&self.message))
    }

    fn refusal(&self) -> String {
        "say something in a channel".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, run: &Run) -> Result<Notified> {
        let (asked, actor) = (permit.action(), permit.actor());
        let ops = runbooks.store.guild_settings(actor.guild).await?.ops_channel;
        let Some(channel) = asked.channel.or(ops) else {
            return Err(Error::Invalid(
                "This guild has no ops channel, and the step names no other. Nothing was said.".to_owned(),
            ));
        };
        let by = actor.agent.as_deref().unwrap_or("runbook");
        let card = Card::quiet(format!("**Note** {}", code(&asked.message)));
        let card = card.small(format!("{} for {}", code(by), actor.mention())).redacted(run.redactor());
        let key = format!("notify {}", permit.record().id);
        let post = NewPost {
            guild: actor.guild,
            channel,
            key: &key,
            urgency: Urgency::Result,
            card: &card,
            answers: None,
            pings: Pings::default(),
        };
        runbooks.store.post(post).await?;
        let arrived = tokio::time::timeout(ARRIVES_BY, runbooks.store.arrival(actor.guild, &key)).await;
        match arrived.map(|arrived| arrived.map(|posted| posted.map(|posted| posted.standing))) {
            Ok(Ok(Some(Standing::Posted(_)))) => Ok(Notified { channel }),
            Ok(Ok(Some(Standing::Refused(why)))) => {
                Err(Error::Invalid(format!("Discord does not take it in <#{channel}>: {why}. Nothing was said.")))
            }
            Ok(Err(error)) => Err(error),
            _ => Err(Error::Busy(format!("It has not arrived in <#{channel}> yet; it is tried again by itself."))),
        }
    }
}

impl Report for Notified {
    fn card(&self) -> Card {
        Card::ok("**Said**").fact(format!("in <#{}>", self.channel))
    }
}
