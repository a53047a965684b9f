//! Pages as OBS opens them, without a browser: what they are told, in order.

use std::time::Duration;

use base::{Clock, Redactor};
use overlays::{Event, Happened, Overlays};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::{
    people::{Person, Shown},
    world::{SOON, World},
};

/// The address on a card, as it stands there in a block of its own. Only browsers know by themselves what its host is.
pub(crate) fn shown_address(told: &Shown) -> String {
    let text = told.text();
    let line = text.lines().find(|line| line.contains("://") && line.contains("/o/"));
    line.unwrap_or_else(|| panic!("no address in {text}")).trim().to_owned()
}

/// The same for whoever is no browser.
pub(crate) fn address(told: &Shown) -> String {
    let shown = shown_address(told);
    let Some((_, rest)) = shown.split_once(".localhost:") else { return shown };
    format!("http://127.0.0.1:{rest}")
}

/// The key in an address.
pub(crate) fn key(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// Makes an overlay; the answer is where its page is.
pub(crate) async fn made(admin: &Person, name: &str, kind: &str) -> String {
    let told = admin.ask(&format!("/overlay create name:{name} kind:\"{kind}\"")).await;
    told.until("Made").await;
    address(&told)
}

/// What is answered at an address.
pub(crate) async fn opened(address: &str) -> (u16, reqwest::header::HeaderMap, String) {
    let answer = reqwest::get(address).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

/// Something happens on the stream, as another process on the same database tells of it.
pub(crate) async fn happens(world: &World, events: impl IntoIterator<Item = Event>) {
    let store = world.store().await;
    let overlays = Overlays::new(store.clone(), Clock::system(), Redactor::default());
    for event in events {
        overlays.show(world.guild(), event).await.unwrap();
    }
    store.close().await;
}

/// A follow of somebody.
pub(crate) fn follow(name: &str) -> Event {
    Event::new(Happened::Follow, name)
}

/// From its next start on, the bot's pages are at the same place again.
pub(crate) async fn stays(world: &mut World) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.set_environment("NEBULA_WEB", &free.to_string());
    assert!(world.stop_bot().await);
    world.start_bot().await;
}

/// A page that is open.
pub(crate) struct Page {
    answer: Response,
    read: String,
    /// What it was told of last.
    pub(crate) last: String,
    pub(crate) hello: Value,
}

impl Page {
    /// Opens one anew.
    pub(crate) async fn open(address: &str) -> Self {
        Self::after(address, None).await
    }

    /// One that was cut off comes back.
    pub(crate) async fn after(address: &str, last: Option<&str>) -> Self {
        let mut ask = Client::new().get(format!("{address}/events"));
        if let Some(last) = last {
            ask = ask.header("Last-Event-ID", last);
        }
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut page = Self { answer, read: String::new(), last: String::new(), hello: Value::Null };
        page.hello = page.hears("hello").await;
        page
    }

    /// What it is told next, but for beats; none where it is let go.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((one, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| one.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let (event, data) = (field("event: ").unwrap(), field("data: ").unwrap());
                if let Some(id) = field("id: ") {
                    self.last = id;
                }
                let left = rest.to_owned();
                self.read = left;
                if event != "beat" {
                    return Some((event, serde_json::from_str(&data).unwrap()));
                }
            }
            // A connection that breaks off is one that is let go.
            let chunk = self.answer.chunk().await.ok().flatten()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// What it is told of this kind next.
    pub(crate) async fn hears(&mut self, wanted: &str) -> Value {
        let heard = async {
            loop {
                let (event, data) = self.next().await.expect("it is told more");
                if event == wanted {
                    return data;
                }
            }
        };
        tokio::time::timeout(SOON, heard).await.unwrap_or_else(|_| panic!("it is told {wanted}"))
    }

    /// What it shows next.
    pub(crate) async fn shows(&mut self) -> Value {
        self.hears("show").await
    }

    /// Whether it is shown nothing for a while.
    pub(crate) async fn shows_nothing(&mut self) {
        let more = tokio::time::timeout(Duration::from_millis(1_500), self.hears("show")).await;
        assert!(more.is_err(), "it shows {more:?}");
    }

    /// It is let go.
    pub(crate) async fn ends(&mut self) {
        let ended = async { while self.next().await.is_some() {} };
        tokio::time::timeout(SOON, ended).await.expect("it ends");
    }
}
