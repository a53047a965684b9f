//! Asks a health endpoint: one request, of whose answer only the status is read.

use std::{pin::pin, time::Duration};

use http_body_util::Empty;
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{ACCEPT, CONNECTION, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// Who does not answer within this does not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest head of an answer.
const HEAD: usize = 16 * 1024;

/// The status that comes; none where nothing does that is one.
pub(crate) async fn status(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    path: &str,
) -> Option<StatusCode> {
    let asked = async {
        let (mut asking, connection) =
            http1::Builder::new().max_buf_size(HEAD).handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await.ok()?;
        let request = Request::get(path)
            .header(HOST, "localhost")
            .header(USER_AGENT, "nebula")
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .body(Empty::new())
            .ok()?;
        let mut answer = pin!(asking.send_request(request));
        let answer = tokio::select! {
            answer = &mut answer => answer,
            // It goes on only while somebody drives it. Its end may come together with the answer.
            _ = connection => answer.await,
        };
        Some(answer.ok()?.status())
    };
    tokio::time::timeout(PATIENCE, asked).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    async fn asked(answer: &'static [u8]) -> Option<StatusCode> {
        let (ours, mut theirs) = duplex(1024);
        tokio::spawn(async move {
            let mut request = [0; 512];
            let read = theirs.read(&mut request).await.unwrap_or_default();
            assert!(request[..read].starts_with(b"GET /up?x=1 HTTP/1.1\r\n"));
            let _ = theirs.write_all(answer).await;
        });
        status(ours, "/up?x=1").await
    }

    #[tokio::test]
    async fn only_the_status_of_an_answer_counts() {
        assert_eq!(asked(b"HTTP/1.1 204 No Content\r\n\r\n").await, Some(StatusCode::NO_CONTENT));
        assert_eq!(
            asked(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 99999999\r\n\r\nx").await,
            Some(StatusCode::BAD_GATEWAY)
        );
        assert_eq!(asked(b"SSH-2.0-OpenSSH\r\n").await, None);
        assert_eq!(asked(b"").await, None);
    }
}
