//! Adds what somebody says to a conversation, with what they attached.

use std::sync::PoisonError;

use base::{Actor, Error, Redactor, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::conversations::{Picture, Said};
use uuid::Uuid;

use crate::Conversations;

/// So much can be said at once, in characters.
pub(crate) const LONGEST: usize = 6_000;
/// So much of a file is read, in characters.
const FILE: usize = 24_000;
/// So many files.
const FILES: usize = 4;
/// Stands where the rest of a file is left out.
const CUT: &str = "\n… the rest was left out: the file is longer.";

/// A file that somebody attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// What an attached file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Text.
    Text(String),
    /// A picture that is kept.
    Picture {
        /// What it is kept under.
        #[schemars(with = "String")]
        id: Uuid,
        /// `image/png` and the like.
        media_type: String,
    },
    /// Something no model reads.
    Nothing,
}

/// What is to be added.
pub(crate) struct New<'a> {
    /// The message's id, or one of ours.
    pub(crate) id: String,
    /// The words.
    pub(crate) text: &'a str,
    /// What is attached.
    pub(crate) files: &'a [Attached],
}

/// Words that can be said.
pub(crate) fn words<'a>(redactor: &Redactor, text: &'a str, files: &[Attached]) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() && files.is_empty() {
        return Err(Error::Invalid("There is nothing to answer: say what you want to know or have done.".to_owned()));
    }
    if text.chars().count() > LONGEST {
        let sentence = format!("That is longer than {LONGEST} characters. Attach it as a file; nothing was asked.");
        return Err(Error::Invalid(sentence));
    }
    if files.len() > FILES {
        return Err(Error::Invalid(format!("At most {FILES} files at once. Nothing was asked.")));
    }
    crate::refuse_secrets(redactor, text)?;
    Ok(text)
}

impl Conversations {
    /// Adds it. The answer is whether it was new.
    pub(crate) async fn add(
        &self,
        conversation: Uuid,
        actor: &Actor,
        redactor: &Redactor,
        new: New<'_>,
    ) -> Result<bool> {
        let files: Vec<Attached> = new.files.iter().map(|file| clean(file, redactor)).collect();
        let pictures = self.take_pictures(actor, &files);
        let said = Said {
            id: new.id,
            author: actor.user,
            name: redactor.mask(&actor.name).into_owned(),
            text: redactor.mask(new.text).into_owned(),
            files: serde_json::to_string(&files)
                .map_err(|error| Error::internal("keeping what was attached", error))?,
            at: self.clock.now(),
        };
        let new = self.store.say(actor.guild, conversation, &said, &pictures).await?;
        self.tell_said();
        Ok(new)
    }

    fn take_pictures(&self, actor: &Actor, files: &[Attached]) -> Vec<Picture> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        for file in files {
            let Holds::Picture { id, .. } = &file.holds else { continue };
            if let Some(at) = pending.iter().position(|(guild, picture)| *guild == actor.guild && picture.id == *id) {
                taken.push(pending.remove(at).1);
            }
        }
        taken
    }
}

/// Masked before it is cut: half a secret is no longer recognised.
fn clean(file: &Attached, redactor: &Redactor) -> Attached {
    let holds = match &file.holds {
        Holds::Text(text) => {
            let masked = redactor.mask(text);
            let mut kept: String = masked.chars().take(FILE).collect();
            if kept.len() < masked.len() {
                kept.push_str(CUT);
            }
            Holds::Text(kept)
        }
        other => other.clone(),
    };
    Attached { name: redactor.mask(&file.name).into_owned(), holds }
}
