//! Removes a prompt of one's own.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PromptName;
use crate::Memories;

/// Remove a prompt of whoever asks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemovePrompt {
    /// The prompt.
    pub name: PromptName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: PromptName,
}

impl Action for RemovePrompt {
    const NAME: &'static str = "prompt.remove";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove their prompt {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "remove prompts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Removed> {
        let (actor, name) = (permit.actor(), &permit.action().name);
        if memories.store.remove_prompt(actor.guild, actor.user, name.as_str()).await? {
            return Ok(Removed { name: name.clone() });
        }
        Err(Error::Busy(format!("You have no prompt called {} here. Nothing was removed.", code(name.as_str()))))
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** prompt {}", code(self.name.as_str())))
            .text("Where it was shared, it no longer is.")
    }
}
