//! What is said in tickets: written down, read when it is gone from Discord, found, kept no longer than wanted, and forgotten.

use std::time::Duration;

use base::{Clock, Millis};
use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use sandbox::Options;
use serde_json::{Value, json};
use store::tickets::{Message, Ticket};

use super::{
    desk::{Desk, Opened},
    hostile,
};
use crate::{
    people::{Person, downloaded},
    world::{SOON, World},
};

on_both_worlds! {
    a_transcript_holds_what_was_said_edited_deleted_and_sent
    killed_at_any_moment_a_transcript_is_posted_once
    what_was_missed_is_read_back_when_the_transcript_is_made
    a_transcript_is_read_by_staff_and_whose_it_is_and_by_nobody_else
    what_somebody_said_is_forgotten_at_their_wish
    words_are_kept_no_longer_than_a_guild_wants
    tickets_are_found_by_what_was_said_and_only_by_those_who_answer_them
}

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

async fn a_transcript_holds_what_was_said_edited_deleted_and_sent(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    desk.comes_in(&desk.helper, &thread).await;
    let first = desk.member.client.say(&thread, "my invoice says 0").await.unwrap();
    let gone = desk.member.client.say(&thread, "this was a mistake").await.unwrap();
    let files: [(&str, &str, &[u8]); 3] = [
        ("photo.png", "image/png", PICTURE),
        ("evil.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("log.txt", "text/plain", b"line one\nline two"),
    ];
    sends(&world, "member", &thread, "see <b>these</b>", &files).await;
    let path = format!("/channels/{thread}/messages/{}", first.id());
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content == "my invoice says 0")).await;
    let edit = json!({ "content": "my invoice says 0 €, `<script>`" });
    desk.member.client.rest(Method::PATCH, &path, Some(&edit)).await.unwrap();
    let reaction = format!("{path}/reactions/%F0%9F%91%8D/@me");
    desk.helper.client.rest(Method::PUT, &reaction, None).await.unwrap();
    let path = format!("/channels/{thread}/messages/{}", gone.id());
    desk.member.client.rest(Method::DELETE, &path, None).await.unwrap();
    until_written(&world, 1, "all of it is known", |all| {
        let is_gone = all.iter().any(|one| one.deleted.is_some() && one.says.content == "this was a mistake");
        let is_edited = all.iter().any(|one| one.before.len() == 1 && one.reactions == [("👍".to_owned(), 1)]);
        is_gone && is_edited && all.iter().flat_map(|one| &one.files).filter(|file| file.kept.is_some()).count() == 3
    })
    .await;
    closes(&desk, 1).await;
    desk.until_locked(&thread, true).await;
    until_made(&world, 1, 1).await;
    // The thread is gone for good, and the transcript needs nothing of it.
    desk.admin.client.rest(Method::DELETE, &format!("/channels/{thread}"), None).await.unwrap();
    let files = until_posted(&world, &log, 2).await;
    let [(html_name, html), (json_name, told)] = &files[..] else { panic!("{files:?}") };
    assert_eq!((html_name.as_str(), json_name.as_str()), ("ticket-1-1.html", "ticket-1-1.json"));
    for held in [
        "my invoice says 0 €, <code>&#60;script&#62;</code>",
        "said before",
        "this was a mistake",
        "deleted 20",
        "see &#60;b&#62;these&#60;/b&#62;",
        "<img src=\"data:image/png;base64,iVBORw0KGgo",
        "download=\"evil.png\"",
        "it says image/png, and is not",
        "href=\"data:application/octet-stream;base64,bGluZSBvbmUKbGluZSB0d28=\"",
        "👍 1",
        "<strong>Ticket 1</strong>",
    ] {
        assert!(html.contains(held), "{held} is not in:\n{html}");
    }
    assert!(!html.contains("<script") && !html.contains("https://cdn.") && html.contains("default-src &#39;none&#39;"));
    let told: Value = serde_json::from_str(told).unwrap();
    let said =
        |text: &str| told["messages"].as_array().unwrap().iter().find(|one| one["says"]["content"] == text).cloned();
    assert_eq!(said("my invoice says 0 €, `<script>`").unwrap()["before"][0]["says"]["content"], "my invoice says 0");
    assert!(said("this was a mistake").unwrap()["deleted"].is_string());
    let files = said("see <b>these</b>").unwrap()["files"].clone();
    let kinds: Vec<&str> = files.as_array().unwrap().iter().map(|file| file["is"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["image/png", "application/octet-stream", "text/plain; charset=utf-8"]);
    world.end().await;
}

async fn killed_at_any_moment_a_transcript_is_posted_once(mut world: World) {
    let desk = Desk::with_billing(&world, "limit:9").await;
    let log = with_log(&world, &desk).await;
    for round in 0..4_usize {
        let asker = world.newcomer(&format!("asker-{round}"), &[]).await;
        let Opened { number, thread, .. } = desk.opens(&asker, "Billing").await;
        let said = asker.client.say(&thread, &format!("this is round {round}")).await.unwrap();
        until_written(&world, number, "it is heard", |all| all.iter().any(|one| one.message.to_string() == said.id()))
            .await;
        closes(&desk, number).await;
        tokio::time::sleep(Duration::from_millis(400 * round as u64)).await;
        world.kill_bot();
        world.sandbox.excuse_unacknowledged();
        world.start_bot().await;
        until_made(&world, number, 1).await;
        let files = until_posted(&world, &log, 2 * (round + 1)).await;
        assert!(files.iter().any(|(_, text)| text.contains(&format!("this is round {round}"))));
    }
    world.end().await;
}

async fn what_was_missed_is_read_back_when_the_transcript_is_made(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let heard = desk.member.client.say(&thread, "heard, and deleted later").await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.starts_with("heard"))).await;
    assert!(world.stop_bot().await);
    for number in 0..130 {
        desk.member.client.say(&thread, &format!("missed {number}")).await.unwrap();
        world.sandbox.advance(Duration::from_secs(6));
    }
    let path = format!("/channels/{thread}/messages/{}", heard.id());
    desk.member.client.rest(Method::DELETE, &path, None).await.unwrap();
    world.start_bot().await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    let all = written(&world, 1).await;
    assert_eq!(all.iter().filter(|one| one.says.content.starts_with("missed")).count(), 130);
    assert!(all.iter().any(|one| one.says.content.starts_with("heard") && one.deleted.is_some()));
    let files = until_posted(&world, &log, 2).await;
    assert!(files[0].1.contains("missed 0<") && files[0].1.contains("missed 129<"));
    world.end().await;
}

/// A browser, as far as it matters who is logged in: it keeps cookies, and follows nobody by itself.
pub(crate) struct Browser {
    client: Client,
    web: String,
    pub(crate) cookies: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, web: world.web(), cookies: Vec::new() }
    }

    /// Opens an address of the bot's.
    pub(crate) async fn get(&mut self, path: &str) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.get(format!("{}{path}", self.web)).header("cookie", cookies.join("; "));
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite="), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        response
    }

    /// Logs in with Discord, as somebody there; the answer is what Discord sent them back with.
    pub(crate) async fn logs_in(&mut self, person: &Person, path: &str) -> String {
        let door = self.get(path).await;
        assert_eq!(door.status(), StatusCode::UNAUTHORIZED);
        let door = door.text().await.unwrap();
        let begin =
            door.split("class=\"key\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
        let back = self.asks_discord(person, &begin).await;
        let done = self.get(&back).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{}", done.text().await.unwrap());
        assert_eq!(done.headers()["location"].to_str().unwrap(), path);
        back
    }

    pub(crate) async fn asks_discord(&mut self, person: &Person, begin: &str) -> String {
        let sent = self.get(begin).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
        let url = sent.headers()["location"].to_str().unwrap().to_owned();
        let query = url.strip_prefix("https://discord.com/oauth2/authorize?").unwrap();
        assert!(query.contains("scope=identify") && query.contains("code_challenge_method=S256"), "{query}");
        let yes = json!({ "authorize": true, "permissions": "0" });
        let allowed =
            person.client.rest(Method::POST, &format!("/oauth2/authorize?{query}"), Some(&yes)).await.unwrap();
        allowed["location"].as_str().unwrap().strip_prefix("http://127.0.0.1:1").unwrap().to_owned()
    }
}

/// A world where people can log in.
pub(super) async fn with_login(world: &mut World) {
    world.set("NEBULA_WEB_URL", "http://127.0.0.1:1");
    let secret = world.sandbox.client_secret();
    world.never_show(secret);
    world.set("DISCORD_CLIENT_SECRET", secret);
    assert!(world.stop_bot().await);
    world.start_bot().await;
}

/// The path of a transcript that a person of staff is shown.
pub(super) async fn address(person: &Person, number: i64) -> (crate::people::Shown, String) {
    let shown = person.ask(&format!("/ticket transcript ticket:{number}")).await;
    shown.until("Read it").await;
    assert!(shown.is_private());
    let path = shown.text().split("(http://127.0.0.1:1").nth(1).unwrap().split(')').next().unwrap().to_owned();
    (shown, path)
}

async fn a_transcript_is_read_by_staff_and_whose_it_is_and_by_nobody_else(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    sends(&world, "member", &thread, "only for staff", &[("photo.png", "image/png", PICTURE)]).await;
    until_written(&world, 1, "it is heard", |all| {
        all.iter().any(|one| one.files.iter().any(|file| file.kept.is_some()))
    })
    .await;
    // Where nobody can log in, staff are given the file.
    let shown = desk.helper.ask("/ticket transcript ticket:1").await;
    let text = shown.text();
    assert!(text.contains("All of it is in the file") && text.contains("DISCORD_CLIENT_SECRET"), "{text}");
    assert!(String::from_utf8(shown.file().await).unwrap().contains("only for staff"));
    let refused = desk.member.ask("/ticket transcript ticket:1").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    with_login(&mut world).await;
    let (shown, path) = address(&desk.helper, 1).await;

    let mut browser = Browser::new(&world);
    assert_eq!(browser.get("/transcript/00000000000000000000000000000000").await.status(), StatusCode::NOT_FOUND);
    let back = browser.logs_in(&desk.helper, &path).await;
    let page = browser.get(&path).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; img-src 'self'") && !policy.contains("script"), "{policy}");
    assert_eq!((page.status(), page.headers()["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    let page = page.text().await.unwrap();
    assert!(page.contains("only for staff") && !page.contains("<script"), "{page}");
    let picture = page.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let file = browser.get(&picture).await;
    assert_eq!(
        (file.headers()["content-type"].to_str().unwrap(), file.headers()["x-content-type-options"].to_str().unwrap()),
        ("image/png", "nosniff")
    );
    assert_eq!(file.bytes().await.unwrap(), PICTURE);
    // What was begun is ended once, and by the browser that began it.
    assert_eq!(browser.get(&back).await.status(), StatusCode::BAD_REQUEST);
    let begin = format!("/oauth/discord/begin?to={}", path.rsplit('/').next().unwrap());
    let stolen = Browser::new(&world).asks_discord(&desk.helper, &begin).await;
    assert_eq!(Browser::new(&world).get(&stolen).await.status(), StatusCode::BAD_REQUEST);

    let outsider = world.newcomer("outsider", &[]).await;
    for (person, sees) in [(&desk.member, true), (&outsider, false), (&desk.admin, true)] {
        let mut browser = Browser::new(&world);
        browser.logs_in(person, &path).await;
        let (page, file) = (browser.get(&path).await, browser.get(&picture).await);
        let expected = if sees { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!((page.status(), file.status()), (expected, expected));
        assert_eq!(page.text().await.unwrap().contains("only for staff"), sees);
    }
    let mut browser = Browser::new(&world);
    browser.logs_in(&desk.helper, &path).await;
    // What they may is asked for at each page.
    desk.admin.take(&desk.helper, "Helpers").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::FORBIDDEN);
    desk.admin.give(&desk.helper, "Helpers").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::OK);
    shown.press(&desk.helper, "Revoke").await;
    shown.until("1 address ended").await;
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND);
    let read = world
        .audited()
        .await
        .into_iter()
        .filter(|row| row.contains("ticket.transcript-read") && row.ends_with(": done"));
    assert!(read.count() >= 4);
    world.end().await;
}

async fn what_somebody_said_is_forgotten_at_their_wish(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let form = desk.admin.slash("/ticket category questions category:Billing").await.form();
    form.fill(&[("Questions, a line each", "What is wrong?")]).await.until("Set").await;
    let form = desk.panel(&desk.member).await.try_press(&desk.member, "Billing").await.unwrap().form();
    let told = form.fill(&[("What is wrong?", "heliotrope trouble")]).await;
    told.until("is where you are answered").await;
    let Opened { thread, .. } = Opened::read(&desk.member, &told).await;
    desk.comes_in(&desk.helper, &thread).await;
    sends(&world, "member", &thread, "my name is vermilion", &[("photo.png", "image/png", PICTURE)]).await;
    desk.helper.client.say(&thread, "we look into it").await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.starts_with("we look"))).await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    let before = until_posted(&world, &log, 2).await;
    assert!(before[0].1.contains("vermilion") && before[0].1.contains("heliotrope"));
    let refused = desk.member.ask("/ticket forget member:@member").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    let asked = desk.admin.ask("/ticket forget member:@member").await;
    asked.until("and the answers of 1 ticket are gone for good").await.press(&desk.admin, "Confirm").await;
    asked.until("Forgot").await;
    let text = asked.text();
    for said in
        ["1 message · 1 file · answers of 1 ticket", "One transcript is made anew", "What stands in Discord stays"]
    {
        assert!(text.contains(said), "{text}");
    }
    until_made(&world, 1, 2).await;
    let is_anew = async {
        loop {
            let files = posted(&world, &log).await;
            if files.len() == 2 && !files[0].1.contains("vermilion") {
                return files;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let files = tokio::time::timeout(SOON, is_anew).await.expect("what was posted is taken away");
    for (name, text) in &files {
        assert!(text.contains("we look into it"), "{name}");
        for gone in ["vermilion", "heliotrope", "photo.png"] {
            assert!(!text.contains(gone), "{gone} is in {name}:\n{text}");
        }
    }
    for word in ["vermilion", "heliotrope"] {
        let found = desk.helper.ask(&format!("/ticket search words:{word}")).await;
        assert!(found.text().contains("0 tickets"), "{}", found.text());
    }
    let found = desk.helper.ask("/ticket search words:look").await;
    assert!(found.text().contains("1 ticket"), "{}", found.text());
    // What is still in Discord is not written down again.
    desk.helper.ask("/ticket reopen ticket:1").await.until("Reopened").await;
    closes(&desk, 1).await;
    until_made(&world, 1, 3).await;
    assert!(!written(&world, 1).await.iter().any(|one| one.says.content.contains("vermilion")));
    world.end().await;
}

async fn words_are_kept_no_longer_than_a_guild_wants(world: World) {
    let desk = Desk::with_billing(&world, "limit:5").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    sends(&world, "member", &thread, "a passing word", &[("photo.png", "image/png", PICTURE)]).await;
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content.contains("passing"))).await;
    closes(&desk, 1).await;
    until_made(&world, 1, 1).await;
    until_posted(&world, &log, 2).await;
    let asked = desk.admin.ask("/ticket settings retention:1h").await;
    asked.until("Really?").await.press(&desk.admin, "Confirm").await;
    asked.until("is forgotten 1 h 00 min after it was closed").await;
    assert!(!written(&world, 1).await.is_empty(), "its hour is not over");
    // An hour later, as another process on the same database sees it.
    let later = Millis(Clock::system().now().0 + 3_700_000);
    let store = world.store_at(Clock::manual(later)).await;
    let old = store.tickets_to_forget().await.unwrap();
    assert_eq!(old.len(), 1);
    assert!(store.forget_ticket(&old[0]).await.unwrap());
    assert!(store.tickets_to_forget().await.unwrap().is_empty());
    let row = store.ticket(world.guild(), 1).await.unwrap().unwrap();
    assert_eq!((row.course.title.as_str(), row.answers.len(), row.course.reason.as_deref()), ("forgotten", 0, None));
    assert!(store.ticket_messages(&row, 0, 10).await.unwrap().is_empty());
    store.close().await;
    let stats = desk.helper.ask("/ticket stats").await;
    assert!(stats.text().contains("1 closed"), "{}", stats.text());
    let shown = desk.helper.ask("/ticket transcript ticket:1").await;
    assert!(shown.text().contains("was forgotten"), "{}", shown.text());
    world.end().await;
}

async fn tickets_are_found_by_what_was_said_and_only_by_those_who_answer_them(world: World) {
    let desk = Desk::with_billing(&world, "limit:5 cooldown:none").await;
    desk.admin.ask("/ticket category add panel:help name:Sales staff:@Buyers").await.until("Added").await;
    let buyer = world.newcomer("buyer", &["Buyers"]).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let said = "the invoices of Zürich are late";
    desk.member.client.say(&thread, said).await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content == said)).await;
    desk.helper.ask("/ticket note ticket:1 text:\"paid twice by cheque\"").await.until("Noted").await;
    desk.helper.ask("/ticket rename ticket:1 title:\"Late papers\"").await.until("Renamed").await;
    let finds = async |person: &Person, words: &str| {
        let looking = async {
            loop {
                let found = person.ask(&format!("/ticket search words:\"{words}\"")).await;
                if found.text().contains("1 ticket") {
                    return found;
                }
            }
        };
        tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("{words} is not found"))
    };
    for words in ["invoices", "INVOICE", "zürich late", "cheque", "late papers"] {
        finds(&desk.helper, words).await;
    }
    let text = finds(&desk.helper, "zür").await.masked();
    assert!(text.contains("**Found** 1 ticket") && text.contains("`1`  `Late papers` <#…> · "), "{text}");
    for words in ["invoices paris", "nowhere", "nvoice"] {
        let found = desk.helper.ask(&format!("/ticket search words:\"{words}\"")).await;
        assert!(found.text().contains("0 tickets"), "{words}: {}", found.text());
    }
    let found = buyer.ask("/ticket search words:invoices").await;
    assert!(found.text().contains("0 tickets"), "{}", found.text());
    let refused = desk.member.ask("/ticket search words:invoices").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_members_write_or_send_runs_in_a_transcript() {
    let mut world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    hostile::story(&mut world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_discord_does_not_tell_is_said_to_be_missing() {
    let world = World::start_with(Options { disallowed_intents: 1 << 15, ..Options::default() }).await;
    let desk = Desk::with_billing(&world, "").await;
    let log = with_log(&world, &desk).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    desk.member.client.say(&thread, "nobody hears me").await.unwrap();
    closes(&desk, 1).await;
    let files = until_posted(&world, &log, 2).await;
    assert!(files[0].1.contains("Message Content Intent") && files[0].1.contains("did not tell what it says"));
    world.end().await;
}
