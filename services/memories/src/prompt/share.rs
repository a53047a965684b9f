//! Lets everybody in a guild use a prompt, as it is now; or takes that back.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::prompts::{Prompt, Shared};

use super::PromptName;
use crate::Memories;

/// Let everybody in this guild use a prompt of whoever asks, as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SharePrompt {
    /// The prompt.
    pub name: PromptName,
}

/// Share a prompt no more; it stays its owner's.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnsharePrompt {
    /// The prompt.
    pub name: PromptName,
}

/// Everybody may use it, or nobody but its owner.
#[derive(Debug, Serialize)]
pub struct Now {
    name: PromptName,
    shared: bool,
    #[serde(skip)]
    text: String,
}

impl Action for SharePrompt {
    const NAME: &'static str = "prompt.share";
    const RISK: Risk = Risk::Change;
    type Service = Memories;
    type Report = Now;

    fn plan(&self) -> String {
        format!("Share prompt {} with this guild", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "share prompts here".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn assess(&self, memories: &Memories, actor: &Actor) -> Result<Assessment> {
        // A yes is for the text as it is: another is another prompt.
        let identity = memories.mine(actor, &self.name).await?.map(|prompt| format!("{} {}", prompt.id, prompt.at.0));
        Ok(Assessment { identity, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Now> {
        let (actor, name) = (permit.actor(), &permit.action().name);
        let prompt = memories.mine(actor, name).await?;
        let prompt = prompt.ok_or_else(|| Error::NotFound { kind: "prompt", name: name.to_string() })?;
        match memories.store.share_prompt(actor.guild, actor.user, &prompt).await? {
            Shared::Now => Ok(Now { name: name.clone(), shared: true, text: prompt.text }),
            Shared::Taken => Err(Error::Busy(format!(
                "Somebody else shares a prompt called {} here. Save yours under another name. Nothing was changed.",
                code(name.as_str())
            ))),
            Shared::Gone => Err(Error::Busy("It was changed just now. Nothing was shared; try again.".to_owned())),
        }
    }
}

impl Action for UnsharePrompt {
    const NAME: &'static str = "prompt.unshare";
    const RISK: Risk = Risk::Change;
    type Service = Memories;
    type Report = Now;

    fn plan(&self) -> String {
        format!("Share prompt {} no more", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "take back what others share here".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn assess(&self, memories: &Memories, actor: &Actor) -> Result<Assessment> {
        // What is their own they take back whatever they hold by now.
        let own =
            memories.mine(actor, &self.name).await?.is_some_and(|prompt| prompt.shared) && !crate::is_model(actor);
        Ok(Assessment { own, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Now> {
        let (actor, name) = (permit.actor(), &permit.action().name);
        if memories.store.unshare_prompt(actor.guild, name.as_str()).await? {
            return Ok(Now { name: name.clone(), shared: false, text: String::new() });
        }
        Err(Error::Busy(format!("No prompt called {} is shared here. Nothing was changed.", code(name.as_str()))))
    }
}

impl Memories {
    /// Somebody's own prompt of a name.
    async fn mine(&self, actor: &Actor, name: &PromptName) -> Result<Option<Prompt>> {
        let all = self.store.prompts(actor.guild, actor.user).await?;
        Ok(all.into_iter().find(|one| one.user == actor.user && one.name == name.as_str()))
    }
}

impl Report for Now {
    fn card(&self) -> Card {
        let name = code(self.name.as_str());
        if !self.shared {
            return Card::ok(format!("**Took back** prompt {name}")).text("It is its owner's alone again.");
        }
        let back = Choice::perform("Take back", &UnsharePrompt { name: self.name.clone() }, Lands::Here);
        Card::ok(format!("**Shared** prompt {name}"))
            .text("Everybody here may use it as it is. Changed, it is shared anew.")
            .code("", &self.text)
            .choice(back)
    }
}
