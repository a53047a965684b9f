//! Discord on a bad day: a fault every minute, and nothing is done twice, nothing is lost that arrived, nothing lies.

use std::{path::Path, time::Duration};

use sandbox::{Fault, Options, Scope};

use crate::people::Person;
use crate::world::World;

/// The bot takes up to two of these to see that nothing comes any more; Discord's 41 s would make the hour long, and where one is a second,
/// a busy machine makes more faults than the hour has.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// A message that still thinks.
const LOADING: u64 = 1 << 7;

/// What must have come of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Discord told the bot of it in time.
    Once,
    /// The bot may have heard of it too late, or never.
    AtMostOnce,
}

/// What the bot does about its connection before the minute is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    /// It goes on with its session.
    Resumes,
    /// It begins a new session; serenity does so also where heartbeats are not answered and a resume would do.
    Identifies,
}

const CALLBACK: &str = "POST /interactions/**";
const EDIT: &str = "PATCH /webhooks/**";

/// What goes wrong in a minute of the hour.
fn trouble(minute: usize) -> (Vec<Fault>, Due, Then) {
    let limited = |scope| Fault::rate_limited(0.3, scope);
    let once = |faults| (faults, Due::Once, Then::Nothing);
    let twice = || Fault::DuplicateEvents { times: 1 };
    match minute % 20 {
        0 => once(vec![Fault::server_error(503).on(CALLBACK)]),
        1 => once(vec![Fault::server_error(502).on(EDIT)]),
        2 => once(vec![Fault::lost_answer().on(CALLBACK)]),
        3 => once(vec![Fault::lost_answer().on(EDIT)]),
        4 => once(vec![twice()]),
        5 => (vec![Fault::Cut], Due::Once, Then::Resumes),
        6 => once(vec![limited(Scope::User).on(EDIT)]),
        7 => once(vec![Fault::ReorderEvents { times: 1 }]),
        8 => (vec![Fault::Reconnect], Due::Once, Then::Resumes),
        9 => once(vec![limited(Scope::Shared).on(CALLBACK)]),
        10 => (vec![Fault::GatewayClose { code: 4000 }, twice()], Due::Once, Then::Resumes),
        11 => once(vec![limited(Scope::Global).on(EDIT)]),
        12 => once(vec![Fault::server_error(500).times(100).by_chance(0.5, minute as u64).on(EDIT)]),
        13 => (vec![Fault::InvalidSession { resumable: true }], Due::Once, Then::Resumes),
        14 => once(vec![Fault::lost_answer().on(CALLBACK), Fault::lost_answer().on(EDIT), twice()]),
        15 if minute < 20 => once(vec![Fault::time_out().on(CALLBACK)]),
        16 if minute < 20 => (vec![Fault::GuildOutage { seconds: 60 }], Due::AtMostOnce, Then::Nothing),
        17 if minute < 20 => (vec![Fault::Zombie { seconds: 60 }], Due::AtMostOnce, Then::Identifies),
        18 if minute < 20 => (vec![Fault::SilentHeartbeats { times: 1 }], Due::Once, Then::Identifies),
        19 if minute < 20 => (vec![Fault::InvalidSession { resumable: false }], Due::AtMostOnce, Then::Identifies),
        19 if minute < 40 => (vec![Fault::GatewayClose { code: 4009 }], Due::AtMostOnce, Then::Identifies),
        19 => (vec![Fault::GatewayClose { code: 4007 }], Due::AtMostOnce, Then::Identifies),
        16 | 17 => once(vec![Fault::lost_answer().on(CALLBACK), Fault::ReorderEvents { times: 1 }]),
        _ => once(vec![Fault::server_error(504).on(CALLBACK), twice(), Fault::server_error(504).on(EDIT)]),
    }
}

/// Faults that are over when they have happened, and so must be.
fn happens(fault: &Fault) -> bool {
    !matches!(fault, Fault::Zombie { .. } | Fault::GuildOutage { .. }) && !format!("{fault:?}").contains("Some(")
}

/// How often each minute's command was run there.
fn runs(file: &Path, minute: usize) -> usize {
    let lines = std::fs::read_to_string(file).unwrap_or_default();
    lines.lines().filter(|line| line.parse() == Ok(minute)).count()
}

/// A person tries to run something; the answer is whether Discord says that the bot took it.
async fn tries(person: &Person, line: &str) -> bool {
    match person.client.slash(line).await {
        Ok(_) => true,
        Err(sandbox::client::Error::Failed { .. }) => false,
        Err(other) => panic!("{line}: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scripted_hour_of_faults_leaves_the_bot_working_and_nothing_doubled() {
    let mut world = World::start_with(Options { heartbeat: Some(HEARTBEAT), ..Options::default() }).await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("runs");
    std::fs::write(&file, "").unwrap();
    for (path, mode) in [(home.path(), 0o755), (file.as_path(), 0o666)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let command = |minute: usize| format!("/server run server:box command:echo {minute} >> {}", file.display());

    let count = |world: &World, words: &str| world.log().matches(words).count();

    for minute in 0..60 {
        let (faults, due, then) = trouble(minute);
        let (resumed, ready) = (count(&world, ": resumed"), count(&world, ": ready"));
        for fault in &faults {
            world.sandbox.inject(fault.clone()).unwrap();
        }
        let taken = tries(&admin, &command(minute)).await;
        if due == Due::Once {
            assert!(taken, "minute {minute}, {faults:?}: the bot did not answer:\n{}", world.log());
            world.until(&format!("minute {minute} has run"), |_| runs(&file, minute) == 1).await;
            world.until(&format!("minute {minute} is told, {faults:?}"), |world| told(world, minute)).await;
        }
        let what = format!("the connection is as it should be after {faults:?}");
        match then {
            Then::Nothing => {}
            Then::Resumes => world.until(&what, |world| count(world, ": resumed") > resumed).await,
            Then::Identifies => {
                world.until(&what, |world| count(world, ": ready") > ready).await;
                // On a busy machine that may have been the session before, of the minute before: it is there when it answers.
                let mut tried = 0;
                while !tries(&admin, "/server list").await {
                    tried += 1;
                    assert!(tried < 10, "{what}");
                }
            }
        }
        let left = world.sandbox.faults().into_iter().filter(|left| happens(&left.fault)).count();
        assert_eq!(left, 0, "minute {minute}: not all of {faults:?} has happened");
        world.sandbox.heal();
        world.sandbox.advance(Duration::from_mins(1));
    }

    admin.ask(&command(60)).await.until("exit 0").await;
    assert_eq!(runs(&file, 60), 1);
    for minute in 0..60 {
        let (faults, due, _) = trouble(minute);
        let runs = runs(&file, minute);
        assert!(runs <= 1 && (due == Due::AtMostOnce || runs == 1), "minute {minute}, {faults:?}: ran {runs} times");
    }
    world.until("nothing thinks any more", |world| messages(world).all(|message| !thinks(&message))).await;
    for message in messages(&world) {
        let text = sandbox::client::message_text(&message);
        assert!(!text.contains("running"), "it still says that it runs: {text}");
    }
    assert!(world.sandbox.invalid_requests() < 100);
    world.end().await;
}

fn messages(world: &World) -> impl Iterator<Item = serde_json::Value> {
    world.sandbox.messages(&world.sandbox.channel_id("ops").unwrap()).into_iter()
}

fn thinks(message: &serde_json::Value) -> bool {
    message["flags"].as_u64().is_some_and(|flags| flags & LOADING != 0)
}

/// Whether one message says how the command of a minute ended.
fn told(world: &World, minute: usize) -> bool {
    let of_it = format!("`echo {minute} >>");
    let texts = messages(world).map(|message| sandbox::client::message_text(&message));
    texts.filter(|text| text.contains(&of_it) && text.contains("exit 0")).count() == 1
}
