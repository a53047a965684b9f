//! The transcript of a long ticket: how long it takes once the ticket is closed, and what memory it takes meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use sandbox::Options;
use serde_json::json;
use store::tickets::Ticket;

use crate::{desk, process::memory, world::World};

const MESSAGES: usize = 10_000;
const FILES: usize = 200;
/// Bytes of each file.
const SIZE: usize = 20_000;
const AGAIN: Duration = Duration::from_millis(50);

/// Prints a table.
pub(crate) async fn print() {
    println!("\n| a transcript of {MESSAGES} messages and {FILES} files of {} KB | |\n|---|---|", SIZE / 1_000);
    let world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let (channel, helper) = desk::open(&world, &admin).await;
    let channels = format!("/guilds/{}/channels", world.guild());
    admin.client.rest(Method::POST, &channels, Some(&json!({ "name": "transcripts" }))).await.unwrap();
    admin.ask("/ticket settings log:#transcripts").await.until("as they are kept").await;
    member.client.read_history(&channel).await.unwrap();
    let panel = member.sees_in(&channel, "Say what it is about").await;
    let told = panel.try_press(&member, "Billing").await.unwrap().answer().await;
    let text = told.until("is where you are answered").await.text();
    let thread = text.split("<#").nth(1).unwrap().split('>').next().unwrap().to_owned();
    say_all(&world, &member, &thread).await;

    let store = world.store().await;
    let ticket = store.ticket(world.guild(), 1).await.unwrap().unwrap();
    loop {
        let (heard, _) = store.count_ticket_messages(&ticket).await.unwrap();
        let is_all = heard >= i64::try_from(MESSAGES).unwrap();
        if is_all && !store.ticket_files_are_wanted(&ticket).await.unwrap() {
            break;
        }
        tokio::time::sleep(AGAIN).await;
    }
    let (pid, before) = (world.pid(), memory(world.pid()));
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let looks = std::thread::spawn(move || {
        let mut most = before;
        while !over.load(Ordering::Acquire) {
            most = memory(pid).max(most);
            std::thread::sleep(Duration::from_millis(20));
        }
        most
    });
    let began = Instant::now();
    helper.ask("/ticket close ticket:1 outcome:solved reason:done").await.until("Closed").await;
    until_made(&store, &ticket).await;
    let took = began.elapsed();
    is_over.store(true, Ordering::Release);
    let most = looks.join().unwrap();
    println!("| from its close to the last part posted (≤ 8 s) | {:.1} s |", took.as_secs_f64());
    println!("| memory more than before, at most (≤ 64 MiB) | {:.0} MiB |", most - before);
    store.close().await;
    world.end().await;
}

/// Writes all of it, some of it with a file.
async fn say_all(world: &World, member: &crate::people::Person, thread: &str) {
    let token = world.sandbox.accounts().into_iter().find(|one| one.name == "member").unwrap().token;
    let url = format!("{}/api/v10/channels/{thread}/messages", world.sandbox.page_url());
    let web = reqwest::Client::new();
    for number in 0..MESSAGES {
        if number % (MESSAGES / FILES) != 0 {
            let says = json!({ "content": format!("Message {number}: **it** still does not work, see https://a.example/{number}") });
            member.client.rest(Method::POST, &format!("/channels/{thread}/messages"), Some(&says)).await.unwrap();
            continue;
        }
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend((0..SIZE).map(|at| u8::try_from((at * 31 + number) % 251).unwrap()));
        let file = Part::bytes(bytes).file_name(format!("{number}.png")).mime_str("image/png").unwrap();
        let form = Form::new().text("payload_json", json!({ "content": "a picture" }).to_string());
        let sent = web.post(&url).header("authorization", &token).multipart(form.part("files[0]", file)).send().await;
        assert!(sent.unwrap().status().is_success());
    }
}

async fn until_made(store: &store::Store, ticket: &Ticket) {
    while store.transcript(ticket).await.unwrap().is_none_or(|one| one.made < 1) {
        tokio::time::sleep(AGAIN).await;
    }
}
