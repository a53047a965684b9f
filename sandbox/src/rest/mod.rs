//! The REST API: reads a request, finds out who sends it, lets the world answer, writes down both.
//!
//! **Invariant:** every request of the bot's is recorded, whatever became of it, and answers are Discord's exact JSON with the
//! content type `application/json`.

mod applications;
pub(crate) mod cdn;
mod channels;
mod guilds;
mod interactions;
mod messages;
pub(crate) mod request;
mod users;

use crate::errors::{Answer, ApiError};
use crate::judge::{Actor, RecordedRequest};
use crate::openapi::Exchange;
use crate::server::Server;
use crate::world::World;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use request::{Incoming, Request};
use serde_json::{Value, json};
use std::sync::Arc;

/// What a route answers: a status and a JSON body, or none.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    body: Option<Value>,
}

#[expect(clippy::unnecessary_wraps, reason = "a route ends with one of these, and every route answers a result")]
impl Reply {
    pub(crate) fn ok(body: Value) -> Answer<Self> {
        Ok(Self { status: 200, body: Some(body) })
    }
    pub(crate) fn created(body: Value) -> Answer<Self> {
        Ok(Self { status: 201, body: Some(body) })
    }
    pub(crate) fn nothing() -> Answer<Self> {
        Ok(Self { status: 204, body: None })
    }
}

pub(crate) async fn handle(State(server): State<Arc<Server>>, incoming: axum::extract::Request) -> Response<Body> {
    let incoming = Incoming::of(&server, incoming);
    let (method, path, actor) = (incoming.method.clone(), incoming.recorded_path(), incoming.actor);
    let (body, result) = match incoming.read().await {
        Ok(request) => {
            let shown = request.draft_body().clone();
            (shown, admit(&request).and_then(|()| answer(&server, request)))
        }
        Err(error) => (Value::Null, Err(error)),
    };
    let at = server.now();
    let rule = result.as_ref().err().and_then(|error| error.rule);
    let (status, answer) = match result {
        Ok(reply) => (reply.status, reply.body),
        Err(error) => {
            if let Some(rule) = error.rule.filter(|_| actor == Actor::Bot) {
                server.judge().accuse(rule, error.body.to_string(), Some(format!("{method} {path}")));
            }
            (error.status, Some(error.body))
        }
    };
    let (body_of, answer_of, accused) = (&body, answer.as_ref(), rule.is_some());
    server
        .compare(actor, &Exchange { method: &method, path: &path, body: body_of, status, answer: answer_of, accused });
    tracing::debug!(method, path, status, ?actor, "request");
    server.judge().record(RecordedRequest { at, method, path, body, status, actor });
    written(status, answer.as_ref())
}

/// The seam for rate limits: buckets decide here whether a request goes on, before the world hears of it.
#[expect(clippy::unnecessary_wraps, reason = "this is where a 429 will come from once there are buckets")]
fn admit(_request: &Request) -> Answer<()> {
    Ok(())
}

fn answer(server: &Arc<Server>, request: Request) -> Answer<Reply> {
    let gateway = server.gateway_url();
    server.act(|world| route(world, request, &gateway))
}

fn route(world: &mut World, request: Request, gateway: &str) -> Answer<Reply> {
    let segments = request.segments.clone();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let public = matches!(segments[..], ["interactions", _, _, "callback"] | ["webhooks", _, _, ..] | ["gateway"]);
    if !public && request.actor == Actor::Nobody {
        return Err(ApiError::unauthorized());
    }
    match segments[..] {
        ["gateway"] => Reply::ok(json!({"url": gateway})),
        ["gateway", "bot"] => {
            request.by_bot()?;
            let limit = json!({"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1});
            Reply::ok(json!({"url": gateway, "shards": 1, "session_start_limit": limit}))
        }
        ["applications" | "oauth2", ..] => applications::route(world, &request, &segments),
        ["channels", channel, "messages" | "pins", ..] => {
            let channel = request::id("channel_id", channel)?;
            messages::route(world, request, channel, &segments[2..])
        }
        ["channels", ..] => channels::route(world, &request, &segments[1..]),
        ["guilds", guild, ..] => {
            let guild = request::id("guild_id", guild)?;
            guilds::route(world, &request, guild, &segments[2..])
        }
        ["users", ..] => users::route(world, &request, &segments[1..]),
        ["interactions", ..] => interactions::route(world, request, &segments[1..]),
        ["webhooks", ..] => interactions::webhook(world, request, &segments[1..]),
        _ => Err(ApiError::no_route()),
    }
}

fn written(status: u16, body: Option<&Value>) -> Response<Body> {
    let mut response = Response::new(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // What the world itself makes wait for says so in the header, too, which is where libraries look.
    let wait = body.filter(|_| status == 429).and_then(|body| body.get("retry_after")).and_then(Value::as_f64);
    if let Some(wait) = wait.and_then(|wait| HeaderValue::from_str(&wait.ceil().to_string()).ok()) {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(wait);
    }
    if body.is_some() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
