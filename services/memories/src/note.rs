//! Remembers something: for whoever asks, or for the guild.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::memories::{MOST, Memory, Remembered};

use crate::{ForgetGuildMemory, ForgetMemory, Memories, OwnWords, Whose, is_model, read, their_own};

/// Remember something for whoever asks: a fact, a preference, a name. Only they see it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteMemory {
    /// What to remember, in a sentence of at most 500 letters. No passwords.
    pub text: OwnWords,
}

/// Remember something for everybody in this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteForGuild {
    /// What to remember, in a sentence of at most 500 letters. No passwords.
    pub text: String,
}

/// It is remembered.
#[derive(Debug, Serialize)]
pub struct Noted {
    text: String,
    whose: Whose,
    /// It was before.
    already: bool,
    #[serde(skip)]
    memory: Memory,
}

impl Action for NoteMemory {
    const NAME: &'static str = "memory.note";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Noted;

    fn plan(&self) -> String {
        "Remember something for themselves".to_owned()
    }

    fn refusal(&self) -> String {
        "have something remembered".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, actor: &Actor) -> Result<Assessment> {
        Ok(their_own(actor, &self.text))
    }

    async fn run(permit: Permit<Self>, memories: &Memories, run: &Run) -> Result<Noted> {
        memories.note(permit.actor(), Whose::Mine, permit.action().text.said(), run).await
    }
}

impl Action for NoteForGuild {
    const NAME: &'static str = "memory.note-guild";
    const RISK: Risk = Risk::Change;
    type Service = Memories;
    type Report = Noted;

    fn plan(&self) -> String {
        format!("Remember for this guild: {}", code(&self.text))
    }

    fn refusal(&self) -> String {
        "have something remembered for this guild".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, memories: &Memories, run: &Run) -> Result<Noted> {
        memories.note(permit.actor(), Whose::Guild, &permit.action().text, run).await
    }
}

impl Memories {
    async fn note(&self, actor: &Actor, whose: Whose, typed: &str, run: &Run) -> Result<Noted> {
        let text = read(run, typed)?;
        let remembered = self.store.remember(Self::owner(actor, whose), &text, actor.user, is_model(actor)).await?;
        let (memory, already) = match remembered {
            Remembered::Now(memory) => (memory, false),
            Remembered::Already(memory) => (memory, true),
            Remembered::Full => {
                let whom = if whose == Whose::Mine { "you" } else { "this guild" };
                return Err(Error::Busy(format!(
                    "I remember {MOST} things for {whom}, and keep no more. `/forget` makes room. Nothing was remembered."
                )));
            }
        };
        Ok(Noted { text, whose, already, memory })
    }
}

impl Report for Noted {
    fn card(&self) -> Card {
        let whom = if self.whose == Whose::Mine { "for you" } else { "for this guild" };
        if self.already {
            return Card::quiet(format!("**Remembered already** {whom}")).code("", &self.text);
        }
        let card = Card::ok(format!("**Remembered** {whom}"));
        let card = if self.memory.by_model { card.fact("by Jarvis itself") } else { card };
        let undo = match self.whose {
            Whose::Mine => Choice::perform("Undo", &ForgetMemory { memory: self.memory.id.clone() }, Lands::Here),
            Whose::Guild => Choice::perform("Undo", &ForgetGuildMemory { memory: self.memory.id.clone() }, Lands::Here),
        };
        card.code("", &self.text).choice(undo)
    }
}
