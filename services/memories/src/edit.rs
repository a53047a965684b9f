//! Changes what is remembered.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::memories::Edited;

use crate::{Memories, OwnWords, Whose, gone, is_model, read, their_own};

/// Change something that is remembered for whoever asks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditMemory {
    /// Its id, as the list has it.
    pub memory: String,
    /// What to remember instead, in at most 500 letters.
    pub text: OwnWords,
}

/// Change something that is remembered for this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditGuildMemory {
    /// Its id, as the list has it.
    pub memory: String,
    /// What to remember instead, in at most 500 letters.
    pub text: String,
}

/// It was changed.
#[derive(Debug, Serialize)]
pub struct Changed {
    text: String,
    whose: Whose,
}

impl Action for EditMemory {
    const NAME: &'static str = "memory.edit";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Changed;

    fn plan(&self) -> String {
        "Change something that is remembered for themselves".to_owned()
    }

    fn refusal(&self) -> String {
        "change what is remembered".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, actor: &Actor) -> Result<Assessment> {
        Ok(their_own(actor, &self.text))
    }

    async fn run(permit: Permit<Self>, memories: &Memories, run: &Run) -> Result<Changed> {
        let action = permit.action();
        memories.edit(permit.actor(), Whose::Mine, (&action.memory, action.text.said()), run).await
    }
}

impl Action for EditGuildMemory {
    const NAME: &'static str = "memory.edit-guild";
    const RISK: Risk = Risk::Change;
    type Service = Memories;
    type Report = Changed;

    fn plan(&self) -> String {
        format!("Change what is remembered for this guild: {}", code(&self.text))
    }

    fn refusal(&self) -> String {
        "change what is remembered for this guild".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, memories: &Memories, run: &Run) -> Result<Changed> {
        let action = permit.action();
        memories.edit(permit.actor(), Whose::Guild, (&action.memory, &action.text), run).await
    }
}

impl Memories {
    async fn edit(&self, actor: &Actor, whose: Whose, (id, typed): (&str, &str), run: &Run) -> Result<Changed> {
        let (text, by_model) = (read(run, typed)?, is_model(actor));
        let owner = Self::owner(actor, whose);
        match self.store.edit_memory(owner, id.trim(), &text, actor.user, by_model).await? {
            Edited::Now => Ok(Changed { text, whose }),
            Edited::Already => Err(Error::Busy("The same is remembered already. Nothing was changed.".to_owned())),
            Edited::Gone => Err(gone(by_model)),
        }
    }
}

impl Report for Changed {
    fn card(&self) -> Card {
        let whom = if self.whose == Whose::Mine { "for you" } else { "for this guild" };
        Card::ok("**Changed** what is remembered").fact(whom).code("", &self.text)
    }
}
