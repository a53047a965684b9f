//! The end of the chain, held by one transaction: the only place that adds rows.
//!
//! **Invariant:** the first statement takes the head row's lock, so no other process reads the same end and writes behind it.

use std::{fmt::Write, sync::LazyLock};

use sqlx::AnyConnection;

use super::{
    STARTED, WAITING,
    row::{Placed, Row},
};

const COLUMNS: [&str; 21] = [
    "seq",
    "previous",
    "hash",
    "entry_id",
    "reference",
    "guild_id",
    "at",
    "actor_id",
    "actor_name",
    "agent",
    "way",
    "risk",
    "action",
    "target",
    "arguments",
    "plan",
    "digest",
    "approval_id",
    "outcome",
    "detail",
    "duration_ms",
];
/// So many rows go with one statement, the greatest that fits first. Few sizes: each is prepared once for a connection.
const AT_ONCE: [usize; 3] = [64, 8, 1];

static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| insert("audit_log", &COLUMNS.join(", "), COLUMNS.len()));
static FLIGHTS: LazyLock<[String; 3]> =
    LazyLock::new(|| insert("in_flight", "id, began, started_at, reply_to, outcome", 5));

/// The chain's end, and what is to be added to it.
pub(super) struct Chain {
    seq: i64,
    hash: String,
    rows: Vec<Placed>,
    flights: Vec<Flight>,
}

struct Flight {
    id: String,
    began: i64,
    started_at: i64,
    reply_to: Option<String>,
    outcome: Option<String>,
}

impl Chain {
    /// Takes the end of the chain. It must be the first statement of its transaction: a read before it would be of a past
    /// that another process has gone beyond, and `SQLite` would refuse to write after it.
    pub(super) async fn hold(connection: &mut AnyConnection) -> sqlx::Result<Self> {
        let (seq, hash) = sqlx::query_as("update audit_head set seq = seq where id = 1 returning seq, hash")
            .fetch_one(connection)
            .await?;
        Ok(Self { seq, hash, rows: Vec::new(), flights: Vec::new() })
    }

    /// Adds a row. What begins is in flight until it has ended and whoever asked knows; what waits, until its question stands.
    pub(super) fn push(&mut self, row: Row, reply_to: Option<String>) {
        self.seq += 1;
        if row.outcome == STARTED || row.outcome == WAITING {
            let (id, started_at) = (row.entry_id.clone(), row.at);
            let outcome = (row.outcome != STARTED).then(|| row.outcome.clone());
            self.flights.push(Flight { id, began: self.seq, started_at, reply_to, outcome });
        }
        let placed = row.place(self.seq, std::mem::take(&mut self.hash));
        self.hash.clone_from(&placed.hash);
        self.rows.push(placed);
    }

    /// Writes what was added. Nothing counts before the transaction does.
    pub(super) async fn write(self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        let mut rest = self.rows.as_slice();
        while !rest.is_empty() {
            let (sql, now) = next(&INSERTS, &mut rest);
            let mut query = sqlx::query(sql);
            for Placed { row, seq, previous, hash } in now {
                query = query
                    .bind(*seq)
                    .bind(previous)
                    .bind(hash)
                    .bind(&row.entry_id)
                    .bind(&row.reference)
                    .bind(&row.guild_id)
                    .bind(row.at)
                    .bind(&row.actor_id)
                    .bind(&row.actor_name)
                    .bind(&row.agent)
                    .bind(&row.way)
                    .bind(&row.risk)
                    .bind(&row.action)
                    .bind(&row.target)
                    .bind(&row.arguments)
                    .bind(&row.plan)
                    .bind(&row.digest)
                    .bind(&row.approval_id)
                    .bind(&row.outcome)
                    .bind(&row.detail)
                    .bind(row.duration_ms);
            }
            query.execute(&mut *connection).await?;
        }
        let mut rest = self.flights.as_slice();
        while !rest.is_empty() {
            let (sql, now) = next(&FLIGHTS, &mut rest);
            let mut query = sqlx::query(sql);
            for flight in now {
                query = query
                    .bind(&flight.id)
                    .bind(flight.began)
                    .bind(flight.started_at)
                    .bind(&flight.reply_to)
                    .bind(&flight.outcome);
            }
            query.execute(&mut *connection).await?;
        }
        if !self.rows.is_empty() {
            let sql = "update audit_head set seq = $1, hash = $2 where id = 1";
            sqlx::query(sql).bind(self.seq).bind(&self.hash).execute(connection).await?;
        }
        Ok(())
    }
}

/// The greatest statement that the rest fills, and what goes with it.
pub(crate) fn next<'a, T>(statements: &'static [String; 3], rest: &mut &'a [T]) -> (&'static str, &'a [T]) {
    let fits = AT_ONCE.iter().position(|rows| *rows <= rest.len()).unwrap_or(AT_ONCE.len() - 1);
    let (now, later) = rest.split_at(AT_ONCE[fits]);
    *rest = later;
    (&statements[fits], now)
}

/// The statements that insert, one for each size.
pub(crate) fn insert(table: &str, columns: &str, width: usize) -> [String; 3] {
    AT_ONCE.map(|rows| insert_rows(table, columns, width, rows))
}

fn insert_rows(table: &str, columns: &str, width: usize, rows: usize) -> String {
    let mut sql = format!("insert into {table} ({columns}) values ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=width {
            let comma = if column == 1 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(sql, "{comma}${}", row * width + column);
        }
        sql.push(')');
    }
    sql
}
