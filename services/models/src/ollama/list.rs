//! The models that an Ollama has.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Known, ProviderName, Providers, words};

/// More would not fit a card.
const SHOWN: usize = 20;

/// List the models that an Ollama has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListModels {
    /// The Ollama; the first unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    provider: String,
    models: Vec<Known>,
}

impl Action for ListModels {
    const NAME: &'static str = "model.list";
    const RISK: Risk = Risk::Observe;
    type Service = Providers;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the models".to_owned()
    }

    fn refusal(&self) -> String {
        "list the models".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Listed> {
        let name = permit.action().provider.as_ref().map(ProviderName::as_str);
        let ollama = providers.ollama(permit.actor().guild, name).await?;
        let health = providers.look(&ollama).await;
        let found = health.found.as_ref().map_err(|trouble| words::failed(&ollama, "list the models", trouble))?;
        Ok(Listed { provider: ollama.name.clone(), models: found.clone() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let name = code(&self.provider);
        if self.models.is_empty() {
            return Card::plain(format!("**Models** none on {name} yet"))
                .text("`/model pull` fetches one, such as `qwen3:8b`.");
        }
        let bytes = self.models.iter().filter_map(|model| model.bytes).sum();
        let mut card = Card::plain(format!("**Models** {} on {name}", self.models.len())).fact(measure::bytes(bytes));
        for model in self.models.iter().take(SHOWN) {
            let size = model.bytes.map(measure::bytes).unwrap_or_default();
            let warm = if model.is_warm { " · warm" } else { "" };
            card = card.row(format!("{}  {size}{warm}", code(&model.name)), None);
        }
        match self.models.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more; `/model show` completes every name")),
        }
    }
}
