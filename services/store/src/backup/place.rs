//! Where a database is: what is there now, and how it is reached without changing it.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::{
    dump,
    schema::{Schema, newest},
};
use crate::{
    Kind,
    database::{drivers, sqlite_file},
};

/// A database by its URL.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) url: String,
    /// The file, of SQLite.
    pub(super) file: PathBuf,
}

/// How much is in a database that is not empty.
pub(super) struct Occupied {
    rows: i64,
    tables: usize,
}

impl std::fmt::Display for Occupied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = base::measure::count(u64::try_from(self.rows).unwrap_or(0), "row", "rows");
        write!(f, "{rows} in {}", base::measure::count(self.tables as u64, "table", "tables"))
    }
}

impl Place {
    pub(super) fn of(url: &str) -> anyhow::Result<Self> {
        if let Some(file) = sqlite_file(url) {
            ensure!(!file.as_os_str().is_empty() && file.as_os_str() != ":memory:", "a database in memory is no place");
            return Ok(Self { kind: Kind::Sqlite, url: url.to_owned(), file });
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self { kind: Kind::Postgres, url: url.to_owned(), file: PathBuf::new() });
        }
        bail!("the database URL begins with neither sqlite:// nor postgres://")
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self.kind {
            Kind::Sqlite => self.file.display().to_string(),
            Kind::Postgres => "PostgreSQL".to_owned(),
        }
    }

    /// A connection to what is there; nothing is made or changed.
    pub(super) async fn connect(&self) -> anyhow::Result<AnyConnection> {
        drivers();
        let url = match self.kind {
            Kind::Sqlite => {
                ensure!(self.file.exists(), "{} is not there", self.name());
                format!("sqlite://{}?mode=rw", self.file.display())
            }
            Kind::Postgres => self.url.clone(),
        };
        // Its own words: a chain of causes would say them twice.
        AnyConnection::connect(&url).await.map_err(|error| anyhow::anyhow!("could not open {}: {error}", self.name()))
    }

    /// What is in it; none where it is not there, or is as the first start makes it.
    pub(super) async fn occupied(&self) -> anyhow::Result<Option<Occupied>> {
        if self.kind == Kind::Sqlite && !self.file.exists() {
            return Ok(None);
        }
        let mut database = self.connect().await?;
        let found = occupied(&mut database, self.kind).await;
        database.close().await?;
        found.with_context(|| format!("could not read {}", self.name()))
    }
}

/// What is in a database; none where it is as the first start makes it.
pub(super) async fn occupied(database: &mut AnyConnection, kind: Kind) -> anyhow::Result<Option<Occupied>> {
    let Some(version) = dump::version(database, kind).await? else { return Ok(None) };
    ensure!(version <= newest(), "it was made by a newer Nebula");
    let (mut rows, mut tables) = (0, 0);
    for table in Schema::of(version).await?.tables {
        let sql = format!("select count(*) from \"{}\"", table.name);
        let there: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *database).await?;
        rows += there;
        tables += usize::from(there > table.seeded);
    }
    Ok((tables > 0).then_some(Occupied { rows, tables }))
}
