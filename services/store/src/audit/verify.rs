//! Goes through the whole chain, and says where it is broken first.
//!
//! `SQLite` joins each row's columns as they were hashed, so that a row is one text to read; for `PostgreSQL` that is the
//! dearest part of all, and its columns are joined here. So a million rows take seconds on both.

use std::fmt;

use base::{Error, Result};
use sqlx::{AnyPool, AssertSqlSafe, Row, any::AnyRow};

use super::row::{CANONICAL, COLUMNS, NOTHING_BEFORE, hash, join};
use crate::{Kind, Store, lost};

/// Rows read at a time: no reader keeps others waiting for long.
const AT_ONCE: i64 = 5_000;

/// Rows in one text, where one is what is read.
const IN_ONE: i64 = 250;
/// How many columns a row's canonical form has.
const COLUMN_COUNT: usize = 20;

/// Where the numbers are among the hash and [`COLUMNS`].
const SEQ: usize = 2;
const AT: usize = 6;
const DURATION: usize = 20;

/// A chain without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many rows it has.
    pub rows: i64,
    /// The last row's hash.
    pub head: String,
}

/// Where a chain is broken first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The row.
    pub seq: i64,
    /// Its reference, where there is such a row.
    pub reference: Option<String>,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is not what was written.
    Altered,
    /// It is gone, and later ones are there.
    Missing,
    /// It is not where it was written; there it had this number.
    OutOfOrder(i64),
    /// It is what was written, but the row before it is another than it was.
    Unlinked,
    /// It was the last, with others before it, and is gone with all after row so-and-so.
    CutOff(i64),
    /// It comes after the last one that was written.
    Added,
    /// It is the last, and another than the head remembers.
    NotTheHead,
    /// What remembers the last row is gone.
    NoHead,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.seq)?;
        if let Some(reference) = &self.reference {
            write!(f, " (ref {reference})")?;
        }
        match self.wrong {
            Wrong::Altered => f.write_str(" was altered"),
            Wrong::Missing => f.write_str(" is missing"),
            Wrong::OutOfOrder(seq) => write!(f, " is out of order: it was written as row {seq}"),
            Wrong::Unlinked => f.write_str(" does not follow the row before it: that one was replaced"),
            Wrong::CutOff(0) => f.write_str(" was the last, and the log is empty: the end was cut off"),
            Wrong::CutOff(last) => write!(f, " was the last, and the log ends with row {last}: the end was cut off"),
            Wrong::Added => f.write_str(" comes after the last that was written: it was inserted"),
            Wrong::NotTheHead => f.write_str(" is not the last that was written: it was replaced"),
            Wrong::NoHead => f.write_str(" cannot be compared: what remembers the last row is gone"),
        }
    }
}

impl Store {
    /// Verifies the whole log as it is at this moment; the bot may be writing on.
    pub async fn verify_audit(&self) -> Result<Result<Verified, Break>> {
        let head: Option<(i64, String, i64)> = sqlx::query_as(
            "select seq, hash, coalesce((select max(seq) from audit_log), 0) as last from audit_head where id = 1",
        )
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        let Some((rows, head, last)) = head else {
            return Ok(Err(Break { seq: 0, reference: None, wrong: Wrong::NoHead }));
        };
        let end = last.min(rows);
        // Two halves at a time. Each row keeps its hash, so the second need not wait for the first.
        let middle = end / 2;
        let before = self.hash_of(middle).await?;
        let first = tokio::spawn(walk(self.reads.clone(), self.kind(), 0, middle, Some(NOTHING_BEFORE.to_owned())));
        let second = walk(self.reads.clone(), self.kind(), middle, end, before).await;
        let first = first.await.map_err(|error| Error::internal("verifying the audit log", error))?;
        let broken = match first.map_err(lost)? {
            Some(broken) => Some(broken),
            None => second.map_err(lost)?,
        };
        let broken = match broken {
            None if last < rows => Some((rows, Wrong::CutOff(last))),
            None if last > rows => Some((rows + 1, Wrong::Added)),
            None if rows > 0 && self.hash_of(rows).await?.as_ref() != Some(&head) => Some((rows, Wrong::NotTheHead)),
            broken => broken,
        };
        match broken {
            None => Ok(Ok(Verified { rows, head })),
            Some((seq, wrong)) => self.name(seq, wrong).await.map(Err),
        }
    }

    async fn hash_of(&self, seq: i64) -> Result<Option<String>> {
        if seq == 0 {
            return Ok(Some(NOTHING_BEFORE.to_owned()));
        }
        let sql = "select hash from audit_log where seq = $1";
        sqlx::query_scalar(sql).bind(seq).fetch_optional(&self.reads).await.map_err(lost)
    }

    async fn name(&self, seq: i64, wrong: Wrong) -> Result<Break> {
        let sql = format!("select reference, previous, hash, {CANONICAL} from audit_log where seq = $1");
        let row: Option<(String, String, String, String)> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(seq).fetch_optional(&self.reads).await.map_err(lost)?;
        let Some((reference, previous, own, canonical)) = row else {
            return Ok(Break { seq, reference: None, wrong });
        };
        let mut found = Break { seq, reference: Some(reference), wrong };
        if wrong == Wrong::Altered {
            // Is it the row that once came after the one whose hash it carries, or one that moved up or down by one?
            let sql = "select seq from audit_log where hash = $1 and seq <> $2";
            let before: Vec<i64> =
                sqlx::query_scalar(sql).bind(&previous).bind(seq).fetch_all(&self.reads).await.map_err(lost)?;
            let first = (previous == NOTHING_BEFORE).then_some(0);
            let here = place(seq);
            let near = before.into_iter().chain(first).flat_map(|before| [before + 1, before]);
            for was in near.chain([seq - 1, seq + 1]) {
                if was > 0 && was != seq && hash(&canonical.replacen(&here, &place(was), 1)) == own {
                    found.wrong = Wrong::OutOfOrder(was);
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// How a row's number stands in its canonical form.
fn place(seq: i64) -> String {
    let seq = seq.to_string();
    format!("{}:{seq}", seq.len())
}

/// The first break after row `from` up to row `to`. Where the hash before is not known there is a break earlier.
async fn walk(
    pool: AnyPool,
    kind: Kind,
    from: i64,
    to: i64,
    before: Option<String>,
) -> sqlx::Result<Option<(i64, Wrong)>> {
    let (last, before) = match kind {
        Kind::Sqlite => stride(&pool, from, to, before).await?,
        Kind::Postgres => (from, before),
    };
    step(&pool, kind, last, to, before).await
}

/// Goes on for as long as nothing is wrong, many rows in one text: most of what a row costs here is that it is one. The answer
/// is the last row that is right, and its hash; whoever steps on from there finds out what is wrong with the next.
async fn stride(pool: &AnyPool, from: i64, to: i64, before: Option<String>) -> sqlx::Result<(i64, Option<String>)> {
    let sql = format!(
        "select group_concat(row, '') from (select concat(hash, ' ', {CANONICAL}) as row from audit_log
         where seq > $1 and seq <= $2 order by seq limit {IN_ONE})"
    );
    let (mut last, mut before) = (from, before);
    while last < to {
        let text: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(sql.clone())).bind(last).bind(to).fetch_one(pool).await?;
        let Some(text) = text else { break };
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let Some((read, after)) = whole(rest) else { return Ok((last, before)) };
            let follows = before.as_ref().is_none_or(|before| *before == read.previous);
            if read.seq != last + 1 || !read.fits || !follows {
                return Ok((last, before));
            }
            (last, before, rest) = (read.seq, Some(read.hash), after);
        }
    }
    Ok((last, before))
}

/// The first of several rows, and what follows it: each column says how long it is.
fn whole(text: &str) -> Option<(Read, &str)> {
    let (_, canonical) = text.split_once(' ')?;
    let mut rest = canonical;
    for _ in 0..COLUMN_COUNT {
        // A column that is null is only a colon.
        rest = match rest.strip_prefix(':') {
            Some(after) => after,
            None => column(rest)?.1,
        };
    }
    let (row, after) = text.split_at(text.len() - rest.len());
    Some((joined(row)?, after))
}

/// The same row by row, up to the first that is not right.
async fn step(
    pool: &AnyPool,
    kind: Kind,
    from: i64,
    to: i64,
    before: Option<String>,
) -> sqlx::Result<Option<(i64, Wrong)>> {
    let what = match kind {
        Kind::Sqlite => format!("concat(hash, ' ', {CANONICAL})"),
        Kind::Postgres => format!("hash, {COLUMNS}"),
    };
    let sql = format!("select {what} from audit_log where seq > $1 and seq <= $2 order by seq limit {AT_ONCE}");
    let (mut last, mut before) = (from, before);
    while last < to {
        let rows = sqlx::query(AssertSqlSafe(sql.clone())).bind(last).bind(to).fetch_all(pool).await?;
        if rows.is_empty() {
            return Ok(Some((last + 1, Wrong::Missing)));
        }
        for row in rows {
            let expected = last + 1;
            let read = match kind {
                Kind::Sqlite => joined(row.try_get(0)?),
                Kind::Postgres => Some(columns(&row)?),
            };
            let Some(read) = read else { return Ok(Some((expected, Wrong::Altered))) };
            if read.seq != expected {
                return Ok(Some((expected, Wrong::Missing)));
            }
            if !read.fits {
                return Ok(Some((expected, Wrong::Altered)));
            }
            if before.is_some_and(|before| before != read.previous) {
                return Ok(Some((expected, Wrong::Unlinked)));
            }
            (last, before) = (expected, Some(read.hash));
        }
    }
    Ok(None)
}

/// What a row says of its place.
struct Read {
    seq: i64,
    previous: String,
    hash: String,
    /// The hash is that of the row.
    fits: bool,
}

/// A row as its hash and its canonical form, in one text.
fn joined(text: &str) -> Option<Read> {
    let (own, canonical) = text.split_once(' ')?;
    let (previous, rest) = column(canonical)?;
    let (seq, _) = column(rest)?;
    Some(Read {
        seq: seq.parse().ok()?,
        previous: previous.to_owned(),
        hash: own.to_owned(),
        fits: hash(canonical) == own,
    })
}

fn column(text: &str) -> Option<(&str, &str)> {
    let (length, rest) = text.split_once(':')?;
    rest.split_at_checked(length.parse().ok()?)
}

/// A row as its hash and its columns.
fn columns(row: &AnyRow) -> sqlx::Result<Read> {
    let (own, seq): (&str, i64) = (row.try_get(0)?, row.try_get(SEQ)?);
    let numbers =
        [Some(seq), row.try_get(AT)?, row.try_get(DURATION)?].map(|number: Option<i64>| number.map(|n| n.to_string()));
    let mut texts = [None; 20];
    for (index, text) in texts.iter_mut().enumerate() {
        // The hash comes before the columns.
        *text = match index + 1 {
            SEQ => numbers[0].as_deref(),
            AT => numbers[1].as_deref(),
            DURATION => numbers[2].as_deref(),
            index => row.try_get(index)?,
        };
    }
    let previous = texts[0].unwrap_or_default().to_owned();
    Ok(Read { seq, previous, hash: own.to_owned(), fits: hash(&join(&texts)) == own })
}
