//! What a platform's allowance of a day was used for.

use std::time::Duration;

use base::{Millis, Result};

use super::Source;
use crate::{Store, lost};

/// A platform that said that nothing is left is believed for so long.
pub const QUOTA_RESTS: Duration = Duration::from_hours(1);

impl Store {
    /// Notes units as used, before they are, as long as no more than `most` are used that day. The answer is whether they may be.
    pub async fn use_quota(&self, source: Source, day: &str, units: i64, most: i64) -> Result<bool> {
        let done = sqlx::query(
            "insert into stream_quota (platform, day, used) select $1, $2, $3 where $3 <= $4
             on conflict (platform, day) do update set used = stream_quota.used + excluded.used
                 where stream_quota.used + excluded.used <= $4
                 and (stream_quota.over_at is null or stream_quota.over_at <= $5)",
        )
        .bind(source.as_str())
        .bind(day)
        .bind(units)
        .bind(most)
        .bind(self.rested())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// The platform says that nothing is left of a day. The answer is whether nobody knew, or it was believed for long enough.
    pub async fn quota_is_over(&self, source: Source, day: &str) -> Result<bool> {
        let done = sqlx::query(
            "insert into stream_quota (platform, day, used, over_at) values ($1, $2, 0, $3)
             on conflict (platform, day) do update set over_at = excluded.over_at
                 where stream_quota.over_at is null or stream_quota.over_at <= $4",
        )
        .bind(source.as_str())
        .bind(day)
        .bind(self.clock.now().0)
        .bind(self.rested())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// When the platform said that nothing is left of a day, where that is still believed.
    pub async fn quota_over_since(&self, source: Source, day: &str) -> Result<Option<Millis>> {
        let said: Option<i64> =
            sqlx::query_scalar("select over_at from stream_quota where platform = $1 and day = $2 and over_at > $3")
                .bind(source.as_str())
                .bind(day)
                .bind(self.rested())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(said.map(Millis))
    }

    /// What a platform said then is believed no longer.
    fn rested(&self) -> i64 {
        self.clock.now().0.saturating_sub(i64::try_from(QUOTA_RESTS.as_millis()).unwrap_or(i64::MAX))
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
