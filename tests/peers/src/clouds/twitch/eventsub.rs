//! What it tells of by itself: subscriptions, proven by a challenge or heard over a connection, and signed events, however a story wants
//! them.

use serde_json::{Value, json};

use super::{State, Twitch, socket, streams::moment};
use crate::{
    clouds::{cloud::Shared, sign},
    http::{Out, Request},
};

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) version: String,
    pub(crate) condition: Value,
    /// Whose channel it is about.
    pub(crate) user: String,
    pub(crate) way: Way,
    pub(crate) status: String,
    pub(crate) cost: usize,
}

/// Where its events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// To an address, signed by this secret.
    Address(String, String),
    /// Over a connection, in the name of this person.
    Session(String, String),
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
    pub(crate) fn shown(&self) -> Value {
        let transport = match &self.way {
            Way::Address(place, _) => json!({ "method": "webhook", "callback": place }),
            Way::Session(session, _) => json!({ "method": "websocket", "session_id": session }),
        };
        json!({
            "id": self.id, "status": self.status, "type": self.kind, "version": self.version, "cost": self.cost,
            "condition": self.condition, "transport": transport, "created_at": "2026-11-22T10:00:00Z",
        })
    }

    fn event(&self, id: &str, kind: &str, at: i64, body: &Value) -> Event {
        let (time, body) = (moment(at), body.to_string());
        let Way::Address(place, secret) = &self.way else { panic!("it goes to no address") };
        let signature = sign::twitch(secret, id, &time, body.as_bytes());
        let headers = vec![
            ("Twitch-Eventsub-Message-Id", id.to_owned()),
            ("Twitch-Eventsub-Message-Retry", "0".to_owned()),
            ("Twitch-Eventsub-Message-Type", kind.to_owned()),
            ("Twitch-Eventsub-Message-Signature", signature),
            ("Twitch-Eventsub-Message-Timestamp", time),
            ("Twitch-Eventsub-Subscription-Type", self.kind.clone()),
            ("Twitch-Eventsub-Subscription-Version", self.version.clone()),
        ];
        Event { place: place.clone(), headers, body }
    }

    fn has_address(&self) -> bool {
        matches!(self.way, Way::Address(..))
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

    /// The addresses at which it tells.
    pub fn tells_at(&self) -> Vec<String> {
        let state = self.cloud.shared.state();
        let place = |one: &Subscription| match &one.way {
            Way::Address(place, _) => Some(place.clone()),
            Way::Session(..) => None,
        };
        state.subscriptions.iter().filter_map(place).collect()
    }

    /// The event that somebody went live, under this id.
    pub fn online(&self, user: &str, message: &str) -> Option<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let one = subscription(&state, user, "stream.online")?;
        let event = online(&state, user)?;
        Some(one.event(message, "notification", now, &json!({ "subscription": one.shown(), "event": event })))
    }

    /// The event that somebody took back what they gave the app, under this id.
    pub fn taken_back(&self, user: &str, message: &str) -> Option<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let one = state.subscriptions.iter().find(|one| one.kind == "user.authorization.revoke")?;
        // Whoever is there no more has no name.
        let event = json!({ "client_id": one.user, "user_id": user, "user_login": null, "user_name": null });
        Some(one.event(message, "notification", now, &json!({ "subscription": one.shown(), "event": event })))
    }

    /// It tells of something no longer: the message that says so, under this id.
    pub fn revocation(&self, user: &str, kind: &str, (status, message): (&str, &str)) -> Option<Event> {
        let now = self.cloud.shared.now();
        let all = &mut self.cloud.shared.state().subscriptions;
        let at = all.iter().position(|one| one.user == user && one.kind == kind && one.has_address())?;
        let mut one = all.remove(at);
        status.clone_into(&mut one.status);
        Some(one.event(message, "revocation", now, &json!({ "subscription": one.shown() })))
    }

    /// The event that somebody is live no longer.
    pub fn offline(&self, user: &str, message: &str) -> Option<Event> {
        let (now, state) = (self.cloud.shared.now(), self.cloud.shared.state());
        let one = subscription(&state, user, "stream.offline")?;
        let event = json!({ "broadcaster_user_id": user, "broadcaster_user_login": "", "broadcaster_user_name": "" });
        Some(one.event(message, "notification", now, &json!({ "subscription": one.shown(), "event": event })))
    }
}

/// What is told of somebody who is live.
pub(super) fn online(state: &State, user: &str) -> Option<Value> {
    let live = state.streams.live.get(user)?;
    let (login, name) = state.streams.people.get(user)?;
    Some(json!({
        "id": live.id, "broadcaster_user_id": user, "broadcaster_user_login": login,
        "broadcaster_user_name": name, "type": live.kind, "started_at": moment(live.started),
    }))
}

fn subscription<'a>(state: &'a State, user: &str, kind: &str) -> Option<&'a Subscription> {
    state.subscriptions.iter().find(|one| one.user == user && one.kind == kind && one.has_address())
}

/// As Helix says no.
pub(super) fn no(out: Out, status: u16, why: &str) {
    out.json(status, &[], &json!({ "error": why, "status": status, "message": why }));
}

pub(super) fn answer(shared: &Shared<State>, request: &Request, out: Out) {
    let now = shared.now();
    let mut state = shared.state();
    match request.method.as_str() {
        "POST" => {
            let body = &request.body;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (kind, condition) = (text(&body["type"]), body["condition"].clone());
            let about = if kind == "channel.raid" { "to_broadcaster_user_id" } else { "broadcaster_user_id" };
            let is_of_app = kind == "user.authorization.revoke";
            let user = text(&condition[if is_of_app { "client_id" } else { about }]);
            let who = state.tokens.good(request.bearer(), now).cloned();
            let (way, cost) = if body["transport"]["method"] == "websocket" {
                let session = text(&body["transport"]["session_id"]);
                match socket::may(&state, (&session, &kind, &user, &condition), who.as_ref()) {
                    Ok(way) => way,
                    Err((status, why)) => {
                        drop(state);
                        return no(out, status, why);
                    }
                }
            } else {
                let secret = text(&body["transport"]["secret"]);
                if !(10..=100).contains(&secret.len()) || who.is_none_or(|who| who.person.is_some()) {
                    drop(state);
                    return no(out, 400, "an app's token and a secret are needed");
                }
                (Way::Address(text(&body["transport"]["callback"]), secret), 1)
            };
            let is_there = |one: &Subscription| {
                let same_way = match (&one.way, &way) {
                    (Way::Address(..), Way::Address(..)) => true,
                    (one, other) => one == other,
                };
                one.kind == kind && one.condition == condition && same_way
            };
            if state.subscriptions.iter().any(is_there) {
                drop(state);
                return no(out, 409, "it exists");
            }
            let knows = if is_of_app {
                // It is told of only at an address, and only of the app whose token asks.
                state.tokens.apps.contains_key(&user) && matches!(way, Way::Address(..))
            } else {
                state.streams.people.contains_key(&user) || state.tokens.people.contains_key(&user)
            };
            if !knows {
                drop(state);
                return no(out, 400, "nobody is called so");
            }
            state.counted += 1;
            let is_proven = matches!(way, Way::Session(..));
            let status = if is_proven { "enabled" } else { "webhook_callback_verification_pending" };
            let one = Subscription {
                id: format!("subscription-{}", state.counted),
                version: text(&body["version"]),
                kind,
                condition,
                user,
                way,
                status: status.to_owned(),
                cost,
            };
            let data = json!({ "data": [one.shown()], "total": 1, "total_cost": cost, "max_total_cost": 10_000 });
            state.subscriptions.push(one);
            drop(state);
            out.json(202, &[], &data);
        }
        "DELETE" => {
            let gone = request.query();
            let before = state.subscriptions.len();
            state.subscriptions.retain(|one| !gone.iter().any(|(_, id)| *id == one.id));
            let is_gone = state.subscriptions.len() < before;
            drop(state);
            if is_gone { out.whole(204, "text/plain", &[], "") } else { no(out, 404, "there is none") }
        }
        _ => {
            let asked = request.query();
            let about = asked.iter().find(|(name, _)| name == "user_id").map(|(_, id)| id.clone());
            let all = state.subscriptions.iter().filter(|one| about.as_ref().is_none_or(|id| one.user == *id));
            let data: Vec<Value> = all.map(Subscription::shown).collect();
            drop(state);
            out.json(200, &[], &json!({ "data": data, "pagination": {} }));
        }
    }
}
