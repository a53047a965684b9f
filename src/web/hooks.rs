//! Where platforms tell us of streams: what is signed is kept and answered, and done after that.
//!
//! **Invariant:** nothing is answered to whoever did not sign but that it was refused, and nothing of them is kept.

use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use streams::{Came, LARGEST_EVENT, Place, Reply};

use super::{Pages, body};

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/hooks/twitch", post(twitch))
        .route("/hooks/kick", post(kick))
        .route("/hooks/youtube/{channel}/{proof}", get(asked_by_hub).post(hub))
}

/// Headers as a service reads them.
#[derive(Debug)]
struct Headers(HeaderMap);

impl streams::Header for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.get_all(name).iter();
        let first = all.next()?;
        // Which of two is meant nobody can say.
        if all.next().is_some() { None } else { first.to_str().ok() }
    }
}

/// Where the hub of YouTube's feeds comes, as it stands in the address.
#[derive(Debug, Deserialize)]
struct At {
    channel: String,
    proof: String,
}

impl At {
    fn place(&self) -> Place<'_> {
        Place { channel: &self.channel, proof: &self.proof }
    }
}

async fn twitch(State(pages): State<Pages>, headers: HeaderMap, body: Body) -> Response {
    let Some(streams) = &pages.streams else { return gone() };
    match body::whole(body, LARGEST_EVENT).await {
        Ok(body) => answer(streams.heard_from_twitch(Came { header: &Headers(headers), body: &body }).await),
        Err(unread) => unread.into_response(),
    }
}

async fn kick(State(pages): State<Pages>, headers: HeaderMap, body: Body) -> Response {
    let Some(streams) = &pages.streams else { return gone() };
    match body::whole(body, LARGEST_EVENT).await {
        Ok(body) => answer(streams.heard_from_kick(Came { header: &Headers(headers), body: &body }).await),
        Err(unread) => unread.into_response(),
    }
}

async fn hub(State(pages): State<Pages>, Path(at): Path<At>, headers: HeaderMap, body: Body) -> Response {
    let Some(streams) = &pages.streams else { return gone() };
    match body::whole(body, LARGEST_EVENT).await {
        Ok(body) => answer(streams.heard_from_hub(at.place(), Came { header: &Headers(headers), body: &body }).await),
        Err(unread) => unread.into_response(),
    }
}

async fn asked_by_hub(
    State(pages): State<Pages>,
    Path(at): Path<At>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let Some(streams) = &pages.streams else { return gone() };
    answer(streams.asked_by_hub(at.place(), &query).await)
}

fn gone() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn answer(reply: base::Result<Reply>) -> Response {
    match reply {
        Ok(Reply::Taken) => StatusCode::NO_CONTENT.into_response(),
        Ok(Reply::Word(word)) => ([(header::CONTENT_TYPE, "text/plain")], word).into_response(),
        Ok(Reply::Refused) => StatusCode::FORBIDDEN.into_response(),
        Ok(Reply::Unknown) => StatusCode::NOT_FOUND.into_response(),
        Ok(Reply::Later) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(error) => {
            tracing::warn!("an event of a platform's was not kept: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
