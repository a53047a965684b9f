//! Subscribers that outlive a process: how far each has come, moved by compare-and-set.
//!
//! **Invariant:** what is claimed was decided once: a process that is killed before it could say that it is done leaves the next
//! one the same piece, not another.

use base::{GuildId, Millis, Result};
use sqlx::AnyConnection;

use crate::{Store, lost};

/// How far somebody has come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Cursor {
    /// Whose it is.
    pub name: String,
    /// Everything up to here is dealt with.
    pub seq: i64,
    /// Up to here it is just being dealt with.
    pub claimed: Option<i64>,
    /// How many events were deleted before they could be read.
    pub missed: i64,
}

impl Store {
    /// A subscriber's cursor, made now at the end of the log if it was not there. It reads one guild's events, or all.
    pub async fn subscriber(&self, name: &str, guild: Option<GuildId>) -> Result<Cursor> {
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        make(&mut connection, name, guild, self.clock.now()).await.map_err(lost)?;
        drop(connection);
        let cursor = self.cursor(name).await?;
        cursor.ok_or_else(|| base::Error::internal("using the database", anyhow::anyhow!("the cursor is gone again")))
    }

    /// How far a subscriber has come.
    pub async fn cursor(&self, name: &str) -> Result<Option<Cursor>> {
        sqlx::query_as("select name, seq, claimed, missed from event_cursors where name = $1")
            .bind(name)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// Takes on what comes after the cursor, up to here. The answer is whether nobody else had moved it or taken it on.
    pub async fn claim_events(&self, cursor: &Cursor, upto: i64) -> Result<bool> {
        sqlx::query(
            "update event_cursors set claimed = $1, seen_at = $2
             where name = $3 and seq = $4 and claimed is null and seq < $1",
        )
        .bind(upto)
        .bind(self.clock.now().0)
        .bind(&cursor.name)
        .bind(cursor.seq)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Everything up to here is dealt with, and that the cursor had missed some was said. The answer is whether nobody else had
    /// moved it.
    pub async fn advance_cursor(&self, cursor: &Cursor, upto: i64) -> Result<bool> {
        sqlx::query(
            "update event_cursors set seq = $1, claimed = null, missed = missed - $2, seen_at = $3
             where name = $4 and seq = $5 and (claimed is null or claimed = $1) and seq <= $1",
        )
        .bind(upto)
        .bind(cursor.missed)
        .bind(self.clock.now().0)
        .bind(&cursor.name)
        .bind(cursor.seq)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// It is still there, and nothing happened that concerns it.
    pub async fn see_cursor(&self, name: &str) -> Result<()> {
        sqlx::query("update event_cursors set seen_at = $1 where name = $2")
            .bind(self.clock.now().0)
            .bind(name)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

pub(crate) async fn make(
    connection: &mut AnyConnection,
    name: &str,
    guild: Option<GuildId>,
    now: Millis,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into event_cursors (name, guild_id, seq, seen_at) select $1, $2, seq, $3 from event_head where id = 1
         on conflict (name) do nothing",
    )
    .bind(name.to_owned())
    .bind(guild.map(|guild| guild.to_string()))
    .bind(now.0)
    .execute(connection)
    .await
    .map(drop)
}
