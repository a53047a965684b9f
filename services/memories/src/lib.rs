//! What is remembered for people and guilds, and prompts to use again.
//!
//! **Invariants:** what is remembered for a person is seen by that person alone, in the guild where it was said: neither the audit
//! log nor anybody else's list shows it. What a model wants remembered waits for that person's yes, who is shown all of it; it is
//! marked, can be undone with one press, and is all that a model may change. No secret is remembered: it would be sent to every model
//! that is asked.

mod built_in;
mod edit;
mod forget;
mod list;
mod note;
mod own;
mod prompt;
mod show;
mod template;

use base::{Actor, Asker, Assessment, Error, GuildId, Result, Risk, Run, UserId};
use serde::{Deserialize, Serialize};
use store::{Store, memories::Memory};

pub use built_in::BUILT_IN;
pub use edit::{EditGuildMemory, EditMemory};
pub use forget::{ForgetGuildMemory, ForgetMemory};
pub use list::ListMemories;
pub use note::{NoteForGuild, NoteMemory};
pub use own::OwnWords;
pub use prompt::{
    CATEGORIES, Category, Found, ListPrompts, Origin, PromptName, RemovePrompt, SavePrompt, SearchPrompts, SharePrompt,
    UnsharePrompt, UsePrompt,
};
pub use show::ShowMemory;
pub use store::memories::MOST;
pub use template::{MOST_VARIABLES, Template};

/// The longest text that is remembered, in letters: a fact, and no file.
pub const LONGEST: usize = 500;

/// What remembers.
pub struct Memories {
    store: Store,
}

/// For whom something is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// For whoever asks, and for nobody else.
    Mine,
    /// For everybody in the guild.
    Guild,
}

impl Memories {
    /// Remembers in this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// All that is remembered where somebody asks: their own, then the guild's, each the newest first.
    pub async fn of(&self, guild: GuildId, user: UserId) -> Result<Vec<Memory>> {
        let mut all = self.store.memories(guild, Some(user)).await?;
        all.extend(self.store.memories(guild, None).await?);
        Ok(all)
    }

    /// What somebody means by what they chose or typed: one of theirs, or of the guild's.
    pub async fn meant(&self, guild: GuildId, user: UserId, typed: &str) -> Result<Memory> {
        let typed = typed.trim();
        let mut all = self.of(guild, user).await?;
        if let Some(at) = all.iter().position(|one| one.id == typed || one.text.eq_ignore_ascii_case(typed)) {
            return Ok(all.swap_remove(at));
        }
        let lower = typed.to_lowercase();
        all.retain(|one| !lower.is_empty() && one.text.to_lowercase().contains(&lower));
        // What was typed is not repeated: it may be a part of what only they see, and refusals are on record.
        match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err(Error::Invalid(
                "Nothing that is remembered for you or this guild says that. `/memory list` shows all of it. Nothing was changed."
                    .to_owned(),
            )),
            several => Err(Error::Invalid(format!(
                "{several} of what is remembered say that. Choose one of those offered while you type. Nothing was changed."
            ))),
        }
    }

    /// Whose a memory of an actor's is, in the words of a row.
    fn owner(actor: &Actor, whose: Whose) -> (GuildId, Option<UserId>) {
        (actor.guild, (whose == Whose::Mine).then_some(actor.user))
    }
}

/// Whether a model asked, and no person.
fn is_model(actor: &Actor) -> bool {
    actor.way.asker() != Asker::Person
}

/// Words that concern only whoever says them. Those of a model are shown before anybody says yes to them.
fn their_own(actor: &Actor, words: &OwnWords) -> Assessment {
    let why = is_model(actor).then(|| words.quoted());
    Assessment { own: true, why, ..Assessment::of(Risk::Change) }
}

/// A text that can be remembered: one line or a few, of no secret.
fn read(run: &Run, typed: &str) -> Result<String> {
    let text = typed.replace("\r\n", "\n").trim().to_owned();
    if run.redactor().finds(&text) {
        return Err(Error::Invalid(
            "That holds a secret, and what is remembered is read by every model you ask. Nothing was remembered. `/secret set` \
             keeps secrets."
                .to_owned(),
        ));
    }
    let letters = text.chars().count();
    if letters == 0 {
        return Err(Error::Invalid("There is nothing in it to remember.".to_owned()));
    }
    if letters > LONGEST {
        return Err(Error::Invalid(format!(
            "That is {letters} letters long, and I remember at most {LONGEST} at a time. Nothing was remembered."
        )));
    }
    Ok(text)
}

/// What is said of something that is not there, or not for whoever asks to change.
fn gone(by_model: bool) -> Error {
    Error::Busy(if by_model {
        "That is not remembered, or a person wrote it: only they change it. Nothing was changed.".to_owned()
    } else {
        "That is not remembered for you, or no longer. Nothing was changed.".to_owned()
    })
}
