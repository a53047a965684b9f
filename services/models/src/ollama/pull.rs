//! Fetches a model to an Ollama, and shows how far it is.
//!
//! **Invariant:** what is cancelled stops: the connection closes, and Ollama gives up what nobody waits for. What was fetched is kept
//! there, so whoever goes on with it, in this process or another, begins where it stopped.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{
    Action, Card, Clock, Error, Live, Millis, Permit, Report, Result, Risk, Run, action::Retry, card::code, measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ModelName;
use crate::{
    Provider, ProviderName, Providers, disk,
    service::is,
    wire::{Trouble, error},
    words,
};

/// A model of a hundred gigabytes on a slow line.
const DEADLINE: Duration = Duration::from_hours(12);
/// A connection that broke off is made again so often, and that soon.
const AGAIN: Retry = Retry { attempts: 5, first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// More parts than this no model has.
const PARTS: usize = 500;
/// The bar's width, in letters.
const BAR: u64 = 16;

/// Fetch a model to an Ollama.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PullModel {
    /// The model, such as `qwen3:8b`.
    pub name: ModelName,
    /// The Ollama; the first unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Pulled {
    provider: String,
    name: String,
    bytes: Option<u64>,
    took_ms: u64,
}

impl Action for PullModel {
    const NAME: &'static str = "model.pull";
    const RISK: Risk = Risk::Change;
    const DURABLE: bool = true;
    type Service = Providers;
    type Report = Pulled;

    fn plan(&self) -> String {
        let to = self.provider.as_ref().map_or("the first Ollama".to_owned(), |provider| code(provider.as_str()));
        format!("Fetch model {} to {to}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("fetch model {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn run(permit: Permit<Self>, providers: &Providers, run: &Run) -> Result<Pulled> {
        let PullModel { name, provider } = permit.action();
        let ollama = providers.ollama(permit.actor().guild, provider.as_ref().map(ProviderName::as_str)).await?;
        let parts = Arc::<Parts>::default();
        run.show(Arc::new(Pulling {
            title: format!("**Fetching** {} to {}", code(name.as_str()), code(&ollama.name)),
            parts: Arc::clone(&parts),
            clock: providers.clock.clone(),
            began: run.began(),
        }));
        tokio::select! {
            biased;
            () = run.cancel().cancelled() => {
                let title = format!("**Stopped fetching** {} to {}", code(name.as_str()), code(&ollama.name));
                let card = Card::quiet(title).text("What was fetched already is kept there for the next time.");
                return Err(Error::Outside(Box::new(card)));
            }
            pulled = pull_on(providers, &ollama, name, &parts) => pulled?,
        }
        providers.forget(&ollama);
        // An Ollama that says it is there is asked for it.
        let health = providers.look(&ollama).await;
        let found = health.found.as_ref().map_err(|trouble| words::failed(&ollama, "look for it", trouble))?;
        let Some(known) = found.iter().find(|known| is(&known.name, name.as_str())) else {
            return Err(words::failed(&ollama, "fetch it", &Trouble::Garbled("it says that it has it, and has not")));
        };
        let took_ms = u64::try_from(providers.clock.now().since(run.began()).as_millis()).unwrap_or(u64::MAX);
        Ok(Pulled { provider: ollama.name.clone(), name: name.to_string(), bytes: known.bytes, took_ms })
    }
}

/// Fetches it to the end, and goes on where the connection broke off.
async fn pull_on(providers: &Providers, ollama: &Provider, name: &ModelName, parts: &Parts) -> Result<()> {
    let (mut attempts, mut before) = (0, 0);
    loop {
        attempts += 1;
        let Some(trouble) = pull(providers, ollama, name, parts).await? else { return Ok(()) };
        let (done, _) = parts.sum();
        // Who came further may try as often again.
        if done > before {
            (attempts, before) = (1, done);
        }
        let may_pass = done > 0 && !matches!(trouble, Trouble::Status { .. });
        match AGAIN.wait(attempts, providers.clock.chance()).filter(|_| may_pass) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(words::failed(ollama, &format!("fetch {}", code(name.as_str())), &trouble)),
        }
    }
}

/// The answer is what broke it off; none at the end. Ollama answers 200 and says in a line of its progress that it failed.
async fn pull(providers: &Providers, ollama: &Provider, name: &ModelName, parts: &Parts) -> Result<Option<Trouble>> {
    let body = json!({ "model": name.as_str(), "stream": true });
    let mut lines = match providers.wire.stream(ollama, "api/pull", &body).await {
        Ok(lines) => lines,
        Err(trouble) => return Ok(Some(trouble)),
    };
    let mut checked = false;
    loop {
        let line = match lines.next().await {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(Some(Trouble::Garbled("it stopped half-way"))),
            Err(trouble) => return Ok(Some(trouble)),
        };
        let Ok(told) = serde_json::from_slice::<Value>(&line) else { continue };
        if !told["error"].is_null() {
            let (said, named) = error(&told);
            return Ok(Some(Trouble::Status { code: 500, after: None, said, named }));
        }
        if told["status"] == "success" {
            return Ok(None);
        }
        parts.note(&told);
        let (done, total) = parts.sum();
        if !checked && total > 0 {
            checked = true;
            refuse_full(ollama, name, total - done).await?;
        }
    }
}

/// Whether there is room, where that can be known: on this machine.
async fn refuse_full(ollama: &Provider, name: &ModelName, needed: u64) -> Result<()> {
    match disk::free(ollama).await {
        Some(free) if free < needed => Err(Error::Outside(Box::new(
            Card::failed(format!("**No room** for {}", code(name.as_str())))
                .text(format!(
                    "It takes {} more, and {} are free where {} keeps its models.",
                    measure::bytes(needed),
                    measure::bytes(free),
                    code(&ollama.name)
                ))
                .text("Nothing was fetched. `/model remove` makes room."),
        ))),
        _ => Ok(()),
    }
}

/// How far each part is: what is there, and of how much.
#[derive(Default)]
struct Parts(Mutex<BTreeMap<String, (u64, u64)>>);

impl Parts {
    fn note(&self, told: &Value) {
        let Some(digest) = told["digest"].as_str().filter(|digest| digest.len() <= 100) else { return };
        let Some(total) = told["total"].as_u64() else { return };
        let done = told["completed"].as_u64().unwrap_or_default().min(total);
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if parts.len() < PARTS || parts.contains_key(digest) {
            parts.insert(digest.to_owned(), (done, total));
        }
    }

    fn sum(&self) -> (u64, u64) {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.values().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1.saturating_add(part.1)))
    }
}

/// A model while it is fetched.
struct Pulling {
    title: String,
    parts: Arc<Parts>,
    clock: Clock,
    began: Millis,
}

impl Live for Pulling {
    fn card(&self) -> Card {
        let age = self.clock.now().since(self.began);
        let card = Card::working(&self.title).fact(format!("running {}", measure::age(age)));
        let (done, total) = self.parts.sum();
        if total == 0 {
            return card;
        }
        let card = card.fact(format!("{} of {}", measure::bytes(done), measure::bytes(total)));
        let card = match speed(done, total, age) {
            Some((speed, left)) => {
                card.fact(format!("{}/s", measure::bytes(speed))).fact(format!("{} left", measure::age(left)))
            }
            None => card,
        };
        card.text(bar(done, total))
    }
}

/// Bytes a second since it was begun, and how long the rest takes at that.
fn speed(done: u64, total: u64, age: Duration) -> Option<(u64, Duration)> {
    let speed = u64::try_from(u128::from(done) * 1_000 / age.as_millis().max(1)).ok().filter(|speed| *speed > 0)?;
    Some((speed, Duration::from_secs((total - done) / speed)))
}

fn bar(done: u64, total: u64) -> String {
    let full = usize::try_from(u128::from(done) * u128::from(BAR) / u128::from(total.max(1))).unwrap_or_default();
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    let empty = usize::try_from(BAR).unwrap_or_default().saturating_sub(full);
    format!("`{}{}` {percent} %", "█".repeat(full), "░".repeat(empty))
}

impl Report for Pulled {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Fetched** {} to {}", code(&self.name), code(&self.provider)))
            .fact(format!("after {}", measure::span(Duration::from_millis(self.took_ms))));
        let card = match self.bytes {
            Some(bytes) => card.fact(measure::bytes(bytes)),
            None => card,
        };
        card.text(format!("`/ai use models:{}/{}` has it asked first.", self.provider, self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_is_drawn_and_reckoned() {
        assert_eq!(bar(0, 100), "`░░░░░░░░░░░░░░░░` 0 %");
        assert_eq!(bar(50, 100), "`████████░░░░░░░░` 50 %");
        assert_eq!(bar(100, 100), "`████████████████` 100 %");
        assert_eq!(speed(1_000, 5_000, Duration::from_secs(2)), Some((500, Duration::from_secs(8))));
        assert_eq!(speed(0, 5_000, Duration::from_secs(2)), None, "nothing came yet");
    }

    #[test]
    fn parts_add_up_and_what_is_told_of_them_is_bounded() {
        let parts = Parts::default();
        parts.note(&json!({ "status": "pulling manifest" }));
        parts.note(&json!({ "digest": "a", "total": 10, "completed": 4 }));
        parts.note(&json!({ "digest": "b", "total": 10 }));
        parts.note(&json!({ "digest": "a", "total": 10, "completed": 99 }));
        assert_eq!(parts.sum(), (10, 20));
        for part in 0..1_000 {
            parts.note(&json!({ "digest": part.to_string(), "total": u64::MAX, "completed": 0 }));
        }
        assert_eq!(parts.0.lock().unwrap().len(), PARTS);
    }
}
