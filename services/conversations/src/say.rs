//! Says something in a conversation that goes on.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Attached, Conversations, NAME,
    add::{New, words},
};

/// Say something in a conversation with Jarvis.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SayInConversation {
    /// The conversation's number.
    pub conversation: i64,
    /// The words.
    pub text: String,
    /// What is attached.
    #[serde(default)]
    pub files: Vec<Attached>,
    /// The message that says it: the same one is heard once.
    #[serde(default)]
    pub message: Option<u64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct SaidSo {
    conversation: i64,
}

impl Action for SayInConversation {
    const NAME: &'static str = "jarvis.say";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = SaidSo;

    fn plan(&self) -> String {
        format!("Say to {NAME}: {}", code(&self.text))
    }

    fn refusal(&self) -> String {
        format!("talk to {NAME}")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<SaidSo> {
        let (actor, asked) = (permit.actor(), permit.action());
        let text = words(run.redactor(), &asked.text, &asked.files)?;
        let conversation = conversations.of(actor.guild, asked.conversation).await?;
        let id = asked.message.map_or_else(|| conversations.clock.id().to_string(), |message| message.to_string());
        conversations.add(conversation.id, actor, run.redactor(), New { id, text, files: &asked.files }).await?;
        Ok(SaidSo { conversation: asked.conversation })
    }
}

impl Report for SaidSo {
    fn card(&self) -> Card {
        Card::quiet(format!("**Said** in conversation {}", self.conversation))
    }
}
