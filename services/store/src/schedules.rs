//! What is done at certain times.
//!
//! **Invariant:** a moment is claimed once: its row and the schedule's next moment are one transaction, which compares and sets the latter.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{Store, lost};

/// How a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It goes on.
    Active,
    /// Somebody, or what went wrong, stopped it for now.
    Paused,
    /// There is no more to come.
    Done,
}

impl State {
    /// The word in its row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Done => "done",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "paused" => Self::Paused,
            _ => Self::Done,
        }
    }
}

/// A schedule to make.
#[derive(Debug)]
pub struct NewSchedule<'a> {
    /// Where.
    pub guild: GuildId,
    /// Unique there.
    pub name: &'a str,
    /// When, as it was typed.
    pub typed: &'a str,
    /// When, as it was understood.
    pub rule: &'a str,
    /// On whose clocks.
    pub zone: &'a str,
    /// What, by name.
    pub action: &'a str,
    /// Its arguments as JSON. No secret may be inside.
    pub arguments: &'a str,
    /// What exactly happens.
    pub plan: &'a str,
    /// `skip`, `once` or `all`.
    pub missed: &'a str,
    /// How late is missed, in milliseconds.
    pub late: i64,
    /// Where it is told how they ended.
    pub channel: u64,
    /// `always` or `failures`.
    pub tell: &'a str,
    /// Who makes it.
    pub made_by: UserId,
    /// Its first moment.
    pub next: Millis,
    /// The most a guild may have, and the most a person.
    pub most: (i64, i64),
}

/// A schedule's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique there.
    pub name: String,
    /// When, as it was typed.
    pub typed: String,
    /// When, as it was understood.
    pub rule: String,
    /// On whose clocks.
    pub zone: String,
    /// What, by name.
    pub action: String,
    /// Its arguments as JSON.
    pub arguments: String,
    /// What exactly happens.
    pub plan: String,
    /// `skip`, `once` or `all`.
    pub missed: String,
    /// How late is missed, in milliseconds.
    pub late: i64,
    /// Where it is told how they ended.
    pub channel: u64,
    /// `always` or `failures`.
    pub tell: String,
    /// As whom.
    pub made_by: UserId,
    /// How it stands.
    pub state: State,
    /// Why it is paused.
    pub paused_why: Option<String>,
    /// The next moment that was not claimed yet.
    pub next: Option<Millis>,
    /// How many were missed and not made up for.
    pub missed_count: i64,
    /// How many failed since the last that did not.
    pub failures: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    typed: String,
    rule: String,
    zone: String,
    action: String,
    arguments: String,
    plan: String,
    missed: String,
    late: i64,
    channel_id: String,
    tell: String,
    made_by: String,
    state: String,
    paused_why: Option<String>,
    next_at: Option<i64>,
    missed_count: i64,
    failures: i64,
}

impl From<Row> for Schedule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            typed: row.typed,
            rule: row.rule,
            zone: row.zone,
            action: row.action,
            arguments: row.arguments,
            plan: row.plan,
            missed: row.missed,
            late: row.late,
            channel: row.channel_id.parse().unwrap_or_default(),
            tell: row.tell,
            made_by: UserId(row.made_by.parse().unwrap_or_default()),
            state: State::parse(&row.state),
            paused_why: row.paused_why,
            next: row.next_at.map(Millis),
            missed_count: row.missed_count,
            failures: row.failures,
        }
    }
}

const COLUMNS: &str =
    "id, guild_id, name, typed, rule, zone, action, arguments, plan, missed, late, channel_id, tell, made_by, state,
    paused_why, next_at, missed_count, failures";

impl Store {
    /// Makes a schedule; none if there are too many already, or one of that name.
    pub async fn add_schedule(&self, new: &NewSchedule<'_>) -> Result<Option<String>> {
        let id = self.clock.id().to_string();
        sqlx::query_scalar(
            "insert into schedules (id, guild_id, name, typed, rule, zone, action, arguments, plan, missed, late, channel_id, tell,
                 made_by, made_at, state, next_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, cast($11 as bigint), $12, $13, $14, cast($15 as bigint), 'active',
                 cast($16 as bigint)
             where (select count(*) from schedules where guild_id = $2) < $17
                 and (select count(*) from schedules where guild_id = $2 and made_by = $14) < $18
             on conflict (guild_id, name) do nothing returning id",
        )
        .bind(&id)
        .bind(new.guild.to_string())
        .bind(new.name)
        .bind(new.typed)
        .bind(new.rule)
        .bind(new.zone)
        .bind(new.action)
        .bind(new.arguments)
        .bind(new.plan)
        .bind(new.missed)
        .bind(new.late)
        .bind(new.channel.to_string())
        .bind(new.tell)
        .bind(new.made_by.to_string())
        .bind(self.clock.now().0)
        .bind(new.next.0)
        .bind(new.most.0)
        .bind(new.most.1)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)
    }

    /// A guild's schedules, by name.
    pub async fn schedules(&self, guild: GuildId) -> Result<Vec<Schedule>> {
        let sql = format!("select {COLUMNS} from schedules where guild_id = $1 order by name");
        let rows: Result<Vec<Row>> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(guild.to_string()).fetch_all(&self.reads).await.map_err(lost);
        Ok(rows?.into_iter().map(Schedule::from).collect())
    }

    /// One of them.
    pub async fn schedule(&self, guild: GuildId, name: &str) -> Result<Option<Schedule>> {
        let sql = format!("select {COLUMNS} from schedules where guild_id = $1 and name = $2");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(guild.to_string()).bind(name.to_owned());
        let row: Option<Row> = query.fetch_optional(&self.reads).await.map_err(lost)?;
        Ok(row.map(Schedule::from))
    }

    /// Those of every guild with a moment that has come, the one that waits longest first. One with something claimed that has not begun
    /// is left out: what is next waits until it has.
    pub async fn due_schedules(&self, most: i64) -> Result<Vec<Schedule>> {
        let sql = format!(
            "select {COLUMNS} from schedules s where state = 'active' and next_at <= $1 and not exists
                 (select 1 from occurrences o where o.schedule_id = s.id and o.state = 'claimed')
             order by next_at limit $2"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(self.clock.now().0).bind(most);
        let rows: Vec<Row> = query.fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(Schedule::from).collect())
    }

    /// Pauses a schedule that goes on, or says that there is no more of it. The answer is whether it went on.
    pub async fn stop_schedule(&self, guild: GuildId, id: &str, to: State, why: Option<&str>) -> Result<bool> {
        let stopped = sqlx::query(
            "update schedules set state = $1, paused_why = $2 where guild_id = $3 and id = $4 and state = 'active'",
        )
        .bind(to.as_str())
        .bind(why)
        .bind(guild.to_string())
        .bind(id)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(stopped.rows_affected() > 0)
    }

    /// Lets a schedule that is paused go on, from this moment. The answer is whether it was paused.
    pub async fn resume_schedule(&self, guild: GuildId, id: &str, next: Millis) -> Result<bool> {
        let resumed = sqlx::query(
            "update schedules set state = 'active', paused_why = null, failures = 0, next_at = $1
             where guild_id = $2 and id = $3 and state = 'paused'",
        )
        .bind(next.0)
        .bind(guild.to_string())
        .bind(id)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(resumed.rows_affected() > 0)
    }

    /// Removes a schedule and what is known of its past; what goes on ends by itself. The answer is whether it was there.
    pub async fn remove_schedule(&self, guild: GuildId, id: &str) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from occurrences where guild_id = $1 and schedule_id = $2")
            .bind(guild.to_string())
            .bind(id)
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        let gone = sqlx::query("delete from schedules where guild_id = $1 and id = $2")
            .bind(guild.to_string())
            .bind(id)
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Whether somebody waits to be asked about this schedule's last run.
    pub async fn asks_still(&self, schedule: &Schedule) -> Result<bool> {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from occurrences o join approvals a on a.id = o.approval_id
             where o.guild_id = $1 and o.schedule_id = $2 and a.state = 'open' and a.expires_at > $3",
        )
        .bind(schedule.guild.to_string())
        .bind(&schedule.id)
        .bind(self.clock.now().0)
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(open > 0)
    }

    /// A fresh id for what comes due: it becomes its entry in the audit log.
    pub fn new_occurrence(&self) -> Uuid {
        self.clock.id()
    }
}
