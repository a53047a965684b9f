//! How a run ends, in the transaction of its audit entry's last row.
//!
//! **Invariant:** what was cancelled before its end was on record ends as cancelled, in every word: whoever ends it otherwise is
//! told, and ends it so.

use sqlx::AnyConnection;

use super::State;
use crate::owners::used_secrets;

/// How a run ends.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// Who did it.
    pub worker: String,
    /// With which fence.
    pub fence: i64,
    /// Its last face, as JSON, without secrets.
    pub card: String,
    /// What came of it, as JSON, without secrets.
    pub report: String,
    /// Its file, without secrets.
    pub file: Option<(String, std::sync::Arc<Vec<u8>>)>,
    /// The vault's row that held its secrets: nothing needs them any more.
    pub sealed: Option<String>,
}

/// Whether an end counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is on record.
    Yes,
    /// It had ended before, or is another's by now.
    No,
    /// Nothing was written: it was cancelled meanwhile, and can only end as that.
    Cancelled,
}

/// Ends a run for whoever has it, with the outcome of its audit entry.
pub(crate) async fn end(
    connection: &mut AnyConnection,
    id: &str,
    now: i64,
    (outcome, detail): (&str, Option<&str>),
    end: &RunEnd,
) -> sqlx::Result<Kept> {
    let state = State::of_outcome(outcome);
    let ended = sqlx::query(
        "update runs set state = $2, finished_at = $3, detail = $4, card = $5, report = $6, worker = null, sealed_id = null
         where id = $1 and worker = $7 and fence = $8 and state = 'running' and (cancelled_at is null or $2 = 'cancelled')",
    )
    .bind(id.to_owned())
    .bind(state.as_str())
    .bind(now)
    .bind(detail.map(str::to_owned))
    .bind(&end.card)
    .bind(&end.report)
    .bind(&end.worker)
    .bind(end.fence)
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() == 0 {
        let sql = "select id from runs where id = $1 and worker = $2 and fence = $3 and state = 'running'";
        let query = sqlx::query_scalar::<_, String>(sql).bind(id.to_owned()).bind(&end.worker).bind(end.fence);
        let mine = query.fetch_optional(connection).await?.is_some();
        return Ok(if mine { Kept::Cancelled } else { Kept::No });
    }
    let kept = "select count(*) from command_outputs where entry_id = $1 or run_id = $1";
    if let Some((name, bytes)) = &end.file
        // What its commands printed is kept already.
        && sqlx::query_scalar::<_, i64>(kept).bind(id.to_owned()).fetch_one(&mut *connection).await? == 0
    {
        sqlx::query("insert into run_files (run_id, name, bytes) values ($1, $2, $3) on conflict (run_id) do nothing")
            .bind(id.to_owned())
            .bind(name.clone())
            .bind(bytes.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    if let Some(sealed) = &end.sealed {
        sqlx::query(concat!("delete from secrets where id = $1 and id not in (", used_secrets!(), ")"))
            .bind(sealed.clone())
            .execute(connection)
            .await?;
    }
    Ok(Kept::Yes)
}
