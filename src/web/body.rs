//! What is sent to us, whole: no larger than it may be, and in time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Who sends something has sent all of it by then.
const SENT_BY: Duration = Duration::from_secs(10);

/// Why it was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// There is more than that.
    TooLarge(usize),
    /// Whoever sends it is too slow, or went away.
    TooSlow,
}

/// All that is sent, of so many bytes at most.
pub(super) async fn whole(body: Body, most: usize) -> Result<Bytes, Unread> {
    match tokio::time::timeout(SENT_BY, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Unread::TooLarge(most)),
        Err(_) => Err(Unread::TooSlow),
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        // What is still on its way belongs to no request after this one.
        let close = [(header::CONNECTION, "close")];
        match self {
            Self::TooLarge(most) => {
                (StatusCode::PAYLOAD_TOO_LARGE, close, format!("at most {} KiB\n", most >> 10)).into_response()
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, close, "it took too long\n").into_response(),
        }
    }
}
