//! What a model is sent, whichever model it is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All that a model sees of a conversation when it is its turn. What of it is secret was masked before it came here.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    /// Who it is and what it is to do.
    pub system: String,
    /// What was said, the oldest first.
    pub messages: Vec<Message>,
    /// What it may ask to be done.
    pub tools: Vec<Tool>,
    /// The longest answer, in tokens.
    pub longest_answer: u32,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Message {
    /// By people.
    Person {
        /// What they wrote.
        text: String,
        /// What they showed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<Image>,
    },
    /// By the model.
    Model {
        /// What it said.
        text: String,
        /// What it asked to be done.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<Call>,
    },
    /// What came of a call.
    Tool {
        /// The call's id.
        call: String,
        /// The tool's name.
        name: String,
        /// What came of it, as text.
        text: String,
        /// Whether it did not happen, or broke.
        failed: bool,
    },
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// `image/png`, `image/jpeg`, `image/webp` or `image/gif`.
    pub media_type: String,
    /// Its bytes, in base64.
    pub base64: Arc<str>,
}

/// A model asks for something to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What its result is told under; unique within a conversation.
    pub id: String,
    /// The tool's name as the model knows it: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// Its arguments as the model wrote them: meant to be a JSON object, and maybe none.
    pub arguments: String,
}

/// Something a model may ask to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name, of letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// The JSON Schema of its arguments: an object.
    pub schema: Value,
}
