//! What was said in a conversation, and what is being answered: its words, as they are kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{After, Came, Doing, Proof, Verifying};
use crate::Call;

/// Something a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What it is known by; the same one twice is one.
    pub id: String,
    /// Who said it: a Discord user's snowflake.
    pub author: u64,
    /// Their name.
    pub name: String,
    /// What they said.
    pub text: String,
    /// What they attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
    /// When, in milliseconds.
    pub at: i64,
}

/// A file somebody attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// What an attached file holds, as far as a model can see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Text, cut to size.
    Text(String),
    /// A picture that is kept elsewhere.
    Picture {
        /// What it is kept under.
        id: Uuid,
        /// `image/png` and the like.
        media_type: String,
    },
    /// Something no model reads; only its name is told.
    Nothing,
}

/// One thing that stands in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A person's.
    Said(Said),
    /// The model's.
    Model {
        /// The turn it belongs to.
        turn: u64,
        /// What it said.
        text: String,
        /// What it asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<Call>,
        /// Which model it was.
        model: String,
    },
    /// What came of a call.
    Result {
        /// The turn it belongs to.
        turn: u64,
        /// The call's id.
        call: String,
        /// The tool, as the model knows it.
        name: String,
        /// What came of it.
        came: Came,
    },
    /// What people are told and models are not.
    Note {
        /// The turn it belongs to.
        turn: u64,
        /// A sentence of ours.
        text: String,
        /// Words of others that belong to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// What must hold, and what was seen of it.
    Proven {
        /// The turn it belongs to.
        turn: u64,
        /// The conditions.
        proofs: Vec<Proof>,
    },
    /// What could be done next.
    Offered {
        /// The turn it comes after.
        turn: u64,
        /// What it is.
        after: Vec<After>,
    },
    /// The end of a turn.
    Over {
        /// The turn.
        turn: u64,
        /// How it ended.
        how: How,
    },
}

/// What people are told and models are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// A sentence of ours.
    pub text: String,
    /// Words of others that belong to it.
    pub said: Option<String>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// With an answer.
    Answered,
    /// With an answer, but not as it was to be.
    Unmet,
    /// Without one.
    Failed,
    /// A person stopped it.
    Stopped,
}

/// What is being answered now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number, from 1.
    pub number: u64,
    /// Whose message it answers, and in whose name everything in it is done.
    pub author: u64,
    /// Their name.
    pub name: String,
    /// When it began, in milliseconds.
    pub began: i64,
    /// How often the model had the word.
    pub rounds: u32,
    /// How often in a row it made calls that cannot be done as they are.
    pub wrong: u32,
    /// The tokens it took.
    pub tokens: u64,
    /// How often what did not hold went back to the model.
    #[serde(default)]
    pub fixes: u32,
    /// Where it stands.
    pub phase: Phase,
}

/// Where a turn stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The model has the word; the number names the question to it.
    Asking(u64),
    /// What was said in earlier turns is put in fewer words first.
    Summarising(u64),
    /// Its calls are done.
    Calling(Vec<Doing>),
    /// What must hold is held against its answer.
    Verifying(Verifying),
}
