//! One bot per database. The system, not a row, holds the lock, so it is free again however its holder ended.

use std::{fs::File, path::Path};

use anyhow::Context;
use sqlx::{Any, AnyPool, pool::PoolConnection};

/// The number of our advisory lock: "nebula" as ASCII.
const ADVISORY_LOCK: i64 = 0x6e65_6275_6c61;

/// Holds the database until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _held: Held,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held for what their end does: a closed file or session frees the lock")]
enum Held {
    File(File),
    Session(PoolConnection<Any>),
}

impl Lock {
    pub(crate) fn file(database: &Path) -> anyhow::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        file.try_lock().map_err(|_| anyhow::anyhow!("another Nebula is already running on {}", database.display()))?;
        Ok(Self { _held: Held::File(file) })
    }

    pub(crate) async fn advisory(pool: &AnyPool) -> anyhow::Result<Self> {
        let mut session = pool.acquire().await?;
        let free: bool =
            sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(ADVISORY_LOCK).fetch_one(&mut *session).await?;
        anyhow::ensure!(free, "another Nebula is already running on this PostgreSQL database");
        Ok(Self { _held: Held::Session(session) })
    }
}
