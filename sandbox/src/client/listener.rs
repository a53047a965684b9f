//! The gateway connection behind a client: what happens, as it happens, into the state.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::watch, time::Instant};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message as Frame};

use super::{Error, Result, State, message::text_at};

const DISPATCH: u64 = 0;
const HEARTBEAT: u64 = 1;
const IDENTIFY: u64 = 2;
const RECONNECT: u64 = 7;
const INVALID_SESSION: u64 = 9;
const HELLO: u64 = 10;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Listener {
    socket: Socket,
    heartbeat: Duration,
    sequence: Option<u64>,
}

impl Listener {
    /// Connects and identifies; what the gateway says is then up to [`Self::run`].
    pub(crate) async fn connect(url: &str, token: &str) -> Result<Self> {
        let unreachable = |reason: String| Error::Unreachable { url: url.to_owned(), reason };
        let connected = tokio_tungstenite::connect_async(url).await;
        let (socket, _) = connected.map_err(|e| unreachable(e.to_string()))?;
        let mut listener = Self { socket, heartbeat: Duration::MAX, sequence: None };
        let hello = listener.next().await.map_err(|reason| Error::Closed { reason })?;
        match (hello["op"].as_u64(), hello["d"]["heartbeat_interval"].as_u64()) {
            (Some(HELLO), Some(interval)) => listener.heartbeat = Duration::from_millis(interval.max(1)),
            _ => return Err(unreachable(format!("the gateway began with {hello} and not with Hello"))),
        }
        let properties = json!({ "os": "linux", "browser": "sandbox", "device": "sandbox" });
        let identify = json!({ "op": IDENTIFY, "d": { "token": token, "properties": properties } });
        listener.send(&identify).await.map_err(|reason| Error::Closed { reason })?;
        Ok(listener)
    }

    /// Fills the state until the connection ends, and then says why in it.
    pub(crate) async fn run(mut self, state: Arc<watch::Sender<State>>) {
        let reason = loop {
            let first = Instant::now().checked_add(self.heartbeat).unwrap_or_else(Instant::now);
            if let Err(reason) = self.until(first, &state).await {
                break reason;
            }
        };
        tracing::debug!(reason, "the sandbox client's gateway ended");
        state.send_modify(|state| state.closed = Some(reason));
    }

    /// Takes in events until it is time for a heartbeat, and beats.
    async fn until(&mut self, beat: Instant, state: &watch::Sender<State>) -> Result<(), String> {
        while let Ok(payload) = tokio::time::timeout_at(beat, self.next()).await {
            let mut payload = payload?;
            match payload["op"].as_u64() {
                Some(DISPATCH) => {
                    self.sequence = payload["s"].as_u64().or(self.sequence);
                    let data = payload["d"].take();
                    state.send_modify(|state| state.apply(text_at(&payload, "t"), data));
                }
                Some(HEARTBEAT) => break,
                Some(RECONNECT) => return Err("it asked to reconnect".into()),
                Some(INVALID_SESSION) => return Err("it called the session invalid".into()),
                _ => {}
            }
        }
        self.send(&json!({ "op": HEARTBEAT, "d": self.sequence })).await
    }

    async fn send(&mut self, payload: &Value) -> Result<(), String> {
        self.socket.send(Frame::text(payload.to_string())).await.map_err(|e| e.to_string())
    }

    async fn next(&mut self) -> Result<Value, String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Frame::Text(text))) => return serde_json::from_str(&text).map_err(|e| e.to_string()),
                Some(Ok(Frame::Close(Some(close)))) => return Err(format!("{} {}", close.code, close.reason)),
                Some(Ok(Frame::Close(None))) | None => return Err("no reason given".into()),
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(e.to_string()),
            }
        }
    }
}
