//! An agent as the files it is, or would be, in a folder.

use std::sync::Arc;

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ItemName, Workspace, agent::written};

/// Export one of an agent's files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExportAgent {
    /// The agent.
    pub name: ItemName,
    /// Which file.
    pub part: Part,
}

/// A file of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `config.yaml`: who it is and what it may call.
    Config,
    /// `prompt.md`: what it is told.
    Prompt,
}

impl Part {
    fn file(self) -> &'static str {
        match self {
            Self::Config => "config.yaml",
            Self::Prompt => "prompt.md",
        }
    }
}

/// The file.
#[derive(Debug, Serialize)]
pub struct Exported {
    name: ItemName,
    part: Part,
    #[serde(skip)]
    text: Arc<Vec<u8>>,
}

impl Action for ExportAgent {
    const NAME: &'static str = "agent.export";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Exported;

    fn plan(&self) -> String {
        format!("Export {} of agent {}", self.part.file(), code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see agent {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Exported> {
        let asked = permit.action();
        let (config, prompt) = written(&workspace.agent(permit.actor().guild, &asked.name).await?);
        let text = if asked.part == Part::Config { config } else { prompt };
        Ok(Exported { name: asked.name.clone(), part: asked.part, text: Arc::new(text.into_bytes()) })
    }
}

impl Report for Exported {
    fn card(&self) -> Card {
        Card::plain(format!("**Agent** {}", code(self.name.as_str())))
            .fact(code(self.part.file()))
            .fact(measure::bytes(self.text.len() as u64))
            .file(self.part.file(), Arc::clone(&self.text))
    }
}
