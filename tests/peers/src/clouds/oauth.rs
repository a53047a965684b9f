//! Tokens, as every platform gives them: apps, people who consent, codes, and what becomes of refresh tokens.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

/// Somebody who has an account there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub login: String,
    pub name: String,
}

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It stays good, and no other is given.
    Stays,
    /// Another is given, and it is good no more.
    Rotates,
}

/// What whoever is asked says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Consents {
    /// Yes, as this person.
    As(String),
    Never,
}

/// Whether what is asked must be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It knows no such thing.
    Unknown,
    /// It must be.
    Needed,
}

/// A token that acts.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// None for an app's own.
    pub(crate) person: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// In milliseconds since 1970.
    pub(crate) until: i64,
}

/// What renews one.
#[derive(Debug, Clone)]
struct Refresh {
    person: String,
    scopes: Vec<String>,
}

/// What came back with a browser.
#[derive(Debug, Clone)]
struct Code {
    person: String,
    scopes: Vec<String>,
    back: String,
    challenge: Option<String>,
    until: i64,
}

/// What is lent.
#[derive(Debug, Clone)]
pub(crate) struct Lent {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scopes: Vec<String>,
}

/// Why nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The app is not known, or not by this secret.
    Client,
    /// The code or the refresh token is not good.
    Grant,
    /// Something is missing.
    Request,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Ids, and secrets where there are any.
    pub(crate) apps: BTreeMap<String, Option<String>>,
    /// By their id.
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) consents: Consents,
    pub(crate) left_out: BTreeSet<String>,
    pub(crate) access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    codes: BTreeMap<String, Code>,
    pub(crate) rotation: Rotation,
    /// How long a token acts, in milliseconds.
    pub(crate) lasts: i64,
    pub(crate) renewals: usize,
    /// Every token and code there ever was.
    pub(crate) words: Vec<String>,
}

impl Tokens {
    pub(crate) fn new(rotation: Rotation, lasts: Duration) -> Self {
        Self {
            apps: BTreeMap::new(),
            people: BTreeMap::new(),
            consents: Consents::Never,
            left_out: BTreeSet::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            rotation,
            lasts: i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX),
            renewals: 0,
            words: Vec::new(),
        }
    }

    /// A word nobody had before, which says what it is where it is seen where it must not be.
    pub(crate) fn word(&mut self, kind: &str) -> String {
        let made = self.words.len() as u64 + 1;
        let word = format!("{kind}-canary-{made:06}-{:016x}", made.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        self.words.push(word.clone());
        word
    }

    /// Whether an app is known by this id, and opened by this secret.
    pub(crate) fn is_app(&self, id: &str, secret: Option<&str>) -> bool {
        self.apps.get(id).is_some_and(|known| known.as_deref() == secret)
    }

    /// A token of an app's own.
    pub(crate) fn of_app(&mut self, now: i64) -> String {
        let token = self.word("app");
        let until = now + self.lasts;
        self.access.insert(token.clone(), Access { person: None, scopes: Vec::new(), until });
        token
    }

    /// What a token is good for; none where it is not good.
    pub(crate) fn good(&self, token: Option<&str>, now: i64) -> Option<&Access> {
        self.access.get(token?).filter(|access| access.until > now)
    }

    /// Who lent a token; nobody where it is not good, or an app's own.
    pub(crate) fn who(&self, token: Option<&str>, now: i64) -> Option<&Person> {
        self.people.get(self.good(token, now)?.person.as_ref()?)
    }

    /// Somebody's browser asks: where it is sent next. Nothing where the question is none.
    pub(crate) fn ask(&mut self, asked: &[(String, String)], proof: Proof, now: i64) -> Option<String> {
        let get = |name| field(asked, name);
        let known = get("client_id").is_some_and(|id| self.apps.contains_key(id));
        let challenge = get("code_challenge").filter(|_| get("code_challenge_method") == Some("S256"));
        let mut back = Url::parse(get("redirect_uri")?).ok()?;
        if !known || get("response_type") != Some("code") || proof == Proof::Needed && challenge.is_none() {
            return None;
        }
        let state = get("state")?.to_owned();
        let scopes: Vec<String> = get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let code = match self.consents.clone() {
            Consents::Never => {
                back.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &state);
                return Some(back.into());
            }
            Consents::As(person) => {
                let scopes = scopes.into_iter().filter(|scope| !self.left_out.contains(scope)).collect();
                let challenge = challenge.map(str::to_owned);
                Code { person, scopes, back: back.to_string(), challenge, until: now + 60_000 }
            }
        };
        let word = self.word("code");
        self.codes.insert(word.clone(), code);
        back.query_pairs_mut().append_pair("code", &word).append_pair("state", &state);
        Some(back.into())
    }

    /// A code is exchanged, once.
    pub(crate) fn exchange(&mut self, form: &[(String, String)], proof: Proof, now: i64) -> Result<Lent, Refused> {
        let code = self.codes.remove(field(form, "code").ok_or(Refused::Request)?).ok_or(Refused::Grant)?;
        let proven = match (&code.challenge, field(form, "code_verifier")) {
            (Some(challenge), Some(word)) => {
                BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(word.as_bytes())) == *challenge
            }
            (None, _) => proof == Proof::Unknown,
            (Some(_), None) => false,
        };
        if !proven || code.until <= now || field(form, "redirect_uri") != Some(code.back.as_str()) {
            return Err(Refused::Grant);
        }
        Ok(self.lend(code.person, code.scopes, now))
    }

    /// A token is renewed.
    pub(crate) fn renew(&mut self, form: &[(String, String)], now: i64) -> Result<Lent, Refused> {
        let word = field(form, "refresh_token").ok_or(Refused::Request)?.to_owned();
        let held = self.refresh.get(&word).cloned().ok_or(Refused::Grant)?;
        self.renewals += 1;
        if self.rotation == Rotation::Rotates {
            self.refresh.remove(&word);
            return Ok(self.lend(held.person, held.scopes, now));
        }
        let access = self.acts(&held.person, &held.scopes, now);
        Ok(Lent { access, refresh: None, scopes: held.scopes })
    }

    /// Lends tokens of somebody's.
    pub(crate) fn lend(&mut self, person: String, scopes: Vec<String>, now: i64) -> Lent {
        let access = self.acts(&person, &scopes, now);
        let refresh = self.word("refresh");
        self.refresh.insert(refresh.clone(), Refresh { person, scopes: scopes.clone() });
        Lent { access, refresh: Some(refresh), scopes }
    }

    fn acts(&mut self, person: &str, scopes: &[String], now: i64) -> String {
        let access = self.word("access");
        let until = now + self.lasts;
        let (person, scopes) = (Some(person.to_owned()), scopes.to_vec());
        self.access.insert(access.clone(), Access { person, scopes, until });
        access
    }

    /// A token is given back. The answer is whether it was one.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        self.access.remove(token).is_some() | self.refresh.remove(token).is_some()
    }

    /// Somebody takes back all they gave.
    pub(crate) fn take_back(&mut self, person: &str) {
        self.access.retain(|_, access| access.person.as_deref() != Some(person));
        self.refresh.retain(|_, refresh| refresh.person != person);
    }

    /// Whose a token is, of either kind.
    pub(crate) fn owner(&self, token: &str) -> Option<String> {
        let access = self.access.get(token).and_then(|access| access.person.clone());
        access.or_else(|| self.refresh.get(token).map(|refresh| refresh.person.clone()))
    }

    /// How many tokens of somebody's are good.
    pub(crate) fn lent(&self, person: &str, now: i64) -> usize {
        let acts = self.access.values().filter(|one| one.person.as_deref() == Some(person) && one.until > now).count();
        acts + self.refresh.values().filter(|one| one.person == person).count()
    }

    /// What was lent, as most platforms write it.
    pub(crate) fn told(&self, lent: &Lent) -> Value {
        let mut told = json!({
            "access_token": lent.access, "expires_in": self.lasts / 1000, "token_type": "Bearer",
            "scope": lent.scopes.join(" "),
        });
        if let Some(refresh) = &lent.refresh {
            told["refresh_token"] = json!(refresh);
        }
        told
    }
}

/// The value of a field.
pub(crate) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A refusal as RFC 6749 has it.
pub(crate) fn refusal(refused: Refused) -> (u16, Value) {
    match refused {
        Refused::Client => (401, json!({ "error": "invalid_client", "error_description": "The client is not known." })),
        Refused::Grant => {
            (400, json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." }))
        }
        Refused::Request => (400, json!({ "error": "invalid_request", "error_description": "Something is missing." })),
    }
}
