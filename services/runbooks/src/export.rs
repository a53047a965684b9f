//! A runbook's file, as it was imported.

use std::sync::Arc;

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BookName, Runbooks};

/// Export a runbook's file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExportRunbook {
    /// The runbook.
    pub name: BookName,
}

/// The file.
#[derive(Debug, Serialize)]
pub struct Exported {
    name: BookName,
    version: String,
    digest: String,
    #[serde(skip)]
    source: Arc<Vec<u8>>,
}

impl Action for ExportRunbook {
    const NAME: &'static str = "runbook.export";
    const RISK: Risk = Risk::Observe;
    type Service = Runbooks;
    type Report = Exported;

    fn plan(&self) -> String {
        format!("Export runbook {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("export runbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Exported> {
        let name = &permit.action().name;
        let kept = runbooks.named(permit.actor().guild, name).await?;
        let (version, digest) = (kept.version, kept.digest);
        Ok(Exported { name: name.clone(), version, digest, source: Arc::new(kept.source.into_bytes()) })
    }
}

impl Report for Exported {
    fn card(&self) -> Card {
        Card::plain(format!("**Runbook** {}", code(self.name.as_str())))
            .fact(format!("version {}", code(&self.version)))
            .fact(measure::bytes(self.source.len() as u64))
            .file(format!("{}.yaml", self.name), Arc::clone(&self.source))
            .small(format!("file {}", self.digest.get(..12).unwrap_or_default()))
    }
}
