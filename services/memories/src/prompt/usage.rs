//! Fills a prompt in.

use std::collections::BTreeMap;

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Press, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PromptName;
use crate::{Memories, OwnWords};

/// A longer text is attached: a card takes 4,000 letters with all that is on it.
const ON_CARD: usize = 3_000;
/// The longest question, in characters.
const QUESTION: usize = 6_000;
/// What asks the assistant.
const ASK: &str = "jarvis.ask";

/// Fill in a prompt of the library.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsePrompt {
    /// The prompt.
    pub name: PromptName,
    /// What its variables stand for, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, OwnWords>,
    /// The channel it is used in, by id: what it says can be asked there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
}

/// It, filled in.
#[derive(Debug, Serialize)]
pub struct Filled {
    name: String,
    text: String,
    from: super::Origin,
    #[serde(skip)]
    channel: Option<u64>,
}

impl Action for UsePrompt {
    const NAME: &'static str = "prompt.use";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Filled;

    fn plan(&self) -> String {
        format!("Fill in prompt {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "use prompts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Filled> {
        let (actor, action) = (permit.actor(), permit.action());
        let found = memories.prompt(actor.guild, actor.user, action.name.as_str()).await?;
        let values = action.values.iter().map(|(name, value)| (name.clone(), value.said().to_owned())).collect();
        let text = found.template()?.fill(&values)?;
        Ok(Filled { name: found.name, text, from: found.from, channel: action.channel })
    }
}

impl Filled {
    /// A button that asks it, where it is no longer than what can be asked.
    fn ask(&self) -> Option<Choice> {
        let channel = self.channel.filter(|_| self.text.chars().count() <= QUESTION)?;
        let arguments = json!({ "question": self.text, "channel": channel });
        let press = Press::Perform { action: ASK.to_owned(), arguments, lands: Lands::Below };
        Some(Choice { label: "Ask Jarvis".to_owned(), weight: Weight::Secondary, press })
    }
}

impl Report for Filled {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**Prompt** {}", code(&self.name))).fact(self.from.words());
        let card = self.ask().into_iter().fold(card, Card::choice);
        if self.text.chars().count() <= ON_CARD {
            return card.code("", &self.text);
        }
        card.text("It is long: all of it is in the file.")
            .file(format!("{}.txt", self.name), self.text.clone().into_bytes())
    }
}
