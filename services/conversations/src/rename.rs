//! Gives a conversation and its thread another name.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Conversations;

/// Discord's own limit for a thread's name.
const LONGEST: usize = 100;

/// Rename a conversation with Jarvis.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RenameConversation {
    /// The conversation's number.
    pub conversation: i64,
    /// What it is to be called.
    pub title: String,
}

/// It has another name.
#[derive(Debug, Serialize)]
pub struct Renamed {
    conversation: i64,
    before: String,
    title: String,
    thread_kept_its_name: bool,
}

impl Action for RenameConversation {
    const NAME: &'static str = "jarvis.rename";
    const RISK: Risk = Risk::Change;
    type Service = Conversations;
    type Report = Renamed;

    fn plan(&self) -> String {
        format!("Rename conversation {} to {}", self.conversation, code(&self.title))
    }

    fn refusal(&self) -> String {
        "rename conversations".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<Renamed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let title = asked.title.trim();
        if title.is_empty() || title.chars().count() > LONGEST || title.contains(char::is_control) {
            let sentence = format!("A title is one line of 1 to {LONGEST} characters. Nothing was renamed.");
            return Err(Error::Invalid(sentence));
        }
        crate::refuse_secrets(run.redactor(), title)?;
        let conversation = conversations.of(actor.guild, asked.conversation).await?;
        conversations.store.rename_conversation(actor.guild, conversation.id, title).await?;
        let mut thread_kept_its_name = false;
        if let Some(thread) = conversation.thread {
            let renamed = conversations.threads()?.rename(thread, title.to_owned(), run.redactor().clone()).await;
            if let Err(error) = renamed {
                tracing::info!("a thread kept its name: {error}");
                thread_kept_its_name = true;
            }
        }
        let (before, title) = (conversation.title, title.to_owned());
        Ok(Renamed { conversation: asked.conversation, before, title, thread_kept_its_name })
    }
}

impl Report for Renamed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Renamed** conversation {}", self.conversation))
            .fact(format!("{} before", code(&self.before)))
            .fact(code(&self.title));
        if self.thread_kept_its_name {
            card.text("Its thread kept its name: Discord did not take another.")
        } else {
            card
        }
    }
}
