//! Holds what the actions share: the rows, the vault, the names for completion, and whom to tell of a new value.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use base::{
    Assessment, Card, Error, GuildId, Redactor, Result, Risk, Secret, SecretName, card::code, redact::SHORTEST_SECRET,
};
use store::{Store, Vault, named_secrets::NamedSecret};

/// Whatever uses named secrets, and may hold an old value open.
pub trait Users: Send + Sync {
    /// This secret, by its row in the vault, has another value now. The old one is of no more use.
    fn changed<'a>(&'a self, guild: GuildId, secret: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// The named secrets.
pub struct Secrets {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) redactor: Redactor,
    pub(crate) users: Arc<dyn Users>,
    /// The names, by guild and in lower case.
    names: RwLock<BTreeMap<(GuildId, String), String>>,
}

impl Secrets {
    /// Reads every secret's name into memory; no value is opened yet.
    pub async fn new(store: Store, vault: Arc<Vault>, redactor: Redactor, users: Arc<dyn Users>) -> Result<Self> {
        let names = store.all_named_secrets().await?.into_iter();
        let names = names.map(|named| ((named.guild, named.name.to_lowercase()), named.name)).collect();
        Ok(Self { store, vault, redactor, users, names: RwLock::new(names) })
    }

    /// What is known of an action on a secret of that name: which very one it is, and which value.
    pub(crate) async fn assess(&self, guild: GuildId, name: &SecretName, risk: Risk) -> Result<Assessment> {
        let named = self.store.named_secret(guild, name.as_str()).await?;
        let identity = named.map(|named| format!("{} {}", named.id, named.versions));
        Ok(Assessment { identity, ..Assessment::of(risk) })
    }

    /// Learns every stored value, so that none of them is ever shown; also the one before the last rotation, which old logs
    /// still hold. One that cannot be opened is left out alone.
    pub async fn learn(&self) -> Result<()> {
        for (guild, name, value) in self.vault.open_named().await? {
            if let Some(value) = value {
                self.redactor.of(guild).learn(value.expose());
            } else {
                tracing::error!(secret.name = name, "a value of this secret was altered and does not open");
            }
        }
        Ok(())
    }

    /// The names that go on like this, then those that contain it; at most 25, from memory.
    pub fn complete(&self, guild: GuildId, typed: &str) -> Vec<String> {
        const MOST: usize = 25;
        let typed = typed.trim().to_lowercase();
        let known = self.names();
        let mut fitting: Vec<(bool, &String)> = known
            .iter()
            .filter(|((of, lower), _)| *of == guild && lower.contains(&typed))
            .map(|((_, lower), name)| (!lower.starts_with(&typed), name))
            .collect();
        fitting.sort_by_key(|(later, _)| *later);
        fitting.into_iter().take(MOST).map(|(_, name)| name.clone()).collect()
    }

    /// Whether a name is taken, from memory: nobody types a value only to hear that it is.
    pub fn refuse_taken(&self, guild: GuildId, name: &SecretName) -> Result<()> {
        match self.names().get(&key(guild, name.as_str())) {
            Some(taken) => Err(self::taken(taken)),
            None => Ok(()),
        }
    }

    /// Whether there is a secret of this name, from memory.
    pub fn refuse_unknown(&self, guild: GuildId, name: &SecretName) -> Result<()> {
        if self.names().contains_key(&key(guild, name.as_str())) { Ok(()) } else { Err(unknown(name)) }
    }

    /// Whether a secret of this name could be removed: it is there, and nothing uses it.
    pub async fn refuse_used(&self, guild: GuildId, name: &SecretName) -> Result<()> {
        let named = self.find(guild, name).await?;
        let uses = self.uses(&named).await?;
        let controllers = self.controllers(&named).await?;
        if uses.is_empty() && controllers.is_empty() { Ok(()) } else { Err(in_use(&named.name, &uses, &controllers)) }
    }

    pub(crate) async fn find(&self, guild: GuildId, name: &SecretName) -> Result<NamedSecret> {
        self.store.named_secret(guild, name.as_str()).await?.ok_or_else(|| unknown(name))
    }

    /// The servers that log in with it, by name.
    pub(crate) async fn uses(&self, named: &NamedSecret) -> Result<Vec<String>> {
        let logins = self.store.logins_by_secret(named.guild).await?;
        Ok(logins.into_iter().filter(|(secret, _)| *secret == named.secret).map(|(_, server)| server).collect())
    }

    /// The servers whose management controller it opens, by name.
    pub(crate) async fn controllers(&self, named: &NamedSecret) -> Result<Vec<String>> {
        let powers = self.store.powers(named.guild).await?;
        let opens = |how: &str| {
            let how: serde_json::Value = serde_json::from_str(how).unwrap_or_default();
            how["how"]["ipmi"]["secret"] == named.name.as_str()
        };
        Ok(powers.into_iter().filter(|(_, how)| opens(how)).map(|(server, _)| server).collect())
    }

    pub(crate) fn remember(&self, named: &NamedSecret) {
        self.names_mut().insert(key(named.guild, &named.name), named.name.clone());
    }

    pub(crate) fn forget(&self, named: &NamedSecret) {
        self.names_mut().remove(&key(named.guild, &named.name));
    }

    /// Learns what a person typed, before it is even looked at. Blanks around it are of the clipboard, not of the secret.
    pub(crate) fn take(&self, guild: GuildId, typed: Option<&Secret>) -> Result<Secret> {
        let value = typed.map(|typed| typed.expose().trim()).unwrap_or_default();
        self.redactor.of(guild).learn(value);
        if value.is_empty() {
            return Err(Error::Invalid("I got no value. Nothing was saved.".to_owned()));
        }
        if value.len() < SHORTEST_SECRET {
            return Err(Error::Invalid(format!(
                "A secret has at least {SHORTEST_SECRET} characters: I could not mask a shorter one without hiding words. \
                 Nothing was saved."
            )));
        }
        Ok(Secret::new(value))
    }

    fn names(&self) -> RwLockReadGuard<'_, BTreeMap<(GuildId, String), String>> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<(GuildId, String), String>> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(guild: GuildId, name: &str) -> (GuildId, String) {
    (guild, name.to_lowercase())
}

fn unknown(name: &SecretName) -> Error {
    Error::NotFound { kind: "secret", name: name.to_string() }
}

pub(crate) fn taken(name: &str) -> Error {
    Error::Invalid(format!(
        "There is already a secret called {}. Use `/secret rotate` to give it another value. Nothing was changed.",
        code(name)
    ))
}

pub(crate) fn in_use(name: &str, uses: &[String], controllers: &[String]) -> Error {
    let mut card = Card::failed(format!("**{} is still used**", code(name)));
    if !uses.is_empty() {
        let verb = if uses.len() == 1 { "logs" } else { "log" };
        card = card.text(format!("{} {verb} in with it. Nothing was removed.", names(uses, 8)));
    }
    if !controllers.is_empty() {
        card = card.text(format!(
            "It opens the management controller of {}. Nothing was removed; `/server power forget` lets go of it.",
            names(controllers, 8)
        ));
    }
    if !uses.is_empty() {
        card = card.text("`/server remove` what uses it first.");
    }
    Error::Outside(Box::new(card))
}

/// Names in a row, with how many more there are.
pub(crate) fn names(all: &[String], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(code).collect();
    let shown = shown.join(", ");
    match all.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
