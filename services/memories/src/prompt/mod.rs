//! The prompt library: one's own, what is shared in the guild, and what comes with us; found by name in that order.

mod list;
mod name;
mod remove;
mod save;
mod search;
mod share;
mod usage;

use base::{Error, GuildId, Result, UserId, card::code};
use serde::Serialize;
use store::prompts::Prompt;

pub use list::ListPrompts;
pub use name::PromptName;
pub use remove::RemovePrompt;
pub use save::{CATEGORIES, Category, SavePrompt};
pub use search::SearchPrompts;
pub use share::{SharePrompt, UnsharePrompt};
pub use usage::UsePrompt;

use crate::{BUILT_IN, Memories, Template};

/// More would not be read on a phone.
const SHOWN: usize = 10;

/// A prompt that somebody may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is called.
    pub name: String,
    /// What it says, with its variables.
    pub text: String,
    /// What kind it is.
    pub category: String,
    /// Words it is found by.
    pub tags: String,
    /// Where it comes from.
    pub from: Origin,
}

/// Where a prompt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It is their own.
    Mine,
    /// It is their own, and shared.
    MineShared,
    /// Somebody shares it.
    Shared(#[serde(skip)] UserId),
    /// It comes with us.
    BuiltIn,
}

impl Origin {
    fn words(self) -> String {
        match self {
            Self::Mine => "yours".to_owned(),
            Self::MineShared => "yours, shared".to_owned(),
            Self::Shared(by) => format!("shared by <@{by}>"),
            Self::BuiltIn => "built in".to_owned(),
        }
    }
}

impl Memories {
    /// The prompt that somebody means by a name.
    pub async fn prompt(&self, guild: GuildId, user: UserId, name: &str) -> Result<Found> {
        let name = name.trim().to_lowercase();
        let all = self.prompts(guild, user).await?;
        all.into_iter().find(|one| one.name == name).ok_or(Error::NotFound { kind: "prompt", name })
    }

    /// All that somebody may use, by name. What has the name of one that goes before it is left out.
    pub async fn prompts(&self, guild: GuildId, user: UserId) -> Result<Vec<Found>> {
        let kept = self.store.prompts(guild, user).await?.into_iter().map(|prompt| found(prompt, user));
        let mut all: Vec<Found> = kept.chain(BUILT_IN.iter().cloned()).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        // Of one name their own is first, then what is shared: sorting keeps that order.
        all.dedup_by(|later, first| later.name == first.name);
        Ok(all)
    }
}

fn found(prompt: Prompt, user: UserId) -> Found {
    let from = match (prompt.user == user, prompt.shared) {
        (true, true) => Origin::MineShared,
        (true, false) => Origin::Mine,
        (false, _) => Origin::Shared(prompt.user),
    };
    Found { name: prompt.name, text: prompt.text, category: prompt.category, tags: prompt.tags, from }
}

impl Found {
    /// Its text, read; what is kept was read before.
    pub fn template(&self) -> Result<Template> {
        Template::read(&self.text)
    }

    /// A line of a list.
    fn line(&self) -> String {
        /// So much of a prompt tells which it is.
        const BEGINNING: usize = 60;
        let first = self.text.lines().next().unwrap_or_default();
        let mut beginning: String = first.chars().take(BEGINNING).collect();
        if beginning.len() < self.text.len() {
            beginning.push('…');
        }
        format!("{}  {} · {}\n{}", code(&self.name), self.category, self.from.words(), code(beginning))
    }
}
