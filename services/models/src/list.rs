//! The providers of a guild at a glance: everything about them but their keys.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Kind, Place, Providers};

/// List who runs models here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListProviders {}

/// They are listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    providers: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: Kind,
    host: String,
    place: Place,
    has_key: bool,
    window: Option<u64>,
    is_shared: bool,
    is_on: bool,
}

impl Action for ListProviders {
    const NAME: &'static str = "ai.providers";
    const RISK: Risk = Risk::Observe;
    type Service = Providers;
    type Report = Listed;

    fn plan(&self) -> String {
        "List who runs models".to_owned()
    }

    fn refusal(&self) -> String {
        "list who runs models".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Listed> {
        let all = providers.of(permit.actor().guild).await?;
        let lines = all.into_iter().map(|provider| Line {
            // Where the environment's are is its owner's business.
            host: if provider.is_shared { String::new() } else { provider.address.to_string() },
            name: provider.name,
            kind: provider.kind,
            place: provider.place,
            has_key: provider.key.is_some(),
            window: provider.window,
            is_shared: provider.is_shared,
            is_on: provider.is_on,
        });
        Ok(Listed { providers: lines.collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.providers.is_empty() {
            return Card::plain("**Providers** none yet").text(
                "`/ai providers add` adds one: an Ollama, a server that speaks as OpenAI does, OpenAI or Anthropic.",
            );
        }
        let local = self.providers.iter().filter(|line| line.place == Place::Local).count();
        let card = Card::plain(format!("**Providers** {} local · {} cloud", local, self.providers.len() - local));
        self.providers.iter().fold(card, |card, line| card.row(line.text(), None))
    }
}

impl Line {
    fn text(&self) -> String {
        let place = if self.place == Place::Local { "local" } else { "cloud" };
        let at =
            if self.is_shared { "shared by whoever runs me".to_owned() } else { format!("at {}", code(&self.host)) };
        let key = if self.has_key { " · with a key" } else { "" };
        let reads = self.window.map(|window| format!(" · reads {window} tokens")).unwrap_or_default();
        let out = if self.is_on { "" } else { " · out of the order" };
        format!("{}  {} · {place} · {at}{key}{reads}{out}", code(&self.name), self.kind.as_str())
    }
}
