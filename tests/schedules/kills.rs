//! Processes that are killed around the moments when something is due: none of it missing, none of it done twice.

use std::{collections::HashSet, sync::Arc, time::Duration};

use base::{Clock, GuildId, UserId};
use store::{Store, schedules::NewSchedule};

use super::crew::{Bot, Crew};
use crate::{people::Person, world::World};

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn chance() -> Chance {
    let seed = Clock::system().now().0.unsigned_abs();
    eprintln!("seed {seed}");
    Chance(seed)
}

/// A process of its own, as far as a test can have one: whatever it was at is gone when it is killed.
fn process(crew: &Crew, is_up: bool, then_lives: Duration) {
    let (up, comes_up) = std::sync::mpsc::channel();
    let (url, clock, tower, people) =
        (crew.url.clone(), crew.clock.clone(), Arc::clone(&crew.tower), Arc::clone(&crew.people));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.spawn(async move {
        let bot = Bot::start(&url, &clock, &tower, &people).await;
        bot.recover().await;
        let mut up = Some(up);
        loop {
            let jobs = bot.schedules.jobs().await.unwrap();
            if jobs.is_empty() && bot.store.held_occurrences(bot.schedules.holder()).await.unwrap().is_empty() {
                up.take().map(|up| up.send(()));
            }
            for job in jobs {
                tokio::spawn(job.carry());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            // More comes due once it has caught up: of a longer absence only so many are made up for.
            if up.is_none() {
                clock.advance(Duration::from_millis(50));
            }
        }
    });
    if is_up {
        // What the one before wrote as it died can land after this one has begun, which no real process sees: it holds the lock.
        // Such a one is done with by the next.
        let _ = comes_up.recv_timeout(Duration::from_secs(3));
    }
    std::thread::sleep(then_lives);
    runtime.shutdown_timeout(Duration::from_secs(5));
}

async fn a_hundred_restarts(crew: Crew) {
    let first = crew.clock.now();
    crew.every(Duration::from_secs(1), "all", "always").await;
    let mut chance = chance();
    let crew = tokio::task::spawn_blocking(move || {
        for _ in 0..100 {
            crew.clock.advance(Duration::from_millis(900));
            // Some die wherever they are, others once they have done what was due and more comes.
            process(&crew, chance.below(3) > 0, Duration::from_millis(chance.below(150)));
        }
        crew
    })
    .await
    .unwrap();
    let last = crew.another_process().await;
    for _ in 0..3 {
        last.recover().await;
        last.tick().await;
    }

    let came = crew.came().await;
    let due: Vec<i64> = came.iter().map(|one| (one.due.0 - first.0) / 1_000).collect();
    let now = (crew.clock.now().0 - first.0) / 1_000;
    assert!(now >= 90, "only {now} were due");
    assert!(due.iter().copied().eq(1..=now), "missing or double: {due:?} up to {now}");
    let rung = crew.tower.rung.lock().unwrap().clone();
    let once: HashSet<_> = rung.iter().copied().collect();
    assert_eq!(once.len(), rung.len(), "rung twice");
    let mut interrupted = 0;
    for one in &came {
        match one.outcome.as_deref() {
            Some("done") => assert!(once.contains(&one.id), "said to be done and was not"),
            // Whether it rang, nobody knows; that it was begun, everybody is told.
            Some("interrupted") => interrupted += 1,
            other => panic!("{other:?}: {one:?}"),
        }
    }
    eprintln!("{now} were due, {} rang, {interrupted} were interrupted", rung.len());
    let mut told = Vec::new();
    loop {
        let more = crew.told().await;
        if more.is_empty() {
            break;
        }
        told.extend(more);
    }
    // All that went well is told, once; of what was interrupted several times in a row, the first.
    let well = came.len() - interrupted;
    assert!((well..=came.len()).contains(&told.len()), "{} were told of {well} and {interrupted}", told.len());
    let of_those = told.iter().filter(|card| card.starts_with("**Interrupted**")).count();
    assert!(of_those > 0 || interrupted == 0, "what was interrupted is told");
}

mod a_hundred_restarts_around_due_times_leave_none_missing_and_none_double {
    use super::Crew;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        super::a_hundred_restarts(Crew::meet(store::Kind::Sqlite).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        super::a_hundred_restarts(Crew::meet(store::Kind::Postgres).await).await;
    }
}

/// Where a server's users may write.
pub(super) fn anybodys() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    place
}

/// A schedule of each second, which nobody may type: it writes a line on a real server.
async fn each_second(world: &World, store: &Store, admin: &Person, line: &str) {
    let now = Clock::system().now();
    let new = NewSchedule {
        guild: guild(world),
        name: "ticks",
        typed: "each second",
        rule: &format!("every 1000 {}", now.0),
        zone: "UTC",
        action: "server.run",
        arguments: &serde_json::json!({ "server": "box", "command": line }).to_string(),
        plan: "Write a line",
        missed: "all",
        late: 1_000,
        channel: world.sandbox.channel_id("ops").unwrap().parse().unwrap(),
        tell: "failures",
        made_by: UserId(admin.id().parse().unwrap()),
        next: now.plus(Duration::from_secs(1)),
        most: (10, 10),
    };
    assert!(store.add_schedule(&new).await.unwrap().is_some());
}

fn guild(world: &World) -> GuildId {
    GuildId(world.sandbox.guild_id().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_bot_killed_around_due_times_writes_no_line_on_a_real_server_twice() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    admin.ask("/policy set need:never action:server.run target:box risk:change asker:automation").await;
    let place = anybodys();
    let written = place.path().join("written");
    let store = Store::open(&world.database_url(), Clock::system()).await.unwrap();
    each_second(&world, &store, &admin, &format!("echo tick >> {}", written.display())).await;
    let mut chance = chance();
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(chance.below(1_500))).await;
        world.kill_bot();
        world.start_bot().await;
    }
    let ticks = store.schedule(guild(&world), "ticks").await.unwrap().unwrap();
    let done = async || {
        let came = store.occurrences(&ticks, 10_000).await.unwrap();
        came.iter().filter(|one| one.outcome.as_deref() == Some("done")).count()
    };
    let goes_on = async {
        while done().await < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, goes_on).await.expect("it goes on after all of that");
    // What is claimed now ends first.
    assert!(store.stop_schedule(guild(&world), &ticks.id, store::schedules::State::Paused, None).await.unwrap());
    let ended = async {
        while store.goes_on(&ticks).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, ended).await.expect("what was claimed ends");

    let ticks = store.schedule(guild(&world), "ticks").await.unwrap().unwrap();
    let came = store.occurrences(&ticks, 10_000).await.unwrap();
    let seconds: HashSet<i64> = came.iter().map(|one| one.due.0).collect();
    let (from, to) = (came.last().unwrap().due.0, came.first().unwrap().due.0);
    assert_eq!(i64::try_from(seconds.len()).unwrap(), (to - from) / 1_000 + 1, "one for each second, and none missing");
    let count = |outcome: &str| came.iter().filter(|one| one.outcome.as_deref() == Some(outcome)).count();
    let lines = std::fs::read_to_string(&written).unwrap().lines().count();
    let (done, interrupted) = (count("done"), count("interrupted"));
    eprintln!("{} were due, {done} done, {interrupted} interrupted; {lines} lines", came.len());
    assert_eq!(done + interrupted, came.len(), "{came:#?}");
    // Of what was interrupted a line may be there or not; nothing else can have left one.
    assert!((done..=done + interrupted).contains(&lines), "{lines} lines of {done} done and {interrupted} interrupted");
    store.close().await;
    world.end().await;
}
