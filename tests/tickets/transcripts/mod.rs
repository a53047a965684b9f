//! What is said in tickets: written down, read when it is gone from Discord, found, kept no longer than wanted, and forgotten.

pub(crate) mod browser;
mod forgotten;
mod found;
mod made;
mod read;

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use store::tickets::{Message, Ticket};

use super::desk::Desk;
use crate::{
    people::downloaded,
    world::{SOON, World},
};

/// A file, as a phone sends it.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// Sends a message with files, as a client does.
pub(super) async fn sends(
    world: &World,
    person: &str,
    thread: &str,
    text: &str,
    files: &[(&str, &str, &[u8])],
) -> Value {
    let token = world.sandbox.accounts().into_iter().find(|one| one.name == person).unwrap().token;
    let mut form = reqwest::multipart::Form::new().text("payload_json", json!({ "content": text }).to_string());
    for (at, (name, kind, bytes)) in files.iter().enumerate() {
        let part =
            reqwest::multipart::Part::bytes(bytes.to_vec()).file_name((*name).to_owned()).mime_str(kind).unwrap();
        form = form.part(format!("files[{at}]"), part);
    }
    let url = format!("{}/api/v10/channels/{thread}/messages", world.sandbox.page_url());
    let sent = Client::new().post(url).header("authorization", token).multipart(form).send().await.unwrap();
    assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
    sent.json().await.unwrap()
}

async fn ticket(world: &World, number: i64) -> Ticket {
    let store = world.store().await;
    let ticket = store.ticket(world.guild(), number).await.unwrap().unwrap();
    store.close().await;
    ticket
}

/// What was written down of a ticket.
pub(super) async fn written(world: &World, number: i64) -> Vec<Message> {
    let store = world.store().await;
    let ticket = store.ticket(world.guild(), number).await.unwrap().unwrap();
    let all = store.ticket_messages(&ticket, 0, 500).await.unwrap();
    store.close().await;
    all
}

/// Waits until what was written down is so.
pub(super) async fn until_written(world: &World, number: i64, what: &str, holds: impl Fn(&[Message]) -> bool) {
    let is_so = async {
        while !holds(&written(world, number).await) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(SOON, is_so).await;
    assert!(waited.is_ok(), "waited in vain until {what}: {:#?}", written(world, number).await);
}

/// Waits until so many transcripts of a ticket were made.
async fn until_made(world: &World, number: i64, made: i64) {
    let (store, ticket) = (world.store().await, ticket(world, number).await);
    let is_made = async {
        while store.transcript(&ticket).await.unwrap().is_none_or(|one| one.made < made) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(SOON, is_made).await.unwrap_or_else(|_| panic!("no transcript is made:\n{}", world.log()));
    store.close().await;
}

/// The files of transcripts that stand in a channel, by their name.
pub(super) async fn posted(world: &World, channel: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for message in world.sandbox.messages(channel) {
        for file in message["attachments"].as_array().into_iter().flatten() {
            let Some(bytes) = downloaded(&world.sandbox.page_url(), file["url"].as_str().unwrap()).await else {
                continue;
            };
            all.push((file["filename"].as_str().unwrap().to_owned(), String::from_utf8(bytes).unwrap()));
        }
    }
    all.sort();
    all
}

/// Waits until so many files stand there.
async fn until_posted(world: &World, channel: &str, count: usize) -> Vec<(String, String)> {
    let files = async {
        loop {
            let all = posted(world, channel).await;
            if all.len() == count {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(SOON, files).await.unwrap_or_else(|_| panic!("not {count} files are there:\n{}", world.log()))
}

/// A channel that only staff read, where transcripts are posted.
pub(super) async fn with_log(world: &World, desk: &Desk) -> String {
    let channels = format!("/guilds/{}/channels", world.guild());
    let made = desk.admin.client.rest(Method::POST, &channels, Some(&json!({ "name": "archive" }))).await.unwrap();
    let log = made["id"].as_str().unwrap().to_owned();
    desk.admin.ask("/ticket settings log:#archive").await.until("Transcripts are posted").await;
    log
}

pub(super) async fn closes(desk: &Desk, number: i64) {
    desk.helper.ask(&format!("/ticket close ticket:{number} reason:\"it was refunded\"")).await.until("Closed").await;
}
