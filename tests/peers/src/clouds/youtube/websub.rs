//! The hub of its feeds: asked for, and pushing what is signed.

use serde_json::json;

use super::{State, YouTube};
use crate::{
    clouds::{cloud::Shared, oauth::field, sign},
    http::{Out, Request},
};

/// What somebody asked the hub for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub topic: String,
    /// Where the hub asks back, and pushes.
    pub place: String,
    pub lease: String,
    secret: String,
}

impl Wanted {
    /// The signature of what is pushed.
    pub fn sign(&self, body: &str) -> String {
        sign::hub(&self.secret, body.as_bytes())
    }
}

impl YouTube {
    /// What the hub was asked to push no longer.
    pub fn unwanted(&self) -> Vec<Wanted> {
        self.cloud.shared.state().unwanted.clone()
    }

    /// What the hub was asked for.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.cloud.shared.state().wanted.clone()
    }
}

pub(super) fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let form = request.form();
    let said = |name: &str| field(&form, name).unwrap_or_default().to_owned();
    let mode = said("hub.mode");
    if !["subscribe", "unsubscribe"].contains(&mode.as_str()) || said("hub.callback").is_empty() {
        return out.json(400, &[], &json!({ "message": "bad request" }));
    }
    let wanted = Wanted {
        topic: said("hub.topic"),
        place: said("hub.callback"),
        lease: said("hub.lease_seconds"),
        secret: said("hub.secret"),
    };
    if mode == "subscribe" {
        shared.state().wanted.push(wanted);
    } else {
        shared.state().unwanted.push(wanted);
    }
    out.whole(202, "text/plain", &[], "");
}
