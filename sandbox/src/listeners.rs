//! Accepts connections, in TLS and in plain HTTP, on loopback only.
//!
//! **Invariant:** an accept loop ends only when the sandbox stops. A connection that says nothing, handshakes badly or breaks off
//! costs itself and nobody else.

use crate::rest::HangUp;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// A client has this long to finish its handshake, and as long for its headers.
const PATIENCE: Duration = Duration::from_secs(10);
/// After an accept failed (out of file descriptors, mostly), wait before the next try instead of spinning.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

pub(crate) async fn bind(port: Option<u16>) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))).await
}

pub(crate) fn serve_plain(listener: TcpListener, router: Router, stopping: CancellationToken) {
    tokio::spawn(accept(listener, stopping, move |stream, stopping| {
        let router = router.clone();
        async move { serve(stream, router, stopping).await }
    }));
}

pub(crate) fn serve_tls(
    listener: TcpListener,
    config: Arc<rustls::ServerConfig>,
    router: Router,
    stopping: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(config);
    tokio::spawn(accept(listener, stopping, move |stream, stopping| {
        let (router, acceptor) = (router.clone(), acceptor.clone());
        async move {
            match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => serve(stream, router, stopping).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        }
    }));
}

async fn accept<F, R>(listener: TcpListener, stopping: CancellationToken, connected: F)
where
    F: Fn(TcpStream, CancellationToken) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    loop {
        let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await else { return };
        match accepted {
            Ok((stream, _)) => {
                // Small answers must not wait for more to come.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps Nagle's algorithm");
                }
                tokio::spawn(connected(stream, stopping.clone()));
            }
            Err(error) => {
                tracing::debug!(%error, "an accept failed");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    router: Router,
    stopping: CancellationToken,
) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    let router = TowerToHyperService::new(router);
    // An error instead of an answer is how hyper is told to close without one.
    let service = service_fn(move |request| {
        let answering = router.call(request);
        async move {
            let Ok(response) = answering.await;
            let lost = response.extensions().get::<HangUp>().is_some();
            if lost { Err(std::io::Error::other("a fault takes the answer")) } else { Ok(response) }
        }
    });
    let connection = server.serve_connection(TokioIo::new(stream), service).with_upgrades();
    if let Some(Err(error)) = stopping.run_until_cancelled(connection).await {
        tracing::debug!(%error, "a connection broke off");
    }
}
