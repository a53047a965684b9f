//! Removes somebody who runs models, with its key.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ProviderName, Providers};

/// Remove somebody who runs models, with the key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveProvider {
    /// The provider.
    pub name: ProviderName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: String,
    had_key: bool,
}

impl Action for RemoveProvider {
    const NAME: &'static str = "ai.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Providers;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove {}, which runs models, with its key", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Removed> {
        let guild = permit.actor().guild;
        let row = providers.own(guild, &permit.action().name).await?;
        let had_key = row.secret.is_some();
        providers.store.remove_model_provider(guild, &row.id).await?;
        Ok(Removed { name: row.name, had_key })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let key = if self.had_key {
            "Its key is gone, and its models are asked no more."
        } else {
            "Its models are asked no more."
        };
        Card::ok(format!("**Removed** {}", code(&self.name))).text(key)
    }
}
