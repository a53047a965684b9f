//! A crew at work, through Discord's door: how long pictures, lists and keystrokes take, and what the bot needs for it.

use std::time::{Duration, Instant};

use peers::Sshd;
use tokio::task::JoinSet;

use crate::{
    ours::row,
    people::Person,
    process::processor_time,
    world::{SOON, World, add},
};

/// Servers of which everything is known; each machine stands for two.
const FLEET: usize = 200;
const MACHINES: usize = 100;
const RUNS: usize = 20;
/// What is going on at once where memory is measured.
const HOSTS: usize = 50;
const LOGS: usize = 20;
const TERMINALS: usize = 5;
const KEYS: usize = 20;
/// How long a fleet is looked at, each server every half minute.
const LOOKING: Duration = Duration::from_mins(2);

/// Prints a table.
pub(crate) async fn print() {
    println!("\n| a crew at work | p50 | p99 | most |\n|---|---|---|---|");
    fleet().await;
    screen().await;
    busy().await;
}

async fn world(every: &'static str) -> World {
    let mut world = World::start().await;
    assert!(world.stop_bot().await);
    world.set("NEBULA_LOOK_EVERY", every);
    world.set("NEBULA_LOG", "info");
    world.start_bot().await;
    world
}

async fn fleet() {
    let mut world = world("30").await;
    let admin = world.admin().await;
    let sshds: Vec<Sshd> = (0..MACHINES).map(|_| Sshd::start()).collect();
    for number in 0..FLEET {
        added(&mut world, &admin, &format!("m{number}"), &sshds[number % MACHINES]).await;
        let tag = if number < MACHINES { "all" } else { "twin" };
        admin.ask(&format!("/server tag server:m{number} tags:{tag}")).await.until("Tagged").await;
    }
    let (before, began) = (processor_time(world.pid()), Instant::now());
    tokio::time::sleep(LOOKING).await;
    let looks = 200.0 * began.elapsed().as_secs_f64() / 30.0;
    let each = (processor_time(world.pid()) - before) / looks * 1e3;
    row(&format!("`/fleet` of {FLEET} servers, typed to shown"), asked(&admin, "/fleet", "Fleet").await);
    row(
        "`/server metrics`, typed to its picture shown",
        asked(&admin, "/server metrics server:m7 period:1h", "CPU").await,
    );
    let line = "/server run server:tag:all command:true";
    row(
        &format!("`/server run` on {MACHINES} servers, typed to how it ended"),
        asked(&admin, line, "answered `exit 0`").await,
    );
    println!("| processor time of the bot for one look at a server | {each:.2} ms | | |");
    println!("| memory with {FLEET} servers looked at every half minute | {} MiB | | |", world.memory() >> 20);
    world.end().await;
}

async fn busy() {
    let mut world = world("30").await;
    let admin = world.admin().await;
    let mut sshds = Vec::new();
    for number in 0..HOSTS {
        sshds.push(Sshd::start());
        added(&mut world, &admin, &format!("m{number}"), &sshds[number]).await;
    }
    println!("| memory with {HOSTS} servers, each with a warm connection | {} MiB | | |", world.memory() >> 20);
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let over = place.path().join("over");
    let log = format!("while [ ! -e {} ]; do date +%N; sleep 0.1; done", over.display());
    let mut logs = Vec::new();
    for number in 0..LOGS {
        logs.push(admin.ask(&format!("/server run server:m{number} command:\"{log}\"")).await);
    }
    let mut threads = Vec::new();
    for number in 0..TERMINALS {
        threads.push(terminal(&admin, &format!("m{}", LOGS + number)).await);
    }
    let mut typing = JoinSet::new();
    for thread in threads.clone() {
        let admin = admin.clone();
        typing.spawn(async move {
            admin.client.enter(&thread);
            let mut times = Vec::new();
            for number in 0..KEYS {
                let began = Instant::now();
                admin.client.say(&thread, &format!("echo typed $(({number}+1000)) times")).await.unwrap();
                admin.sees_in(&thread, &format!("typed {} times", number + 1000)).await;
                times.push(began.elapsed());
            }
            times
        });
    }
    let times = typing.join_all().await.concat();
    row(&format!("a line typed in a terminal to its answer shown, {TERMINALS} terminals, {LOGS} live logs"), times);
    let memory = world.memory() >> 20;
    println!("| memory with {HOSTS} servers, {LOGS} live logs, {TERMINALS} terminals | {memory} MiB | | |");
    for thread in threads {
        admin.client.say(&thread, "exit").await.unwrap();
        admin.sees_in(&thread, "Terminal ended").await;
    }
    std::fs::write(over, "").unwrap();
    for log in logs {
        log.until("exit 0").await;
    }
    world.end().await;
}

/// A screen full of colours, asked for as a picture again and again.
async fn screen() {
    let mut world = world("30").await;
    let admin = world.admin().await;
    let sshd = Sshd::start();
    added(&mut world, &admin, "box", &sshd).await;
    let thread = terminal(&admin, "box").await;
    admin.client.enter(&thread);
    let colours = r"clear; for r in $(seq 20); do for c in $(seq 79); do printf '\033[3%d;4%dm▒' $((c % 8)) $((r % 8)); done; echo; done";
    admin.client.say(&thread, colours).await.unwrap();
    let has_it = |state: &sandbox::client::State| {
        state.messages(&thread).rev().find(|message| message.button("Picture").is_ok()).cloned()
    };
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let shown = admin.client.wait_for("[Picture]", SOON, has_it).await.unwrap();
        let began = Instant::now();
        let pressed = admin.client.press(&shown, "Picture").await.unwrap();
        admin.answer_to(&pressed.id).await.until("**Screen**").await;
        times.push(began.elapsed());
    }
    row("a terminal's screen as a picture, pressed to shown", times);
    admin.client.say(&thread, "exit").await.unwrap();
    admin.sees_in(&thread, "Terminal ended").await;
    world.end().await;
}

/// Opens a terminal; the answer is its thread.
async fn terminal(admin: &Person, server: &str) -> String {
    let opened = admin.ask(&format!("/server terminal server:{server}")).await;
    let text = opened.until("Opened a terminal").await.text();
    text.split_once("<#").unwrap().1.split_once('>').unwrap().0.to_owned()
}

async fn added(world: &mut World, admin: &Person, name: &str, sshd: &Sshd) {
    let key = sshd.private_key();
    world.never_show(&key);
    let form = admin.slash(&add(name, sshd)).await.form();
    let offer = form.fill(&[("Private key", &key)]).await;
    offer.press(admin, "Pin this key").await;
    offer.until("Added").await;
}

async fn asked(person: &Person, line: &str, says: &str) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        person.ask(line).await.until(says).await;
        times.push(began.elapsed());
    }
    times
}
