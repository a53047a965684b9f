//! What was done in a turn: each call with what came of it.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Conversations, NAME};

/// So much of what came of a call is shown, in characters.
const SHOWN: usize = 400;
/// So many calls are shown; the file has all.
const CALLS: usize = 6;
/// So many of whom something was handed to have a button.
const BELOW: usize = 4;

/// Show what Jarvis did for an answer: each call and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowCalls {
    /// The conversation's number.
    pub conversation: i64,
    /// The turn.
    pub turn: u64,
}

/// The calls.
#[derive(Debug, Serialize)]
pub struct Shown {
    conversation: i64,
    turn: u64,
    calls: Vec<Value>,
    /// What was handed on: the agent, and its conversation's number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    handed_on: Vec<(String, i64)>,
}

impl Action for ShowCalls {
    const NAME: &'static str = "jarvis.calls";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show what {NAME} did in turn {} of conversation {}", self.turn, self.conversation)
    }

    fn refusal(&self) -> String {
        format!("see what {NAME} did")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, _: &Run) -> Result<Shown> {
        let asked = permit.action();
        let conversation = conversations.of(permit.actor().guild, asked.conversation).await?;
        let calls = conversations.contents()?.calls(&conversation, asked.turn)?;
        let turn = i64::try_from(asked.turn).unwrap_or(i64::MAX);
        let below = conversations.store.conversations_below(conversation.guild, conversation.id, turn).await?;
        let handed_on = below.into_iter().map(|one| (one.agent.unwrap_or_default(), one.number)).collect();
        if calls.is_empty() {
            let sentence = "What was done there is kept in fewer words by now. The audit log has each of its actions.";
            return Err(Error::Invalid(sentence.to_owned()));
        }
        Ok(Shown { conversation: asked.conversation, turn: asked.turn, calls, handed_on })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**What {NAME} did** in turn {}", self.turn)).fact(measure::count(
            self.calls.len() as u64,
            "call",
            "calls",
        ));
        let card = self.calls.iter().take(CALLS).fold(card, |card, call| {
            let text = |field: &str| call[field].as_str().unwrap_or_default().to_owned();
            let came: String = text("came").chars().take(SHOWN).collect();
            card.text(format!("{} {}", code(text("tool")), code(text("arguments")))).code("", came)
        });
        let card = self.handed_on.iter().take(BELOW).fold(card, |card, (agent, number)| {
            let did = ShowCalls { conversation: *number, turn: 1 };
            card.choice(Choice::perform(format!("What {agent} did"), &did, Lands::Aside))
        });
        let all = serde_json::to_vec_pretty(&self.calls).unwrap_or_default();
        card.file(format!("conversation-{}-turn-{}.json", self.conversation, self.turn), all)
    }
}
