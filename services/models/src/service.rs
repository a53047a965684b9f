//! A guild's providers, which of their models are asked in which order, and how they were when last looked at.
//!
//! **Invariants:** a key is learned by the guild's redactor before anything else happens to it, and no report holds one. What leaves the
//! house is the guild's policy; without one, nothing does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result, RoleId, UserId};
use futures::future::join_all;
use reqwest::Url;
use store::{Store, Vault, model_providers::ModelProvider, model_usage::NewUsage};

use crate::{
    Cloud, Kind, Known, Place, Provider, Shared,
    look::{self, OLLAMA_WINDOW, UNKNOWN_WINDOW},
    wire::{Trouble, Wire},
};

/// What was found is believed for so long.
const FRESH: Duration = Duration::from_secs(30);
/// What a model can do does not change while it is the same.
const DESCRIBED: Duration = Duration::from_mins(10);
/// More is not remembered of either.
const REMEMBERED: usize = 500;
/// Of a provider whose models nobody chose, so many are looked at.
const UNCHOSEN: usize = 3;
/// A day.
const DAY: Duration = Duration::from_hours(24);
/// What the models of clouds read at least.
const CLOUD_WINDOW: u64 = 32_768;
/// What OpenAI's own read at least.
const OPENAI_WINDOW: u64 = 128_000;

/// How a provider was.
#[derive(Debug, Clone)]
pub struct Health {
    /// When it was looked at.
    pub at: Millis,
    /// How long it took to answer.
    pub took: Duration,
    /// What there is, or why not.
    pub found: Result<Vec<Known>, Trouble>,
}

/// Whoever runs models for guilds.
pub struct Providers {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Clock,
    pub(crate) redactor: Redactor,
    pub(crate) wire: Wire,
    shared: Shared,
    health: Mutex<BTreeMap<String, Arc<Health>>>,
    described: Mutex<BTreeMap<(String, String), (Millis, Known)>>,
}

/// A model that may be asked.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Whose it is.
    pub provider: Provider,
    /// Its name there.
    pub model: String,
}

impl Providers {
    /// Nothing is asked yet.
    pub async fn new(
        store: Store,
        vault: Arc<Vault>,
        clock: Clock,
        redactor: Redactor,
        wire: Wire,
        mut shared: Shared,
    ) -> Self {
        shared.place_all().await;
        let (health, described) = (Mutex::default(), Mutex::default());
        Self { store, vault, clock, redactor, wire, shared, health, described }
    }

    /// Learns every stored key, so that none of them is ever shown. One that does not open is left out alone.
    pub async fn learn(&self) -> Result<()> {
        for (guild, secret) in self.store.model_keys().await? {
            match self.vault.open(guild, &secret).await {
                Ok(key) => self.redactor.of(guild).learn(key.expose()),
                Err(error) => tracing::error!("a key of a provider of models does not open: {error}"),
            }
        }
        Ok(())
    }

    /// The way to them.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Those a guild has: the shared ones, then its own. One of its own takes the place of a shared one of its name.
    pub async fn of(&self, guild: GuildId) -> Result<Vec<Provider>> {
        let mut own = Vec::new();
        for row in self.store.model_providers(guild).await? {
            own.extend(self.read(guild, row).await);
        }
        let taken = |name: &str| own.iter().any(|provider: &Provider| provider.name.eq_ignore_ascii_case(name));
        let mut all: Vec<Provider> =
            self.shared.of(guild).iter().filter(|provider| !taken(&provider.name)).cloned().collect();
        for said in self.store.shared_model_providers(guild).await? {
            for provider in all.iter_mut().filter(|provider| provider.kind.as_str() == said.kind) {
                provider.is_on = said.is_on;
                provider.window = said.reads.and_then(|reads| u64::try_from(reads).ok());
            }
        }
        all.append(&mut own);
        Ok(all)
    }

    /// The guild's provider of this name.
    pub async fn named(&self, guild: GuildId, name: &str) -> Result<Provider> {
        let all = self.of(guild).await?;
        all.into_iter()
            .find(|provider| provider.name.eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| Error::NotFound { kind: "provider", name: name.to_owned() })
    }

    /// The guild's Ollama of this name; without one, the first there is.
    pub async fn ollama(&self, guild: GuildId, name: Option<&str>) -> Result<Provider> {
        let found = match name {
            Some(name) => Some(self.named(guild, name).await?),
            None => self.of(guild).await?.into_iter().find(|provider| provider.kind == Kind::Ollama),
        };
        match found {
            Some(provider) if provider.kind == Kind::Ollama => Ok(provider),
            Some(provider) => Err(Error::Invalid(format!(
                "{} is no Ollama: its models are not kept here. Nothing was done.",
                base::card::code(&provider.name)
            ))),
            None => Err(Error::Invalid(
                "There is no Ollama here. `/ai providers add` adds one. Nothing was done.".to_owned(),
            )),
        }
    }

    pub(crate) fn is_local_for(&self, guild: GuildId) -> bool {
        self.shared.is_local_for(guild)
    }

    async fn read(&self, guild: GuildId, row: ModelProvider) -> Option<Provider> {
        let key = match &row.secret {
            Some(secret) => match self.vault.open(guild, secret).await {
                Ok(key) => Some(key),
                Err(error) => {
                    tracing::error!(provider.name = row.name, "its key does not open: {error}");
                    None
                }
            },
            None => None,
        };
        Some(Provider {
            kind: Kind::parse(&row.kind)?,
            address: Url::parse(&row.address).ok()?,
            place: Place::parse(&row.place)?,
            window: row.reads.and_then(|reads| u64::try_from(reads).ok()),
            id: row.id,
            name: row.name,
            key,
            is_shared: false,
            is_on: row.is_on,
        })
    }

    /// What a guild lets leave the house.
    pub async fn cloud(&self, guild: GuildId) -> Result<Cloud> {
        let set = self.store.model_policy(guild).await?;
        Ok(set.as_deref().and_then(Cloud::parse).unwrap_or_default())
    }

    /// The models a guild's questions may go to, in this order: the house's before any cloud's, whatever was chosen. Where nothing was
    /// chosen, it is what the house's providers have, warm ones first: a cloud is asked only for a model that somebody named.
    pub async fn candidates(&self, guild: GuildId) -> Result<Vec<Candidate>> {
        let mut all = self.of(guild).await?;
        all.retain(|provider| provider.is_on);
        let chosen = self.store.model_choices(guild).await?;
        if chosen.is_empty() {
            all.retain(|provider| !provider.is_cloud());
            let looked = join_all(all.iter().map(|provider| self.health(provider))).await;
            let each = all.into_iter().zip(looked).flat_map(|(provider, health)| unchosen(&provider, &health));
            return Ok(each.collect());
        }
        let named = chosen.into_iter().filter_map(|(name, model)| {
            let provider = all.iter().find(|provider| provider.name.eq_ignore_ascii_case(&name))?;
            Some(Candidate { provider: provider.clone(), model })
        });
        let mut candidates: Vec<Candidate> = named.collect();
        candidates.sort_by_key(|candidate| candidate.provider.is_cloud());
        Ok(candidates)
    }

    /// How a provider is, as it was found within the last half a minute.
    pub async fn health(&self, provider: &Provider) -> Arc<Health> {
        let known = self.remembered().get(&provider.id).cloned();
        match known {
            Some(health) if self.clock.now().since(health.at) < FRESH => health,
            _ => self.look(provider).await,
        }
    }

    /// How a provider is now.
    pub async fn look(&self, provider: &Provider) -> Arc<Health> {
        let began = self.clock.now();
        let found = look::look(&self.wire, provider).await;
        let at = self.clock.now();
        let health = Arc::new(Health { at, took: at.since(began), found });
        self.remember(provider, &health);
        health
    }

    /// It was asked, and nobody answered: it is not asked again for a while where there is somebody else.
    pub fn went_down(&self, provider: &Provider, trouble: Trouble) {
        let health = Health { at: self.clock.now(), took: Duration::ZERO, found: Err(trouble) };
        self.remember(provider, &Arc::new(health));
    }

    /// What is known of it is not believed any more.
    pub(crate) fn forget(&self, provider: &Provider) {
        self.remembered().remove(&provider.id);
        self.described.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _), _| *id != provider.id);
    }

    fn remember(&self, provider: &Provider, health: &Arc<Health>) {
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            remembered.pop_first();
        }
        remembered.insert(provider.id.clone(), Arc::clone(health));
    }

    fn remembered(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Health>>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a model; only its name, where its provider tells nothing now.
    pub async fn describe(&self, provider: &Provider, model: &str) -> Known {
        let key = (provider.id.clone(), model.to_owned());
        let described = || self.described.lock().unwrap_or_else(PoisonError::into_inner);
        let known = described().get(&key).cloned();
        if let Some((at, known)) = known
            && self.clock.now().since(at) < DESCRIBED
        {
            return known;
        }
        let health = self.health(provider).await;
        let listed =
            health.found.as_ref().ok().and_then(|all| all.iter().find(|known| is(&known.name, model)).cloned());
        let bare = Known { name: model.to_owned(), ..Known::default() };
        let Some(listed) = listed else { return bare };
        let Ok(known) = look::describe(&self.wire, provider, listed).await else { return bare };
        let mut all = described();
        if all.len() >= REMEMBERED {
            all.pop_first();
        }
        all.insert(key, (self.clock.now(), known.clone()));
        known
    }

    /// Keeps what an answer took. That it could not be kept keeps nobody from it.
    pub async fn used(&self, used: &NewUsage<'_>) {
        if let Err(error) = self.store.add_model_usage(used).await {
            tracing::error!("what a model was asked is not counted: {error}");
        }
    }

    /// How many tokens somebody may still use today; none where nobody counts. The most generous of their roles counts.
    pub async fn left(&self, guild: GuildId, user: UserId, roles: &[RoleId]) -> Result<Option<Left>> {
        let quotas = self.store.model_quotas(guild).await?;
        let has = |role: RoleId| role.0 == guild.0 || roles.contains(&role);
        let Some(of) = quotas.into_iter().filter(|(role, _)| has(*role)).map(|(_, tokens)| tokens).max() else {
            return Ok(None);
        };
        let since = Millis(self.clock.now().0 - i64::try_from(DAY.as_millis()).unwrap_or_default());
        Ok(Some(Left { of, used: self.store.tokens_used(guild, user, since).await? }))
    }
}

/// What somebody may use, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Tokens in a day.
    pub of: i64,
    /// Those of the last 24 hours.
    pub used: i64,
}

/// A name with its tag, or without: Ollama's `qwen3` is `qwen3:latest`.
pub(crate) fn is(listed: &str, asked: &str) -> bool {
    listed == asked || listed.strip_suffix(":latest") == Some(asked)
}

/// How many tokens a model is given to read.
pub fn window(provider: &Provider, known: &Known) -> u64 {
    let told = known.window;
    match (provider.kind, provider.window) {
        (_, Some(wanted)) => told.map_or(wanted, |told| told.min(wanted)),
        (Kind::Ollama, None) => told.map_or(OLLAMA_WINDOW, |told| told.min(OLLAMA_WINDOW)),
        (Kind::OpenAi, None) if provider.address.host_str() == Some("api.openai.com") => told.unwrap_or(OPENAI_WINDOW),
        (_, None) => told.unwrap_or(if provider.is_cloud() { CLOUD_WINDOW } else { UNKNOWN_WINDOW }),
    }
}

/// The models of a provider that nobody chose: warm ones first, those that only embed left out.
fn unchosen(provider: &Provider, health: &Health) -> Vec<Candidate> {
    let Ok(found) = &health.found else {
        // It may be there again when it is asked, and if not, it is said why.
        return vec![Candidate { provider: provider.clone(), model: String::new() }];
    };
    let mut found: Vec<&Known> = found.iter().filter(|known| !known.name.contains("embed")).collect();
    found.sort_by_key(|known| !known.is_warm);
    let named = found.into_iter().take(UNCHOSEN);
    named.map(|known| Candidate { provider: provider.clone(), model: known.name.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_given_what_it_can_read_and_no_more_than_was_wanted() {
        let at = |kind, address: &str, window, place| Provider {
            id: "p".into(),
            name: "p".into(),
            kind,
            address: Url::parse(address).unwrap(),
            key: None,
            place,
            window,
            is_shared: false,
            is_on: true,
        };
        let of = |window| Known { window, ..Known::default() };
        let ollama = |window| at(Kind::Ollama, "http://127.0.0.1", window, Place::Local);
        assert_eq!(window(&ollama(None), &of(Some(131_072))), OLLAMA_WINDOW, "memory grows with it");
        assert_eq!(window(&ollama(None), &of(Some(4_096))), 4_096);
        assert_eq!(window(&ollama(Some(65_536)), &of(Some(131_072))), 65_536);
        assert_eq!(window(&ollama(Some(65_536)), &of(Some(8_192))), 8_192);
        let open_ai = at(Kind::OpenAi, "https://api.openai.com/v1", None, Place::Cloud);
        assert_eq!(window(&open_ai, &of(None)), OPENAI_WINDOW);
        assert_eq!(window(&at(Kind::OpenAi, "http://10.0.0.1", None, Place::Local), &of(None)), UNKNOWN_WINDOW);
    }
}
