//! The web server: health for machines, a read-only status page for people, files that are too large for a message, transcripts for
//! whoever logs in, accounts that are connected, overlays for OBS, and the way in for other assistants.

mod assistant;
mod body;
mod hooks;
mod listen;
mod login;
mod oauth;
pub(crate) mod overlays;
pub(crate) mod public;
mod status;
mod transcript;
mod transfer;

use std::{sync::Arc, time::Duration};

use accounts::Accounts;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use commands::Link;
use hosts::{Files, Hosts};
use hub::Hub;
use incidents::Incidents;
use maps::Maps;
use tokio::net::TcpListener;

use crate::app::Stop;

/// A database that takes longer than this to say hello is down.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

/// No page is longer, in bytes.
const PAGE_LIMIT: usize = 4 * 1024 * 1024;

/// What the pages show.
#[derive(Clone)]
pub(crate) struct Pages {
    hub: Hub,
    hosts: Arc<Hosts>,
    files: Arc<Files>,
    maps: Arc<Maps>,
    incidents: Arc<Incidents>,
    mcp: Arc<mcp::Servers>,
    link: Link,
    /// Tickets, and who is logged in to read them.
    tickets: Option<(Arc<tickets::Tickets>, Arc<login::Logins>)>,
    /// What is laid over streams.
    overlays: Option<Arc<::overlays::Overlays>>,
    /// People's accounts, which are connected in their browsers.
    accounts: Option<Arc<Accounts>>,
    /// What platforms tell of, and whom they tell.
    streams: Option<Arc<streams::Streams>>,
}

impl Pages {
    pub(crate) fn new(
        hub: Hub,
        hosts: Arc<Hosts>,
        files: Arc<Files>,
        (maps, incidents): (Arc<Maps>, Arc<Incidents>),
        mcp: Arc<mcp::Servers>,
        link: Link,
    ) -> Self {
        Self {
            hub,
            hosts,
            files,
            maps,
            incidents,
            mcp,
            link,
            tickets: None,
            overlays: None,
            accounts: None,
            streams: None,
        }
    }

    /// The same with tickets, which are read by whoever logs in.
    pub(crate) fn with_tickets(self, tickets: Arc<tickets::Tickets>, login: Option<commands::Login>) -> Self {
        let logins = login::Logins::new(login, self.hub.clock().clone());
        Self { tickets: Some((tickets, Arc::new(logins))), ..self }
    }

    /// The same with overlays, which are opened by their keys.
    pub(crate) fn with_overlays(self, overlays: Arc<::overlays::Overlays>) -> Self {
        Self { overlays: Some(overlays), ..self }
    }

    /// The same with accounts.
    pub(crate) fn with_accounts(self, accounts: Arc<Accounts>) -> Self {
        Self { accounts: Some(accounts), ..self }
    }

    /// The same with streams, of which platforms tell.
    pub(crate) fn with_streams(self, streams: Arc<streams::Streams>) -> Self {
        Self { streams: Some(streams), ..self }
    }

    /// How long the database took to answer; none if it did not.
    async fn database(&self) -> Option<Duration> {
        let since = std::time::Instant::now();
        match tokio::time::timeout(HEALTH_DEADLINE, self.hub.store().ping()).await {
            Ok(Ok(())) => Some(since.elapsed()),
            _ => None,
        }
    }
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, pages: Pages, mut stop: Stop) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!("status page at http://{address}/");
        if !address.ip().is_loopback() {
            tracing::warn!("the status page has no login: whoever reaches {address} reads the servers' names");
        }
    }
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    listen::answer(listener, router(pages), stopped).await;
}

fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(status::page))
        .route("/status/{word}", get(public::page))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .merge(assistant::routes())
        .merge(oauth::routes())
        .merge(hooks::routes())
        .layer(middleware::map_response_with_state(pages.clone(), masked))
        // What is loaded there is masked where it is read, and never held whole.
        .merge(transfer::routes())
        // What is said in tickets was masked as it was written down, and is once more as it is drawn.
        .merge(transcript::routes())
        .merge(login::routes())
        // What is shown there was masked as it was drawn, and goes on for days.
        .merge(overlays::routes())
        .layer(middleware::map_response(harden))
        .with_state(pages)
}

/// Ready: the database answers and Discord is connected.
async fn ready(State(pages): State<Pages>) -> Response {
    let (database, discord) = (pages.database().await.is_some(), pages.link.is_up().await);
    let word = |up: bool| if up { "up" } else { "down" };
    let status = if database && discord { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("database {}\ndiscord {}\n", word(database), word(discord))).into_response()
}

/// No page holds a secret of anybody, whatever is called by one.
async fn masked(State(pages): State<Pages>, response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, PAGE_LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let clean = pages.hub.redactor_of_all().mask_bytes(&body).into_owned();
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, clean.into())
}

/// What a page may load, unless it says less or other itself.
const POLICY: header::HeaderValue = header::HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
);

/// Nothing here runs scripts, is framed, or is kept.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}
