//! Overlays: from an event to every page that shows it, and what a page costs that is open.

use std::time::{Duration, Instant};

use base::{Clock, Redactor};
use overlays::{Event, Happened, Overlays};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

use crate::{ours::row, people::Person, process::memory, world::World};

/// Pages of one overlay, and events that they show.
const PAGES: usize = 100;
const EVENTS: usize = 40;
/// Pages that are open, of ten overlays.
const MANY: usize = 1_000;
const OVERLAYS: usize = 10;

/// Prints a table.
pub(crate) async fn print() {
    println!("\n| overlays | p50 | p99 | most |\n|---|---|---|---|");
    told().await;
    open().await;
    moving().await;
}

/// Makes an overlay; the answer is the host and the path of its events.
async fn made(admin: &Person, name: &str) -> (String, String) {
    let told = admin.ask(&format!("/overlay create name:{name} kind:alerts")).await;
    let text = told.until("Made").await.text();
    let address = text.lines().find(|line| line.contains("/o/")).unwrap().trim();
    let (host, path) = address.trim_start_matches("http://").split_once('/').unwrap();
    // Only browsers know by themselves where its host is.
    let (_, port) = host.rsplit_once(':').unwrap();
    (format!("127.0.0.1:{port}"), format!("/{path}/events"))
}

/// A page that is open.
async fn page((host, path): &(String, String)) -> TcpStream {
    let mut page = TcpStream::connect(host).await.unwrap();
    page.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let (mut read, mut some) = (Vec::new(), [0; 4_096]);
    while !String::from_utf8_lossy(&read).contains("event: hello") {
        let count = page.read(&mut some).await.unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&some[..count]);
    }
    page
}

/// From the request that tells of a donation to its arrival at each of a hundred pages.
async fn told() {
    let world = World::start().await;
    let admin = world.admin().await;
    let address = made(&admin, "alerts").await;
    let told = admin.ask("/overlay rotate overlay:alerts what:donations").await;
    let text = told.until("Rotated").await.text();
    let hook = text.lines().find(|line| line.contains("/o/hooks/")).unwrap().trim().to_owned();
    let (heard, mut arrivals) = mpsc::unbounded_channel();
    for _ in 0..PAGES {
        let (mut page, heard) = (page(&address).await, heard.clone());
        tokio::spawn(async move {
            let mut some = [0; 4_096];
            while let Ok(count) = page.read(&mut some).await {
                let now = Instant::now();
                let shown = String::from_utf8_lossy(&some[..count]).matches("event: show").count();
                for _ in 0..shown {
                    let _ = heard.send(now);
                }
                if count == 0 {
                    break;
                }
            }
        });
    }
    let (web, mut each, mut last) = (reqwest::Client::new(), Vec::new(), Vec::new());
    for number in 0..EVENTS {
        let body = format!(r#"{{"id":{number},"name":"Ada","amount":5,"currency":"EUR"}}"#);
        let began = Instant::now();
        let sent = tokio::spawn(web.post(&hook).body(body).send());
        let mut latest = Duration::ZERO;
        for _ in 0..PAGES {
            let took = arrivals.recv().await.unwrap().duration_since(began);
            latest = latest.max(took);
            each.push(took);
        }
        last.push(latest);
        assert_eq!(sent.await.unwrap().unwrap().status(), 202);
        // More than thirty at once are refused: what is measured is what is taken.
        tokio::time::sleep(Duration::from_millis(if number < 20 { 20 } else { 1_010 })).await;
    }
    row("a donation told → each of 100 open pages (p99 ≤ 20 ms)", each);
    row("a donation told → the last of 100 open pages", last);
    world.end().await;
}

/// How smoothly pages move in Chromium without a graphics card, while something happens four times a second.
async fn moving() {
    println!(
        "\n| an overlay of 1920 × 1080 in Chromium | pictures a second | longest of 99 % | its own work |\n|---|---|---|---|"
    );
    let world = World::start().await;
    for page in crate::moving::move_all(&world, 20).await {
        println!("| {} | {:.0} | {:.1} ms | {:.1} % |", page.name, page.frames, page.longest, page.busy * 100.0);
    }
    world.end().await;
}

/// What a thousand pages take that are open, and are told of something.
async fn open() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut addresses = Vec::new();
    for number in 0..OVERLAYS {
        addresses.push(made(&admin, &format!("alerts-{number}")).await);
    }
    let before = memory(world.pid());
    let mut pages = Vec::new();
    for number in 0..MANY {
        pages.push(page(&addresses[number % OVERLAYS]).await);
    }
    let store = world.store().await;
    let overlays = Overlays::new(store.clone(), Clock::system(), Redactor::default());
    for number in 0..20 {
        let event = Event::new(Happened::Follow, format!("follower {number}"));
        overlays.show(world.guild(), event).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(12)).await;
    println!(
        "\n| memory more, {MANY} pages of {OVERLAYS} overlays open (≤ 120 MiB) | {:.0} MiB |",
        memory(world.pid()) - before
    );
    drop(pages);
    store.close().await;
    world.end().await;
}
