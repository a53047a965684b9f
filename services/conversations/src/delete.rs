//! Deletes a conversation: what was said, what was attached, what was answered. Its thread stays Discord's.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Conversations;

/// Delete a conversation with Jarvis: what I keep of it is gone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeleteConversation {
    /// The conversation's number.
    pub conversation: i64,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Deleted {
    conversation: i64,
    title: String,
    thread: Option<u64>,
}

impl Action for DeleteConversation {
    const NAME: &'static str = "jarvis.delete";
    const RISK: Risk = Risk::Destroy;
    type Service = Conversations;
    type Report = Deleted;

    fn plan(&self) -> String {
        format!("Delete conversation {}, with all that was said and attached", self.conversation)
    }

    fn refusal(&self) -> String {
        "delete conversations".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, conversations: &Conversations, actor: &Actor) -> Result<Assessment> {
        let found = conversations.store.conversation_of(actor.guild, self.conversation).await?;
        // A number is given once: what it stands for does not change.
        let identity = found.map(|conversation| conversation.id.to_string());
        Ok(Assessment { identity, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, _: &Run) -> Result<Deleted> {
        let (actor, number) = (permit.actor(), permit.action().conversation);
        let conversation = conversations.of(actor.guild, number).await?;
        conversations.store.delete_conversation(actor.guild, conversation.id).await?;
        conversations.comes(conversation.id, None);
        // Whoever answers in it finds that it is gone.
        conversations.tell_said();
        Ok(Deleted { conversation: number, title: conversation.title, thread: conversation.thread })
    }
}

impl Report for Deleted {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Deleted** conversation {}", self.conversation)).fact(code(&self.title));
        match self.thread {
            Some(thread) => card.text(format!(
                "I keep nothing of it. What stands in <#{thread}> is Discord's: delete the thread there."
            )),
            None => card.text("I keep nothing of it."),
        }
    }
}
