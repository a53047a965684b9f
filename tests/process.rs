//! The process: killed, stopped, cut off, started wrongly, looked at.

use std::{
    io::{BufRead, BufReader},
    process::{Output, Stdio},
};

use insta::assert_snapshot;
use peers::Unanswering;
use sandbox::Fault;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_still_thinking_when_it_was_killed_is_answered_after_the_restart() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let silent = Unanswering::start();
    let add = format!("/server add name:box address:{}:{} user:root", silent.address(), silent.port());
    let asked = admin.slash(&add).await.form().submit(&[("Password", "correct-horse")]).await;
    world.kill_bot();
    world.start_bot().await;
    let answer = asked.answer().await;
    assert_snapshot!(answer.until("Interrupted").await.masked(), @r"
    ✕ **Interrupted** Add server `box` at `ADDRESS` as `root`
    began <t:…:R>
    I was stopped while this ran, and did not see how it ended. It may still be running there.
    -# ref REFERENCE · by <@…>
    ");
    assert!(admin.ask("/server list").await.until("Servers").await.text().contains("none yet"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_goes_away_is_found_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (times, fault) in [(1, Fault::Reconnect), (2, Fault::Cut)] {
        world.sandbox.inject(fault).unwrap();
        world.until("it has resumed", |world| world.log().matches(": resumed").count() == times).await;
        admin.ask("/server list").await.until("Servers").await;
        assert_eq!(get(&format!("{}/readyz", world.web())).await.0, 200);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_registered_once_and_left_alone_after_that() {
    let mut world = World::start().await;
    let written = |world: &World| {
        let writes = world
            .sandbox
            .requests()
            .into_iter()
            .filter(|request| request.path.contains("/commands") && request.method != "GET");
        writes.count()
    };
    // The core's for everybody, and those of its features for the guild.
    assert_eq!(written(&world), 3);
    assert!(world.stop_bot().await);
    world.start_bot().await;
    assert_eq!(written(&world), 3);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_web_pages_tell_how_it_is() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let web = world.web();
    assert_eq!(get(&format!("{web}/healthz")).await, (200, "ok\n".to_owned()));
    assert_eq!(get(&format!("{web}/readyz")).await, (200, "database up\ndiscord up\n".to_owned()));
    let (status, page) = get(&format!("{web}/")).await;
    assert_eq!(status, 200);
    assert!(page.contains("<code>box</code>") && page.contains("✓ connected") && page.contains("just now"), "{page}");
    assert!(!page.contains("127."), "addresses are nobody's business");
    assert_eq!(get(&format!("{web}/nothing")).await.0, 404);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_discord_answers_it_is_alive_and_not_ready() {
    let world = World::start().await;
    let silent = Unanswering::start();
    let mut bot = world
        .program("run")
        .env("DATABASE_URL", format!("sqlite://{}", world.path("other.db").display()))
        .env("DISCORD_TEST_GATEWAY", format!("ws://{}:{}", silent.address(), silent.port()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(bot.stderr.take().unwrap()).lines().map_while(Result::ok);
    let web =
        lines.find_map(|line| Some(line.split_once("status page at ")?.1.trim_end_matches('/').to_owned())).unwrap();
    assert_eq!(get(&format!("{web}/healthz")).await, (200, "ok\n".to_owned()));
    assert_eq!(get(&format!("{web}/readyz")).await, (503, "database up\ndiscord down\n".to_owned()));
    assert!(get(&format!("{web}/")).await.1.contains("✕ not connected"));
    bot.kill().unwrap();
    bot.wait().unwrap();
    world.end().await;
}

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_wrongly_is_said_in_one_line() {
    let world = World::start().await;
    let mut seen = String::new();
    for (key, value) in [
        ("DISCORD_TOKEN", ""),
        ("DISCORD_TOKEN", "wrong"),
        ("DISCORD_TEST_ADDRESS", "192.0.2.1:443"),
        ("DISCORD_TEST_GATEWAY", ""),
        ("NEBULA_SECRET", "short"),
        ("NEBULA_WEB", "everywhere"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgres://bot:hunter2-hunter2@127.0.0.1:1/x"),
    ] {
        let fresh = format!("sqlite://{}", world.path("other.db").display());
        let run =
            world.program("run").env("DATABASE_URL", fresh).env(key, value).env("NEBULA_LOG", "off").output().unwrap();
        assert!(!run.status.success(), "{key}={value}");
        let shown = value.replace("hunter2-hunter2", "…");
        seen += &[key, "=", &shown, "\n  ", &said(&run.stderr), "\n"].concat();
    }
    // The world's own bot is still running on its database.
    let second = world.program("run").env("NEBULA_LOG", "off").output().unwrap();
    seen += &["a second bot\n  ", &said(&second.stderr), "\n"].concat();
    let seen = seen.replace(&world.path("").display().to_string(), "HOME/");
    assert!(!seen.contains("hunter2"), "{seen}");
    assert_snapshot!(seen, @r"
    DISCORD_TOKEN=
      nebula: DISCORD_TOKEN is not set: create a bot at https://discord.com/developers/applications, put its token into .env, and start again; or run `nebula try`, which needs none
    DISCORD_TOKEN=wrong
      nebula: Discord does not accept DISCORD_TOKEN: copy it again from the bot's page, or reset it there
    DISCORD_TEST_ADDRESS=192.0.2.1:443
      nebula: DISCORD_TEST_ADDRESS is `192.0.2.1:443`, which is not this machine: refused
    DISCORD_TEST_GATEWAY=
      nebula: DISCORD_TEST_ADDRESS, DISCORD_TEST_CA and DISCORD_TEST_GATEWAY go together: set all three or none
    NEBULA_SECRET=short
      nebula: NEBULA_SECRET is shorter than 16 characters; `openssl rand -hex 32` makes a good one
    NEBULA_WEB=everywhere
      nebula: NEBULA_WEB is `everywhere`, not an address like 127.0.0.1:8080: invalid socket address syntax
    DATABASE_URL=mysql://x
      nebula: database: the database URL begins with neither sqlite:// nor postgres://
    DATABASE_URL=postgres://bot:…@127.0.0.1:1/x
      nebula: database: could not open PostgreSQL: error communicating with database: Connection refused (os error 111)
    a second bot
      nebula: another Nebula is already running on HOME/nebula.db
    ");
    world.end().await;
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_counts_what_is_wrong() {
    let world = World::start().await;
    let check = |settings: &[(&str, &str)]| -> Output {
        let mut check = world.program("check");
        check.env("DATABASE_URL", format!("sqlite://{}", world.path("check.db").display())).stderr(Stdio::null());
        check.envs(settings.iter().copied()).output().unwrap()
    };
    let fine = world.program("check").output().unwrap();
    assert_eq!(fine.status.code(), Some(0), "{}", said(&fine.stdout));
    assert!(said(&fine.stdout).contains("SQLite, its tables are up to date"), "{}", said(&fine.stdout));
    let fine = check(&[]);
    assert!(!world.path("check.db").exists(), "a doctor makes nothing");
    assert_snapshot!(said(&fine.stdout).replace(&world.path("").display().to_string(), "HOME/"), @r"
    ✓ configuration  read
    ✓ database       HOME/check.db is not there yet; the first start makes it
    ✓ NEBULA_SECRET  seals the first credential
    ✓ Discord        logs in as Nebula at a stand-in on this machine, NOT at Discord
    ✓ web            127.0.0.1:0 is free
    ");
    assert_eq!(fine.status.code(), Some(0));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wrong = check(&[
        ("DISCORD_TOKEN", ""),
        ("NEBULA_SECRET", ""),
        ("NEBULA_WEB", &taken.local_addr().unwrap().to_string()),
    ]);
    assert_eq!(wrong.status.code(), Some(3), "{}", said(&wrong.stdout));
    let unread = check(&[("NEBULA_WEB", "nonsense")]);
    assert_eq!(unread.status.code(), Some(1), "{}", said(&unread.stdout));
    world.end().await;
}
