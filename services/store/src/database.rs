//! Opens the database, brings its tables up to date, and makes sure only one bot works on it.

use std::{
    path::PathBuf,
    sync::{Arc, Once},
    time::Duration,
};

use anyhow::Context;
use base::Clock;
use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyPoolOptions};
use tokio::sync::Notify;

use crate::{
    audit::{self, Writer},
    events::{self, Events},
    lock::Lock,
    outbox::Changes,
    runs::Shared,
};

pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// One writer at a time is all SQLite has. Two connections that write would find each other in the way and sleep; here whoever comes
/// next waits in line for the one there is, and reads go past it.
const SQLITE_WRITES: u32 = 1;
const SQLITE_READS: u32 = 3;
/// Enough for bursts, few enough for a small PostgreSQL that others use too.
const POSTGRES_CONNECTIONS: u32 = 8;
/// Longer than this and the database counts as gone.
const ACQUIRE_DEADLINE: Duration = Duration::from_secs(10);

/// The file a `sqlite://` URL names.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

/// Makes both databases known to sqlx, once.
pub(crate) fn drivers() {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file beside the bot.
    Sqlite,
    /// A server.
    Postgres,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where it is written, and read in the middle of that.
    pub(crate) pool: AnyPool,
    /// Where it is only read. PostgreSQL has one pool for both.
    pub(crate) reads: AnyPool,
    pub(crate) clock: Clock,
    pub(crate) writer: Writer,
    pub(crate) events: Events,
    pub(crate) outbox: Changes,
    /// A run let go of something that another may wait for.
    pub(crate) freed: Arc<Notify>,
    kind: Kind,
    file: Option<PathBuf>,
    /// Where other processes are on the same database.
    pub(crate) shared: Option<Shared>,
}

impl Store {
    /// Opens `sqlite://path` or `postgres://…` and brings its tables up to date.
    ///
    /// # Errors
    /// When the URL is of neither kind, the database cannot be opened, or it was made by a newer Nebula.
    pub async fn open(url: &str, clock: Clock) -> anyhow::Result<Self> {
        Self::open_in(url, clock, None).await
    }

    /// The same, in this schema of PostgreSQL.
    pub(crate) async fn open_in(url: &str, clock: Clock, schema: Option<&'static str>) -> anyhow::Result<Self> {
        drivers();
        let (kind, url, file) = if let Some(path) = sqlite_file(url) {
            let path = path.display().to_string();
            anyhow::ensure!(
                !path.is_empty() && path != ":memory:",
                "a database in memory would forget everything: name a file"
            );
            (Kind::Sqlite, format!("sqlite://{path}?mode=rwc"), Some(PathBuf::from(&path)))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            (Kind::Postgres, url.to_owned(), None)
        } else {
            anyhow::bail!("the database URL begins with neither sqlite:// nor postgres://");
        };
        // Once by itself: a pool would try until its time is up, and then say only that it is.
        let place = file.as_ref().map_or_else(|| "PostgreSQL".to_owned(), |file| file.display().to_string());
        let first = tokio::time::timeout(ACQUIRE_DEADLINE, AnyConnection::connect(&url)).await;
        let first = first.with_context(|| format!("{place} does not answer"))?;
        first.map_err(|error| anyhow::anyhow!("could not open {place}: {error}"))?.close().await?;
        let most = if kind == Kind::Sqlite { SQLITE_WRITES } else { POSTGRES_CONNECTIONS };
        let pool = connect(kind, &url, schema, most).await?;
        MIGRATIONS.run(&pool).await.context("could not bring its tables up to date")?;
        audit::guard(&pool, kind).await.context("could not guard the audit log")?;
        events::guard(&pool, kind).await.context("could not guard the events")?;
        let reads = match kind {
            Kind::Sqlite => connect(kind, &url, schema, SQLITE_READS).await?,
            Kind::Postgres => pool.clone(),
        };
        let events = Events::new(reads.clone(), clock.clone(), kind, &url);
        let shared = (kind == Kind::Postgres).then(|| Shared::new(&url, &clock));
        Ok(Self {
            writer: Writer::start(pool.clone(), events.clone(), shared.clone()),
            events,
            outbox: Changes::default(),
            freed: Arc::default(),
            pool,
            reads,
            clock,
            kind,
            file,
            shared,
        })
    }

    /// Keeps every other bot off this database until the returned guard is dropped or this process ends, however it ends.
    ///
    /// # Errors
    /// When another process holds it.
    pub async fn lock(&self) -> anyhow::Result<Lock> {
        match &self.file {
            Some(file) => Lock::file(file),
            None => Lock::advisory(&self.pool).await,
        }
    }

    /// Says until the guard is dropped that a worker works here: the database is not taken from under it.
    ///
    /// # Errors
    /// When somebody is doing just that.
    pub async fn lock_for_work(&self) -> anyhow::Result<Lock> {
        Lock::worker(&self.pool).await
    }

    /// What time it is for the rows.
    pub fn now(&self) -> base::Millis {
        self.clock.now()
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// One round trip, for health checks.
    pub async fn ping(&self) -> base::Result<()> {
        self.pool.execute("select 1").await.map(drop).map_err(crate::lost)
    }

    /// Lets running statements end and closes every connection.
    pub async fn close(&self) {
        self.events.stop();
        // Whoever closes the last connection of SQLite writes all into its file.
        self.reads.close().await;
        self.pool.close().await;
    }
}

async fn connect(kind: Kind, url: &str, schema: Option<&'static str>, most: u32) -> anyhow::Result<AnyPool> {
    let options = AnyPoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE_DEADLINE);
    let options = options.after_connect(move |connection, _| {
        Box::pin(async move {
            if kind == Kind::Sqlite {
                // FULL: what was answered as done must be there after a power cut.
                connection.execute("pragma journal_mode = wal").await?;
                connection.execute("pragma synchronous = full").await?;
                connection.execute("pragma busy_timeout = 10000").await?;
                connection.execute("pragma foreign_keys = on").await?;
            }
            if let Some(schema) = schema {
                connection.execute(sqlx::AssertSqlSafe(format!("set search_path to {schema}"))).await?;
            }
            Ok(())
        })
    });
    options.connect(url).await.context("could not open it")
}
