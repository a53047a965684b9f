//! A conversation as a file.

use base::{Action, Card, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Conversations;

/// Get a conversation as a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExportConversation {
    /// The conversation's number.
    pub conversation: i64,
}

/// The file.
#[derive(Debug, Serialize)]
pub struct Exported {
    conversation: i64,
    bytes: usize,
    #[serde(skip)]
    text: String,
}

impl Action for ExportConversation {
    const NAME: &'static str = "jarvis.export";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Exported;

    fn plan(&self) -> String {
        format!("Export conversation {}", self.conversation)
    }

    fn refusal(&self) -> String {
        "export conversations".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<Exported> {
        let conversation = conversations.of(permit.actor().guild, permit.action().conversation).await?;
        let text = conversations.contents()?.text(&conversation)?;
        let text = run.redactor().mask(&text).into_owned();
        Ok(Exported { conversation: conversation.number, bytes: text.len(), text })
    }
}

impl Report for Exported {
    fn card(&self) -> Card {
        Card::plain(format!("**Conversation {}**", self.conversation))
            .fact(measure::bytes(self.bytes as u64))
            .file(format!("conversation-{}.md", self.conversation), self.text.clone().into_bytes())
    }
}
