//! Which tables a version of the database has: found by making one, so that no list has to be kept.

use anyhow::{Context, bail, ensure};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use crate::database::{MIGRATIONS, drivers};

/// What sqlx notes in every database of ours.
pub(super) const MIGRATED: &str = "_sqlx_migrations";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Integer,
    Real,
    Text,
    Bytes,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Holds)>,
    /// Its primary key.
    pub(super) key: Vec<String>,
    /// The rows a migration puts there.
    pub(super) seeded: i64,
}

/// All tables of a version, each after those it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) version: i64,
    pub(super) tables: Vec<Table>,
}

/// The last version this Nebula knows.
pub(super) fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

impl Schema {
    /// The tables of this version.
    pub(super) async fn of(version: i64) -> anyhow::Result<Self> {
        drivers();
        let mut empty = AnyConnection::connect("sqlite::memory:").await?;
        MIGRATIONS.run_to(version, &mut empty).await.context("could not make an empty database to compare with")?;
        let names: Vec<String> = sqlx::query_scalar(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite^_%' escape '^' and name <> $1
             order by name",
        )
        .bind(MIGRATED)
        .fetch_all(&mut empty)
        .await?;
        let mut left = Vec::with_capacity(names.len());
        for name in names {
            left.push((table(&mut empty, &name).await?, referred(&mut empty, &name).await?));
        }
        empty.close().await?;
        let mut tables: Vec<Table> = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let there = |name: &String| tables.iter().any(|table| table.name == *name);
            let ready = left.iter().position(|(_, referred)| referred.iter().all(there));
            let (table, _) = left.remove(ready.context("tables refer to each other in a circle")?);
            tables.push(table);
        }
        Ok(Self { version, tables })
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// Its columns, as a statement names them.
    pub(super) fn columns(&self) -> String {
        quoted(self.columns.iter().map(|(name, _)| name))
    }

    /// Reads every row.
    pub(super) fn select(&self) -> String {
        let order = if self.key.is_empty() { String::new() } else { format!(" order by {}", quoted(&self.key)) };
        format!("select {} from \"{}\"{order}", self.columns(), self.name)
    }
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

async fn table(empty: &mut AnyConnection, name: &str) -> anyhow::Result<Table> {
    let found: Vec<(String, String, i64)> =
        sqlx::query_as("select name, lower(type), pk from pragma_table_info($1) order by cid")
            .bind(name)
            .fetch_all(&mut *empty)
            .await?;
    let mut columns = Vec::with_capacity(found.len());
    for (column, declared, _) in &found {
        let holds = match declared.as_str() {
            "text" => Holds::Text,
            "bigint" | "integer" => Holds::Integer,
            "bytea" => Holds::Bytes,
            "double precision" => Holds::Real,
            other => bail!("`{name}.{column}` is `{other}`, which no backup knows"),
        };
        columns.push((column.clone(), holds));
    }
    let mut key: Vec<(i64, String)> =
        found.into_iter().filter(|(.., place)| *place > 0).map(|(name, _, place)| (place, name)).collect();
    key.sort();
    ensure!(!columns.is_empty(), "`{name}` has no columns");
    let seeded = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from \"{name}\""))).fetch_one(empty).await?;
    Ok(Table { name: name.to_owned(), columns, key: key.into_iter().map(|(_, name)| name).collect(), seeded })
}

/// The tables that must be filled before this one.
async fn referred(empty: &mut AnyConnection, name: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select distinct \"table\" from pragma_foreign_key_list($1) where \"table\" <> $1")
        .bind(name)
        .fetch_all(empty)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_version_so_far_can_be_told_and_each_table_comes_after_those_it_refers_to() {
        for version in MIGRATIONS.iter().map(|migration| migration.version) {
            let schema = Schema::of(version).await.unwrap();
            let place = |name: &str| schema.tables.iter().position(|table| table.name == name).unwrap();
            assert!(place("vault_keys") < place("secrets") && place("secrets") < place("servers"), "{version}");
            assert!(schema.tables.iter().all(|table| !table.key.is_empty()));
        }
        assert!(Schema::of(1).await.unwrap().tables.len() < Schema::of(newest()).await.unwrap().tables.len());
    }
}
