//! Where platforms tell us of streams: what is signed is kept and answered, and done after that.
//!
//! **Invariant:** nothing is answered to whoever did not sign but that it was refused, and nothing of them is kept.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use streams::{Came, LARGEST_EVENT, Reply};

use super::Pages;

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/hooks/twitch", post(twitch))
        .route("/hooks/kick", post(kick))
        .route("/hooks/youtube", get(asked_by_hub).post(hub))
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

async fn twitch(State(pages): State<Pages>, headers: HeaderMap, body: Body) -> Response {
    let (headers, Some(body)) = (Headers(headers), whole(body).await) else { return too_large() };
    let Some(streams) = &pages.streams else { return gone() };
    answer(streams.heard_from_twitch(Came { header: &headers, body: &body }).await)
}

async fn kick(State(pages): State<Pages>, headers: HeaderMap, body: Body) -> Response {
    let (headers, Some(body)) = (Headers(headers), whole(body).await) else { return too_large() };
    let Some(streams) = &pages.streams else { return gone() };
    answer(streams.heard_from_kick(Came { header: &headers, body: &body }).await)
}

async fn hub(State(pages): State<Pages>, headers: HeaderMap, body: Body) -> Response {
    let (headers, Some(body)) = (Headers(headers), whole(body).await) else { return too_large() };
    let Some(streams) = &pages.streams else { return gone() };
    answer(streams.heard_from_hub(Came { header: &headers, body: &body }).await)
}

async fn asked_by_hub(State(pages): State<Pages>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let Some(streams) = &pages.streams else { return gone() };
    answer(streams.asked_by_hub(&query).await)
}

/// All that was sent; none where that is too much.
async fn whole(body: Body) -> Option<Bytes> {
    axum::body::to_bytes(body, LARGEST_EVENT).await.ok()
}

fn too_large() -> Response {
    StatusCode::PAYLOAD_TOO_LARGE.into_response()
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
