//! Overlays, as OBS opens them: a page that is told what happens as it happens, and where donations are told.
//!
//! **Invariants:** a key that never was, was revoked or was rotated is answered like any other that opens nothing. A page loads what is
//! here and nothing else, runs no script but ours, and is held by no cache. An address is in no line of the log.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use overlays::{Heard, LARGEST_DONATION, Overlays, Reach};
use serde::Deserialize;
use store::overlays::Overlay;
use tokio::net::TcpListener;

use super::{Pages, body};

/// What a page may load: what is ours, its own pictures and sounds, and what is told to it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; media-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
/// A file is shown by itself only as data.
const FILE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");
/// Where a browser says what it was sent last.
const LAST: &str = "last-event-id";

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/overlays/{file}", get(part))
        .route("/o/hooks/{key}", post(donated))
        .route("/o/{key}", get(page))
        .route("/o/{key}/events", get(events))
        .route("/o/{key}/file/{hash}", get(file))
}

/// Where the pages are opened: at the address that people reach, or on this machine.
pub(crate) fn reached(overlays: &Overlays, public: Option<&str>, listener: &TcpListener) {
    match (public, listener.local_addr()) {
        (Some(address), _) => overlays.know_address(address, Reach::Everybody),
        (None, Ok(address)) => {
            let port = address.port();
            let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { host(address) };
            overlays.know_address(&format!("http://{host}:{port}"), Reach::ThisMachine);
        }
        (None, Err(error)) => tracing::warn!(%error, "overlays have no address"),
    }
}

fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

/// Nothing is opened by that key, whatever the reason.
fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response()
}

fn broken(error: &base::Error) -> Response {
    tracing::error!("an overlay could not be shown: {error}");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response()
}

/// The overlay that a key opens, or the answer that there is none.
async fn opened(pages: &Pages, key: &str) -> Result<(Arc<Overlays>, Overlay), Box<Response>> {
    let Some(overlays) = &pages.overlays else { return Err(Box::new(nothing())) };
    match overlays.at(key).await {
        Ok(Some(overlay)) => Ok((Arc::clone(overlays), overlay)),
        Ok(None) => Err(Box::new(nothing())),
        Err(error) => Err(Box::new(broken(&error))),
    }
}

/// The page of an overlay. What it shows comes as it is told.
async fn page(State(pages): State<Pages>, Path(key): Path<String>) -> Response {
    match opened(&pages, &key).await {
        Ok((_, overlay)) => {
            ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(overlays::page(overlay.kind))).into_response()
        }
        Err(answer) => *answer,
    }
}

/// A file that every page loads.
async fn part(Path(name): Path<String>) -> Response {
    match overlays::page_file(&name) {
        Some(file) => ([(header::CONTENT_TYPE, HeaderValue::from_static(file.media))], file.text).into_response(),
        None => nothing(),
    }
}

#[derive(Deserialize)]
struct After {
    after: Option<i64>,
}

/// What is told to a page: what it missed, and what happens from then on.
async fn events(
    State(pages): State<Pages>,
    Path(key): Path<String>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Response {
    let (overlays, overlay) = match opened(&pages, &key).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    let told = headers.get(LAST).and_then(|last| last.to_str().ok()).and_then(|last| last.parse().ok());
    let watch = match overlays.watch(&overlay, told.or(after)).await {
        Ok(Some(watch)) => watch,
        Ok(None) => return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")]).into_response(),
        Err(error) => return broken(&error),
    };
    let frames = futures::stream::unfold(watch, |mut watch| async move {
        let frame = watch.next().await?;
        Some((Ok::<_, std::io::Error>(Bytes::from_owner(frame)), watch))
    });
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // A proxy that collects would tell late.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (head, Body::from_stream(frames)).into_response()
}

/// A picture or a sound of an overlay.
async fn file(State(pages): State<Pages>, Path((key, hash)): Path<(String, String)>) -> Response {
    let (overlays, overlay) = match opened(&pages, &key).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    match overlays.file(&overlay, &hash).await {
        Ok(Some(file)) => {
            let media = HeaderValue::from_str(&file.media);
            let media = media.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([(header::CONTENT_TYPE, media), (header::CONTENT_SECURITY_POLICY, FILE)], file.bytes).into_response()
        }
        Ok(None) => nothing(),
        Err(error) => broken(&error),
    }
}

/// A donation is told.
async fn donated(State(pages): State<Pages>, Path(key): Path<String>, request: Request) -> Response {
    let Some(overlays) = &pages.overlays else { return nothing() };
    let body = match body::whole(request.into_body(), LARGEST_DONATION).await {
        Ok(body) => body,
        Err(unread) => return unread.into_response(),
    };
    match overlays.donated(&key, &body).await {
        Ok(Heard::Shown) => (StatusCode::ACCEPTED, "shown\n").into_response(),
        Ok(Heard::Before) => (StatusCode::OK, "shown before\n").into_response(),
        Ok(Heard::Wrong(why)) => (StatusCode::UNPROCESSABLE_ENTITY, format!("{why}\n")).into_response(),
        Ok(Heard::TooMany) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "2")], "too many at a time\n").into_response()
        }
        Ok(Heard::Nowhere) => nothing(),
        Err(error) => broken(&error),
    }
}
