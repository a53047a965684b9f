//! `nebula check --audit`: goes through the audit log from its first row to its last, and names the first that is broken.
//!
//! It takes no lock: the bot may be running, and what it adds meanwhile is for the next time.

use std::{io::Write, process::ExitCode, time::Instant};

use anyhow::{Context, ensure};
use base::{Clock, measure};
use secrecy::ExposeSecret;
use store::Store;

use crate::config::Config;

pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let url = config.database.expose_secret();
    if let Some(file) = store::sqlite_file(url) {
        ensure!(file.exists(), "{} is not there: there is no audit log to verify", file.display());
    }
    let store = Store::open(url, Clock::system()).await.context("database")?;
    let began = Instant::now();
    let found = store.verify_audit().await;
    let took = measure::span(began.elapsed());
    store.close().await;
    let mut out = std::io::stdout().lock();
    Ok(match found.map_err(|error| anyhow::anyhow!("the audit log could not be read: {error:#}"))? {
        Ok(verified) => {
            let rows = measure::count(u64::try_from(verified.rows).unwrap_or(0), "row", "rows");
            let _ = writeln!(out, "✓ audit log      {rows}, none altered, missing or out of order, in {took}");
            let _ = writeln!(out, "  head           {}", verified.head);
            ExitCode::SUCCESS
        }
        Err(broken) => {
            let _ = writeln!(out, "✕ audit log      {broken}; looked for {took}");
            ExitCode::FAILURE
        }
    })
}
