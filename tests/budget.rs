//! Discord's limits, shared by what is urgent and what is not.

use std::time::{Duration, Instant};

use base::Clock;
use sandbox::{
    Fault, Scope,
    client::{State, message_text},
};

use crate::attacks::scene::Scene;
use crate::people::Person;
use crate::world::{SOON, World};

const LOGS: usize = 25;
/// A server runs eight commands at a time.
const SERVERS: [&str; 4] = ["box", "box-2", "box-3", "box-4"];
const APPROVALS: usize = 10;
/// What each of the logs holds in the end.
const LINES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_stand_at_once_beside_live_logs_and_no_limit_is_met() {
    let mut scene = Scene::set(World::start().await).await;
    let mut more = Vec::new();
    for server in &SERVERS[1..] {
        more.push(scene.world.with_server(server).await);
    }
    let file = scene.next(0);
    let mut operators = Vec::new();
    for _ in 0..APPROVALS {
        operators.push(scene.operator().await);
    }
    let admin = &scene.admin;
    // What only looks waits for nobody else on its server.
    admin.ask("/policy commands add rule:\"sleep *\"").await.until("sleep").await;
    let line = (1..=LINES).map(|line| format!("echo line {line}; sleep 0.3")).collect::<Vec<_>>().join("; ");
    let mut logs = Vec::new();
    for log in 0..LOGS {
        let server = SERVERS[log % SERVERS.len()];
        logs.push(admin.slash(&format!("/server run server:{server} command:\"{line}\"")).await.answer().await);
    }
    for log in &logs {
        log.until("line 1").await;
    }
    let ask = async |person: &Person| {
        let asked = Instant::now();
        let card = person.ask(&format!("/server run server:box command:echo x >> {}", file.display())).await;
        card.until("Approve?").await;
        asked.elapsed()
    };
    let stood = futures::future::join_all(operators.iter().map(ask)).await;
    // How long it takes on a quiet machine, the figures measure; here other stories are told beside it.
    assert!(stood.iter().all(|stood| *stood < Duration::from_secs(3)), "{stood:?}");
    assert!(logs.iter().all(|log| log.text().contains("running")), "they stood beside live logs");

    let whole: Vec<String> = (1..=LINES).map(|line| format!("line {line}")).collect();
    for log in &logs {
        log.until_within("exit 0 after", SOON * 2).await;
        assert_eq!(String::from_utf8(log.file().await).unwrap().lines().collect::<Vec<_>>(), whole);
        assert!(log.versions() > 5, "it was live: {} versions", log.versions());
    }
    assert_eq!(scene.world.sandbox.invalid_requests(), 0, "no limit was met");
    let (world, _home) = scene.over();
    world.end().await;
}

/// Ten thousand lines a second, each saying when it was printed.
const FAST: &str =
    "perl -MTime::HiRes=time,sleep -e '$|=1; for (1..900) { printf(qq(%.3f\\n), time) for 1..100; sleep 0.01 }'";
const SEEN_WITHIN: Duration = Duration::from_millis(2_500);

#[tokio::test]
async fn a_limit_that_is_met_over_the_channel_of_a_command_is_waited_for_and_nothing_to_be_told_of() {
    let world = World::start().await;
    let admin = world.admin().await;
    for ask in [
        "/stream setup channel:#ops cooldown:30m",
        "/stream follow name:twitch.tv/ada channel:#ops",
        "/schedule add name:list when:\"every day at 9\" action:server.list channel:#ops",
        "/container watch server:box channel:#ops",
        "/log setup channel:#ops kinds:bot.*",
    ] {
        world.sandbox.inject(Fault::rate_limited(0.3, Scope::User).on("GET /channels/*").times(1)).unwrap();
        let told = admin.ask(ask).await.text();
        assert!(!told.contains("rate limit"), "{told}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_a_second_are_seen_within_two_and_a_half_seconds() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask(&format!("/server run server:box command:\"{}\"", FAST.replace('\\', "\\\\"))).await;
    let mut newest_shown = None;
    let (mut seen, mut longest) = (0, Duration::ZERO);
    loop {
        let versions = seen;
        let id = run.message().id().to_owned();
        let more = |state: &State| {
            let all = &state.message(&id)?.versions;
            let newest = all.last().filter(|_| all.len() > versions)?;
            Some((all.len(), message_text(&newest.raw)))
        };
        let (count, text): (usize, String) = admin.client.wait_for("another version", SOON, more).await.unwrap();
        let now = Clock::system().now().0;
        seen = count;
        if text.contains("exit 0 after") {
            break;
        }
        let Some(newest) = text.lines().filter_map(millis).next_back() else { continue };
        // What was printed just after the version before was taken waited for this one.
        let waited_since = newest_shown.replace(newest).unwrap_or(newest);
        longest = longest.max(Duration::from_millis(u64::try_from(now - waited_since).unwrap_or_default()));
    }
    assert!(seen > 4, "it was live: {seen} versions");
    assert!(longest <= SEEN_WITHIN, "a line was seen only after {longest:?}");
    let file = run.file().await;
    assert_eq!(String::from_utf8(file).unwrap().lines().count(), 90_000, "none is lost");
    assert_eq!(world.sandbox.invalid_requests(), 0);
    world.end().await;
}

/// A line that says when it was printed, in milliseconds.
fn millis(line: &str) -> Option<i64> {
    let (seconds, millis) = line.split_once('.')?;
    (seconds.len() == 10 && millis.len() == 3)
        .then(|| Some(seconds.parse::<i64>().ok()? * 1_000 + millis.parse::<i64>().ok()?))?
}
