//! Chooses which models are asked, and in which order.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cloud, Providers, service::is};

/// More nobody waits for.
const MOST: usize = 8;

/// Choose which models are asked, and in which order; the house's come before any cloud's.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UseModels {
    /// The models, such as `ollama/qwen3:8b, anthropic/claude-sonnet-4-5`; `any` is whatever the house's providers have.
    pub models: String,
}

/// They are chosen.
#[derive(Debug, Serialize)]
pub struct Chosen {
    order: Vec<Line>,
    cloud: Cloud,
}

#[derive(Debug, Serialize)]
struct Line {
    provider: String,
    model: String,
    is_cloud: bool,
    /// Its provider is asked at all.
    is_on: bool,
    /// Its provider lists it; none where that was not to be found out.
    is_there: Option<bool>,
}

impl Action for UseModels {
    const NAME: &'static str = "ai.use";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Chosen;

    fn plan(&self) -> String {
        format!("Ask the models {}", code(&self.models))
    }

    fn refusal(&self) -> String {
        "choose which models are asked".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Chosen> {
        let guild = permit.actor().guild;
        let order = providers.read_order(guild, &permit.action().models).await?;
        let rows: Vec<_> = order.iter().map(|line| (line.provider.clone(), line.model.clone())).collect();
        providers.store.set_model_choices(guild, &rows).await?;
        Ok(Chosen { order, cloud: providers.cloud(guild).await? })
    }
}

impl Providers {
    async fn read_order(&self, guild: GuildId, typed: &str) -> Result<Vec<Line>> {
        let no = |why: String| Error::Invalid(format!("{why} Nothing was changed."));
        if typed.trim().eq_ignore_ascii_case("any") {
            return Ok(Vec::new());
        }
        let all = self.of(guild).await?;
        let cloud = self.cloud(guild).await?;
        let mut order: Vec<Line> = Vec::new();
        for one in typed.split([',', ' ']).map(str::trim).filter(|one| !one.is_empty()) {
            let Some((name, model)) = one.split_once('/').filter(|(_, model)| !model.is_empty()) else {
                return Err(no(format!(
                    "{} names no model: a provider, `/`, and its model, such as `ollama/qwen3:8b`.",
                    code(one)
                )));
            };
            let Some(provider) = all.iter().find(|provider| provider.name.eq_ignore_ascii_case(name)) else {
                return Err(no(format!("I know no provider called {}. `/ai providers list` shows them.", code(name))));
            };
            if model.len() > 200 {
                return Err(no("That is longer than any model's name.".to_owned()));
            }
            let is_there = if provider.is_cloud() && cloud == Cloud::Nothing {
                None
            } else {
                let health = self.health(provider).await;
                health.found.as_ref().ok().map(|found| found.iter().any(|known| is(&known.name, model)))
            };
            let line = Line {
                provider: provider.name.clone(),
                model: model.to_owned(),
                is_cloud: provider.is_cloud(),
                is_on: provider.is_on,
                is_there,
            };
            if !order.iter().any(|before| before.provider == line.provider && before.model == line.model) {
                order.push(line);
            }
        }
        if order.is_empty() || order.len() > MOST {
            return Err(no(format!("Name from one to {MOST} models, or `any` for whatever the house has.")));
        }
        if let Some(missing) = order.iter().find(|line| line.is_there == Some(false)) {
            return Err(no(format!("{} has no model called {}.", code(&missing.provider), code(&missing.model))));
        }
        // As they will be asked.
        order.sort_by_key(|line| line.is_cloud);
        Ok(order)
    }
}

impl Report for Chosen {
    fn card(&self) -> Card {
        if self.order.is_empty() {
            return Card::ok("**Chose** whatever the house has")
                .text("Models in the cloud are asked only once they are named.");
        }
        let mut card = Card::ok("**Chose** the models").fact(format!("{} in this order", self.order.len()));
        for line in &self.order {
            let place = if line.is_cloud { "cloud" } else { "local" };
            let unknown = if line.is_there.is_none() { " · not seen there yet" } else { "" };
            let out = if line.is_on { "" } else { " · out of the order" };
            let name = code(format!("{}/{}", line.provider, line.model));
            card = card.row(format!("{name}  {place}{unknown}{out}"), None);
        }
        if self.order.iter().any(|line| line.is_cloud) {
            card = card.text(self.cloud.words());
        }
        card
    }
}
