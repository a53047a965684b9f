//! How services were, day by day.

use base::{GuildId, Millis, Result};

use crate::{Store, lost};

/// A day, in milliseconds.
pub const DAY: i64 = 86_400_000;
/// Days that are kept.
const KEPT: i64 = 100;

/// How something was on a day: how often it was looked at and well, and how often it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Days since 1970, UTC.
    pub day: i64,
    /// Well.
    pub well: i64,
    /// Not well. What nobody could ask is neither.
    pub unwell: i64,
}

impl Store {
    /// Counts a look at a service: at now, it was well or it was not.
    pub async fn count_service_look(&self, guild: GuildId, service: &str, well: bool) -> Result<()> {
        let [well, unwell] = [i64::from(well), i64::from(!well)];
        sqlx::query(
            "insert into service_days (guild_id, service, day, well, unwell) values ($1, $2, $3, $4, $5)
             on conflict (guild_id, service, day) do update set
                 well = service_days.well + excluded.well, unwell = service_days.unwell + excluded.unwell",
        )
        .bind(guild.to_string())
        .bind(service)
        .bind(self.clock.now().0.div_euclid(DAY))
        .bind(well)
        .bind(unwell)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// How a service was since a day.
    pub async fn service_days(&self, guild: GuildId, service: &str, since: i64) -> Result<Vec<Day>> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select day, well, unwell from service_days where guild_id = $1 and service = $2 and day >= $3 order by day",
        )
        .bind(guild.to_string())
        .bind(service)
        .bind(since)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(|(day, well, unwell)| Day { day, well, unwell }).collect())
    }

    /// How a server was since a moment, day by day: seen, or looked at in vain.
    pub async fn server_days(&self, guild: GuildId, server: &str, since: Millis) -> Result<Vec<Day>> {
        // What the hours do not hold yet is in finer rows, which stand for what is not in coarser ones alone.
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select at / $4, cast(sum(seen) as bigint), cast(sum(looks - seen) as bigint) from metric_points
             where guild_id = $1 and server_id = $2 and at >= $3 and span = 3600000
             group by at / $4 order by 1",
        )
        .bind(guild.to_string())
        .bind(server)
        .bind(since.0)
        .bind(DAY)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(|(day, well, unwell)| Day { day, well, unwell }).collect())
    }

    /// Lets go of what is too old to be shown.
    pub async fn trim_service_days(&self) -> Result<()> {
        sqlx::query("delete from service_days where day < $1")
            .bind(self.clock.now().0.div_euclid(DAY) - KEPT)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
