//! `/sandbox/live`: what the bot does, told to the page while it happens.
//!
//! Text frames of JSON: first `{"snapshot": {"requests": […], "violations": […]}}` and `{"bot": {"online": …}}`, then each
//! `{"request": …}` and `{"violation": …}` and every change of `bot`, which also says how the bot looks.
//!
//! **Invariant:** a reader sees everything once and in order; one who falls behind is sent a new snapshot instead of a gap.

use crate::server::Server;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Requests a snapshot carries: a page shows no more.
const REQUESTS: usize = 500;
/// A page has nothing to say here.
const PAYLOAD: usize = 1024;

pub(crate) async fn connect(State(server): State<Arc<Server>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(PAYLOAD).on_upgrade(async move |mut socket| {
        // The reader is gone, and needs no reason.
        let _ = tell(&server, &mut socket).await;
    })
}

async fn tell(server: &Server, socket: &mut WebSocket) -> Result<(), axum::Error> {
    let (mut online, mut looks) = {
        let state = server.lock();
        (state.hub.online(), state.hub.looks.now())
    };
    let (snapshot, mut news) = snapshot(server);
    send(socket, &snapshot).await?;
    online.mark_changed();
    looks.mark_changed();
    loop {
        tokio::select! {
            () = server.stopping.cancelled() => {
                let frame = CloseFrame { code: 1001, reason: "Going away.".into() };
                return socket.send(Message::Close(Some(frame))).await;
            }
            changed = online.changed() => {
                let is = *online.borrow_and_update();
                if changed.is_ok() {
                    send(socket, &json!({"bot": {"online": is}})).await?;
                }
            }
            changed = looks.changed() => {
                let looks = looks.borrow_and_update().clone();
                if changed.is_ok() {
                    let words = crate::gateway::presence::words(&looks);
                    send(socket, &json!({"bot": {"status": looks["status"], "says": words}})).await?;
                }
            }
            one = news.recv() => match one {
                Ok(one) => send(socket, &json!(one)).await?,
                Err(RecvError::Lagged(_)) => {
                    let (all, next) = self::snapshot(server);
                    news = next;
                    send(socket, &all).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            },
        }
    }
}

/// Everything so far, and everything from now on: taken under one lock, so that nothing falls between.
fn snapshot(server: &Server) -> (Value, tokio::sync::broadcast::Receiver<crate::judge::News>) {
    let judge = server.judge();
    let all = json!({"snapshot": {"requests": judge.of_the_bot(REQUESTS), "violations": judge.violations()}});
    (all, judge.listen())
}

async fn send(socket: &mut WebSocket, frame: &Value) -> Result<(), axum::Error> {
    socket.send(Message::text(frame.to_string())).await
}
