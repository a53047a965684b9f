//! Gives a provider another key, typed into a form.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, Secret, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::model_providers::ModelProvider;

use crate::{ProviderName, Providers, wire::Trouble, words};

/// Give a provider of models another key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetKey {
    /// The provider.
    pub name: ProviderName,
    /// The key. People type it into a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
}

/// It has it.
#[derive(Debug, Serialize)]
pub struct Keyed {
    name: String,
    /// Why it does not answer now.
    trouble: Option<String>,
}

impl Action for SetKey {
    const NAME: &'static str = "ai.key";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Keyed;

    fn plan(&self) -> String {
        format!("Give {} another key", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("give {} another key", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Keyed> {
        let (set, guild) = (permit.action(), permit.actor().guild);
        let key = providers.take(guild, set.key.as_ref())?;
        let Some(key) = key else {
            return Err(Error::Invalid("I got no key. Nothing was changed.".to_owned()));
        };
        let row = providers.own(guild, &set.name).await?;
        let mut provider = providers.named(guild, set.name.as_str()).await?;
        provider.key = Some(key.clone());
        let looked = crate::look(&providers.wire, &provider).await;
        if let Err(Trouble::Status { code: 401 | 403, .. }) = looked {
            let card = Card::failed(format!("**{} refuses the key**", code(&row.name)));
            return Err(Error::Outside(Box::new(card.text("It keeps the one it had."))));
        }
        if !providers.vault.set_model_key(guild, &row, &key).await? {
            return Err(Error::Busy("Somebody else changed it just now. Nothing was changed.".to_owned()));
        }
        providers.forget(&provider);
        Ok(Keyed { name: row.name, trouble: looked.err().as_ref().map(words::trouble) })
    }
}

impl Providers {
    /// A provider of the guild's own.
    pub async fn own(&self, guild: GuildId, name: &ProviderName) -> Result<ModelProvider> {
        let rows = self.store.model_providers(guild).await?;
        match rows.into_iter().find(|row| row.name.eq_ignore_ascii_case(name.as_str())) {
            Some(row) => Ok(row),
            // Said only of what is not the guild's own.
            None => Err(self.named(guild, name.as_str()).await.map_or_else(
                |unknown| unknown,
                |shared| {
                    Error::Invalid(format!(
                        "{} stands in my own settings: whoever runs me changes it there. Nothing was changed.",
                        code(shared.name)
                    ))
                },
            )),
        }
    }
}

impl Report for Keyed {
    fn card(&self) -> Card {
        let title = format!("**Gave** {} another key", code(&self.name));
        match &self.trouble {
            None => Card::ok(title).text("It takes it. The one before is gone."),
            Some(trouble) => Card::attention(title).text(format!("It does not answer now: {trouble}.")),
        }
    }
}
