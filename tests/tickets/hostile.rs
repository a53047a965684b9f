//! A transcript of what is meant to do harm, opened in a real browser: as the file that is posted, and as the page that is served.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use peers::page::{MODULES, PROGRAMS};

use super::{
    desk::{Desk, Opened},
    transcripts::{
        browser::{Browser, address, with_login},
        closes, posted, sends, until_written, with_log,
    },
};
use crate::world::World;

/// What members write, with `\n`, `\u{…}` and `{xN}` for repetition, a line each.
const CORPUS: &str = include_str!("../data/transcripts.txt");

/// Every message of the corpus, as it is sent.
fn corpus() -> Vec<String> {
    let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let spelled = lines.map(|line| {
        let (text, times) = match line.split_once(" {x") {
            Some((text, times)) => (text, times.trim_end_matches('}').parse().unwrap()),
            None => (line, 1),
        };
        let mut spelled = text.replace("\\n", "\n");
        while let Some((before, rest)) = spelled.split_once("\\u{") {
            let (code, after) = rest.split_once('}').unwrap();
            let letter = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
            spelled = format!("{before}{letter}{after}");
        }
        spelled.repeat(times).chars().take(2_000).collect::<String>()
    });
    spelled.collect()
}

pub(super) async fn story(world: &mut World) {
    assert!(Path::new(MODULES).exists(), "playwright-core is missing: `tests/peers/install.sh page` installs it");
    let desk = Desk::with_billing(world, "").await;
    let log = with_log(world, &desk).await;
    with_login(world).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let all = corpus();
    assert!(all.len() > 60, "{}", all.len());
    for text in &all {
        desk.member.client.say(&thread, text).await.unwrap();
    }
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.harm=1'><script>window.harm=1</script></svg>";
    let html = "<!doctype html><script>window.harm=1;document.title='harm'</script>";
    let polyglot = [b"\x89PNG\r\n\x1a\n", html.as_bytes()].concat();
    let files: [(&str, &str, &[u8]); 5] = [
        ("a.svg", "image/svg+xml", svg.as_bytes()),
        ("b.png", "image/png", svg.as_bytes()),
        ("c.html", "text/html", html.as_bytes()),
        ("d.png", "image/png", &polyglot),
        ("e.txt", "text/plain", html.as_bytes()),
    ];
    sends(world, "member", &thread, "\"><img src=x onerror=window.harm=1>", &files).await;
    until_written(world, 1, "all of it is heard", |heard| {
        heard.iter().filter(|one| !one.is_bot).count() > all.len()
            && heard.iter().flat_map(|one| &one.files).filter(|file| file.kept.is_some()).count() == 5
    })
    .await;
    let (_, path) = address(&desk.helper, 1).await;
    let mut browser = Browser::new(world);
    browser.logs_in(&desk.helper, &path).await;
    let cookie = browser.cookies.iter().find(|(name, _)| name == "nebula").unwrap().1.clone();
    closes(&desk, 1).await;
    let is_posted = async {
        while posted(world, &log).await.len() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, is_posted).await.expect("it is posted");
    let file = world.path("transcript.html");
    std::fs::write(&file, &posted(world, &log).await[0].1).unwrap();

    let mut node = Command::new("node");
    node.arg("--test").arg("transcript.mjs").current_dir(PROGRAMS).stdin(Stdio::null());
    node.env("MODULES", MODULES)
        .env("PAGE_URL", world.sandbox.page_url())
        .env("SERVED", format!("{}{path}", world.web()))
        .env("COOKIE", cookie)
        .env("POSTED", format!("file://{}", file.display()));
    let played = tokio::task::spawn_blocking(move || node.output()).await.unwrap();
    let played = played.expect("node is missing: `tests/peers/install.sh page` installs it");
    let said = [&played.stdout[..], &played.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(played.status.success(), "{said}");
}
