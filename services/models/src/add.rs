//! Adds somebody who runs models. Its key is typed into a form.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run, Secret, card::code, measure, redact::SHORTEST_SECRET,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::model_providers::ModelProvider;

use crate::{Kind, Place, Provider, ProviderName, Providers, address, reads, wire::Trouble, words};

/// Add somebody who runs models.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddProvider {
    /// What to call it.
    pub name: ProviderName,
    /// What it speaks: `ollama`, `openai` (also llama.cpp, vLLM, LM Studio, OpenRouter) or `anthropic`.
    pub kind: Kind,
    /// Where it is, such as `http://10.0.0.7:11434`; unless told, where its kind usually is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether what it is sent leaves the house: `local` or `cloud`. Unless told, its address says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How many tokens its models are given to read; found out unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u64>,
    /// What opens it. People type it into a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
}

/// It is added.
#[derive(Debug, Serialize)]
pub struct Added {
    name: String,
    is_cloud: bool,
    has_key: bool,
    models: usize,
    /// Why it does not answer now.
    trouble: Option<String>,
}

impl Action for AddProvider {
    const NAME: &'static str = "ai.add";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Added;

    fn plan(&self) -> String {
        let at = self.address.as_deref().unwrap_or(self.kind.usual_address());
        format!("Add {} at {}, which runs models", code(self.name.as_str()), code(at))
    }

    fn refusal(&self) -> String {
        "add who runs models".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Added> {
        providers.add(&permit).await
    }
}

impl Providers {
    /// Whether this could be added, as far as is known without asking it: nobody types a key only to hear that it cannot.
    pub async fn refuse_wrong(&self, guild: base::GuildId, add: &AddProvider) -> Result<()> {
        let url = address::read(add.address.as_deref().unwrap_or(add.kind.usual_address()))?;
        reads::refuse_wrong(add.window, "Nothing was added.")?;
        if !self.is_local_for(guild) && address::is_own(&url).await {
            return Err(Error::Outside(Box::new(
                Card::failed("**That is the machine I run on**")
                    .text("What listens there is not for every guild. Nothing was added.")
                    .text(format!(
                        "Whoever runs the bot opens it with {}.",
                        code(format!("NEBULA_LOCAL_GUILDS={guild}"))
                    )),
            )));
        }
        match self
            .store
            .model_providers(guild)
            .await?
            .iter()
            .find(|row| row.name.eq_ignore_ascii_case(add.name.as_str()))
        {
            Some(row) => Err(taken(&row.name)),
            None => Ok(()),
        }
    }

    /// Learns what a person typed, before it is even looked at.
    pub(crate) fn take(&self, guild: base::GuildId, typed: Option<&Secret>) -> Result<Option<Secret>> {
        let Some(typed) = typed.map(|typed| typed.expose().trim()).filter(|typed| !typed.is_empty()) else {
            return Ok(None);
        };
        self.redactor.of(guild).learn(typed);
        if typed.len() < SHORTEST_SECRET || typed.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        {
            return Err(Error::Invalid(format!(
                "A key has at least {SHORTEST_SECRET} characters and no blanks. Nothing was changed."
            )));
        }
        Ok(Some(Secret::new(typed)))
    }

    async fn add(&self, permit: &Permit<AddProvider>) -> Result<Added> {
        let (add, guild) = (permit.action(), permit.actor().guild);
        let key = self.take(guild, add.key.as_ref())?;
        self.refuse_wrong(guild, add).await?;
        let address = address::read(add.address.as_deref().unwrap_or(add.kind.usual_address()))?;
        let found = address::place(&address).await;
        // What is on the internet may be of the house all the same: whoever says so knows.
        let place = add.place.unwrap_or(found);
        let provider = Provider {
            id: format!("new:{guild}"),
            name: add.name.to_string(),
            kind: add.kind,
            address,
            key,
            place,
            window: add.window,
            is_shared: false,
            is_on: true,
        };
        let looked = crate::look(&self.wire, &provider).await;
        if let Err(Trouble::Status { code: 401 | 403, .. }) = looked {
            let name = code(&provider.name);
            let card = Card::failed(format!("**{name} refuses the key**")).text("Nothing was added.");
            return Err(Error::Outside(Box::new(card)));
        }
        let row = ModelProvider {
            id: String::new(),
            name: provider.name.clone(),
            kind: provider.kind.as_str().to_owned(),
            address: provider.address.to_string(),
            secret: None,
            place: place.as_str().to_owned(),
            reads: add.window.and_then(|window| i64::try_from(window).ok()),
            is_on: true,
        };
        let added = self.vault.add_model_provider(guild, &row, provider.key.as_ref(), permit.actor().user).await?;
        let Some(added) = added else { return Err(taken(&provider.name)) };
        Ok(Added {
            name: added.name,
            is_cloud: provider.is_cloud(),
            has_key: provider.key.is_some(),
            models: looked.as_ref().map(Vec::len).unwrap_or_default(),
            trouble: looked.err().as_ref().map(words::trouble),
        })
    }
}

fn taken(name: &str) -> Error {
    Error::Invalid(format!("There is already a provider called {}. Nothing was added.", code(name)))
}

impl Report for Added {
    fn card(&self) -> Card {
        let (name, place) = (code(&self.name), if self.is_cloud { "cloud" } else { "local" });
        let title = format!("**Added** {name}");
        let mut card = match &self.trouble {
            None => Card::ok(title).fact(measure::count(self.models as u64, "model", "models")).fact(place),
            Some(trouble) => Card::attention(title).fact(place).text(format!("It does not answer now: {trouble}.")),
        };
        if self.has_key {
            card = card.text("Its key is sealed here and masked in everything I say.");
        }
        if self.is_cloud {
            card = card.text("`/ai use` chooses its models, and `/ai cloud` says what it may see.");
        }
        card
    }
}
