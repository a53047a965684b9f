//! Tickets where a thousand are open: from a press on the panel to the thread in which its member is answered.

use std::time::{Duration, Instant};

use sandbox::Options;
use tokio::time::MissedTickBehavior;

use crate::{desk, ours::row, seeded::seed, world::World};

/// What is open before anybody presses, and how many press.
const OPEN: usize = 990;
const PRESSES: usize = 60;
/// How far apart they press.
const EVERY: Duration = Duration::from_millis(400);

/// Prints a table.
pub(crate) async fn print() {
    println!("\n| tickets, 1,000 open | p50 | p99 | most |\n|---|---|---|---|");
    // What is measured is this machine, not what Discord allows.
    let mut world = World::start_with(Options { without_rate_limits: true, ..Options::default() }).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let (channel, _helper) = desk::open(&world, &admin).await;
    assert!(world.stop_bot().await);
    seed(&world, (&admin, &member), &channel, OPEN).await;
    world.start_bot().await;
    let (mut ready, mut full) = (Vec::new(), Vec::new());
    let mut pace = tokio::time::interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..PRESSES {
        let asker = world.newcomer(&format!("asker-{number}"), &[]).await;
        asker.client.read_history(&channel).await.unwrap();
        let panel = asker.sees_in(&channel, "Say what it is about").await;
        // A crew's members do not all press in one second: Discord takes 50 requests in it, and a press is some eight.
        pace.tick().await;
        let began = Instant::now();
        let told = panel.try_press(&asker, "Billing").await.unwrap().answer().await;
        told.until("is where you are answered").await;
        // Once as many are active as Discord allows, a quiet one is put away for each.
        if OPEN + number < 1_000 { &mut ready } else { &mut full }.push(began.elapsed());
    }
    row(&format!("press to thread, {} presses, one every 0.4 s", ready.len()), ready.clone());
    percentile("of those, p95", &mut ready);
    row("the same where Discord has no room for another thread", full.clone());
    percentile("of those, p95", &mut full);
    let mut listed = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        admin.ask("/ticket list").await.until("Tickets").await;
        listed.push(began.elapsed());
    }
    row("`/ticket list`, typed to shown", listed);
    println!("| memory of the bot | {} MiB | | |", world.memory() >> 20);
    world.end().await;
}

fn percentile(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = times.len().saturating_sub(1) * 95 / 100;
    println!("| {what} | {:.1} ms | | |", times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3));
}
