//! Whoever runs models: what it speaks, where it is, and what opens it.

use base::Secret;
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Place;

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Ollama's own interface.
    Ollama,
    /// OpenAI's, as also llama.cpp, vLLM, LM Studio and OpenRouter speak it.
    OpenAi,
    /// Anthropic's.
    Anthropic,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Ollama, Self::OpenAi, Self::Anthropic];

    /// The word its row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The kind of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Where it is unless told.
    pub fn usual_address(self) -> &'static str {
        match self {
            Self::Ollama => "http://127.0.0.1:11434",
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com",
        }
    }
}

/// Somebody who runs models for a guild.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its row; `env:…` where it stands in the environment.
    pub id: String,
    /// Unique in the guild.
    pub name: String,
    /// What it speaks.
    pub kind: Kind,
    /// Where it is; paths are under it.
    pub address: Url,
    /// What opens it.
    pub key: Option<Secret>,
    /// Whether what it is sent leaves the house.
    pub place: Place,
    /// How many tokens its models are given to read, where that is not found out.
    pub window: Option<u64>,
    /// It stands in the environment: whoever runs the bot shares it with guilds.
    pub is_shared: bool,
    /// It is not asked while it is off.
    pub is_on: bool,
}

impl Provider {
    /// Whether what it is sent leaves the house.
    pub fn is_cloud(&self) -> bool {
        self.place == Place::Cloud
    }
}
