//! What stops a request before the world hears of it, or its answer on the way back: bans, faults, limits.
//!
//! **Invariant:** people pass freely.

use super::limits::{Call, Moment};
use super::reply::{Headers, Reply};
use crate::faults::Blow;
use crate::judge::Actor;
use crate::server::Server;
use axum::body::Body;
use axum::http::Response;
use std::sync::Arc;
use std::time::Duration;

/// How long a request is held that is never answered.
const HELD: Duration = Duration::from_mins(2);

/// Whether a request goes on.
#[derive(Debug)]
pub(super) enum Passage {
    /// It does, and these headers go with its answer.
    Open(Headers, Delivery),
    /// It has no effect.
    Blocked(Reply, Delivery),
}

/// How an answer gets back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Sent,
    /// The connection closes instead.
    Lost,
    /// Nothing happens until somebody gives up.
    Held,
}

/// Marks a response that is not to be sent: the connection closes without it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HangUp;

pub(super) fn find(server: &Server, actor: Actor, call: &Call<'_>, at: Moment) -> Passage {
    if matches!(actor, Actor::User(_)) {
        return Passage::Open(Headers::new(), Delivery::Sent);
    }
    let mut limits = server.limits();
    if let Some(ban) = limits.ban(at) {
        return Passage::Blocked(ban, Delivery::Sent);
    }
    if actor != Actor::Bot {
        return Passage::Open(Headers::new(), Delivery::Sent);
    }
    if let Some(detail) = limits.ignored(call, at) {
        server.judge().accuse("rate_limit.ignored", detail, Some(format!("{} {}", call.method, call.path)));
    }
    let delivery = match struck(server, call) {
        None => Delivery::Sent,
        Some(Blow::LostAnswer) => Delivery::Lost,
        Some(Blow::TimeOut) => return Passage::Blocked(Reply::silence(), Delivery::Held),
        Some(Blow::ServerError(status)) => return Passage::Blocked(server_error(status), Delivery::Sent),
        Some(Blow::RateLimited { retry_after, scope }) => {
            return Passage::Blocked(limits.refusal(call, scope, retry_after, at), Delivery::Sent);
        }
    };
    match limits.admit(call, at) {
        Ok(headers) => Passage::Open(headers, delivery),
        Err(reply) => Passage::Blocked(reply, delivery),
    }
}

fn struck(server: &Server, call: &Call<'_>) -> Option<Blow> {
    let mut state = server.lock();
    let blow = state.faults.strike(call.method, call.path)?;
    tracing::debug!(method = call.method, path = call.path, ?blow, "a fault strikes");
    if let Some(interaction) = call.acknowledges() {
        state.world.excuse(interaction);
    }
    Some(blow)
}

fn server_error(status: u16) -> Reply {
    match status {
        502 => Reply::html(502, "502 Bad Gateway"),
        504 => Reply::html(504, "504 Gateway Time-out"),
        503 => Reply::json(503, serde_json::json!({"message": "503: Service Unavailable", "code": 0})),
        _ => Reply::json(500, serde_json::json!({"message": "500: Internal Server Error", "code": 0})),
    }
}

/// Sends the answer, or does not.
pub(super) async fn deliver(server: &Arc<Server>, reply: Reply, delivery: Delivery) -> Response<Body> {
    if delivery == Delivery::Held {
        // Whoever asked may give up sooner: then this is dropped.
        let _ = server.stopping.run_until_cancelled(tokio::time::sleep(HELD)).await;
    }
    let mut response = reply.into_response();
    if delivery != Delivery::Sent {
        response.extensions_mut().insert(HangUp);
    }
    response
}
