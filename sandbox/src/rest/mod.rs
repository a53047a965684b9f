//! The REST API: reads a request, finds out who sends it, lets the world answer, writes down both.
//!
//! **Invariant:** every request of the bot's is recorded, whatever became of it, and answers are Discord's exact JSON with the
//! content type `application/json`. What stops a request or its answer on the way is `passage`.

mod applications;
pub(crate) mod cdn;
mod channels;
mod guilds;
mod interactions;
pub(crate) mod limits;
mod messages;
pub(crate) mod oauth;
mod passage;
pub(crate) mod pattern;
pub(crate) mod reply;
pub(crate) mod request;
mod users;

use crate::errors::{Answer, ApiError};
use crate::judge::{Actor, RecordedRequest};
use crate::openapi::Exchange;
use crate::server::Server;
use crate::world::World;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use limits::Call;
pub(crate) use passage::HangUp;
use passage::{Delivery, Passage};
pub(crate) use reply::Reply;
use request::{Incoming, Request};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn handle(State(server): State<Arc<Server>>, incoming: axum::extract::Request) -> Response<Body> {
    let moment = server.moment();
    let incoming = Incoming::of(&server, incoming);
    let (method, path, actor) = (incoming.method.clone(), incoming.recorded_path(), incoming.actor);
    let read = incoming.read().await;
    let body = read.as_ref().map_or(Value::Null, |request| request.body().clone());
    let call = Call { method: &method, path: &path, body: &body };
    let mut accused = false;
    let (reply, delivery) = match passage::find(&server, actor, &call, moment) {
        Passage::Blocked(reply, delivery) => (reply, delivery),
        Passage::Open(headers, delivery) => {
            let answer = read.and_then(|request| answer(&server, request));
            accused = answer.as_ref().is_err_and(|error| error.rule.is_some());
            let reply = answer.unwrap_or_else(|error| refused(&server, actor, &call, error));
            (reply.with(headers), delivery)
        }
    };
    if !matches!(actor, Actor::User(_)) {
        server.limits().answered(&reply, moment);
    }
    let (status, answer) = (if delivery == Delivery::Sent { reply.status } else { 0 }, reply.as_json());
    if status != 0 {
        server.compare(actor, &Exchange { method: &method, path: &path, body: &body, status, answer, accused });
    }
    tracing::debug!(method, path, status, ?actor, "request");
    server.judge().record(RecordedRequest { at: server.now(), method, path, body, status, actor });
    passage::deliver(&server, reply, delivery).await
}

/// An error as it is answered. The bot is accused if it could have avoided it.
fn refused(server: &Server, actor: Actor, call: &Call<'_>, error: ApiError) -> Reply {
    if let Some(rule) = error.rule.filter(|_| actor == Actor::Bot) {
        server.judge().accuse(rule, error.body.to_string(), Some(format!("{} {}", call.method, call.path)));
    }
    error.into()
}

fn answer(server: &Arc<Server>, request: Request) -> Answer<Reply> {
    let gateway = server.gateway_json();
    server.act(|world| route(world, request, &gateway))
}

fn route(world: &mut World, request: Request, gateway: &Value) -> Answer<Reply> {
    let segments = request.segments.clone();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let public = matches!(segments[..], ["interactions", _, _, "callback"] | ["webhooks", _, _, ..] | ["gateway"]);
    if !public && request.actor == Actor::Nobody {
        return Err(ApiError::unauthorized());
    }
    match segments[..] {
        ["gateway"] => Reply::ok(json!({"url": gateway["url"]})),
        ["gateway", "bot"] => {
            request.by_bot()?;
            Reply::ok(gateway.clone())
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
