//! `/oauth2/token`, and who somebody is by a token of it: the only requests of the API that are no bot's and no client's.

use super::request::percent_decoded;
use crate::server::Server;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// The largest form, in bytes.
const FORM: usize = 16 * 1024;

/// Exchanges a code. The application proves itself by HTTP Basic, or in the form.
pub(crate) async fn token(State(server): State<Arc<Server>>, headers: HeaderMap, body: Body) -> Response<Body> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !text(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        let words = json!({ "error": "invalid_request", "error_description": "The form must be urlencoded" });
        return (StatusCode::BAD_REQUEST, Json(words)).into_response();
    }
    let bytes = to_bytes(body, FORM).await.unwrap_or_default();
    let mut form = pairs(&String::from_utf8_lossy(&bytes));
    let basic = text(header::AUTHORIZATION).strip_prefix("Basic ").and_then(|basic| BASE64_STANDARD.decode(basic).ok());
    if let Some((id, secret)) = basic.and_then(|basic| String::from_utf8(basic).ok()?.split_once(':').map(owned)) {
        form.insert("client_id".to_owned(), id);
        form.insert("client_secret".to_owned(), secret);
    }
    match server.act(|world| world.exchange(&form)) {
        Ok(token) => Json(token).into_response(),
        Err((status, words)) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(words)).into_response()
        }
    }
}

fn owned((left, right): (&str, &str)) -> (String, String) {
    (left.to_owned(), right.to_owned())
}

fn pairs(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}
