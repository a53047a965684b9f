//! One file with every row of either database, that either database restores.
//!
//! **Invariants:** a backup is of one moment, however much is written meanwhile, and is there whole or not at all. A restore
//! trusts nothing: it reads the whole file before it changes anything, proves what it restored in a place of its own, and only
//! then puts it where the bot will look. Tables are found by the migrations, so none can be forgotten.
//!
//! The file: a head of three lines (`head`), then frames (`frames`) of compressed records (`file`).

mod dump;
mod file;
mod frames;
mod head;
mod load;
mod out;
mod place;
mod record;
mod schema;
mod settle;
mod stage;

use std::path::Path;

use anyhow::{Context, bail, ensure};
use base::{Clock, Millis, Redactor};
use secrecy::SecretString;
use sqlx::Connection;

use crate::{Kind, Vault, lock::Lock};
use file::{Reader, Step, Writer};
use head::Head;
pub use out::Out;
use place::Place;
use stage::Stage;

/// What becomes of what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing is done.
    Refuse,
    /// It gives way.
    Replace,
}

/// What a backup holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// When the rows were as they are in it.
    pub made: Millis,
    /// The Nebula that wrote it.
    pub nebula: String,
    /// Which database it is of.
    pub from: String,
    /// Whether nobody reads it without the passphrase.
    pub sealed: bool,
    /// How many tables there are, the empty ones too.
    pub tables: usize,
    /// How many rows they have together.
    pub rows: u64,
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What was in the backup.
    pub held: Held,
    /// Which database it is in now.
    pub into: Kind,
    /// The audit log's rows.
    pub audit_rows: i64,
    /// What was in flight, and what became of it.
    pub settled: Vec<String>,
    /// Where what was there before is kept.
    pub kept: Option<String>,
}

/// Writes everything in the database as it is at this moment, and reads it back; the bot may be running. A passphrase seals
/// the file.
///
/// # Errors
/// Where the database cannot be read, or its secrets do not open with the passphrase: such a backup could not be restored.
pub async fn write(url: &str, clock: &Clock, passphrase: Option<&SecretString>, mut out: Out) -> anyhow::Result<Held> {
    let place = Place::of(url)?;
    let mut database = place.connect().await?;
    let mut moment = dump::as_of_now(&mut database, place.kind).await?;
    let schema = dump::schema(&mut moment, place.kind).await.with_context(|| place.name())?;
    if let Some(passphrase) = passphrase {
        crate::vault_key::opens(&mut moment, passphrase).await?;
    }
    let head = Head {
        made: clock.now(),
        nebula: env!("CARGO_PKG_VERSION").to_owned(),
        schema: schema.version,
        from: place.kind.to_string(),
        sealed: None,
    };
    let mut written = what(&head, schema.tables.len());
    written.sealed = passphrase.is_some();
    let seal = head.write(passphrase, &mut out).await?;
    let mut rows = Writer::new(out, seal);
    written.rows = dump::dump(&mut moment, &schema, &mut rows).await?;
    let mut out = rows.end()?;
    drop(moment);
    database.close().await?;
    let read = check(out.written()?, passphrase).await.context("what was written does not read back")?;
    ensure!(read.rows == written.rows, "{} rows were written, and {} read back", written.rows, read.rows);
    out.keep()?;
    Ok(written)
}

/// Reads a whole backup and sees that all of it is as it was written.
pub async fn check(path: &Path, passphrase: Option<&SecretString>) -> anyhow::Result<Held> {
    let mut backup = Reader::open(path, passphrase).await.with_context(|| path.display().to_string())?;
    let mut held = what(&backup.head, backup.schema.tables.len());
    let read = || -> anyhow::Result<u64> {
        let mut rows = 0;
        loop {
            match backup.step()? {
                Step::TableEnd(sum) => rows += sum.rows,
                Step::End => break,
                Step::Table(_) | Step::Row(_) => {}
            }
        }
        backup.end().map(|()| rows)
    };
    held.rows = read().with_context(|| path.display().to_string())?;
    Ok(held)
}

fn what(head: &Head, tables: usize) -> Held {
    Held {
        made: head.made,
        nebula: head.nebula.clone(),
        from: head.from.clone(),
        sealed: head.sealed.is_some(),
        tables,
        rows: 0,
    }
}

/// Restores a backup, whole or not at all, while no bot is running.
///
/// # Errors
/// Whatever is wrong is said, and nothing is changed then.
pub async fn restore(
    path: &Path,
    url: &str,
    clock: &Clock,
    passphrase: Option<&SecretString>,
    found: Found,
) -> anyhow::Result<Restored> {
    let place = Place::of(url)?;
    let held = check(path, passphrase).await?;
    let _lock = lock(&place).await?;
    match place.occupied().await {
        Ok(None) => {}
        Ok(Some(_)) | Err(_) if found == Found::Replace => {}
        Ok(Some(occupied)) => bail!(
            "{} is not empty, it has {occupied}: restore into an empty database, or say --replace, and what is there now is \
             kept beside",
            place.name()
        ),
        Err(error) => return Err(error),
    }
    let stage = Stage::clear(&place).await?;
    let restored = fill(&stage, path, &held, clock, passphrase).await;
    let restored = match restored {
        Ok((audit_rows, settled)) => {
            let aside: String = clock.now().utc().chars().filter(char::is_ascii_digit).collect();
            let kept = stage.take_place(found, &aside).await;
            kept.map(|kept| Restored { held, into: place.kind, audit_rows, settled, kept })
        }
        Err(error) => Err(error),
    };
    if restored.is_err() {
        // What cannot be removed now, the next one removes.
        let _ = stage.remove().await;
    }
    restored
}

/// Fills a stage, brings it up to date, and proves it.
async fn fill(
    stage: &Stage<'_>,
    path: &Path,
    held: &Held,
    clock: &Clock,
    passphrase: Option<&SecretString>,
) -> anyhow::Result<(i64, Vec<String>)> {
    let backup = Reader::open(path, passphrase).await.with_context(|| path.display().to_string())?;
    let mut database = stage.tables(backup.schema.version).await?;
    let rows = load::load(&mut database, backup).await?;
    database.close().await?;
    ensure!(rows == held.rows, "{} was changed while it was read", path.display());

    let store = stage.store(clock.clone()).await?;
    let proven = prove(&store, passphrase).await;
    let settled = match &proven {
        Ok(_) => {
            let mut database = store.pool.acquire().await?;
            let newest = schema::Schema::of(schema::newest()).await?;
            settle::settle(&mut database, &newest, clock.now()).await
        }
        Err(_) => Ok(Vec::new()),
    };
    store.close().await;
    Ok((proven?, settled?))
}

/// Sees that the bot can work with it; the answer is how many rows the audit log has.
async fn prove(store: &crate::Store, passphrase: Option<&SecretString>) -> anyhow::Result<i64> {
    let audit = store.verify_audit().await.map_err(told)?;
    let audit = audit.map_err(|broken| anyhow::anyhow!("the audit log in the backup is broken: {broken}"))?;
    if !store.salts().await.map_err(told)?.is_empty() {
        Vault::new(store.clone(), passphrase.cloned()).check().await.map_err(told)?;
    }
    Ok(audit.rows)
}

/// What went wrong in our own database is told whole: there is nobody else to tell.
fn told(error: base::Error) -> anyhow::Error {
    match error {
        base::Error::Internal { doing, source } => source.context(doing),
        other => anyhow::anyhow!("{}", Redactor::default().mask(&other.to_string())),
    }
}

async fn lock(place: &Place) -> anyhow::Result<Lock> {
    match place.kind {
        Kind::Sqlite => {
            let directory = place.file.parent().filter(|parent| !parent.as_os_str().is_empty());
            if let Some(missing) = directory.filter(|directory| !directory.is_dir()) {
                bail!("{} is not there: make the directory first", missing.display());
            }
            Lock::file(&place.file)
        }
        Kind::Postgres => {
            place.connect().await?.close().await?;
            Lock::nobody(&sqlx::AnyPool::connect(&place.url).await?).await
        }
    }
    .context("stop Nebula first")
}

/// What was renamed is renamed for good.
fn sync_directory(of: &Path) -> std::io::Result<()> {
    let directory = of.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(directory)?.sync_all()
}
