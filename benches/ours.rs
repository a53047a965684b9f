//! Figures of Nebula's own: what the others do not do.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use peers::Sshd;
use sandbox::{Options, client::Client};

use crate::{
    bot::{Bot, GUILDS, Maker},
    decision, perform, ssh,
};

const STARTS: usize = 11;
const RUNS: usize = 50;

pub(crate) async fn print() {
    println!("\n| Nebula alone | p50 | p99 | most |\n|---|---|---|---|");
    row("`nebula try` to READY and commands registered", (0..STARTS).map(|_| try_to_ready()).collect());
    let sshd = Sshd::start();
    row("`true` on a warm connection: ours", ssh::warm(&sshd).await);
    row("`true` on a warm connection: `ssh` with ControlMaster", ssh::control_master(&sshd));
    row("policy decision: a line of the test's corpus read and classed", decision::judged());
    row("policy decision: all that is known of `/server run` before it is admitted", decision::assessed().await);
    let home = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", home.path().join("nebula.db").display());
    for (database, url) in [("SQLite", sqlite), ("PostgreSQL", peers::postgres::database())] {
        let [admitted, ended] = perform::observed(&url).await;
        row(&format!("`perform` of an action that only looks, to on record and admitted, {database}"), admitted);
        row(&format!("`perform` of an action that only looks, to its end on record, {database}"), ended);
    }
    row("`/server run true`, command typed to exit status shown", runs(&sshd).await);
}

pub(crate) fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| match times[(times.len() - 1) * percent / 100] {
        short if short < Duration::from_millis(1) => format!("{} µs", short.as_micros()),
        time => format!("{:.1} ms", time.as_secs_f64() * 1e3),
    };
    println!("| {what} | {} | {} | {} |", at(50), at(99), at(100));
}

/// Until it prints where to chat, which it does once commands are registered.
fn try_to_ready() -> Duration {
    let began = Instant::now();
    let mut process =
        Command::new(env!("CARGO_BIN_EXE_nebula")).args(["try", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let took = began.elapsed();
    assert!(line.contains("Nebula is up"), "{line}");
    process.kill().unwrap();
    process.wait().unwrap();
    took
}

/// From typing the command to seeing how it ended.
async fn runs(sshd: &Sshd) -> Vec<Duration> {
    let mut bot = Bot::start(Maker::Nebula, GUILDS, Options::default()).await;
    bot.ready().await;
    let admin = Client::connect_as(&bot.sandbox.page_url(), "admin").await.unwrap();
    let add = format!("/server add name:box address:{}:{} user:{}", sshd.address(), sshd.port(), sshd.user());
    let form = admin.slash(&add).await.unwrap().modal.unwrap();
    let filled = admin.fill(&form, &[("Private key", &sshd.private_key())]).await.unwrap();
    let offer = admin.answer(&filled, Duration::from_secs(10)).await.unwrap();
    admin.press(&offer, "Pin this key").await.unwrap();
    says(&admin, offer.id(), "Added").await;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let asked = admin.slash("/server run server:box command:true").await.unwrap();
        let answer = admin.answer(&asked, Duration::from_secs(10)).await.unwrap();
        says(&admin, answer.id(), "exit 0").await;
        times.push(began.elapsed());
    }
    times
}

async fn says(person: &Client, message: &str, text: &str) {
    let seen = |state: &sandbox::client::State| state.message(message)?.latest().text().contains(text).then_some(());
    person.wait_for(text, Duration::from_secs(10), seen).await.unwrap();
}
