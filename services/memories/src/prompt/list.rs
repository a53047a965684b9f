//! All prompts that somebody may use.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Category, Found, SHOWN};
use crate::Memories;

/// List the prompts that whoever asks may use: their own, those shared here, and those that are built in.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListPrompts {
    /// Only of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// So many of the first ones are left out.
    #[serde(default)]
    pub skip: usize,
}

/// The prompts.
#[derive(Debug, Serialize)]
pub struct Listed {
    prompts: Vec<Found>,
    #[serde(skip)]
    asked: ListPrompts,
}

impl Action for ListPrompts {
    const NAME: &'static str = "prompt.list";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the prompts".to_owned()
    }

    fn refusal(&self) -> String {
        "see the prompts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Listed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let mut prompts = memories.prompts(actor.guild, actor.user).await?;
        prompts.retain(|one| asked.category.is_none_or(|category| category.as_str() == one.category));
        Ok(Listed { prompts, asked: asked.clone() })
    }
}

impl Listed {
    fn page(&self, label: &str, skip: usize) -> Choice {
        Choice::perform(label, &ListPrompts { skip, ..self.asked.clone() }, Lands::Here)
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let many = self.prompts.len();
        if many == 0 {
            return Card::plain("**Prompts** none of that kind").text("`/prompt save` keeps one.");
        }
        let skip = if self.asked.skip < many { self.asked.skip } else { 0 };
        let mut card = Card::plain(format!("**Prompts** {many}"));
        for one in self.prompts.iter().skip(skip).take(SHOWN) {
            card = card.row(one.line(), None);
        }
        if skip > 0 {
            card = card.choice(self.page("Before", skip.saturating_sub(SHOWN)));
        }
        if many > skip + SHOWN {
            card = card.choice(self.page("More", skip + SHOWN));
        }
        card.text("`/prompt use` fills one in.")
    }
}
