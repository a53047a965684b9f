//! `nebula key rotate`, as an administrator runs it: killed, run again, refused.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

use base::{Clock, GuildId, Secret, UserId};
use insta::assert_snapshot;
use secrecy::SecretString;
use store::{Store, Vault};

use crate::world::World;

const OLD: &str = "the old passphrase, long enough";
const NEW: &str = "the new passphrase, long enough";
const SECRETS: usize = 1_200;

fn value(number: usize) -> String {
    format!("the value of number {number}")
}

fn rotate(url: &str) -> Command {
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    nebula.args(["key", "rotate"]).env_clear().current_dir(std::env::temp_dir()).env("DATABASE_URL", url);
    nebula.env("NEBULA_SECRET", OLD).env("NEBULA_SECRET_NEW", NEW);
    nebula
}

/// Rotates until it has said so many lines, and kills it there. The answer is whether it had not ended by then.
fn rotate_and_kill(url: &str, lines: usize) -> bool {
    let mut nebula = rotate(url).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(nebula.stdout.take().unwrap()).lines();
    for _ in 0..lines {
        said.next();
    }
    nebula.kill().unwrap();
    !nebula.wait().unwrap().success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_killed_again_and_again_loses_nothing_on_sqlite() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("nebula.db");
    let url = format!("sqlite://{}", file.display());
    let salt = a_rotation_killed_again_and_again_loses_nothing(&url).await;
    // Not even a free page of the file remembers the old key.
    let left = std::fs::read(file).unwrap();
    assert!(!left.windows(salt.len()).any(|window| window == salt));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_killed_again_and_again_loses_nothing_on_postgres() {
    a_rotation_killed_again_and_again_loses_nothing(&peers::postgres::database()).await;
}

async fn a_rotation_killed_again_and_again_loses_nothing(url: &str) -> Vec<u8> {
    let store = Store::open(url, Clock::system()).await.unwrap();
    let vault = Vault::new(store.clone(), Some(SecretString::from(OLD)));
    let mut secrets = Vec::new();
    for number in 0..SECRETS {
        let guild = GuildId(1 + number as u64 % 3);
        let named = vault.name(guild, &format!("S{number}"), &Secret::new(value(number)), UserId(7)).await.unwrap();
        secrets.push(named.unwrap());
    }
    let salt = store.salts().await.unwrap().pop().unwrap();

    // Before it says anything, after its first words, and in the middle.
    let killed = [0, 1, 2, 4, 7].into_iter().filter(|lines| rotate_and_kill(url, *lines)).count();
    assert!(killed >= 3, "only {killed} were killed in time");
    // Until it has ended, no bot works on it.
    let mut bot = rotate(url);
    let bot = Command::new(bot.get_program())
        .arg("run")
        .env_clear()
        .envs(bot.env("DISCORD_TOKEN", "token").get_envs().filter_map(|(key, value)| Some((key, value?))))
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert_eq!(
        said(&bot.stderr),
        "nebula: `nebula key rotate` was begun on this database and has not ended. Run it again with the same \
         `NEBULA_SECRET` and `NEBULA_SECRET_NEW`: it goes on where it was, and I start after that."
    );

    let ended = rotate(url).output().unwrap();
    assert!(ended.status.success(), "{}", said(&ended.stderr));
    let last: Vec<String> = said(&ended.stdout).lines().rev().take(4).map(str::to_owned).collect();
    assert_eq!(last[3], format!("{SECRETS} of {SECRETS} sealed with the new key"));
    assert!(last[2].starts_with(&format!("Sealed {SECRETS} secrets anew in ")), "{last:?}");
    assert_eq!(last[1], "Next: set NEBULA_SECRET to the new value, delete NEBULA_SECRET_NEW, and start Nebula.");

    let (old, new) = (SecretString::from(OLD), SecretString::from(NEW));
    assert!(Vault::new(store.clone(), Some(old)).check().await.is_err());
    let vault = Vault::new(store.clone(), Some(new));
    for (number, named) in secrets.iter().enumerate() {
        assert_eq!(vault.open(named.guild, &named.secret).await.unwrap().expose(), value(number));
    }
    let again = rotate(url).output().unwrap();
    assert!(!again.status.success() && said(&again.stderr).contains("it is the new one"), "{}", said(&again.stderr));
    store.close().await;
    salt
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_goes_on_with_the_new_key_and_keeps_the_rotation_off_while_it_runs() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    world.never_show("first-horse-battery");
    let form = admin.slash("/secret set name:login").await.form();
    form.fill(&[("Value", "first-horse-battery")]).await.until("Set").await;

    let new = Clock::system().key();
    let rotate = |world: &World, new: &str| -> Output {
        world.program("key").arg("rotate").env("NEBULA_SECRET_NEW", new).output().unwrap()
    };
    let refused = rotate(&world, &new);
    let mut seen = said(&refused.stderr) + "\n";
    assert!(world.stop_bot().await);
    for (key, value) in
        [("NEBULA_SECRET", ""), ("NEBULA_SECRET", "not the right passphrase"), ("NEBULA_SECRET_NEW", "short")]
    {
        let wrong = world.program("key").arg("rotate").env(key, value).output().unwrap();
        assert!(!wrong.status.success());
        seen.push_str(&said(&wrong.stderr));
        seen.push('\n');
    }
    assert_snapshot!(seen.replace(&world.path("").display().to_string(), "HOME/"), @r"
    nebula: stop Nebula first: another Nebula is already running on HOME/nebula.db
    nebula: NEBULA_SECRET is not set: it must be the passphrase the database is sealed with now
    nebula: NEBULA_SECRET is not the one this database is sealed with; if a rotation has just ended, it is the new one
    nebula: NEBULA_SECRET_NEW is shorter than 16 characters; `openssl rand -hex 32` makes a good one
    ");
    let ended = rotate(&world, &new);
    assert!(ended.status.success(), "{}", said(&ended.stderr));
    world.set_passphrase(&new);
    world.start_bot().await;
    let run = admin.ask("/server run server:box command:echo first-horse-battery").await;
    run.until("exit 0").await;
    assert!(run.text().contains("‹secret›"), "{}", run.text());
    world.end().await;
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
