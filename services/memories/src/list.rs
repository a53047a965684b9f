//! All that is remembered where somebody asks: their own, which only they see, and the guild's.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::memories::Memory;

use crate::{ForgetGuildMemory, ForgetMemory, Memories, Whose};

/// So many fit a card.
const SHOWN: usize = 8;

/// List what is remembered for whoever asks, and for this guild.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListMemories {
    /// Only what is remembered for whoever asks, or only the guild's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whose: Option<Whose>,
    /// So many of the first ones are left out.
    #[serde(default)]
    pub skip: usize,
}

/// What is remembered.
#[derive(Debug, Serialize)]
pub struct Listed {
    mine: usize,
    guild: usize,
    memories: Vec<Line>,
    #[serde(skip)]
    asked: ListMemories,
}

/// One of them.
#[derive(Debug, Serialize)]
struct Line {
    id: String,
    text: String,
    whose: Whose,
    by_model: bool,
}

impl Action for ListMemories {
    const NAME: &'static str = "memory.list";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Listed;

    fn plan(&self) -> String {
        "List what is remembered".to_owned()
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

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Listed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let all = memories.of(actor.guild, actor.user).await?;
        let lines: Vec<Line> = all.into_iter().map(Line::of).collect();
        let many = |whose| lines.iter().filter(|line| line.whose == whose).count();
        let (mine, guild) = (many(Whose::Mine), many(Whose::Guild));
        let wanted = lines.into_iter().filter(|line| asked.whose.is_none_or(|whose| whose == line.whose));
        Ok(Listed { mine, guild, memories: wanted.collect(), asked: asked.clone() })
    }
}

impl Line {
    fn of(memory: Memory) -> Self {
        let whose = if memory.owner.is_some() { Whose::Mine } else { Whose::Guild };
        Self { id: memory.id, text: memory.text, whose, by_model: memory.by_model }
    }

    fn forget(&self) -> Choice {
        let memory = self.id.clone();
        match self.whose {
            Whose::Mine => Choice::perform("Forget", &ForgetMemory { memory }, Lands::Aside),
            Whose::Guild => Choice::perform("Forget", &ForgetGuildMemory { memory }, Lands::Aside),
        }
    }
}

impl Listed {
    fn page(&self, label: &str, skip: usize) -> Choice {
        Choice::perform(label, &ListMemories { skip, ..self.asked.clone() }, Lands::Here)
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.memories.is_empty() {
            return Card::plain("**Remembered** nothing yet").text(
                "`/remember` keeps a fact, for you or for the guild. Jarvis is told all of it with each question.",
            );
        }
        let mut card = Card::plain("**Remembered**")
            .fact(format!("{} for you", self.mine))
            .fact(format!("{} for this guild", self.guild));
        let skip = if self.asked.skip < self.memories.len() { self.asked.skip } else { 0 };
        for line in self.memories.iter().skip(skip).take(SHOWN) {
            let whose = if line.whose == Whose::Mine { "you" } else { "guild" };
            let by = if line.by_model { "  by Jarvis itself" } else { "" };
            card = card.row(format!("{whose}  {}{by}", code(&line.text)), Some(line.forget()));
        }
        let left = self.memories.len().saturating_sub(skip + SHOWN);
        if skip > 0 {
            card = card.choice(self.page("Newer", skip.saturating_sub(SHOWN)));
        }
        if left > 0 {
            card = card.fact(format!("{left} more")).choice(self.page("Older", skip + SHOWN));
        }
        card.text("`/memory edit` changes one of them.")
    }
}
