//! The sandbox's page, used by a person in a real browser: Chromium, driven by the programs in `tests/page/`.
//!
//! They share one world with one real server, and work in channels of their own. `SCREENSHOTS=dir` keeps pictures.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use peers::{
    Sshd,
    page::{MODULES, PROGRAMS},
};
use sandbox::Options;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_works_for_a_person_with_a_browser() {
    assert!(Path::new(MODULES).exists(), "playwright-core is missing: `tests/peers/install.sh page` installs it");
    // The programs say more in the bot's name than Discord would take from it.
    let mut world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    let sshd = Sshd::start();
    world.never_show(&sshd.private_key());
    let mut programs: Vec<_> = std::fs::read_dir(PROGRAMS).unwrap().map(|file| file.unwrap().path()).collect();
    programs.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));

    let mut node = Command::new("node");
    node.arg("--test").args(programs).current_dir(PROGRAMS).stdin(Stdio::null());
    node.env("PAGE_URL", world.sandbox.page_url())
        .env("BOT_TOKEN", world.sandbox.bot_token())
        .env("GUILD", world.sandbox.guild_id())
        .env("SERVER_ADDRESS", format!("{}:{}", sshd.address(), sshd.port()))
        .env("SERVER_USER", sshd.user())
        .env("SERVER_KEY", sshd.private_key())
        .env("NEBULA", env!("CARGO_BIN_EXE_nebula"))
        .env("MODULES", MODULES);
    let played = tokio::task::spawn_blocking(move || node.output()).await.unwrap();
    let played = played.expect("node is missing: `tests/peers/install.sh page` installs it");
    let said = [&played.stdout[..], &played.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(played.status.success(), "{said}\n{:#?}", world.sandbox.violations());
    world.end().await;
}
