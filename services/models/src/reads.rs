//! Says how many tokens the models of a provider are given to read.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ProviderName, Providers};

/// More than any model reads.
const LARGEST: u64 = 4_000_000;
/// Fewer tokens hold no question.
const SMALLEST: u64 = 512;

/// Say how many tokens the models of a provider are given to read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetWindow {
    /// The provider.
    pub name: ProviderName,
    /// How many; without a number, as many as is found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Resized {
    name: ProviderName,
    tokens: Option<u64>,
}

/// Refuses what no model is given to read; `kept` says what became of it.
pub(crate) fn refuse_wrong(tokens: Option<u64>, kept: &str) -> Result<()> {
    if tokens.is_some_and(|tokens| !(SMALLEST..=LARGEST).contains(&tokens)) {
        return Err(Error::Invalid(format!("A model reads from {SMALLEST} to {LARGEST} tokens. {kept}")));
    }
    Ok(())
}

impl Action for SetWindow {
    const NAME: &'static str = "ai.window";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Resized;

    fn plan(&self) -> String {
        let name = code(self.name.as_str());
        match self.tokens {
            Some(tokens) => format!("Give the models of {name} {tokens} tokens to read"),
            None => format!("Give the models of {name} as many tokens to read as is found out"),
        }
    }

    fn refusal(&self) -> String {
        "say how much models read".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Resized> {
        let (SetWindow { name, tokens }, guild) = (permit.action(), permit.actor().guild);
        refuse_wrong(*tokens, "Nothing was changed.")?;
        let provider = providers.named(guild, name.as_str()).await?;
        let reads = tokens.and_then(|tokens| i64::try_from(tokens).ok());
        if provider.is_shared {
            providers.store.set_shared_model_window(guild, provider.kind.as_str(), reads).await?;
        } else {
            providers.store.set_model_window(guild, &provider.id, reads).await?;
        }
        Ok(Resized { name: name.clone(), tokens: *tokens })
    }
}

impl Report for Resized {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Set** what {} reads", code(self.name.as_str())));
        match self.tokens {
            Some(tokens) => card
                .fact(measure::count(tokens, "token", "tokens"))
                .text("A model that reads less is given what it can read. It counts from the next question on."),
            None => card.fact("as many tokens as is found out"),
        }
    }
}
