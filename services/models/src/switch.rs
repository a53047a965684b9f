//! Takes a provider out of the order, and puts it back: its key and all that was said of it stay as they are.

use base::{
    Action, Card, GuildId, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ProviderName, Providers};

/// Of an order so many models are named.
const SHOWN: usize = 5;

/// Ask a provider of models again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SwitchProviderOn {
    /// The provider.
    pub name: ProviderName,
}

/// Ask a provider of models no longer; it keeps its key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SwitchProviderOff {
    /// The provider.
    pub name: ProviderName,
}

/// How it stands now.
#[derive(Debug, Serialize)]
pub struct Switched {
    name: ProviderName,
    is_on: bool,
    changed: bool,
    /// Who is asked from now on.
    order: Vec<String>,
}

impl Action for SwitchProviderOn {
    const NAME: &'static str = "ai.provider-on";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Switched;

    fn plan(&self) -> String {
        format!("Ask {} again", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "say who is asked".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Switched> {
        providers.switch(&permit, &permit.action().name, true).await
    }
}

impl Action for SwitchProviderOff {
    const NAME: &'static str = "ai.provider-off";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Switched;

    fn plan(&self) -> String {
        format!("Ask {} no longer", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "say who is asked".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Switched> {
        providers.switch(&permit, &permit.action().name, false).await
    }
}

impl Providers {
    async fn switch<A>(&self, permit: &Permit<A>, name: &ProviderName, is_on: bool) -> Result<Switched> {
        let guild = permit.actor().guild;
        let provider = self.named(guild, name.as_str()).await?;
        if provider.is_shared {
            self.store.switch_shared_model_provider(guild, provider.kind.as_str(), is_on).await?;
        } else {
            self.store.switch_model_provider(guild, &provider.id, is_on).await?;
        }
        let order = self.order(guild).await?;
        Ok(Switched { name: name.clone(), is_on, changed: provider.is_on != is_on, order })
    }

    /// Who is asked, in their order, as people read it.
    pub(crate) async fn order(&self, guild: GuildId) -> Result<Vec<String>> {
        let candidates = self.candidates(guild).await?.into_iter().filter(|one| !one.model.is_empty());
        Ok(candidates.map(|one| format!("{}/{}", one.provider.name, one.model)).collect())
    }
}

impl Report for Switched {
    fn card(&self) -> Card {
        let name = code(self.name.as_str());
        let card = match (self.changed, self.is_on) {
            (true, true) => Card::ok(format!("**Put back** {name}")),
            (true, false) => {
                let back = SwitchProviderOn { name: self.name.clone() };
                Card::ok(format!("**Took out** {name}"))
                    .text("It is asked nothing, and keeps its key. `/ai providers on` puts it back.")
                    .choice(Choice::perform("Put it back", &back, Lands::Here))
            }
            (false, true) => return Card::quiet(format!("**Asked already** {name}")),
            (false, false) => return Card::quiet(format!("**Out already** {name}")),
        };
        let order: Vec<String> = self.order.iter().take(SHOWN).map(code).collect();
        match order.as_slice() {
            [] => card.text("No model is asked now. `/ai use` chooses some."),
            order => card.text(format!("Asked in this order: {}", order.join(", "))),
        }
    }
}
