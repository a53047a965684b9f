//! Removes a model from an Ollama's disk.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ModelName;
use crate::{ProviderName, Providers, service::is, wire::Trouble, words};

/// Remove a model from an Ollama's disk.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveModel {
    /// The model.
    pub name: ModelName,
    /// The Ollama; the first unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    provider: String,
    name: String,
    bytes: Option<u64>,
}

impl Action for RemoveModel {
    const NAME: &'static str = "model.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Providers;
    type Report = Removed;

    fn plan(&self) -> String {
        let from = self.provider.as_ref().map_or("the first Ollama".to_owned(), |provider| code(provider.as_str()));
        format!("Remove model {} from {from}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove model {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Removed> {
        let RemoveModel { name, provider } = permit.action();
        let ollama = providers.ollama(permit.actor().guild, provider.as_ref().map(ProviderName::as_str)).await?;
        let health = providers.look(&ollama).await;
        let listed = health.found.as_ref().ok().and_then(|all| all.iter().find(|known| is(&known.name, name.as_str())));
        let gone = providers.wire.delete(&ollama, "api/delete", &json!({ "model": name.as_str() })).await;
        gone.map_err(|trouble| match trouble {
            Trouble::Status { code: 404, .. } => base::Error::NotFound { kind: "model", name: name.to_string() },
            other => words::failed(&ollama, &format!("remove {}", code(name.as_str())), &other),
        })?;
        providers.forget(&ollama);
        Ok(Removed {
            provider: ollama.name.clone(),
            name: name.to_string(),
            bytes: listed.and_then(|known| known.bytes),
        })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** {} from {}", code(&self.name), code(&self.provider)));
        match self.bytes {
            Some(bytes) => card.fact(format!("{} free again", measure::bytes(bytes))),
            None => card,
        }
    }
}
