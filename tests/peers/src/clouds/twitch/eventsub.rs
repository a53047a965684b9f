//! What it tells of by itself: subscriptions, proven by a challenge, and signed events, however a story wants them.

use ring::hmac;
use serde_json::{Value, json};

use super::{State, Twitch, streams::moment};
use crate::{
    clouds::cloud::Shared,
    http::{Out, Request},
};

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    id: String,
    kind: String,
    user: String,
    place: String,
    secret: String,
    status: String,
}

/// An event, signed and ready to be sent as often as a story wants.
#[derive(Debug, Clone)]
pub struct Event {
    /// Where it goes.
    pub place: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// All it says.
    pub body: String,
}

impl Subscription {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "status": self.status, "type": self.kind, "version": "1", "cost": 1,
            "condition": { "broadcaster_user_id": self.user },
            "transport": { "method": "webhook", "callback": self.place }, "created_at": "2026-11-22T10:00:00Z",
        })
    }

    fn event(&self, id: &str, kind: &str, at: i64, body: &Value) -> Event {
        let (time, body) = (moment(at), body.to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hmac::sign(&key, [id, &time, &body].concat().as_bytes());
        let hex: String = crate::clouds::hex(signature.as_ref());
        let headers = vec![
            ("Twitch-Eventsub-Message-Id", id.to_owned()),
            ("Twitch-Eventsub-Message-Retry", "0".to_owned()),
            ("Twitch-Eventsub-Message-Type", kind.to_owned()),
            ("Twitch-Eventsub-Message-Signature", format!("sha256={hex}")),
            ("Twitch-Eventsub-Message-Timestamp", time),
            ("Twitch-Eventsub-Subscription-Type", self.kind.clone()),
            ("Twitch-Eventsub-Subscription-Version", "1".to_owned()),
        ];
        Event { place: self.place.clone(), headers, body }
    }
}

impl Twitch {
    /// The challenges of subscriptions that are not proven yet.
    pub fn challenges(&self) -> Vec<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let pending = state.subscriptions.iter().filter(|one| one.status != "enabled");
        pending
            .map(|one| {
                let body = json!({ "challenge": format!("word-of-{}", one.id), "subscription": one.shown() });
                one.event(&format!("challenge-{}", one.id), "webhook_callback_verification", now, &body)
            })
            .collect()
    }

    /// Their address proved to be whose it says.
    pub fn proven(&self) {
        for one in &mut self.cloud.shared.state().subscriptions {
            "enabled".clone_into(&mut one.status);
        }
    }

    /// What is subscribed to, as kind and whose it is, with how it stands.
    pub fn subscribed(&self) -> Vec<(String, String, String)> {
        let state = self.cloud.shared.state();
        state.subscriptions.iter().map(|one| (one.kind.clone(), one.user.clone(), one.status.clone())).collect()
    }

    /// The event that somebody went live, under this id.
    pub fn online(&self, user: &str, message: &str) -> Option<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let (one, live) = (subscription(&state, user, "stream.online")?, state.streams.live.get(user)?);
        let (login, name) = state.streams.people.get(user)?;
        let event = json!({
            "id": live.id, "broadcaster_user_id": user, "broadcaster_user_login": login,
            "broadcaster_user_name": name, "type": "live", "started_at": moment(live.started),
        });
        Some(one.event(message, "notification", now, &json!({ "subscription": one.shown(), "event": event })))
    }

    /// The event that somebody is live no longer.
    pub fn offline(&self, user: &str, message: &str) -> Option<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let one = subscription(&state, user, "stream.offline")?;
        let event = json!({ "broadcaster_user_id": user, "broadcaster_user_login": "", "broadcaster_user_name": "" });
        Some(one.event(message, "notification", now, &json!({ "subscription": one.shown(), "event": event })))
    }
}

fn subscription<'a>(state: &'a State, user: &str, kind: &str) -> Option<&'a Subscription> {
    state.subscriptions.iter().find(|one| one.user == user && one.kind == kind)
}

pub(super) fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let mut state = shared.state();
    match request.method.as_str() {
        "POST" => {
            let body = &request.body;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (kind, user) = (text(&body["type"]), text(&body["condition"]["broadcaster_user_id"]));
            let secret = text(&body["transport"]["secret"]);
            if subscription(&state, &user, &kind).is_some() {
                drop(state);
                return out.json(409, &[], &json!({ "error": "Conflict", "status": 409, "message": "exists" }));
            }
            if !(10..=100).contains(&secret.len()) || !state.streams.people.contains_key(&user) {
                drop(state);
                return out.json(400, &[], &json!({ "error": "Bad Request", "status": 400, "message": "no" }));
            }
            let one = Subscription {
                id: format!("subscription-{}", state.subscriptions.len() + 1),
                kind,
                user,
                place: text(&body["transport"]["callback"]),
                secret,
                status: "webhook_callback_verification_pending".to_owned(),
            };
            let data = json!({ "data": [one.shown()], "total": 1, "total_cost": 1, "max_total_cost": 10_000 });
            state.subscriptions.push(one);
            drop(state);
            out.json(202, &[], &data);
        }
        "DELETE" => {
            let gone = request.query();
            state.subscriptions.retain(|one| !gone.iter().any(|(_, id)| *id == one.id));
            drop(state);
            out.whole(204, "text/plain", &[], "");
        }
        _ => {
            let data: Vec<Value> = state.subscriptions.iter().map(Subscription::shown).collect();
            drop(state);
            out.json(200, &[], &json!({ "data": data, "pagination": {} }));
        }
    }
}
