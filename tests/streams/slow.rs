//! Whoever sends a byte at a time is let go, at every door through which something is sent.

use std::time::Duration;

use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::seen::beside;
use crate::world::World;

/// Nobody is let go sooner than this, and by then whoever did not send everything is.
const PATIENCE: Duration = Duration::from_secs(9);
const LET_GO_BY: Duration = Duration::from_secs(20);
/// The same of whoever does not even say what for.
const HEAD_BY: Duration = Duration::from_secs(45);

/// What is answered to whoever sends a byte now and then, and after how long.
async fn trickles(at: &str, path: &str) -> (String, Duration) {
    let (mut read, mut write) = TcpStream::connect(at).await.unwrap().into_split();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 1000\r\n\r\n");
    write.write_all(head.as_bytes()).await.unwrap();
    let since = Instant::now();
    let sends = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let mut told = Vec::new();
    // It ends: also where the end is that nobody listens any more.
    let ended = timeout(LET_GO_BY, read.read_to_end(&mut told)).await;
    assert!(ended.is_ok(), "{path}: {}", String::from_utf8_lossy(&told));
    sends.abort();
    (String::from_utf8_lossy(&told).lines().next().unwrap_or_default().to_owned(), since.elapsed())
}

/// After how long a connection is ended over which this is all that ever comes.
async fn stops_at(at: &str, said: &str) -> Duration {
    let mut connection = TcpStream::connect(at).await.unwrap();
    connection.write_all(said.as_bytes()).await.unwrap();
    let (since, mut told) = (Instant::now(), Vec::new());
    // How it ends says the system.
    let ended = timeout(HEAD_BY, connection.read_to_end(&mut told)).await;
    assert!(ended.is_ok(), "after {said:?} it is held for ever");
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_too_slowly_is_let_go() {
    let mut world = World::start().await;
    let _clouds = beside(&mut world).await;
    let at = world.web().replace("http://", "");
    let doors = ["/hooks/twitch", "/hooks/kick", "/hooks/youtube/UC1/00", "/o/hooks/key"];
    let slow = join_all(doors.map(|path| trickles(&at, path)));
    let quick = async {
        // Nobody else waits for them.
        for path in doors {
            let answer = reqwest::Client::new().post(format!("http://{at}{path}")).body("{}").send().await.unwrap();
            assert!([403, 404].contains(&answer.status().as_u16()), "{path}");
        }
    };
    let silent = join_all(["", "POST /hooks/kick HTTP/1.1\r\nHost"].map(|said| stops_at(&at, said)));
    let (slow, silent, ()) = tokio::join!(slow, silent, quick);
    assert!(silent.iter().all(|after| *after >= PATIENCE), "{silent:?}");
    for ((told, after), path) in slow.into_iter().zip(doors) {
        assert_eq!(told, "HTTP/1.1 408 Request Timeout", "{path}");
        assert!(after >= PATIENCE, "{path}: {after:?}");
    }
    world.end().await;
}
