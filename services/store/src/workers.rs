//! The processes that take runs from a database they share.
//!
//! **Invariant:** no clock is compared with another machine's: a worker is dead when its beat did not change while somebody
//! looked several times.

use std::collections::HashMap;

use base::Result;

use crate::{Store, lost};

impl Store {
    /// Adds a worker.
    pub async fn add_worker(&self, id: &str, name: &str) -> Result<()> {
        sqlx::query("insert into workers (id, name, beat, started_at) values ($1, $2, 0, $3)")
            .bind(id.to_owned())
            .bind(name.to_owned())
            .bind(self.clock.now().0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// A sign of life. The answer is whether it still counts: one that was taken for dead has lost its runs.
    pub async fn beat(&self, id: &str) -> Result<bool> {
        let beat = sqlx::query("update workers set beat = beat + 1 where id = $1").bind(id.to_owned());
        Ok(beat.execute(&self.pool).await.map_err(lost)?.rows_affected() > 0)
    }

    /// Every worker's beat.
    pub async fn workers(&self) -> Result<HashMap<String, i64>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select id, beat from workers").fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().collect())
    }

    /// Takes a worker off the list: it ended, or its beat stood still at this. The answer is whether it was on it.
    pub async fn remove_worker(&self, id: &str, beat: Option<i64>) -> Result<bool> {
        let sql = "delete from workers where id = $1 and ($2 < 0 or beat = $2)";
        let gone = sqlx::query(sql).bind(id.to_owned()).bind(beat.unwrap_or(-1)).execute(&self.pool).await;
        Ok(gone.map_err(lost)?.rows_affected() > 0)
    }

    /// Takes every worker of this name off the list. Only for whoever knows that none of them lives.
    pub async fn remove_workers(&self, name: &str) -> Result<()> {
        let gone = sqlx::query("delete from workers where name = $1").bind(name.to_owned());
        gone.execute(&self.pool).await.map(drop).map_err(lost)
    }
}
