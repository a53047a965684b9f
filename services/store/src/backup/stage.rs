//! Where a backup is restored before it counts: a file beside the database's, or a schema of its own in PostgreSQL.
//!
//! **Invariant:** the place itself is changed by one rename or one transaction, after everything was proven: a restore that is
//! killed leaves what was there, or all of what was restored. What it left beside, the next one removes. Only for whoever holds
//! the database's lock.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use base::Clock;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use super::{
    Found, dump,
    place::{Place, occupied},
    schema::{MIGRATED, Schema, newest},
};
use crate::{Kind, Store, database::MIGRATIONS};

/// The schema that is filled before it takes the other's place.
pub(super) const SCHEMA: &str = "nebula_restoring";
/// Follows the name of SQLite's file.
const SUFFIX: &str = ".restoring";
/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The place to be, while it is made.
pub(super) struct Stage<'a> {
    place: &'a Place,
    /// The file, of SQLite.
    file: PathBuf,
}

impl<'a> Stage<'a> {
    /// An empty one; what another restore left is removed.
    pub(super) async fn clear(place: &'a Place) -> anyhow::Result<Self> {
        let stage = Self { place, file: beside(&place.file, SUFFIX) };
        stage.remove().await?;
        if place.kind == Kind::Postgres {
            let mut database = place.connect().await?;
            let made = database.execute(AssertSqlSafe(format!("create schema {SCHEMA}"))).await;
            made.with_context(|| format!("could not make the schema {SCHEMA}: only the database's owner may"))?;
            database.close().await?;
        }
        Ok(stage)
    }

    /// A connection to it, with the empty tables of a version.
    pub(super) async fn tables(&self, version: i64) -> anyhow::Result<AnyConnection> {
        let mut database = match self.place.kind {
            Kind::Sqlite => {
                let mut database =
                    AnyConnection::connect(&format!("sqlite://{}?mode=rwc", self.file.display())).await?;
                // It counts only once all of it is on the disk: until then there is nothing to keep.
                database.execute("pragma journal_mode = memory").await?;
                database.execute("pragma synchronous = off").await?;
                database
            }
            Kind::Postgres => {
                let mut database = self.place.connect().await?;
                database.execute(AssertSqlSafe(format!("set search_path to {SCHEMA}"))).await?;
                database
            }
        };
        MIGRATIONS.run_to(version, &mut database).await.context("could not make its tables")?;
        Ok(database)
    }

    /// Opens it as a database of today's version.
    pub(super) async fn store(&self, clock: Clock) -> anyhow::Result<Store> {
        match self.place.kind {
            Kind::Sqlite => Store::open(&format!("sqlite://{}", self.file.display()), clock).await,
            Kind::Postgres => Store::open_in(&self.place.url, clock, Some(SCHEMA)).await,
        }
    }

    /// Puts it in its place. The answer is where what was there is kept, if anything was.
    pub(super) async fn take_place(&self, found: Found, aside: &str) -> anyhow::Result<Option<String>> {
        match self.place.kind {
            Kind::Sqlite => self.rename(found, aside).await,
            Kind::Postgres => self.swap(found, aside).await,
        }
    }

    /// Removes it.
    pub(super) async fn remove(&self) -> anyhow::Result<()> {
        if self.place.kind == Kind::Postgres {
            let mut database = self.place.connect().await?;
            let there: i64 = sqlx::query_scalar("select count(*) from pg_namespace where nspname = $1")
                .bind(SCHEMA)
                .fetch_one(&mut database)
                .await?;
            if there > 0 {
                database.execute(AssertSqlSafe(format!("drop schema {SCHEMA} cascade"))).await?;
            }
            return Ok(database.close().await?);
        }
        for file in BESIDE.iter().chain(&[""]).map(|suffix| beside(&self.file, suffix)) {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("could not remove {}", file.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn rename(&self, found: Found, aside: &str) -> anyhow::Result<Option<String>> {
        let staged = format!("sqlite://{}?mode=rw", self.file.display());
        ensure!(whole_file(&staged).await?, "something else has {} open", self.file.display());
        private(&self.file)?;
        std::fs::File::open(&self.file)?.sync_all()?;
        let target = &self.place.file;
        let mut kept = None;
        if target.exists() {
            let whole = match whole_file(&format!("sqlite://{}?mode=rw", target.display())).await {
                Ok(true) => true,
                Ok(false) => bail!("something else has {} open: stop it first", target.display()),
                // Whatever it is: it is kept, and was of no use as a database.
                Err(_) if found == Found::Replace => false,
                Err(error) => return Err(error).with_context(|| format!("could not read {}", target.display())),
            };
            // Somebody may have started a bot in the meantime: the lock stopped it, after it had made its tables.
            let there = if whole { self.place.occupied().await?.is_some() } else { true };
            if there {
                ensure!(found == Found::Replace, "{} is no longer empty", target.display());
                let aside = beside(target, &format!(".replaced-{aside}"));
                for suffix in BESIDE.iter().chain(&[""]).filter(|suffix| beside(target, suffix).exists()) {
                    std::fs::hard_link(beside(target, suffix), beside(&aside, suffix))
                        .with_context(|| format!("could not keep {} as {}", target.display(), aside.display()))?;
                }
                kept = Some(aside.display().to_string());
            }
            // What SQLite left beside the old file would be taken for the new one's.
            let left: Vec<_> =
                BESIDE.iter().map(|suffix| beside(target, suffix)).filter(|file| file.exists()).collect();
            if !left.is_empty() {
                std::fs::remove_file(target)?;
                left.iter().try_for_each(std::fs::remove_file)?;
            }
        }
        std::fs::rename(&self.file, target).with_context(|| format!("could not put {} in place", target.display()))?;
        super::sync_directory(target)?;
        Ok(kept)
    }

    async fn swap(&self, found: Found, aside: &str) -> anyhow::Result<Option<String>> {
        let mut database = self.place.connect().await?;
        let version = dump::version(&mut database, Kind::Postgres).await?;
        let mut whole = database.begin().await?;
        let target: Option<String> = sqlx::query_scalar("select current_schema()::text").fetch_one(&mut *whole).await?;
        let target = target.context("the search path names no schema: set one")?;
        let mut names: Vec<String> = Schema::of(newest()).await?.tables.into_iter().map(|table| table.name).collect();
        if let Some(version) = version {
            names.extend(Schema::of(version).await?.tables.into_iter().map(|table| table.name));
        }
        names.push(MIGRATED.to_owned());
        names.sort();
        names.dedup();
        let mut there = tables(&mut whole, &target).await?;
        there.retain(|name| names.contains(name));
        for name in &there {
            whole
                .execute(AssertSqlSafe(format!("lock table \"{target}\".\"{name}\" in access exclusive mode")))
                .await?;
        }
        let functions = functions(&mut whole, SCHEMA).await?;
        let mut old = self::functions(&mut whole, &target).await?;
        old.retain(|name| functions.contains(name));
        let mut kept = None;
        // Somebody may have started a bot in the meantime: the lock stopped it, after it had made its tables.
        if occupied(&mut whole, Kind::Postgres).await?.is_some() {
            ensure!(found == Found::Replace, "the database is no longer empty");
            let aside = format!("nebula_replaced_{aside}");
            whole.execute(AssertSqlSafe(format!("create schema {aside}"))).await?;
            move_all(&mut whole, &target, &aside, &there, &old).await?;
            kept = Some(format!("schema {aside}"));
        } else {
            for name in &there {
                whole.execute(AssertSqlSafe(format!("drop table \"{target}\".\"{name}\" cascade"))).await?;
            }
            for name in &old {
                whole.execute(AssertSqlSafe(format!("drop function \"{target}\".\"{name}\""))).await?;
            }
        }
        let staged = tables(&mut whole, SCHEMA).await?;
        move_all(&mut whole, SCHEMA, &target, &staged, &functions).await?;
        // It refuses where anything was left behind.
        whole.execute(AssertSqlSafe(format!("drop schema {SCHEMA}"))).await?;
        whole.commit().await?;
        database.close().await?;
        Ok(kept)
    }
}

/// Brings everything into the file itself, so that nothing beside it is needed; false where somebody else has it open.
async fn whole_file(url: &str) -> anyhow::Result<bool> {
    let mut database = AnyConnection::connect(url).await?;
    let mode: Result<String, sqlx::Error> =
        sqlx::query_scalar("pragma journal_mode = delete").fetch_one(&mut database).await;
    database.close().await?;
    match mode {
        Ok(mode) => Ok(mode == "delete"),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| [5, 6].contains(&(code % 256)))
}

async fn tables(database: &mut AnyConnection, schema: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select tablename::text from pg_tables where schemaname = $1 order by 1")
        .bind(schema)
        .fetch_all(database)
        .await
}

/// The functions that triggers of ours call: none of them takes anything.
async fn functions(database: &mut AnyConnection, schema: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = (select oid from pg_namespace where nspname = $1)
         and pronargs = 0 order by 1",
    )
    .bind(schema)
    .fetch_all(database)
    .await
}

async fn move_all(
    whole: &mut AnyConnection,
    from: &str,
    to: &str,
    tables: &[String],
    functions: &[String],
) -> sqlx::Result<()> {
    for name in tables {
        whole.execute(AssertSqlSafe(format!("alter table \"{from}\".\"{name}\" set schema \"{to}\""))).await?;
    }
    for name in functions {
        whole.execute(AssertSqlSafe(format!("alter function \"{from}\".\"{name}\"() set schema \"{to}\""))).await?;
    }
    Ok(())
}

/// The file of this name with something after it.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Nobody else reads it.
fn private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}
