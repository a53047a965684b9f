//! The connections that pages come over.
//!
//! **Invariant:** whoever says nothing, says it too slowly or takes nothing of what is sent to them is let go, and costs nobody else.

use std::{pin::pin, time::Duration};

use axum::{
    Router,
    serve::{Listener, ListenerExt},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;

/// Whoever asks has said what for by then; a connection over which nothing more is asked is as old as that at most.
const HEAD_BY: Duration = Duration::from_secs(30);
/// What is asked for is told in so many bytes.
const HEAD: usize = 64 * 1024;
/// What was sent and is not taken for so long is not taken any more: the page is let go, and comes back.
const TAKEN_BY: Duration = Duration::from_secs(20);

/// Answers until it is stopped, and then until all that was begun is told.
pub(super) async fn answer(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    let mut listener = listener.tap_io(|connection| {
        let socket = socket2::SockRef::from(&*connection);
        let set = socket.set_tcp_nodelay(true).and_then(|()| socket.set_tcp_user_timeout(Some(TAKEN_BY)));
        if let Err(error) = set {
            tracing::debug!(%error, "a connection keeps the system's own patience");
        }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_BY).max_buf_size(HEAD);
    let (graceful, mut stopped) = (GracefulShutdown::new(), pin!(stopped));
    loop {
        let (connection, _) = tokio::select! {
            biased;
            () = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(server.serve_connection(TokioIo::new(connection), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
