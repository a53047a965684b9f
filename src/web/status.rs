//! The status page: bot, database, servers with when they last answered. No addresses, no users: names and states.

use askama::Template;
use axum::{extract::State as Shared, response::Html};
use base::Millis;
use hosts::State;

use super::Pages;

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    discord: bool,
    database: Option<String>,
    running: usize,
    servers: Vec<Line>,
}

struct Line {
    name: String,
    tone: &'static str,
    state: &'static str,
    seen: String,
}

/// Draws the page as things stand now.
pub(crate) async fn page(Shared(pages): Shared<Pages>) -> Html<String> {
    let now = pages.hub.clock().now();
    let servers = pages
        .hosts
        .all()
        .into_iter()
        .map(|server| {
            let (tone, state) = match server.state {
                State::Ready => ("ok", "ready"),
                State::Offered => ("attention", "not pinned"),
                State::Blocked => ("failed", "blocked"),
            };
            let seen = server.seen.map_or_else(|| "never".to_owned(), |seen| ago(now, seen));
            Line { name: server.name, tone, state, seen }
        })
        .collect();
    let status = Status {
        discord: pages.link.is_up().await,
        database: pages
            .database()
            .await
            .map(|took| format!("{}, {:.1} ms", pages.hub.store().kind(), took.as_secs_f64() * 1e3)),
        running: pages.hub.running(),
        servers,
    };
    Html(status.render().unwrap_or_else(|error| {
        tracing::error!(%error, "the status page could not be drawn");
        "The status page could not be drawn.".to_owned()
    }))
}

fn ago(now: Millis, seen: Millis) -> String {
    let span = now.since(seen).as_secs();
    match span {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", span / 60),
        3600..86_400 => format!("{} h ago", span / 3600),
        _ => format!("{} d ago", span / 86_400),
    }
}
