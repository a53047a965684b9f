//! Killed at the worst moments of a turn: what was approved is done once or said not to be done, every card is true, and people go on.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use peers::models::{Say, Speaker};
use serde_json::json;

use super::{Thread, asked_of, until_audited, with_agents, with_model};
use crate::{
    people::{Person, Shown, mask},
    world::World,
};

on_both_worlds! {
    what_was_approved_and_had_not_begun_when_it_was_killed_is_done_once
    a_command_that_outlives_a_kill_is_run_once_and_its_end_reaches_the_model
    killed_while_a_condition_is_looked_at_and_while_it_is_judged_it_looks_and_judges_again
}

/// Where commands leave marks.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), Permissions::from_mode(0o777)).unwrap();
        Self(home)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// How many marks were left there.
    fn marks(&self, name: &str) -> usize {
        std::fs::read_to_string(self.path(name)).unwrap_or_default().lines().count()
    }

    fn says_go(&self) {
        std::fs::write(self.path("go"), "").unwrap();
    }
}

/// Has the model ask for a command on the server, and finds the question that comes of it.
async fn asks_to_run(admin: &Person, model: &Speaker, command: &str) -> (Thread, Shown) {
    let run = json!({ "server": "box", "command": command });
    model.will(Say::Calls(String::new(), vec![("server_run".into(), run)]));
    let thread = Thread::asked(admin, "do it").await;
    let question = thread.sees("Approve?").await;
    (thread, question)
}

/// How often the audit log says this.
async fn times(world: &World, row: &str) -> usize {
    world.audited().await.into_iter().filter(|noted| noted == row).count()
}

/// What the model was told last of what came of a call.
fn told(model: &Speaker) -> String {
    let question = model.questions().pop().unwrap();
    let mut latest = question["messages"].as_array().unwrap().iter().rev();
    latest.find(|message| message["role"] == "tool").unwrap()["content"].to_string()
}

/// What comes next is answered as ever.
async fn goes_on(thread: &Thread, model: &Speaker) {
    model.will(Say::Text("As I said.".into()));
    thread.says("are you sure?").await;
    thread.sees("As I said.").await.until("qwen3").await;
}

async fn what_was_approved_and_had_not_begun_when_it_was_killed_is_done_once(mut world: World) {
    let model = with_model(&mut world).await;
    let (sshd, place) = (world.with_server("box").await, Place::new());
    let admin = world.admin().await;
    let line = format!("echo marked | tee -a {}", place.path("marks").display());
    let (thread, question) = asks_to_run(&admin, &model, &line).await;
    // The yes is spent, and the server has heard of nothing yet.
    sshd.pause();
    question.press(&admin, "Approve").await;
    let started = "admin server.run box: started".to_owned();
    until_audited(&world, |rows| rows.contains(&started)).await;
    world.kill_bot();
    assert_eq!(place.marks("marks"), 0);
    sshd.go_on();
    model.will(Say::Text("It is marked.".into()));
    world.start_bot().await;
    let answer = thread.sees("It is marked.").await;
    answer.until("qwen3").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✓ `server_run` · exit 0 after TIME · 1 line · ref REFERENCE
    It is marked.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    question.until("exit 0").await;
    assert_eq!((place.marks("marks"), times(&world, "admin server.run box: done").await), (1, 1));
    assert!(told(&model).contains("marked"), "{}", told(&model));
    goes_on(&thread, &model).await;
    world.end().await;
}

async fn a_command_that_outlives_a_kill_is_run_once_and_its_end_reaches_the_model(mut world: World) {
    let model = with_model(&mut world).await;
    let (_sshd, place) = (world.with_server("box").await, Place::new());
    let admin = world.admin().await;
    let (marks, go) = (place.path("marks").display().to_string(), place.path("go").display().to_string());
    let line = format!("echo begun >> {marks}; while [ ! -e {go} ]; do sleep 0.05; done; echo over | tee -a {marks}");
    let (thread, question) = asks_to_run(&admin, &model, &line).await;
    question.press(&admin, "Approve").await;
    world.until("it has begun", |_| place.marks("marks") == 1).await;
    world.kill_bot();
    model.will(Say::Text("It ran to its end.".into()));
    world.start_bot().await;
    // It is neither over nor begun again, and its card says so.
    question.until("running").await;
    assert_eq!(place.marks("marks"), 1);
    place.says_go();
    let answer = thread.sees("It ran to its end.").await;
    answer.until("qwen3").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✓ `server_run` · exit 0 after TIME · 1 line · ref REFERENCE
    It ran to its end.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    question.until("exit 0").await;
    assert_eq!((place.marks("marks"), times(&world, "admin server.run box: done").await), (2, 1));
    assert!(told(&model).contains("over"), "{}", told(&model));
    goes_on(&thread, &model).await;
    world.end().await;
}

/// One whose work is done when something was seen on its server, and a model says so.
const KEEPER: &str = "tools: [server.show]
verify:
  - says: box answers
    action: server.run
    with: {server: box, command: uptime}
  - the person got an answer
";

async fn killed_while_a_condition_is_looked_at_and_while_it_is_judged_it_looks_and_judges_again(mut world: World) {
    with_agents(&mut world, &[("keeper", KEEPER)]);
    let model = with_model(&mut world).await;
    let (sshd, place) = (world.with_server("box").await, Place::new());
    let (marks, go) = (place.path("marks").display().to_string(), place.path("go").display().to_string());
    sshd.put_program(
        "uptime",
        &format!("#!/bin/sh\necho looked >> {marks}\nwhile [ ! -e {go} ]; do sleep 0.05; done\necho up 3 days\n"),
    );
    let admin = world.admin().await;
    model.will(Say::Text("It is up.".into()));
    let thread = asked_of("keeper", &admin, "is box up?").await;
    world.until("it is looked at", |_| place.marks("marks") == 1).await;
    world.kill_bot();
    place.says_go();
    model.will(Say::Silence("1: y".into()));
    world.start_bot().await;
    world.until("it is judged", |_| model.questions().len() == 2).await;
    world.kill_bot();
    model.will(Say::Text("1: yes E1 - it was answered".into()));
    world.start_bot().await;
    let answer = thread.sees("It is up.").await;
    answer.until("judged by the model: it was answered").await;
    answer.until("qwen3").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    It is up.
    -# ✓ `box answers` · done · ref REFERENCE
    -# ✓ `the person got an answer` · judged by the model: it was answered
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert_eq!(model.questions().len(), 3, "what was answered is not asked for again");
    goes_on_of_keeper(&thread, &model).await;
    world.end().await;
}

/// The same of one whose every answer is held against what must hold.
async fn goes_on_of_keeper(thread: &Thread, model: &Speaker) {
    model.will(Say::Text("As I said.".into()));
    model.will(Say::Text("1: yes E1 - it was answered".into()));
    thread.says("are you sure?").await;
    thread.sees("As I said.").await.until("judged by the model: it was answered").await;
}

/// Who waits for a lock in this database.
const WAITING: &str = "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

/// Who holds one for as long as they sleep.
const HOLDING: &str = "pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";

/// A lock on the servers' rows: who wants to change one waits, for as long as this is there.
struct Lock {
    session: std::process::Child,
    database: String,
}

impl Lock {
    async fn on_servers(world: &World) -> Self {
        let database = world.database_url();
        let sleeps = "begin; lock table servers in share mode; select pg_sleep(600)";
        let session = psql(&database, sleeps).spawn().unwrap();
        let lock = Self { session, database };
        let held =
            "select count(*) from pg_locks where relation = 'servers'::regclass and mode = 'ShareLock' and granted";
        world.until("the lock is held", |_| lock.counts(held)).await;
        lock
    }

    /// Whether somebody waits for it.
    fn is_waited_for(&self) -> bool {
        self.counts(&format!("select count(*) from {WAITING}"))
    }

    fn counts(&self, query: &str) -> bool {
        let output = psql(&self.database, query).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim() == "1"
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever waits is gone with the connection of the process that was killed, before what it waits for is let go.
        for whose in [WAITING, HOLDING] {
            let end = format!("select pg_terminate_backend(pid) from {whose}");
            psql(&self.database, &end).output().unwrap();
        }
        let _ = self.session.kill();
        let _ = self.session.wait();
    }
}

fn psql(database: &str, command: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", command, database]);
    psql.stdout(std::process::Stdio::piped());
    psql
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_approved_and_broke_off_half_way_is_not_done_and_is_said_to_have_broken_off() {
    let mut world = World::on_postgres().await;
    let model = with_model(&mut world).await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let note = json!({ "server": "box", "note": "rack 4" });
    model.will(Say::Calls(String::new(), vec![("server_note".into(), note)]));
    let thread = Thread::asked(&admin, "note that box is in rack 4").await;
    let question = thread.sees("Approve?").await;
    let lock = Lock::on_servers(&world).await;
    question.press(&admin, "Approve").await;
    world.until("its change waits", |_| lock.is_waited_for()).await;
    assert_eq!(times(&world, "admin server.note box: started").await, 1);
    world.kill_bot();
    drop(lock);
    model.will(Say::Text("It was broken off; nothing is noted.".into()));
    world.start_bot().await;
    let answer = thread.sees("It was broken off").await;
    answer.until("qwen3").await;
    assert_shown!(mask(&answer.text()), @r"
    **Jarvis**
    -# ✕ `server_note` · Nebula stopped before it ended · ref REFERENCE
    It was broken off; nothing is noted.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert_shown!(question.masked(), @r"
    ✕ **Interrupted** Note of `box`: `rack 4`
    began <t:…:R>
    I was stopped while this ran, and did not see how it ended. It may still be running there.
    -# ref REFERENCE · by <@…>
    ");
    assert!(!admin.ask("/server show server:box").await.text().contains("rack 4"));
    goes_on(&thread, &model).await;
    world.end().await;
}
