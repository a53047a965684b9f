//! One thing that is remembered, whole.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::memories::Memory;

use crate::{ForgetGuildMemory, ForgetMemory, Memories, OwnWords};

/// Show something that is remembered for whoever asks, or for this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowMemory {
    /// Its id, or words that are in it.
    pub memory: OwnWords,
}

/// It.
#[derive(Debug, Serialize)]
pub struct One {
    text: String,
    by_model: bool,
    #[serde(skip)]
    memory: Memory,
}

impl Action for ShowMemory {
    const NAME: &'static str = "memory.show";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Memories;
    type Report = One;

    fn plan(&self) -> String {
        "Show something that is remembered".to_owned()
    }

    fn refusal(&self) -> String {
        "see what is remembered".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<One> {
        let (actor, typed) = (permit.actor(), permit.action().memory.said());
        let memory = memories.meant(actor.guild, actor.user, typed).await?;
        Ok(One { text: memory.text.clone(), by_model: memory.by_model, memory })
    }
}

impl Report for One {
    fn card(&self) -> Card {
        let memory = self.memory.id.clone();
        let (whom, forget) = match self.memory.owner {
            Some(_) => ("for you", Choice::perform("Forget", &ForgetMemory { memory }, Lands::Here)),
            None => ("for this guild", Choice::perform("Forget", &ForgetGuildMemory { memory }, Lands::Here)),
        };
        let by = if self.by_model { "Jarvis".to_owned() } else { format!("<@{}>", self.memory.by) };
        Card::plain(format!("**Remembered** {whom}"))
            .fact(format!("by {by}"))
            .fact(format!("<t:{}:R>", self.memory.at.0 / 1000))
            .code("", &self.text)
            .choice(forget)
    }
}
