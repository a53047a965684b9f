//! How each provider is, who would be asked, and what may leave the house.

use std::time::Duration;

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use futures::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cloud, Providers, budget::Spending, words};

/// Of a provider's models, so many are named.
const SHOWN: usize = 3;

/// Show how the models are: each provider, who is asked in which order, and what may be sent to the cloud.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowModels {}

/// How they are.
#[derive(Debug, Serialize)]
pub struct Status {
    cloud: Cloud,
    providers: Vec<Line>,
    order: Vec<String>,
    /// What the cloud may cost, and did.
    spending: Spending,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and told to models by its name")]
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    is_cloud: bool,
    is_shared: bool,
    /// How long it took to answer; none where it was not asked, or did not.
    took_ms: Option<u64>,
    models: Vec<String>,
    warm: Vec<String>,
    /// Why it is not up.
    trouble: Option<String>,
    /// A guild took it out of the order.
    is_off: bool,
    was_asked: bool,
}

impl Action for ShowModels {
    const NAME: &'static str = "ai.status";
    const RISK: Risk = Risk::Observe;
    type Service = Providers;
    type Report = Status;

    fn plan(&self) -> String {
        "Show how the models are".to_owned()
    }

    fn refusal(&self) -> String {
        "see how the models are".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Status> {
        let guild = permit.actor().guild;
        let cloud = providers.cloud(guild).await?;
        let all = providers.of(guild).await?;
        let lines = join_all(all.iter().map(async |provider| {
            let mut line = Line {
                name: provider.name.clone(),
                is_cloud: provider.is_cloud(),
                is_shared: provider.is_shared,
                took_ms: None,
                models: Vec::new(),
                warm: Vec::new(),
                trouble: None,
                is_off: !provider.is_on,
                // Where nothing leaves the house, not even a question after its models does.
                was_asked: provider.is_on && (!provider.is_cloud() || cloud != Cloud::Nothing),
            };
            if line.was_asked {
                let health = providers.look(provider).await;
                match &health.found {
                    Ok(found) => {
                        line.took_ms = u64::try_from(health.took.as_millis()).ok();
                        line.models = found.iter().map(|known| known.name.clone()).collect();
                        // What is asked for over the internet is always warm.
                        let warm = found.iter().filter(|known| known.is_warm && !provider.is_cloud());
                        line.warm = warm.map(|known| known.name.clone()).collect();
                    }
                    Err(trouble) => line.trouble = Some(words::trouble(trouble)),
                }
            }
            line
        }));
        let lines = lines.await;
        let (order, spending) = (providers.order(guild).await?, providers.spending(permit.actor()).await?);
        Ok(Status { cloud, providers: lines, order, spending })
    }
}

impl Report for Status {
    fn card(&self) -> Card {
        if self.providers.is_empty() {
            return Card::plain("**Models** no provider yet").text(
                "`/ai providers add` adds one: an Ollama, a server that speaks as OpenAI does, OpenAI or Anthropic.",
            );
        }
        let up = self.providers.iter().filter(|line| line.took_ms.is_some()).count();
        let on = self.providers.iter().filter(|line| !line.is_off).count();
        let mut card = Card::plain("**Models**").fact(format!("{up} of {on} answer"));
        for line in &self.providers {
            card = card.row(line.text(), None);
        }
        let order: Vec<String> = self.order.iter().take(5).map(code).collect();
        card = match order.as_slice() {
            [] if self.providers.iter().any(|line| line.trouble.is_some()) => {
                card.text("No model can be asked now. Every other command works without one.")
            }
            [] => card.text("No model is asked. `/ai use` chooses some."),
            order => card.text(format!("Asked in this order: {}", order.join(", "))),
        };
        let card = card.text(self.cloud.words());
        let asks_cloud = self.providers.iter().any(|line| line.is_cloud && line.was_asked);
        let limits = if asks_cloud { self.spending.words() } else { Vec::new() };
        limits.into_iter().fold(card, Card::text)
    }
}

impl Line {
    fn text(&self) -> String {
        let (name, place) = (code(&self.name), if self.is_cloud { "cloud" } else { "local" });
        if self.is_off {
            return format!("– {name}  {place} · out of the order");
        }
        if !self.was_asked {
            return format!("– {name}  {place} · not asked");
        }
        if let Some(trouble) = &self.trouble {
            return format!("✕ {name}  {place} · {trouble}");
        }
        let took = self.took_ms.map(|took| measure::span(Duration::from_millis(took))).unwrap_or_default();
        let count = measure::count(self.models.len() as u64, "model", "models");
        let warm: Vec<String> = self.warm.iter().take(SHOWN).map(code).collect();
        let warm = if warm.is_empty() { String::new() } else { format!(" · {} warm", warm.join(", ")) };
        format!("✓ {name}  {place} · {count}{warm} · {took}")
    }
}
