//! Finds prompts by what is in them.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Found, SHOWN};
use crate::Memories;

/// More words than anybody looks for.
const WORDS: usize = 12;

/// Search the prompts that whoever asks may use.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchPrompts {
    /// Words that must be in its name, its tags, its kind or its text.
    pub query: String,
}

/// Those that were found.
#[derive(Debug, Serialize)]
pub struct Matches {
    query: String,
    prompts: Vec<Found>,
}

impl Action for SearchPrompts {
    const NAME: &'static str = "prompt.search";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Matches;

    fn plan(&self) -> String {
        format!("Search the prompts for {}", code(&self.query))
    }

    fn refusal(&self) -> String {
        "search the prompts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, memories: &Memories, _: &Run) -> Result<Matches> {
        let (actor, query) = (permit.actor(), &permit.action().query);
        let lower = query.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        if words.is_empty() || words.len() > WORDS {
            return Err(Error::Invalid(format!("Say 1 to {WORDS} words to look for.")));
        }
        let mut found: Vec<(usize, Found)> = memories
            .prompts(actor.guild, actor.user)
            .await?
            .into_iter()
            .filter_map(|one| Some((score(&one, &words)?, one)))
            .collect();
        // The likeliest first; of equals by name, as they come.
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        Ok(Matches { query: query.clone(), prompts: found.into_iter().map(|(_, one)| one).collect() })
    }
}

/// How likely it is meant; none where one of the words is nowhere in it.
fn score(prompt: &Found, words: &[&str]) -> Option<usize> {
    let (name, text) = (prompt.name.to_lowercase(), prompt.text.to_lowercase());
    let one = |word: &&str| {
        let places = [
            (name.contains(word), 8),
            (prompt.tags.contains(word), 4),
            (prompt.category == *word, 4),
            (text.contains(word), 1),
        ];
        places.into_iter().filter(|(is_there, _)| *is_there).map(|(_, worth)| worth).max()
    };
    words.iter().map(one).sum()
}

impl Report for Matches {
    fn card(&self) -> Card {
        let many = self.prompts.len();
        if many == 0 {
            return Card::plain(format!("**Prompts** none with {}", code(&self.query)))
                .text("`/prompt list` shows them all.");
        }
        let mut card = Card::plain(format!("**Prompts** {many} with {}", code(&self.query)));
        for one in self.prompts.iter().take(SHOWN) {
            card = card.row(one.line(), None);
        }
        if many > SHOWN {
            card = card.text(format!("and {} more: say another word", many - SHOWN));
        }
        card
    }
}
