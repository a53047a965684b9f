//! What servers said of themselves: single looks, and their means over five minutes and over an hour.
//!
//! **Invariants:** a value that is not known is null, in every row that is made of it too: a mean is over what was known. Rows go
//! in whole spans of the next coarser kind, so no mean is ever computed of half of what it stands for.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use base::{GuildId, Millis, Result, UserId};

use crate::{
    Store,
    audit::{insert, next_stride},
    lost,
};

const COLUMNS: &str = "guild_id, server_id, span, at, looks, seen, cpu, cpu_peak, memory, swap, disk, gpu, gpu_memory, \
                       load, received, sent, temperature";
const WIDTH: usize = 17;
static POINTS: LazyLock<[String; 3]> =
    LazyLock::new(|| insert("metric_points", COLUMNS, WIDTH).map(|sql| sql + " on conflict do nothing"));
static LATEST: LazyLock<[String; 3]> = LazyLock::new(|| {
    insert("metric_latest", "server_id, guild_id, at, since, sample, trouble", 6).map(|sql| {
        sql + " on conflict (server_id) do update set guild_id = excluded.guild_id, at = excluded.at,
                since = excluded.since, sample = excluded.sample, trouble = excluded.trouble"
    })
});

/// How long a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// One look.
    Look,
    /// Five minutes.
    Minutes,
    /// An hour.
    Hour,
}

impl Span {
    /// In milliseconds.
    pub fn millis(self) -> i64 {
        match self {
            Self::Look => 0,
            Self::Minutes => 300_000,
            Self::Hour => 3_600_000,
        }
    }

    /// How long its rows are kept.
    pub fn kept(self) -> Duration {
        match self {
            Self::Look => Duration::from_hours(6),
            Self::Minutes => Duration::from_hours(8 * 24),
            Self::Hour => Duration::from_hours(400 * 24),
        }
    }

    /// What its rows are put together to.
    fn next(self) -> Option<Self> {
        match self {
            Self::Look => Some(Self::Minutes),
            Self::Minutes => Some(Self::Hour),
            Self::Hour => None,
        }
    }

    /// The oldest moment of which all rows are still there.
    fn whole_since(self, now: Millis) -> i64 {
        let oldest = now.0.saturating_sub(i64::try_from(self.kept().as_millis()).unwrap_or(i64::MAX));
        let whole = self.next().unwrap_or(self).millis().max(1);
        oldest.div_euclid(whole) * whole
    }
}

/// What was known of a server over a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Values {
    /// Hundredths of a percent of all cores, as a mean.
    pub cpu: Option<i64>,
    /// The same at its highest.
    pub cpu_peak: Option<i64>,
    /// Hundredths of a percent.
    pub memory: Option<i64>,
    /// Hundredths of a percent.
    pub swap: Option<i64>,
    /// Hundredths of a percent, of the fullest disk.
    pub disk: Option<i64>,
    /// Hundredths of a percent, of the busiest GPU.
    pub gpu: Option<i64>,
    /// Hundredths of a percent, of the GPU whose memory is fullest.
    pub gpu_memory: Option<i64>,
    /// Hundredths, over one minute.
    pub load: Option<i64>,
    /// Bytes a second.
    pub received: Option<i64>,
    /// Bytes a second.
    pub sent: Option<i64>,
    /// Tenths of a degree, of the hottest part.
    pub temperature: Option<i64>,
}

/// A row: what was known, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When it begins.
    pub at: Millis,
    /// How often was looked.
    pub looks: i64,
    /// How often something was seen.
    pub seen: i64,
    /// What.
    pub values: Values,
}

/// A look at a server.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whose the server is.
    pub guild: GuildId,
    /// The server's id.
    pub server: String,
    /// When.
    pub at: Millis,
    /// Since when it is seen, or is not.
    pub since: Millis,
    /// What was seen, as JSON; none where nothing was.
    pub sample: Option<String>,
    /// Why nothing was.
    pub trouble: Option<String>,
    /// What of it is kept over time.
    pub values: Values,
}

#[derive(sqlx::FromRow)]
struct PointRow {
    at: i64,
    looks: i64,
    seen: i64,
    cpu: Option<i64>,
    cpu_peak: Option<i64>,
    memory: Option<i64>,
    swap: Option<i64>,
    disk: Option<i64>,
    gpu: Option<i64>,
    gpu_memory: Option<i64>,
    load: Option<i64>,
    received: Option<i64>,
    sent: Option<i64>,
    temperature: Option<i64>,
}

impl From<PointRow> for Point {
    fn from(row: PointRow) -> Self {
        let values = Values {
            cpu: row.cpu,
            cpu_peak: row.cpu_peak,
            memory: row.memory,
            swap: row.swap,
            disk: row.disk,
            gpu: row.gpu,
            gpu_memory: row.gpu_memory,
            load: row.load,
            received: row.received,
            sent: row.sent,
            temperature: row.temperature,
        };
        Self { at: Millis(row.at), looks: row.looks, seen: row.seen, values }
    }
}

#[derive(sqlx::FromRow)]
struct LatestRow {
    server_id: String,
    guild_id: String,
    at: i64,
    since: i64,
    sample: Option<String>,
    trouble: Option<String>,
}

impl Store {
    /// Keeps a round of looks, all or none.
    pub async fn keep_looks(&self, looks: &[Look]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let mut rest = looks;
        while !rest.is_empty() {
            let (sql, now) = next_stride(&POINTS, &mut rest);
            let mut query = sqlx::query(sql);
            for look in now {
                let values = &look.values;
                query = query
                    .bind(look.guild.to_string())
                    .bind(&look.server)
                    .bind(Span::Look.millis())
                    .bind(look.at.0)
                    .bind(1_i64)
                    .bind(i64::from(look.sample.is_some()))
                    .bind(values.cpu)
                    .bind(values.cpu_peak)
                    .bind(values.memory)
                    .bind(values.swap)
                    .bind(values.disk)
                    .bind(values.gpu)
                    .bind(values.gpu_memory)
                    .bind(values.load)
                    .bind(values.received)
                    .bind(values.sent)
                    .bind(values.temperature);
            }
            query.execute(&mut *all).await.map_err(lost)?;
        }
        // One statement may meet a row once.
        let last: BTreeMap<&str, &Look> = looks.iter().map(|look| (look.server.as_str(), look)).collect();
        let last: Vec<&Look> = last.into_values().collect();
        let mut rest = last.as_slice();
        while !rest.is_empty() {
            let (sql, now) = next_stride(&LATEST, &mut rest);
            let mut query = sqlx::query(sql);
            for look in now {
                query = query
                    .bind(&look.server)
                    .bind(look.guild.to_string())
                    .bind(look.at.0)
                    .bind(look.since.0)
                    .bind(look.sample.as_deref().map(|sample| sample.replace('\0', "␀")))
                    .bind(look.trouble.as_deref().map(|trouble| trouble.replace('\0', "␀")));
            }
            query.execute(&mut *all).await.map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }

    /// The last look at every server of every guild, for a bot that was just started. Its values are in the sample.
    pub async fn latest_looks(&self) -> Result<Vec<Look>> {
        let rows: Vec<LatestRow> =
            sqlx::query_as("select * from metric_latest").fetch_all(&self.reads).await.map_err(lost)?;
        let look = |row: LatestRow| Look {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            server: row.server_id,
            at: Millis(row.at),
            since: Millis(row.since),
            sample: row.sample,
            trouble: row.trouble,
            values: Values::default(),
        };
        Ok(rows.into_iter().map(look).collect())
    }

    /// What was known of a server since a moment, the oldest first.
    pub async fn metric_points(&self, guild: GuildId, server: &str, span: Span, since: Millis) -> Result<Vec<Point>> {
        let rows: Vec<PointRow> = sqlx::query_as(
            "select at, looks, seen, cpu, cpu_peak, memory, swap, disk, gpu, gpu_memory, load, received, sent, temperature
             from metric_points where server_id = $1 and guild_id = $2 and span = $3 and at >= $4 order by at",
        )
        .bind(server)
        .bind(guild.to_string())
        .bind(span.millis())
        .bind(since.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Point::from).collect())
    }

    /// Puts looks together to five minutes, and those to hours: whatever began after `since`, the spans that go on too.
    pub async fn roll_metrics_up(&self, since: Millis) -> Result<()> {
        for from in [Span::Look, Span::Minutes] {
            let Some(to) = from.next() else { continue };
            let whole = to.millis();
            // What is not all there any more was put together while it was.
            let since = (since.0.div_euclid(whole) * whole).max(from.whole_since(self.clock.now()));
            sqlx::query(
                "insert into metric_points (guild_id, server_id, span, at, looks, seen, cpu, cpu_peak, memory, swap, disk,
                     gpu, gpu_memory, load, received, sent, temperature)
                 select min(guild_id), server_id, $1, at / $1 * $1, cast(sum(looks) as bigint), cast(sum(seen) as bigint),
                     cast(avg(cpu) as bigint), max(cpu_peak), cast(avg(memory) as bigint), cast(avg(swap) as bigint),
                     cast(avg(disk) as bigint), cast(avg(gpu) as bigint), cast(avg(gpu_memory) as bigint),
                     cast(avg(load) as bigint), cast(avg(received) as bigint), cast(avg(sent) as bigint),
                     cast(avg(temperature) as bigint)
                 from metric_points where span = $2 and at >= $3 group by server_id, at / $1 * $1
                 on conflict (server_id, span, at) do update set looks = excluded.looks, seen = excluded.seen,
                     cpu = excluded.cpu, cpu_peak = excluded.cpu_peak, memory = excluded.memory, swap = excluded.swap,
                     disk = excluded.disk, gpu = excluded.gpu, gpu_memory = excluded.gpu_memory, load = excluded.load,
                     received = excluded.received, sent = excluded.sent, temperature = excluded.temperature",
            )
            .bind(whole)
            .bind(from.millis())
            .bind(since)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        }
        Ok(())
    }

    /// Deletes what is too old, and what is of servers that are gone.
    pub async fn trim_metrics(&self) -> Result<()> {
        let now = self.clock.now();
        for span in [Span::Look, Span::Minutes, Span::Hour] {
            sqlx::query("delete from metric_points where span = $1 and at < $2")
                .bind(span.millis())
                .bind(span.whole_since(now))
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        }
        for sql in [
            "delete from metric_points where server_id not in (select id from servers)",
            "delete from metric_latest where server_id not in (select id from servers)",
            "delete from metric_off where server_id not in (select id from servers)",
        ] {
            sqlx::query(sql).execute(&self.pool).await.map_err(lost)?;
        }
        Ok(())
    }

    /// The servers of every guild that nobody looks at by themselves, by id.
    pub async fn unwatched_servers(&self) -> Result<Vec<String>> {
        sqlx::query_scalar("select server_id from metric_off").fetch_all(&self.reads).await.map_err(lost)
    }

    /// Looks at a server no longer. The answer is whether that is new.
    pub async fn unwatch_server(&self, guild: GuildId, server: &str, by: UserId) -> Result<bool> {
        let done = sqlx::query(
            "insert into metric_off (server_id, guild_id, by_id, at)
             select id, guild_id, $1, $2 from servers where id = $3 and guild_id = $4
             on conflict (server_id) do nothing",
        )
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .bind(server)
        .bind(guild.to_string())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Looks at a server again. The answer is whether that is new.
    pub async fn watch_server(&self, guild: GuildId, server: &str) -> Result<bool> {
        let done = sqlx::query("delete from metric_off where server_id = $1 and guild_id = $2")
            .bind(server)
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }
}
