//! Fills the empty tables of a database, and sees that they hold what was written.

use anyhow::{Context, ensure};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Executor, any::AnyArguments, query::Query};

use super::{
    dump,
    file::{Reader, Step},
    record::{Sum, Value},
    schema::Table,
};

/// Values of one statement: fewer than either database takes.
const VALUES: usize = 16_000;
/// Rows of one statement, where they are narrow.
const ROWS: usize = 200;

/// Fills the tables; the answer is how many rows there are. What a migration put there gives way.
pub(super) async fn load(database: &mut AnyConnection, mut backup: Reader) -> anyhow::Result<u64> {
    let mut whole = database.begin().await?;
    let mut sums: Vec<Sum> = Vec::new();
    let (mut table, mut held) = (Table::none(), Vec::new());
    loop {
        match backup.step()? {
            Step::Table(place) => {
                table = backup.schema.tables[place].clone();
                if table.seeded > 0 {
                    whole.execute(AssertSqlSafe(format!("delete from \"{}\"", table.name))).await?;
                }
            }
            Step::Row(row) => {
                held.push(row);
                if held.len() == table.at_once() {
                    insert(&mut whole, &table, &mut held).await?;
                }
            }
            Step::TableEnd(sum) => {
                insert(&mut whole, &table, &mut held).await?;
                sums.push(sum);
            }
            Step::End => break,
        }
    }
    whole.commit().await?;
    let tables = backup.schema.tables.clone();
    backup.end()?;
    let mut rows = 0;
    for (table, written) in tables.iter().zip(sums) {
        let found = dump::sum(database, table).await?;
        ensure!(found == written, "table `{}` has other rows than the backup after it was filled", table.name);
        rows += found.rows;
    }
    Ok(rows)
}

impl Table {
    fn none() -> Self {
        Self { name: String::new(), columns: Vec::new(), key: Vec::new(), seeded: 0 }
    }

    fn at_once(&self) -> usize {
        (VALUES / self.columns.len().max(1)).clamp(1, ROWS)
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("insert into \"{}\" ({}) values {}", self.name, self.columns(), rows.join(", "))
    }
}

/// Inserts what is held, and holds nothing afterwards.
async fn insert(whole: &mut AnyConnection, table: &Table, held: &mut Vec<Vec<Value>>) -> anyhow::Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let sql = table.insert(held.len());
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in held.drain(..) {
        for (value, (_, holds)) in row.into_iter().zip(&table.columns) {
            query = bind(query, value, *holds);
        }
    }
    query.execute(whole).await.map(drop).with_context(|| format!("table `{}` could not be filled", table.name))
}

/// PostgreSQL wants to know of which type a null is.
fn bind(
    query: Query<'_, Any, AnyArguments>,
    value: Value,
    holds: super::schema::Holds,
) -> Query<'_, Any, AnyArguments> {
    use super::schema::Holds;
    match (value, holds) {
        (Value::Integer(number), _) => query.bind(number),
        (Value::Real(number), _) => query.bind(number),
        (Value::Text(text), _) => query.bind(text),
        (Value::Bytes(bytes), _) => query.bind(bytes),
        (Value::Null, Holds::Integer) => query.bind(None::<i64>),
        (Value::Null, Holds::Real) => query.bind(None::<f64>),
        (Value::Null, Holds::Text) => query.bind(None::<String>),
        (Value::Null, Holds::Bytes) => query.bind(None::<Vec<u8>>),
    }
}
