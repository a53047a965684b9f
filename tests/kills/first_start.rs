//! Killed while it makes its tables, or brings older ones up to date: the next start completes it.

use std::{
    fmt::Write,
    path::Path,
    process::{Command, Stdio},
};

use base::Clock;
use store::Store;

use super::tale::Chance;
use crate::world::World;

/// Databases that are made under kills, in each of the two stories.
const DATABASES: u64 = 5;
/// How often each start of these is killed before it may go on.
const KILLS: usize = 2;
/// When a start makes its tables, in milliseconds: SQLite's are soon made, PostgreSQL's while it makes the connection, too.
const MAKING: [std::ops::Range<u64>; 2] = [15..110, 10..260];

on_both_worlds! {
    killed_while_it_makes_its_tables_the_next_start_completes_them
}

async fn killed_while_it_makes_its_tables_the_next_start_completes_them(mut world: World) {
    let mut chance = Chance::of("killed while it makes its tables");
    let on_postgres = world.database_url().starts_with("postgres");
    let mut killed_at = Vec::new();
    world.kill_bot();
    for number in 0..DATABASES {
        let file = world.path(&format!("nebula.db-{number}"));
        let url = if on_postgres { peers::postgres::database() } else { format!("sqlite://{}", file.display()) };
        world.set_database(&url);
        let version = chance.within(0..8);
        let old = old_tables(&url, version);
        for _ in 0..KILLS {
            let moment = chance.millis(MAKING[usize::from(on_postgres)].clone());
            world.launch_bot();
            tokio::time::sleep(moment).await;
            world.kill_bot();
            killed_at.push(made(&url));
        }
        world.start_bot().await;
        let store = Store::open(&url, Clock::system()).await.unwrap();
        let verified = store.verify_audit().await.unwrap().unwrap_or_else(|broken| panic!("{broken}"));
        // What older versions recorded is there, once: a beginning and an end of each.
        assert_eq!(verified.rows, 2 * i64::try_from(old).unwrap(), "tables of version {version}");
        store.close().await;
        let admin = world.admin().await;
        assert!(admin.ask("/server list").await.until("Servers").await.text().contains("none yet"));
        if number + 1 < DATABASES {
            world.kill_bot();
        }
    }
    eprintln!("killed when so many migrations were done: {killed_at:?}");
    world.end().await;
}

/// Makes the tables of an older version, as its own start left them; the answer is how many entries are on record there.
fn old_tables(url: &str, version: u64) -> u64 {
    let mut sql = MIGRATED.to_owned();
    if url.starts_with("postgres") {
        sql = sql.replace("blob", "bytea").replace("timestamp not null", "timestamptz not null");
    }
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(all).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files.iter().take(usize::try_from(version).unwrap()) {
        let (number, name) = file.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap();
        let sum = Command::new("sha384sum").arg(file).output().unwrap().stdout;
        let sum = String::from_utf8(sum).unwrap().split_whitespace().next().unwrap().to_owned();
        let sum = if url.starts_with("postgres") { format!("'\\x{sum}'") } else { format!("x'{sum}'") };
        sql.push_str(&std::fs::read_to_string(file).unwrap());
        let number: u32 = number.parse().unwrap();
        write!(
            sql,
            ";\ninsert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values ({number}, '{}', true, {sum}, 1);\n",
            name.replace('_', " ")
        )
        .unwrap();
        if number == 1 {
            sql.push_str(RECORDED);
        }
    }
    apply(url, &sql);
    version.min(1)
}

/// The table in which migrations are counted, as sqlx makes it.
const MIGRATED: &str = "create table if not exists _sqlx_migrations (
    version bigint primary key, description text not null, installed_on timestamp not null default current_timestamp,
    success boolean not null, checksum blob not null, execution_time bigint not null);\n";

/// One entry of the first version's audit log.
const RECORDED: &str = "insert into audit (id, reference, guild_id, actor_id, actor_name, way, action, arguments, plan, digest,
        outcome, started_at, finished_at)
    values ('01890000-0000-7000-8000-000000000001', 'ABCDEF', '1', '2', 'admin', 'command', 'server.run', '{}', 'Run `true`',
        'd', 'done', 1700000000000, 1700000001000);\n";

/// How many migrations a killed start had done; none where it had not come to them.
fn made(url: &str) -> Option<usize> {
    let count = "select count(*) from _sqlx_migrations;";
    let Some(file) = store::sqlite_file(url) else { return ask(url, count).ok()?.trim().parse().ok() };
    // A copy: to open it would already put right what the next start must.
    let copy = tempfile::tempdir().unwrap();
    for end in ["", "-wal", "-journal"] {
        let from = format!("{}{end}", file.display());
        if Path::new(&from).exists() {
            std::fs::copy(from, copy.path().join(format!("copy{end}"))).unwrap();
        }
    }
    ask(&format!("sqlite://{}", copy.path().join("copy").display()), count).ok()?.trim().parse().ok()
}

fn apply(url: &str, sql: &str) {
    ask(url, sql).unwrap_or_else(|error| panic!("{error}"));
}

/// What the database's own program says to this.
fn ask(url: &str, sql: &str) -> Result<String, String> {
    let mut program = if let Some(file) = store::sqlite_file(url) {
        let mut program = Command::new("sqlite3");
        program.arg("-bail").arg(file);
        program
    } else {
        let mut program = Command::new("psql");
        program.args(["--no-psqlrc", "--quiet", "--tuples-only", "--set", "ON_ERROR_STOP=1", url]);
        program
    };
    let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, sql.as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    let said = if output.status.success() { Ok(output.stdout) } else { Err(output.stderr) };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    said.map(text).map_err(text)
}
