//! `nebula key rotate`: seals everything anew, so that the old passphrase opens nothing any more.

use std::{io::Write, process::ExitCode, time::Instant};

use anyhow::{Context, bail};
use base::{Clock, Error};
use secrecy::{ExposeSecret, SecretString};
use store::{Progress, Store};

use crate::config::Config;

/// Keys that secrets are sealed with.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Key {
    /// Seal every stored secret anew, while Nebula is stopped.
    ///
    /// The new passphrase is taken from `NEBULA_SECRET_NEW`; without it the old one stays, with a fresh salt. It may be
    /// interrupted at any moment: run again with the same settings, it goes on where it was, and until it has ended Nebula does
    /// not start. Then the old passphrase opens nothing any more.
    Rotate,
}

pub(crate) async fn run(key: &Key, config: &Config) -> anyhow::Result<ExitCode> {
    match key {
        Key::Rotate => rotate(config).await,
    }
}

async fn rotate(config: &Config) -> anyhow::Result<ExitCode> {
    let Some(old) = &config.passphrase else {
        bail!("NEBULA_SECRET is not set: it must be the passphrase the database is sealed with now");
    };
    let new = config.next_passphrase.as_ref();
    let url = config.database.expose_secret();
    if let Some(file) = store::sqlite_file(url).filter(|file| !file.exists()) {
        bail!("{} is not there, so there is no key to rotate", file.display());
    }
    let store = Store::open(url, Clock::system()).await.context("database")?;
    let lock = store.lock().await.context("stop Nebula first")?;
    let since = Instant::now();
    let sealed = store.rotate_key(old, new.unwrap_or(old), say).await.map_err(explain);
    drop(lock);
    store.close().await;
    let sealed = sealed?;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "Sealed {sealed} secrets anew in {:.1} s. The old key is deleted: it opens nothing any more.",
        since.elapsed().as_secs_f64()
    );
    let _ = writeln!(out, "{}", next(old, new));
    Ok(ExitCode::SUCCESS)
}

/// One line, so that somebody who watches knows, and somebody who kills it too.
fn say(progress: Progress) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{} of {} sealed with the new key", progress.done, progress.of);
}

fn next(old: &SecretString, new: Option<&SecretString>) -> &'static str {
    if new.is_some_and(|new| new.expose_secret() != old.expose_secret()) {
        "Next: set NEBULA_SECRET to the new value, delete NEBULA_SECRET_NEW, and start Nebula.\n\
         Backups of before still open with the old passphrase: keep it as long as them, or delete them."
    } else {
        "Next: start Nebula; NEBULA_SECRET stays as it is. Backups of before still open with it."
    }
}

/// What went wrong in our own database is told whole: there is nobody else to tell.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Internal { doing, source } => source.context(doing),
        other => anyhow::anyhow!("{other}"),
    }
}
