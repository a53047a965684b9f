//! One bot per database, and workers beside it. The system, not a row, holds each lock, so it is free again however its holder
//! ended.

use std::{fs::File, path::Path, time::Duration};

use anyhow::Context;
use sqlx::{Any, AnyPool, pool::PoolConnection};

use crate::Store;

/// The number of our advisory lock: "nebula" as ASCII.
const ADVISORY_LOCK: i64 = 0x6e65_6275_6c61;
/// Every worker shares it; whoever takes the place of the whole database needs it alone.
const WORKERS: i64 = ADVISORY_LOCK + 1;

/// Somebody else has it.
#[derive(Debug, thiserror::Error)]
#[error("another Nebula is already running on this PostgreSQL database")]
struct Taken;

/// Holds the database until it is dropped.
#[derive(Debug)]
pub struct Lock {
    held: Held,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held for what their end does: a closed file or session frees the lock")]
enum Held {
    File(File),
    Session(PoolConnection<Any>),
}

/// Between two looks at whether a session still holds its lock.
const LOOK: Duration = Duration::from_secs(1);

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
        Ok(Self { held: Held::File(file) })
    }

    pub(crate) async fn advisory(pool: &AnyPool) -> anyhow::Result<Self> {
        let mut session = pool.acquire().await?;
        let free: bool =
            sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(ADVISORY_LOCK).fetch_one(&mut *session).await?;
        anyhow::ensure!(free, Taken);
        Ok(Self { held: Held::Session(session) })
    }

    /// Waits until another process has the lock: a PostgreSQL that restarts forgets who held it. What nobody else took meanwhile is
    /// taken again.
    pub async fn lost(&mut self, store: &Store) {
        let Held::Session(session) = &mut self.held else { return std::future::pending().await };
        loop {
            tokio::time::sleep(LOOK).await;
            if sqlx::query("select 1").execute(&mut **session).await.is_ok() {
                continue;
            }
            tracing::warn!("the database closed the session that holds its lock");
            match Self::advisory(&store.pool).await {
                Ok(Self { held: Held::Session(fresh) }) => *session = fresh,
                Ok(_) => {}
                Err(error) if error.is::<Taken>() => return,
                Err(error) => tracing::warn!("its lock could not be taken again yet: {error}"),
            }
        }
    }

    /// One worker among others.
    pub(crate) async fn worker(pool: &AnyPool) -> anyhow::Result<Self> {
        let mut session = pool.acquire().await?;
        let free: bool =
            sqlx::query_scalar("select pg_try_advisory_lock_shared($1)").bind(WORKERS).fetch_one(&mut *session).await?;
        anyhow::ensure!(free, "this PostgreSQL database is being restored");
        Ok(Self { held: Held::Session(session) })
    }

    /// Neither a bot nor a worker, until it is dropped.
    pub(crate) async fn nobody(pool: &AnyPool) -> anyhow::Result<Self> {
        let Self { held: Held::Session(mut session) } = Self::advisory(pool).await? else {
            unreachable!("a session holds it")
        };
        let free: bool =
            sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(WORKERS).fetch_one(&mut *session).await?;
        anyhow::ensure!(free, "a worker is running on this PostgreSQL database");
        Ok(Self { held: Held::Session(session) })
    }
}
