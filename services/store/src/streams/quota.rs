//! What a platform's allowance of a day was used for.

use base::Result;

use super::Source;
use crate::{Store, lost};

impl Store {
    /// Notes units as used, before they are, as long as no more than `most` are used that day. The answer is whether they may be.
    pub async fn use_quota(&self, source: Source, day: &str, units: i64, most: i64) -> Result<bool> {
        let done = sqlx::query(
            "insert into stream_quota (platform, day, used) select $1, $2, $3 where $3 <= $4
             on conflict (platform, day) do update set used = stream_quota.used + excluded.used
                 where stream_quota.used + excluded.used <= $4",
        )
        .bind(source.as_str())
        .bind(day)
        .bind(units)
        .bind(most)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// The last days and what was used on each, the newest first.
    pub async fn quota_used(&self, source: Source, days: i64) -> Result<Vec<(String, i64)>> {
        sqlx::query_as("select day, used from stream_quota where platform = $1 order by day desc limit $2")
            .bind(source.as_str())
            .bind(days)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Forgets days before this one.
    pub async fn forget_quota(&self, before: &str) -> Result<()> {
        sqlx::query("delete from stream_quota where day < $1")
            .bind(before)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
