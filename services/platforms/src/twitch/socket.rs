//! What Twitch tells over a connection of ours, a websocket.
//!
//! **Invariants:** nothing is ever sent there but the answers to its pings, and no token is. What comes has a size, and silence an end:
//! Twitch says itself how long it is never silent.

use std::time::Duration;

use futures::StreamExt;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::Twitch;
use crate::{Answered, Failure};

/// A connection stands, and says who it is, within this.
const WELCOME: Duration = Duration::from_secs(15);
/// Twitch says something at least so often, in seconds.
const ALIVE: &str = "10";
/// What it says is on its way for no longer than this.
const LATE: Duration = Duration::from_secs(3);
/// Nothing that it says is longer, in bytes.
const LARGEST: usize = 1024 * 1024;

/// A connection over which Twitch tells.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    /// It is never silent for longer.
    silent: Duration,
}

/// Something that Twitch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id: told twice, it is the same.
    pub id: String,
    /// What kind of event it is.
    pub kind: String,
    /// All it says, as it would come to an address of ours: `subscription` and `event`.
    pub body: String,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Happened(Event),
    /// It tells of something no longer; the event's kind is what of, and this is Twitch's name of the subscription.
    Revoked(Event, String),
    /// It goes on at this address: what was subscribed to goes along.
    Moves(Url),
    /// It is there.
    Alive,
}

/// Why nothing comes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was closed, under this code.
    #[error("Twitch closed the connection ({0}: {meant})", meant = meant(*.0))]
    Closed(u16),
    /// Nothing came for longer than it is ever silent.
    #[error("Twitch fell silent")]
    Silent,
    /// It broke off.
    #[error("the connection broke off")]
    Broken,
}

impl Ended {
    /// Whether it is for something that we do wrong.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Closed(SPOKEN_TO | WRONG_PLACE))
    }
}

/// Nothing is ever to be said there.
const SPOKEN_TO: u16 = 4001;
/// We went on at an address that Twitch did not give.
const WRONG_PLACE: u16 = 4007;

/// What a code means, as Twitch's own list has it.
fn meant(code: u16) -> &'static str {
    match code {
        4000 => "it has trouble of its own",
        SPOKEN_TO => "something was said there",
        4002 => "its pings were not answered",
        4003 => "nothing was asked for in time",
        4004 => "it was not gone on with elsewhere in time",
        4005 | 4006 => "the network failed",
        WRONG_PLACE => "it was gone on with at a wrong address",
        _ => "it does not say why",
    }
}

#[derive(Deserialize)]
struct Said {
    metadata: Metadata,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    message_id: String,
    message_type: String,
    #[serde(default)]
    subscription_type: String,
}

/// What one message of it means. None is nothing that we know.
fn read(text: &str) -> Option<Read> {
    let said: Said = serde_json::from_str(text).ok()?;
    let (metadata, payload) = (said.metadata, said.payload);
    let event = |metadata: Metadata, payload: &Value| Event {
        id: metadata.message_id,
        kind: metadata.subscription_type,
        body: payload.to_string(),
    };
    match metadata.message_type.as_str() {
        "session_welcome" => {
            let session = &payload["session"];
            let alive = session["keepalive_timeout_seconds"].as_u64().unwrap_or(10).clamp(1, 600);
            Some(Read::Welcome(session["id"].as_str()?.to_owned(), Duration::from_secs(alive)))
        }
        "session_keepalive" => Some(Read::Told(Told::Alive)),
        "notification" => Some(Read::Told(Told::Happened(event(metadata, &payload)))),
        "revocation" => {
            let theirs = payload["subscription"]["id"].as_str().unwrap_or_default().to_owned();
            Some(Read::Told(Told::Revoked(event(metadata, &payload), theirs)))
        }
        "session_reconnect" => {
            let address = payload["session"]["reconnect_url"].as_str()?;
            Some(Read::Told(Told::Moves(Url::parse(address).ok()?)))
        }
        _ => None,
    }
}

enum Read {
    Welcome(String, Duration),
    Told(Told),
}

impl Twitch {
    /// Connects, and hears who the connection is. What it tells of is then asked for under that name, within ten seconds.
    pub async fn socket(&self) -> Answered<Socket> {
        self.opened(self.hosts.events.asked("ws", &[("keepalive_timeout_seconds", ALIVE)])).await
    }

    /// Goes on where Twitch said. The one before is kept until this one is there.
    pub async fn moved(&self, to: &Url) -> Answered<Socket> {
        if !self.hosts.events.may_lead(to) {
            return Err(Failure::NotUnderstood("it leads to somebody else's place"));
        }
        self.opened(to.clone()).await
    }

    async fn opened(&self, url: Url) -> Answered<Socket> {
        let late = |_| Failure::Unreachable("no answer came in time");
        tokio::time::timeout(WELCOME, opened(url)).await.map_err(late)?
    }
}

async fn opened(url: Url) -> Answered<Socket> {
    let limits = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let connected = connect_async_with_config(url.as_str(), Some(limits), true).await;
    // The error names the address.
    let (stream, _) = connected.map_err(|_| Failure::Unreachable("no connection stands"))?;
    let mut socket = Socket { stream, session: String::new(), silent: WELCOME };
    loop {
        match socket.heard().await {
            Ok(Some(Read::Welcome(session, alive))) => {
                (socket.session, socket.silent) = (session, alive + LATE);
                return Ok(socket);
            }
            Ok(_) => {}
            Err(_) => return Err(Failure::Unreachable("the connection broke off")),
        }
    }
}

impl Socket {
    /// Its name, under which it is told what to tell of.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// What comes next. Whoever stops waiting misses nothing.
    pub async fn next(&mut self) -> Result<Told, Ended> {
        match tokio::time::timeout(self.silent, self.heard()).await {
            Err(_) => Err(Ended::Silent),
            Ok(Ok(Some(Read::Told(told)))) => Ok(told),
            // A ping, or something new that we do not know.
            Ok(Ok(_)) => Ok(Told::Alive),
            Ok(Err(ended)) => Err(ended),
        }
    }

    async fn heard(&mut self) -> Result<Option<Read>, Ended> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Ok(read(&text)),
            Some(Ok(Message::Close(why))) => Err(Ended::Closed(why.map_or(1005, |why| why.code.into()))),
            Some(Ok(_)) => Ok(None),
            Some(Err(_)) | None => Err(Ended::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_twitch_says_is_read_as_it_would_come_to_an_address_of_ours() {
        let said = r#"{"metadata":{"message_id":"m-1","message_type":"notification","message_timestamp":"x","subscription_type":"stream.online","subscription_version":"1"},
            "payload":{"subscription":{"id":"s-1","type":"stream.online"},"event":{"broadcaster_user_id":"1"}}}"#;
        let Some(Read::Told(Told::Happened(event))) = read(said) else { panic!("it happened") };
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("m-1", "stream.online"));
        let body: Value = serde_json::from_str(&event.body).unwrap();
        assert_eq!((&body["subscription"]["id"], &body["event"]["broadcaster_user_id"]), (&"s-1".into(), &"1".into()));
        let moves = r#"{"metadata":{"message_id":"m","message_type":"session_reconnect"},"payload":{"session":{"id":"a","reconnect_url":"wss://eventsub.wss.twitch.tv/ws?id=a"}}}"#;
        assert!(matches!(read(moves), Some(Read::Told(Told::Moves(_)))));
        let odd = r#"{"metadata":{"message_type":"session_reconnect"},"payload":{"session":{"reconnect_url":null}}}"#;
        assert!(
            read(odd).is_none() && read("[]").is_none() && read(r#"{"metadata":{"message_type":"new"}}"#).is_none()
        );
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_is_too_odd_to_be_passed_over(said in ".{0,200}") {
            let _ = read(&said);
        }
    }
}
