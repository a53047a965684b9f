//! Stops what is being answered.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Conversations, NAME};

/// Stop what Jarvis is doing in a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StopJarvis {
    /// The conversation's number.
    pub conversation: i64,
}

/// It was told to stop.
#[derive(Debug, Serialize)]
pub struct Told {
    conversation: i64,
    was_busy: bool,
}

impl Action for StopJarvis {
    const NAME: &'static str = "jarvis.stop";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Told;

    fn plan(&self) -> String {
        format!("Stop what {NAME} does in conversation {}", self.conversation)
    }

    fn refusal(&self) -> String {
        format!("stop {NAME}")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, _: &Run) -> Result<Told> {
        let (actor, number) = (permit.actor(), permit.action().conversation);
        let conversation = conversations.of(actor.guild, number).await?;
        let was_busy = conversations.store.stop_conversation(actor.guild, conversation.id, actor.user).await?;
        conversations.tell_said();
        Ok(Told { conversation: number, was_busy })
    }
}

impl Report for Told {
    fn card(&self) -> Card {
        if self.was_busy {
            Card::quiet(format!("**Stopping** conversation {}", self.conversation))
                .text("Its thread says how far it came.")
        } else {
            Card::quiet(format!("**Nothing to stop** in conversation {}", self.conversation))
        }
    }
}
