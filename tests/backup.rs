//! `nebula backup` and `nebula restore`, as an administrator runs them: beside a busy bot, killed, mistyped.

use std::{
    fmt::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use base::{Clock, GuildId, Secret, UserId};
use insta::assert_snapshot;
use secrecy::SecretString;
use store::{Store, Vault};

use crate::world::World;

const PASSPHRASE: &str = "a passphrase of some length";
const SECRETS: usize = 300;
/// How often each is killed; a debug build takes most of a second each time.
const KILLS: usize = 10;

fn nebula(url: &str, arguments: &[&str]) -> Command {
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    nebula.args(arguments).env_clear().current_dir(std::env::temp_dir());
    nebula.env("DATABASE_URL", url).env("NEBULA_SECRET", PASSPHRASE);
    nebula
}

/// Runs it to its end, and says what it said.
fn run(mut nebula: Command) -> (bool, String) {
    let ended = nebula.output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8(said).unwrap().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_bot_is_backed_up_and_goes_on_in_postgres() {
    a_busy_bot_is_backed_up_and_goes_on_in(World::start().await, &peers::postgres::database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_bot_is_backed_up_and_goes_on_in_sqlite() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", home.path().join("nebula.db").display());
    a_busy_bot_is_backed_up_and_goes_on_in(World::on_postgres().await, &url).await;
}

async fn a_busy_bot_is_backed_up_and_goes_on_in(mut world: World, elsewhere: &str) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    // Somebody keeps typing while it is written.
    let typing = tokio::spawn(async move {
        loop {
            member.ask("/server list").await;
            tokio::task::yield_now().await;
        }
    });
    let mut backups = Vec::new();
    for number in 0..3 {
        let file = world.path(&format!("{number}.backup"));
        let mut backup = world.program("backup");
        backup.arg(&file);
        let (done, said) = tokio::task::spawn_blocking(|| run(backup)).await.unwrap();
        assert!(done, "{said}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Not even a name is in it.
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !["box", "server", "admin"]
                .iter()
                .any(|name| bytes[400..].windows(name.len()).any(|at| at == name.as_bytes()))
        );
        world.saw("a backup", bytes);
        backups.push(file);
    }
    typing.abort();
    assert!(world.stop_bot().await);

    world.set_database(elsewhere);
    let mut restore = world.program("restore");
    restore.arg(backups.pop().unwrap());
    let (done, said) = run(restore);
    assert!(done, "{said}");
    world.start_bot().await;
    // The key that was sealed there logs in here.
    let run = admin.ask("/server run server:box command:echo back").await;
    run.until("exit 0").await;
    assert!(run.text().contains("back"), "{}", run.text());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_was_open_then_is_not_answered_after_a_restore() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let asked = admin.ask("/server remove server:box").await;
    asked.until("Really?").await;
    world.noted_every_question().await;
    let file = world.path("a.backup");
    let mut backup = world.program("backup");
    assert!(
        run({
            backup.arg(&file);
            backup
        })
        .0
    );
    assert!(world.stop_bot().await);
    let mut restore = world.program("restore");
    let (done, said) = run({
        restore.arg(&file).arg("--replace");
        restore
    });
    assert!(done && said.contains("1 question was open, ended: ask again"), "{said}");
    world.start_bot().await;
    let late = asked.try_press(&admin, "Confirm").await.unwrap().answer().await;
    late.until("restored from a backup").await;
    assert!(admin.ask("/server list").await.until("Servers").await.text().contains("`box`"));
    world.end().await;
}

/// A database with many secrets.
async fn filled(url: &str) {
    let store = Store::open(url, Clock::system()).await.unwrap();
    let vault = Vault::new(store.clone(), Some(SecretString::from(PASSPHRASE)));
    for number in 0..SECRETS {
        let value = Secret::new(format!("the value of number {number}"));
        vault.name(GuildId(1), &format!("S{number}"), &value, UserId(7)).await.unwrap();
    }
    store.close().await;
}

/// How many are there: none where there is no database.
async fn count(url: &str) -> usize {
    let store = Store::open(url, Clock::system()).await.unwrap();
    let count = store.all_named_secrets().await.unwrap().len();
    store.close().await;
    count
}

/// Starts it, and kills it after so long; the answer is whether it had not ended by then.
fn kill_after(mut nebula: Command, span: Duration) -> bool {
    let mut nebula = nebula.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The point is to hit any moment of it; nothing is waited for.
    std::thread::sleep(span);
    nebula.kill().unwrap();
    !nebula.wait().unwrap().success()
}

/// Numbers that look random, and are the same for the same seed.
fn random(seed: &mut u64, below: Duration) -> Duration {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    below.mul_f64(f64::from(u32::try_from(*seed >> 40).unwrap()) / f64::from(1 << 24))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_there_is_all_or_nothing_on_sqlite() {
    let home = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", home.path().join(name).display());
    killed_at_any_moment_there_is_all_or_nothing(home.path(), url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_there_is_all_or_nothing_on_postgres() {
    let home = tempfile::tempdir().unwrap();
    killed_at_any_moment_there_is_all_or_nothing(home.path(), |_| peers::postgres::database()).await;
}

async fn killed_at_any_moment_there_is_all_or_nothing(home: &Path, url: impl Fn(&str) -> String) {
    let mut seed = u64::from_str_radix(&Clock::system().key()[..8], 16).unwrap();
    eprintln!("seed {seed}");
    let full = url("full.db");
    filled(&full).await;
    let whole = home.join("whole.backup");
    let whole = whole.to_str().unwrap();
    let began = Instant::now();
    assert!(run(nebula(&full, &["backup", whole])).0);
    let mut took = began.elapsed();

    let mut killed = 0;
    for number in 0..KILLS {
        let file = home.join(format!("{number}.backup"));
        let path = file.to_str().unwrap();
        if kill_after(nebula(&full, &["backup", path]), random(&mut seed, took)) {
            killed += 1;
        } else {
            // The machine has more time by now than when the first one was measured.
            took /= 2;
        }
        if file.exists() {
            let (whole, said) = run(nebula(&full, &["restore", "--check", path]));
            assert!(whole, "{said}");
        } else {
            // What is left of the killed one is in nobody's way.
            assert!(run(nebula(&full, &["backup", path])).0);
        }
    }
    let began = Instant::now();
    let mut target = url("target.db");
    assert!(run(nebula(&target, &["restore", whole])).0);
    let mut took = began.elapsed();
    for number in 0..KILLS {
        // Into an empty one, and in place of a full one.
        let before = if number % 2 == 0 { SECRETS } else { 0 };
        if before == 0 {
            target = url(&format!("target-{number}.db"));
        }
        if kill_after(nebula(&target, &["restore", "--replace", whole]), random(&mut seed, took)) {
            killed += 1;
        } else {
            took /= 2;
        }
        let after = count(&target).await;
        assert!(after == SECRETS || after == before, "{after} after a kill, {before} before it");
        assert!(run(nebula(&target, &["restore", "--replace", whole])).0);
        assert_eq!(count(&target).await, SECRETS);
    }
    assert!(killed > 0, "not one was killed in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_reads() {
    let home = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", home.path().join(name).display());
    filled(&url("full.db")).await;
    let mut seen = String::new();
    let mut say = |database: &str, secret: &str, arguments: &[&str]| {
        let paths: Vec<String> =
            arguments.iter().map(|word| word.replace("HOME", home.path().to_str().unwrap())).collect();
        let mut program = nebula(&url(database), &paths.iter().map(String::as_str).collect::<Vec<_>>());
        program.env("NEBULA_SECRET", secret);
        let _ = writeln!(seen, "$ {}\n{}\n", arguments.join(" "), run(program).1);
    };
    say("full.db", PASSPHRASE, &["backup", "HOME/a.backup"]);
    say("full.db", PASSPHRASE, &["backup", "HOME/a.backup"]);
    say("full.db", "", &["backup", "HOME/b.backup"]);
    say("full.db", "", &["backup", "--plain", "HOME/b.backup"]);
    say("full.db", "another one, also long", &["backup", "HOME/c.backup"]);
    say("none.db", PASSPHRASE, &["backup", "HOME/c.backup"]);
    say("full.db", PASSPHRASE, &["backup", "--keep", "3", "HOME/c.backup"]);
    say("full.db", PASSPHRASE, &["backup", "HOME/nowhere/c.backup"]);
    say("new.db", PASSPHRASE, &["restore", "--check", "HOME/a.backup"]);
    say("new.db", "another one, also long", &["restore", "HOME/a.backup"]);
    say("new.db", "another one, also long", &["restore", "HOME/b.backup"]);
    say("new.db", PASSPHRASE, &["restore", "HOME/a.backup"]);
    say("full.db", PASSPHRASE, &["restore", "HOME/a.backup"]);
    say("full.db", PASSPHRASE, &["restore", "--replace", "HOME/a.backup"]);
    say("new.db", PASSPHRASE, &["restore", "HOME/none.backup"]);
    say("nowhere/new.db", PASSPHRASE, &["restore", "HOME/a.backup"]);
    assert!(!home.path().join("c.backup").exists() && !home.path().join("none.db").exists());
    let masks = [
        (home.path().to_str().unwrap(), "HOME"),
        (r"\d+(\.\d+)? k?B in [\d.]+ m?s", "SIZE in TIME"),
        (r"in [\d.]+ m?s", "in TIME"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE"),
        (r"replaced-\d+", "replaced-DATE"),
        (r"of \d+ tables", "of N tables"),
    ];
    let seen = masks
        .iter()
        .fold(seen, |seen, (from, to)| regex::Regex::new(from).unwrap().replace_all(&seen, *to).into_owned());
    assert_snapshot!("what_an_administrator_reads", seen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_night_one_is_written_and_the_oldest_goes() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", home.path().join("nebula.db").display());
    filled(&url).await;
    let nights = home.path().join("backups");
    std::fs::create_dir(&nights).unwrap();
    for day in 1..=4 {
        std::fs::write(nights.join(format!("nebula-2026-01-0{day}T03-00-00Z.backup")), "old").unwrap();
    }
    std::fs::write(nights.join("nebula-by-hand.backup"), "mine").unwrap();
    let arguments = ["backup", "--keep", "3", nights.to_str().unwrap()];
    // One that fails deletes nothing.
    let (done, _) = run({
        let mut wrong = nebula(&url, &arguments);
        wrong.env("NEBULA_SECRET", "not the right passphrase");
        wrong
    });
    assert!(!done && std::fs::read_dir(&nights).unwrap().count() == 5);
    let (done, said) = run(nebula(&url, &arguments));
    assert!(done, "{said}");
    let mut left: Vec<String> =
        std::fs::read_dir(&nights).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left.len(), 4, "{left:?}");
    assert_eq!(left[0], "nebula-2026-01-03T03-00-00Z.backup");
    assert_eq!(left[3], "nebula-by-hand.backup");
    assert!(run(nebula(&url, &["restore", "--check", nights.join(&left[2]).to_str().unwrap()])).0);
}
