//! How long it takes to decide what a command line counts as: the reading alone, and all that is found out before a command is
//! admitted, with the guild's list looked up in the database.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Action, Actor, Clock, GuildId, Redactor, Secret, UserId, Way};
use hosts::{Hosts, RunCommand};
use policy::Policy;
use secrecy::SecretString;
use shell::{Harmless, judge};
use store::{Store, Vault, servers::Offer};

/// What the shell's tests read, a class and a line each: the plain and the hostile.
const LINES: &str = include_str!("../tests/data/lines.txt");
/// How often every line is read.
const TIMES: usize = 20;
const GUILD: GuildId = GuildId(1);

/// The lines as they are written there; what its escapes stand for makes no difference to the time.
fn lines() -> Vec<&'static str> {
    LINES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once('\t')?.1)).collect()
}

/// Each line, read once and thrown away before it is measured.
pub(crate) fn judged() -> Vec<Duration> {
    let harmless = Harmless::shipped();
    let (lines, mut times) = (lines(), Vec::new());
    for round in 0..=TIMES {
        for line in &lines {
            let began = Instant::now();
            black_box(judge(black_box(line), &harmless));
            if round > 0 {
                times.push(began.elapsed());
            }
        }
    }
    times
}

/// All that is found out of `/server run` before it is admitted.
pub(crate) async fn assessed() -> Vec<Duration> {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", home.path().join("nebula.db").display());
    let (clock, redactor) = (Clock::system(), Redactor::default());
    let store = Store::open(&url, clock.clone()).await.unwrap();
    let vault = Vault::new(store.clone(), Some(SecretString::from(clock.key())));
    let secret = vault.seal(GUILD, &Secret::new("of nobody")).await.unwrap();
    let offer = Offer {
        guild: GUILD,
        name: "box",
        host: "127.0.0.1",
        port: 22,
        user: "nobody",
        secret: &secret,
        offered_key: "none",
        note: "",
        added_by: UserId(1),
        jump: None,
    };
    store.offer_server(&offer).await.unwrap();
    let policy = Arc::new(Policy::new(store.clone()));
    let hosts = Hosts::new(store, vault.into(), clock, redactor, policy).await.unwrap();
    let actor = Actor {
        guild: GUILD,
        user: UserId(1),
        name: "admin".to_owned(),
        administrator: true,
        roles: Vec::new(),
        agent: None,
        way: Way::Command,
        reply_to: None,
    };
    let mut times = Vec::new();
    for line in lines() {
        let run = RunCommand { server: "box".parse().unwrap(), command: line.to_owned(), minutes: None };
        let began = Instant::now();
        black_box(run.assess(&hosts, &actor).await.unwrap());
        times.push(began.elapsed());
    }
    times
}
