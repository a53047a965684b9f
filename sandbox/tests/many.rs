//! A bot that is in many guilds, and one that hears a lot.
#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]

use futures::{SinkExt, StreamExt};
use sandbox::{Flood, Options, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// `GUILDS`, `GUILD_MESSAGES`, `GUILD_MESSAGE_REACTIONS`, `GUILD_MESSAGE_TYPING`.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 10 | 1 << 11;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection that has identified; the next it reads is READY, or that it was refused.
async fn identified(sandbox: &Sandbox) -> Socket {
    let (mut socket, _) = tokio_tungstenite::connect_async(sandbox.gateway_url()).await.unwrap();
    let hello = socket.next().await.unwrap().unwrap();
    assert!(hello.to_text().unwrap().contains("heartbeat_interval"));
    let data = json!({"token": sandbox.bot_token(), "intents": INTENTS, "properties": {"os": "linux"}});
    socket.send(Message::text(json!({"op": 2, "d": data}).to_string())).await.unwrap();
    socket
}

async fn next(socket: &mut Socket) -> Value {
    serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn a_bot_in_many_guilds_is_told_of_each_but_of_nobody_who_is_offline() {
    let sandbox = Sandbox::start(Options { guilds: 300, members: 60, ..Options::default() }).await.unwrap();
    assert_eq!(sandbox.accounts().len(), 3, "nobody acts as those people");
    let mut bot = identified(&sandbox).await;
    let ready = next(&mut bot).await;
    assert_eq!(ready["d"]["guilds"].as_array().unwrap().len(), 301);
    let mut large = 0;
    for _ in 0..301 {
        let created = next(&mut bot).await;
        assert_eq!(created["t"], "GUILD_CREATE");
        let guild = &created["d"];
        let length = |list: &str| guild[list].as_array().unwrap().len();
        assert_eq!(length("members"), 1);
        assert_eq!(guild["members"][0]["user"]["id"], sandbox.application_id());
        if guild["large"] == true {
            assert_eq!((length("channels"), length("roles")), (15, 10));
            assert_eq!(guild["member_count"], 60);
            large += 1;
        }
    }
    assert_eq!(large, 300);
}

#[tokio::test]
async fn more_guilds_than_a_shard_may_hold_ask_for_another_shard() {
    let sandbox = Sandbox::start(Options { guilds: 2_500, members: 2, ..Options::default() }).await.unwrap();
    let mut bot = identified(&sandbox).await;
    let Message::Close(Some(frame)) = bot.next().await.unwrap().unwrap() else { panic!("it was not closed") };
    assert_eq!(u16::from(frame.code), 4011);
}

#[tokio::test]
async fn a_flood_arrives_whole_and_in_order() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let mut bot = identified(&sandbox).await;
    assert_eq!(next(&mut bot).await["t"], "READY");
    assert_eq!(next(&mut bot).await["t"], "GUILD_CREATE");
    // More than may wait for a connection at once, twice over.
    let flooding = async { sandbox.flood(Flood::Mix, 10_000).await };
    let reading = async {
        let mut kinds = BTreeSet::new();
        for sequence in 3..10_003 {
            let event = next(&mut bot).await;
            assert_eq!(event["s"], sequence);
            kinds.insert(event["t"].as_str().unwrap().to_owned());
        }
        kinds
    };
    let (sent, kinds) = futures::join!(flooding, reading);
    assert!((10_000..10_300).contains(&sent), "{sent}");
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "CHANNEL_UPDATE",
            "MESSAGE_CREATE",
            "MESSAGE_DELETE",
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_UPDATE",
            "THREAD_CREATE",
            "THREAD_DELETE",
            "THREAD_UPDATE",
            "TYPING_START",
        ]
    );
    assert!(sandbox.bot_is_connected() && sandbox.violations().is_empty());
}

#[tokio::test]
async fn a_flood_ends_where_nobody_hears_it() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    assert_eq!(sandbox.flood(Flood::Messages, 1_000).await, 0);
}
