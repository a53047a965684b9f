//! A database of its own for each test, on the PostgreSQL that `make test` starts.

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// Names the server; `tests/peers/with.sh` sets it.
const SERVER: &str = "NEBULA_TEST_POSTGRES";

/// A fresh, empty database; the answer is its URL. It goes with the server.
///
/// # Panics
/// When there is no server: a test that silently did not run would be worse.
pub fn database() -> String {
    create("")
}

/// A copy of a database that nobody uses, by its URL.
///
/// # Panics
/// When somebody uses it.
pub(crate) fn copy(of: &str) -> String {
    let (_, name) = of.rsplit_once('/').expect("the URL names a database");
    create(&format!(" template {name}"))
}

/// Tidies a database, as PostgreSQL does by itself where it is not told otherwise: ours is, for stories that are over in a moment.
///
/// # Panics
/// When it does not let itself be tidied.
pub fn tidy(database: &str) {
    let done = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--command", "vacuum analyze", database])
        .output()
        .expect("psql comes with PostgreSQL");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn create(like: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var_os(SERVER).and_then(|url| url.into_string().ok());
    let server = server.unwrap_or_else(|| panic!("{SERVER} is not set: `make test` starts a PostgreSQL and sets it"));
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--command", &format!("create database {name}{like}"), &server])
        .output()
        .expect("psql comes with PostgreSQL");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}
