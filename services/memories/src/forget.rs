//! Forgets something. What it was is shown once more, so that it can be remembered again.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, card::block};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Memories, Whose, gone, is_model};

/// Forget something that is remembered for whoever asks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetMemory {
    /// Its id, as the list has it.
    pub memory: String,
}

/// Forget something that is remembered for this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetGuildMemory {
    /// Its id, as the list has it.
    pub memory: String,
}

/// It is forgotten.
#[derive(Debug, Serialize)]
pub struct Forgotten {
    text: String,
    whose: Whose,
}

impl Action for ForgetMemory {
    const NAME: &'static str = "memory.forget";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Forgotten;

    fn plan(&self) -> String {
        "Forget something that is remembered for themselves".to_owned()
    }

    fn refusal(&self) -> String {
        "have something forgotten".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, memories: &Memories, actor: &Actor) -> Result<Assessment> {
        if !is_model(actor) {
            return Ok(Assessment { own: true, ..Assessment::of(Self::RISK) });
        }
        // Nobody says yes to an id.
        let theirs = memories.store.memories(actor.guild, Some(actor.user)).await?;
        let meant = theirs.into_iter().find(|one| one.id == self.memory);
        let why = meant.map(|memory| block(&memory.text));
        Ok(Assessment { own: true, why, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Forgotten> {
        memories.forget(permit.actor(), Whose::Mine, &permit.action().memory).await
    }
}

impl Action for ForgetGuildMemory {
    const NAME: &'static str = "memory.forget-guild";
    const RISK: Risk = Risk::Change;
    type Service = Memories;
    type Report = Forgotten;

    fn plan(&self) -> String {
        "Forget something that is remembered for this guild".to_owned()
    }

    fn refusal(&self) -> String {
        "have something forgotten that is remembered for this guild".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Forgotten> {
        memories.forget(permit.actor(), Whose::Guild, &permit.action().memory).await
    }
}

impl Memories {
    async fn forget(&self, actor: &Actor, whose: Whose, id: &str) -> Result<Forgotten> {
        let by_model = is_model(actor);
        let forgotten = self.store.forget_memory(Self::owner(actor, whose), id.trim(), by_model).await?;
        let memory = forgotten.ok_or_else(|| gone(by_model))?;
        Ok(Forgotten { text: memory.text, whose })
    }
}

impl Report for Forgotten {
    fn card(&self) -> Card {
        let whom = if self.whose == Whose::Mine { "for you" } else { "for this guild" };
        Card::ok("**Forgot** what was remembered").fact(whom).code("", &self.text)
    }
}
