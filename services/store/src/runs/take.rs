//! Who takes a run, and how they let go of it.
//!
//! **Invariant:** each is one statement that names the state it changes; whoever takes a run raises its fence.

use base::{GuildId, Millis, Result, UserId};
use sqlx::{AnyConnection, AssertSqlSafe};
use uuid::Uuid;

use super::{
    COLUMNS, Row, RunRow, State,
    hold::{alone, held_by_nobody},
};
use crate::{Store, database::Kind, lost};

/// So many cancelled runs are ended at once; more would all be in memory.
const CANCELLED_AT_ONCE: i64 = 64;

/// Runs to take.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) worker: String,
    pub(crate) most: u32,
    pub(crate) now: Millis,
    pub(crate) kind: Kind,
}

/// What was taken.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The runs.
    pub runs: Vec<RunRow>,
    /// When the next is due that has to wait for its time. Not looked for where as many were taken as were asked for.
    pub next_due: Option<Millis>,
}

/// Takes runs that are due: those of the highest priority, and of these the oldest. Of runs that change one thing only the first in
/// line is taken, once nothing else changes it.
pub(crate) async fn claim(connection: &mut AnyConnection, claim: &Claim) -> sqlx::Result<(Vec<Row>, Option<Millis>)> {
    alone(&mut *connection, claim.kind).await?;
    let skip = if claim.kind == Kind::Postgres { "for update of r skip locked" } else { "" };
    let free = held_by_nobody!();
    let sql = format!(
        "update runs set state = 'running', worker = $1, fence = fence + 1, attempts = attempts + 1,
             started_at = coalesce(started_at, $2)
         where state = 'queued' and id in (
             select r.id from runs r
             where r.state = 'queued' and r.due_at <= $2 and (r.lease is null or (
                 not exists (select 1 from runs o
                     where o.guild_id = r.guild_id and o.lease = r.lease and o.state = 'running')
                 and {free}
                 and not exists (select 1 from runs b
                     where b.guild_id = r.guild_id and b.lease = r.lease and b.state = 'queued' and b.due_at <= $2
                         and (b.priority > r.priority or (b.priority = r.priority and b.id < r.id)))))
             order by r.priority desc, r.id limit $3 {skip})
         returning {COLUMNS}"
    );
    let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(claim.worker.clone()).bind(claim.now.0);
    let rows = query.bind(i64::from(claim.most)).fetch_all(&mut *connection).await?;
    if rows.len() >= usize::try_from(claim.most).unwrap_or(usize::MAX) {
        return Ok((rows, None));
    }
    let sql = "select min(due_at) from runs where state = 'queued' and due_at > $1";
    let due: Option<i64> = sqlx::query_scalar(sql).bind(claim.now.0).fetch_one(connection).await?;
    Ok((rows, due.map(Millis)))
}

impl Store {
    /// Takes runs that are due, at most this many, with the transaction that writes what else waits to be written.
    pub async fn claim_runs(&self, worker: &str, most: u32) -> Result<Claimed> {
        let claim = Claim { worker: worker.to_owned(), most, now: self.clock.now(), kind: self.kind() };
        let (rows, next_due) = self.writer.claim(claim).await?;
        let mut runs = rows.into_iter().map(RunRow::try_from).collect::<Result<Vec<_>>>()?;
        // A statement that changes rows answers in any order.
        runs.sort_by_key(|run| (std::cmp::Reverse(run.priority), run.id));
        Ok(Claimed { runs, next_due })
    }

    /// Takes what nobody does any more: its worker is dead, or let go of it. Nothing it does is begun anew by this.
    /// Whoever was taken for dead itself takes nothing before it has another name.
    pub async fn adopt_runs(&self, worker: &str) -> Result<Vec<RunRow>> {
        let skip = if self.kind() == Kind::Postgres { "for update skip locked" } else { "" };
        let sql = format!(
            "update runs set worker = $1, fence = fence + 1
             where state = 'running' and exists (select 1 from workers me where me.id = $1) and id in (
                 select id from runs where state = 'running'
                     and (worker is null or worker not in (select w.id from workers w)) {skip})
             returning {COLUMNS}"
        );
        let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(worker.to_owned());
        query.fetch_all(&self.pool).await.map_err(lost)?.into_iter().map(RunRow::try_from).collect()
    }

    /// The runs a worker has, with their fences.
    pub async fn runs_of(&self, worker: &str) -> Result<Vec<(Uuid, i64)>> {
        let sql = "select id, fence from runs where worker = $1 and state = 'running'";
        let rows: Vec<(String, i64)> =
            sqlx::query_as(sql).bind(worker.to_owned()).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(id, fence)| Some((id.parse().ok()?, fence))).collect())
    }

    /// Lets go of a run that goes on without this process: the next that looks takes it up.
    pub async fn leave_run(&self, id: Uuid, worker: &str, fence: i64) -> Result<()> {
        let left = sqlx::query(
            "update runs set worker = null where id = $1 and worker = $2 and fence = $3 and state = 'running'",
        )
        .bind(id.to_string())
        .bind(worker.to_owned())
        .bind(fence)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        if left.rows_affected() > 0 { self.tell_look().await } else { Ok(()) }
    }

    /// Puts a run that failed back in line, to be begun anew at this moment. The answer is whether it is: one that was
    /// cancelled, or that another process has by now, is not.
    pub async fn requeue_run(&self, id: Uuid, worker: &str, fence: i64, due: Millis, detail: &str) -> Result<bool> {
        let again = sqlx::query(
            "update runs set state = 'queued', worker = null, due_at = $4, detail = $5
             where id = $1 and worker = $2 and fence = $3 and state = 'running' and cancelled_at is null",
        )
        .bind(id.to_string())
        .bind(worker.to_owned())
        .bind(fence)
        .bind(due.0)
        .bind(detail.to_owned())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(again.rows_affected() > 0)
    }

    /// Notes that somebody wants a run stopped. The answer is how it stood; none if it had ended, or there is none. What waits to be
    /// begun again waits for its time no more: it may have something to undo.
    pub async fn cancel_run(&self, guild: GuildId, id: Uuid, by: UserId) -> Result<Option<State>> {
        let state: Option<String> = sqlx::query_scalar(
            "update runs set cancelled_at = coalesce(cancelled_at, $1), cancelled_by = coalesce(cancelled_by, $2),
                 due_at = case when due_at > $1 then $1 else due_at end
             where id = $3 and guild_id = $4 and state in ('queued', 'running') returning state",
        )
        .bind(self.clock.now().0)
        .bind(by.to_string())
        .bind(id.to_string())
        .bind(guild.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        let state = state.as_deref().and_then(State::parse);
        // It is noted: whoever does it hears of it at their next beat at the latest.
        if state.is_some()
            && let Err(error) = self.tell_look().await
        {
            tracing::debug!(run.id = %id, "nobody was told at once that a run is cancelled: {error}");
        }
        Ok(state)
    }

    /// Takes what was cancelled before it was begun, or before it began again, to end it: it waits for nothing any more. What noted a
    /// step is not taken by this: it has something to undo, and does that in its turn.
    pub async fn claim_cancelled(&self, worker: &str) -> Result<Vec<RunRow>> {
        let skip = if self.kind() == Kind::Postgres { "for update of r skip locked" } else { "" };
        let sql = format!(
            "update runs set state = 'running', worker = $1, fence = fence + 1, lease = null
             where state = 'queued' and id in (
                 select r.id from runs r where r.state = 'queued' and r.cancelled_at is not null
                     and not exists (select 1 from run_steps s where s.run_id = r.id)
                 order by r.id limit $2 {skip})
             returning {COLUMNS}"
        );
        let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(worker.to_owned()).bind(CANCELLED_AT_ONCE);
        query.fetch_all(&self.pool).await.map_err(lost)?.into_iter().map(RunRow::try_from).collect()
    }

    /// Takes a run anew that this worker has, and does not know of: it was taken, and the answer was lost.
    pub async fn retake_run(&self, id: Uuid, worker: &str, fence: i64) -> Result<Option<RunRow>> {
        let sql = format!(
            "update runs set fence = fence + 1 where id = $1 and worker = $2 and fence = $3 and state = 'running'
             returning {COLUMNS}"
        );
        let query =
            sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(id.to_string()).bind(worker.to_owned()).bind(fence);
        query.fetch_optional(&self.pool).await.map_err(lost)?.map(RunRow::try_from).transpose()
    }

    /// Which of a worker's runs somebody wants stopped.
    pub async fn cancelled_runs(&self, worker: &str) -> Result<Vec<Uuid>> {
        let sql = "select id from runs where worker = $1 and state = 'running' and cancelled_at is not null";
        let ids: Vec<String> =
            sqlx::query_scalar(sql).bind(worker.to_owned()).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}
