//! Files of messages, where cdn.discordapp.com would have them.

use crate::server::Server;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

/// `/attachments/{channel}/{id}/{filename}`. Like Discord's CDN it asks for no token; the numbers in it are the secret.
pub(crate) async fn attachment(
    State(server): State<Arc<Server>>,
    Path((channel, id, filename)): Path<(u64, u64, String)>,
) -> Response<Body> {
    let found = server.look(|world| {
        let file = world.attachments.get(&id).filter(|file| file.channel == channel && file.filename == filename)?;
        Some((file.content_type.clone(), file.bytes.clone()))
    });
    let Some((kind, bytes)) = found else {
        let mut response = Response::new(Body::from("This content is no longer available."));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    // The page is served from the same origin: an uploaded HTML or SVG file must not run there as a document.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
