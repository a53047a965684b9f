//! What it tells of by itself, signed by a key of its own that it publishes.

use std::{path::Path, process::Command, sync::OnceLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::{Kick, State, livestreams};
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// The key by which it signs.
#[derive(Debug)]
pub(crate) struct Keys {
    pair: RsaKeyPair,
    public: String,
}

impl Keys {
    /// Those of every Kick in this process: to make some takes a while.
    pub(crate) fn of_kick() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(Keys::new)
    }

    /// Those that it has from then on.
    fn next() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(Keys::new)
    }

    fn new() -> Self {
        let home = tempfile::tempdir().expect("there is a place for files");
        let file = home.path().join("key");
        let run = |arguments: &[&str], file: &Path| {
            let done = Command::new("ssh-keygen").args(arguments).arg("-f").arg(file).output();
            let done = done.expect("ssh-keygen is there");
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).expect("it prints text")
        };
        run(&["-q", "-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", ""], &file);
        let public = run(&["-e", "-m", "PKCS8"], &file);
        let pem = std::fs::read_to_string(&file).expect("it was made");
        let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(text).expect("a PEM text is Base64");
        Self { pair: RsaKeyPair::from_pkcs8(&der).expect("it is a key"), public }
    }
}

impl Keys {
    fn sign(&self, id: &str, time: &str, body: &[u8]) -> String {
        let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature).expect("it can be signed");
        STANDARD.encode(&signature)
    }

    fn signed(&self, kind: &str, message: &str, time: String, body: String) -> Event {
        let signature = self.sign(message, &time, body.as_bytes());
        let headers = vec![
            ("Kick-Event-Message-Id", message.to_owned()),
            ("Kick-Event-Subscription-Id", "subscription".to_owned()),
            ("Kick-Event-Signature", signature),
            ("Kick-Event-Message-Timestamp", time),
            ("Kick-Event-Type", kind.to_owned()),
            ("Kick-Event-Version", "1".to_owned()),
        ];
        Event { headers, body }
    }
}

/// What it is to tell of.
#[derive(Debug, Clone)]
pub(crate) struct Subscribed {
    id: String,
    user: u64,
    kind: String,
}

/// An event, signed and ready to be sent as often as a story wants.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// All it says.
    pub body: String,
}

impl Kick {
    /// The event that tells how a channel stands, under this id.
    pub fn status(&self, user: u64, message: &str) -> Event {
        let (time, state) = (base::Millis(self.cloud.shared.now()).utc(), self.cloud.shared.state());
        let body = livestreams::status(&state, user).to_string();
        state.keys.signed("livestream.status.updated", message, time, body)
    }

    /// The key by which its events are proven, in PEM.
    pub fn public_key(&self) -> String {
        self.cloud.shared.state().keys.public.clone()
    }

    /// Signs whatever it is, as it signs events.
    pub fn signs(&self, id: &str, time: &str, body: &[u8]) -> String {
        let keys = self.cloud.shared.state().keys;
        keys.sign(id, time, body)
    }

    /// It signs by another key from now on.
    pub fn changes_key(&self) {
        let next = Keys::next();
        self.cloud.shared.state().keys = next;
    }

    /// Whose channels it is to tell of, once for each kind of events.
    pub fn subscribed(&self) -> Vec<u64> {
        self.cloud.shared.state().subscribed.iter().map(|one| one.user).collect()
    }

    /// What of whose channels it is to tell of.
    pub fn tells(&self) -> Vec<(u64, String)> {
        self.cloud.shared.state().subscribed.iter().map(|one| (one.user, one.kind.clone())).collect()
    }

    /// An event of this kind, under this id: all it says, and its headers.
    pub fn event(&self, kind: &str, message: &str, body: &Value) -> Event {
        let (time, state) = (base::Millis(self.cloud.shared.now()).utc(), self.cloud.shared.state());
        state.keys.signed(kind, message, time, body.to_string())
    }
}

pub(super) fn subscribe(shared: &Shared<State>, request: &Request, out: Out) {
    let asked = request.query();
    let all = &mut shared.state().subscribed;
    let data = match request.method.as_str() {
        "DELETE" => {
            all.retain(|one| !asked.iter().any(|(name, id)| name == "id" && *id == one.id));
            return out.whole(204, "text/plain", &[], "");
        }
        "GET" => {
            let told = |one: &Subscribed| json!({ "id": one.id, "event": one.kind, "broadcaster_user_id": one.user });
            json!(all.iter().map(told).collect::<Vec<_>>())
        }
        _ => {
            let kind = request.body["events"][0]["name"].as_str().unwrap_or_default().to_owned();
            let Some(user) = request.body["broadcaster_user_id"].as_u64() else {
                return out.json(400, &[], &json!({ "message": "invalid request" }));
            };
            let id = format!("sub-{user}-{kind}");
            let data = json!([{ "name": kind, "version": 1, "subscription_id": id }]);
            if !all.iter().any(|one| one.id == id) {
                all.push(Subscribed { id, user, kind });
            }
            data
        }
    };
    out.json(200, &[], &json!({ "data": data, "message": "OK" }));
}

pub(super) fn key(shared: &Shared<State>, out: Out) {
    let key = shared.state().keys.public.clone();
    out.json(200, &[], &json!({ "data": { "public_key": key }, "message": "OK" }));
}
