//! Databases whose tables are there already: they are made once for a process, and copied for each test.

use std::{future::Future, path::Path};

use tokio::sync::OnceCell;

use crate::postgres;

/// The URL of a file in this directory that is as `make` leaves the one at its URL. `make` closes what it opens.
///
/// # Panics
/// When the file cannot be made or copied.
pub async fn sqlite<F: Future<Output = ()>>(home: &Path, make: impl FnOnce(String) -> F) -> String {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let url = |home: &Path| format!("sqlite://{}", home.join("nebula.db").display());
    let first = MADE.get_or_init(async || {
        let place = tempfile::tempdir().expect("there is room for a directory");
        make(url(place.path())).await;
        assert!(!place.path().join("nebula.db-wal").exists(), "it was not closed");
        std::fs::read(place.path().join("nebula.db")).expect("it was made and closed")
    });
    std::fs::write(home.join("nebula.db"), first.await).expect("there is room for a file");
    url(home)
}

/// The same on the PostgreSQL that `make test` starts.
///
/// # Panics
/// When there is no server, or a database cannot be made.
pub async fn postgres<F: Future<Output = ()>>(make: impl FnOnce(String) -> F) -> String {
    static MADE: OnceCell<String> = OnceCell::const_new();
    let first = MADE.get_or_init(async || {
        let url = postgres::database();
        make(url.clone()).await;
        url
    });
    postgres::copy(first.await)
}
