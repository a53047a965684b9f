//! One model of an Ollama: what it reads, what it can do, how large it is.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ModelName;
use crate::{Known, ProviderName, Providers, look::shown, service::is, window, wire::Trouble, words};

/// More of a detail is none.
const LONGEST: usize = 60;

/// Show a model of an Ollama: how much it reads, what it can do, how large it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowModel {
    /// The model.
    pub name: ModelName,
    /// The Ollama; the first unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
}

/// What it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    provider: String,
    model: Known,
    /// How much of it is used here.
    given: u64,
    details: Vec<String>,
}

impl Action for ShowModel {
    const NAME: &'static str = "model.show";
    const RISK: Risk = Risk::Observe;
    type Service = Providers;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show model {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see model {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Shown> {
        let ShowModel { name, provider } = permit.action();
        let ollama = providers.ollama(permit.actor().guild, provider.as_ref().map(ProviderName::as_str)).await?;
        let told = providers.wire.post(&ollama, "api/show", &json!({ "model": name.as_str() })).await;
        let told = told.map_err(|trouble| match trouble {
            Trouble::Status { code: 404, .. } => base::Error::NotFound { kind: "model", name: name.to_string() },
            other => words::failed(&ollama, &format!("show {}", code(name.as_str())), &other),
        })?;
        let health = providers.health(&ollama).await;
        let listed = health.found.as_ref().ok().and_then(|all| all.iter().find(|known| is(&known.name, name.as_str())));
        let bare = Known { name: name.to_string(), ..Known::default() };
        let model = shown(listed.cloned().unwrap_or(bare), &told);
        let detail =
            |field: &str| told["details"][field].as_str().filter(|text| text.len() <= LONGEST).map(str::to_owned);
        let details = ["parameter_size", "quantization_level", "family"].into_iter().filter_map(detail).collect();
        Ok(Shown { provider: ollama.name.clone(), given: window(&ollama, &model), model, details })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let can = |known: Option<bool>, what: &str| match known {
            Some(true) => format!("uses {what}"),
            Some(false) => format!("cannot use {what}"),
            None => format!("whether it uses {what} is not known"),
        };
        let mut card = Card::plain(format!("**Model** {} on {}", code(&self.model.name), code(&self.provider)));
        if let Some(bytes) = self.model.bytes {
            card = card.fact(measure::bytes(bytes));
        }
        card = self.details.iter().fold(card, |card, detail| card.fact(code(detail)));
        let reads = match self.model.window {
            Some(window) if window > self.given => {
                format!(
                    "Reads up to {window} tokens, and is given {} here; `/ai providers add` takes another `window`.",
                    self.given
                )
            }
            Some(window) => format!("Reads up to {window} tokens."),
            None => format!("How much it reads is not known; it is given {} tokens.", self.given),
        };
        let card =
            card.text(format!("It {}, and {}.", can(self.model.tools, "tools"), can(self.model.images, "pictures")));
        card.text(reads)
    }
}
