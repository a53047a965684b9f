//! Goes on with a conversation in a thread of its own, from where it stands; the first one stays as it is.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::conversations::NewConversation;

use crate::Conversations;

/// Go on with a conversation in another thread, and leave the first as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForkConversation {
    /// The conversation's number.
    pub conversation: i64,
    /// The channel of the new thread.
    pub channel: u64,
}

/// There are two now.
#[derive(Debug, Serialize)]
pub struct Forked {
    from: i64,
    conversation: i64,
    thread: u64,
}

impl Action for ForkConversation {
    const NAME: &'static str = "jarvis.fork";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Forked;

    fn plan(&self) -> String {
        format!("Fork conversation {}", self.conversation)
    }

    fn refusal(&self) -> String {
        "fork conversations".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<Forked> {
        let (actor, asked) = (permit.actor(), permit.action());
        let first = conversations.of(actor.guild, asked.conversation).await?;
        let body = conversations.contents()?.copied(&first.body)?;
        let id = conversations.clock.id();
        let new = NewConversation {
            id,
            guild: actor.guild,
            channel: asked.channel,
            title: &first.title,
            mode: &first.mode,
            agent: first.agent.as_deref(),
            by: actor.user,
            body: &body,
            below: None,
        };
        let number = conversations.store.begin_conversation(new).await?;
        let (threads, name) = (conversations.threads()?, format!("{} (fork)", first.title));
        let thread = match threads.make_for(actor.guild, asked.channel, None, name, run.redactor().clone()).await {
            Ok(thread) => thread,
            Err(error) => {
                conversations.store.delete_conversation(actor.guild, id).await?;
                return Err(error);
            }
        };
        conversations.stands_in(actor.guild, id, thread).await?;
        conversations.store.copy_pictures(actor.guild, first.id, id).await?;
        Ok(Forked { from: first.number, conversation: number, thread })
    }
}

impl Report for Forked {
    fn card(&self) -> Card {
        Card::ok(format!("**Forked** conversation {}", self.from))
            .fact(format!("goes on as {} in <#{}>", self.conversation, self.thread))
            .text("It remembers what was said up to here; the first one stays as it is.")
    }
}
