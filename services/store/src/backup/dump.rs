//! Reads every row of every table, all as of one moment.

use std::io::Write;

use anyhow::{Context, ensure};
use futures::TryStreamExt;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row, any::AnyRow};

use super::{
    file::Writer,
    record::{Sum, Value, encode},
    schema::{Holds, MIGRATED, Schema, Table, newest},
};
use crate::Kind;

/// The last migration this database has had; none where it has had none.
pub(super) async fn version(database: &mut AnyConnection, kind: Kind) -> anyhow::Result<Option<i64>> {
    let there: i64 = sqlx::query_scalar(match kind {
        Kind::Sqlite => "select count(*) from sqlite_master where type = 'table' and name = $1",
        Kind::Postgres => "select count(*) from pg_tables where schemaname = current_schema() and tablename = $1",
    })
    .bind(MIGRATED)
    .fetch_one(&mut *database)
    .await?;
    if there == 0 {
        return Ok(None);
    }
    let sql = format!("select max(version) from {MIGRATED} where success");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(database).await?)
}

/// A transaction that sees everything as of its first read, whatever others write meanwhile.
pub(super) async fn as_of_now(
    database: &mut AnyConnection,
    kind: Kind,
) -> anyhow::Result<sqlx::Transaction<'_, sqlx::Any>> {
    let mut moment = database.begin().await?;
    if kind == Kind::Postgres {
        moment.execute("set transaction isolation level repeatable read, read only").await?;
    }
    Ok(moment)
}

/// The tables of a database of ours.
pub(super) async fn schema(database: &mut AnyConnection, kind: Kind) -> anyhow::Result<Schema> {
    let version = version(database, kind).await?.context("it is empty: there is nothing to back up")?;
    ensure!(version <= newest(), "it was made by a newer Nebula: back it up with that one");
    Schema::of(version).await
}

/// Writes every row of every table; the answer is how many.
pub(super) async fn dump<W: Write>(
    database: &mut AnyConnection,
    schema: &Schema,
    to: &mut Writer<W>,
) -> anyhow::Result<u64> {
    let mut rows = 0;
    for table in &schema.tables {
        to.table(table)?;
        let select = table.select();
        let mut found = sqlx::query(AssertSqlSafe(select)).fetch(&mut *database);
        while let Some(row) = found.try_next().await? {
            to.row(&values(table, &row)?)?;
        }
        drop(found);
        rows += to.table_end()?;
    }
    Ok(rows)
}

/// The sum of a table as it is in the database.
pub(super) async fn sum(database: &mut AnyConnection, table: &Table) -> anyhow::Result<Sum> {
    let (mut sum, mut bytes) = (Sum::default(), Vec::new());
    let select = table.select();
    let mut found = sqlx::query(AssertSqlSafe(select)).fetch(database);
    while let Some(row) = found.try_next().await? {
        encode(&values(table, &row)?, &mut bytes);
        sum.add(&bytes);
    }
    Ok(sum)
}

fn values(table: &Table, row: &AnyRow) -> anyhow::Result<Vec<Value>> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (place, (column, holds)) in table.columns.iter().enumerate() {
        let value = match holds {
            Holds::Integer => row.try_get(place).map(|value: Option<i64>| value.map(Value::Integer)),
            Holds::Real => row.try_get(place).map(|value: Option<f64>| value.map(Value::Real)),
            Holds::Text => row.try_get(place).map(|value: Option<String>| value.map(Value::Text)),
            Holds::Bytes => row.try_get(place).map(|value: Option<Vec<u8>>| value.map(Value::Bytes)),
        };
        let value = value.with_context(|| format!("a row's `{column}` in `{}` cannot be read", table.name))?;
        values.push(value.unwrap_or(Value::Null));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use base::{Clock, GuildId};

    use super::*;
    use crate::{Store, backup::place::Place};

    #[tokio::test]
    async fn a_dump_is_of_one_moment_on_sqlite() {
        let home = tempfile::tempdir().unwrap();
        a_dump_is_of_one_moment(&format!("sqlite://{}", home.path().join("nebula.db").display())).await;
    }

    #[tokio::test]
    async fn a_dump_is_of_one_moment_on_postgres() {
        a_dump_is_of_one_moment(&peers::postgres::database()).await;
    }

    async fn a_dump_is_of_one_moment(url: &str) {
        let store = Store::open(url, Clock::system()).await.unwrap();
        let place = Place::of(url).unwrap();
        let mut database = place.connect().await.unwrap();
        let mut moment = as_of_now(&mut database, place.kind).await.unwrap();
        let schema = schema(&mut moment, place.kind).await.unwrap();
        let table = schema.table("policies").unwrap();
        // Only now, after its first read, does somebody write what it reads later.
        sqlx::query("insert into policies values ('1', 5)").execute(&store.pool).await.unwrap();
        assert_eq!(sum(&mut moment, table).await.unwrap().rows, 0);
        drop(moment);
        assert_eq!(sum(&mut database, table).await.unwrap().rows, 1);
        assert_eq!(store.policy_version(GuildId(1)).await.unwrap(), 5);
    }
}
