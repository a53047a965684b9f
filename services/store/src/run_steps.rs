//! What runs noted of their steps, before each was begun.

use base::{Error, Result};
use uuid::Uuid;

use crate::{Store, lost};

impl Store {
    /// Everything a run noted, by step.
    pub async fn run_steps(&self, id: Uuid) -> Result<Vec<(String, String)>> {
        sqlx::query_as("select step, noted from run_steps where run_id = $1 order by noted_at, step")
            .bind(id.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Notes something of a step, over what was noted of it before.
    ///
    /// # Errors
    /// When another process has the run by now: nothing is noted, and nothing may be begun.
    pub async fn note_run_step(&self, (id, worker, fence): (Uuid, &str, i64), step: &str, noted: &str) -> Result<()> {
        let kept = sqlx::query(
            "insert into run_steps (run_id, step, noted, noted_at)
             select id, $4, $5, $6 from runs where id = $1 and worker = $2 and fence = $3 and state = 'running'
             on conflict (run_id, step) do update set noted = excluded.noted, noted_at = excluded.noted_at",
        )
        .bind(id.to_string())
        .bind(worker.to_owned())
        .bind(fence)
        .bind(step.to_owned())
        .bind(noted.to_owned())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        if kept.rows_affected() > 0 {
            return Ok(());
        }
        Err(Error::Busy("Another process goes on with this by now.".to_owned()))
    }
}
