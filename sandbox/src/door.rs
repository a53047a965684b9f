//! The routes of each listener, and who may come in through plain HTTP.
//!
//! **Invariant:** the plain listeners answer only requests that name this machine as their host and come from no other web
//! origin. Without this, any page open in the user's browser could drive the bot, which holds root on servers.

use crate::faults::Fault;
use crate::server::Server;
use crate::{accounts, gateway, live, page, rest};
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// The largest fault, in bytes.
const FAULT: usize = 4_096;

/// What stands in for discord.com, its CDN and its gateway, behind TLS.
pub(crate) fn discord(server: Arc<Server>) -> Router {
    Router::new()
        .route("/", any(gateway::connect))
        .route("/attachments/{channel}/{id}/{filename}", get(rest::cdn::attachment))
        .route("/api/v10/oauth2/token", post(rest::oauth::token))
        .fallback(rest::handle)
        .layer(DefaultBodyLimit::disable())
        .with_state(server)
}

/// The gateway for bots and people: a web socket at every path.
pub(crate) fn gateway(server: Arc<Server>) -> Router {
    Router::new().fallback(gateway::connect).with_state(server).layer(middleware::from_fn(only_from_here))
}

/// REST, gateway, files and the page, for people's clients.
pub(crate) fn page(server: Arc<Server>) -> Router {
    Router::new()
        .route("/gateway", any(gateway::connect))
        .route("/gateway/", any(gateway::connect))
        .route("/attachments/{channel}/{id}/{filename}", get(rest::cdn::attachment))
        .route("/sandbox/accounts", get(accounts::list).post(accounts::create))
        .route("/sandbox/live", any(live::connect))
        .route("/sandbox/violations", get(violations))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/faults", get(faults).post(inject).delete(heal))
        .fallback(rest::handle)
        .layer(DefaultBodyLimit::disable())
        .with_state(server)
        .merge(page::router())
        .layer(middleware::from_fn(only_from_here))
}

async fn only_from_here(request: Request, next: Next) -> Response {
    if is_from_here(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, Json(json!({"message": "403: Forbidden", "code": 0}))).into_response()
    }
}

/// The host must be this machine by a name nobody else can have (a name that resolves here could be anybody's), and an origin,
/// if there is one, must be that same host.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or("?"));
    let Some(host) = text(header::HOST) else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = matches!(name, "127.0.0.1" | "localhost");
    let single =
        headers.get_all(header::HOST).iter().count() == 1 && headers.get_all(header::ORIGIN).iter().count() <= 1;
    local && single && text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"))
}

async fn violations(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(json!(server.judge().violations()))
}

async fn requests(State(server): State<Arc<Server>>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(100);
    Json(json!(server.judge().requests(limit)))
}

async fn faults(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(json!({"active": server.active_faults()}))
}

/// Begins a fault; what cannot be one is refused with a sentence.
async fn inject(State(server): State<Arc<Server>>, request: Request) -> Response {
    let refused = |reason: String| (StatusCode::BAD_REQUEST, Json(json!({"message": reason}))).into_response();
    let Ok(bytes) = to_bytes(request.into_body(), FAULT).await else {
        return refused(format!("a fault is at most {FAULT} bytes"));
    };
    let Ok(json) = serde_json::from_slice(&bytes) else { return refused("that is no JSON".to_owned()) };
    match Fault::from_json(&json).and_then(|fault| server.inject(fault)) {
        Ok(id) => (StatusCode::CREATED, Json(json!({"id": id}))).into_response(),
        Err(error) => refused(error.to_string()),
    }
}

async fn heal(State(server): State<Arc<Server>>) -> StatusCode {
    server.heal();
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::is_from_here;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn from_here(fields: &[(&'static str, &'static str)]) -> bool {
        let pairs = fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_from_here(&pairs.collect::<HeaderMap>())
    }

    #[test]
    fn a_web_page_elsewhere_cannot_reach_the_bot() {
        assert!(from_here(&[("host", "127.0.0.1:4000")]));
        assert!(from_here(&[("host", "localhost:4000"), ("origin", "http://localhost:4000")]));
        assert!(!from_here(&[]));
        assert!(!from_here(&[("host", "evil.example:4000")]));
        assert!(!from_here(&[("host", "127.0.0.1.evil.example")]));
        assert!(!from_here(&[("host", "127.0.0.1:4000"), ("origin", "https://evil.example")]));
        assert!(!from_here(&[("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:9999")]));
        assert!(!from_here(&[("host", "127.0.0.1:4000"), ("origin", "null")]));
    }
}
