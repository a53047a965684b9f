//! Long work, from the moment it was asked for to its end.
//!
//! **Invariants:** a run is written in its audit entry's transaction and ended in that of the entry's last row. Whoever takes it
//! raises its fence, and every write of whoever does it names worker and fence: who lost a run can write no more. One that
//! somebody cancelled never ends as anything else.

mod end;
mod hold;
mod listen;
mod take;

use std::time::Duration;

use base::{Actor, Asker, Error, GuildId, Millis, Result, Risk, RoleId, UserId, Way, gate::Request};
use sqlx::{AnyConnection, AssertSqlSafe};
use uuid::Uuid;

use crate::{Store, lost};

pub(crate) use end::end;
pub use end::{Kept, RunEnd};
pub use listen::Notice;
pub(crate) use listen::Shared;
pub use take::Claimed;
pub(crate) use take::{Claim, claim};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its time, a free place, or what another run changes.
    Queued,
    /// Somebody does it.
    Running,
    /// It ended as asked.
    Succeeded,
    /// It ended otherwise.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// It did not end before its deadline.
    TimedOut,
    /// Nobody saw how it ended.
    Interrupted,
}

impl State {
    /// Every state, from the beginning.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::TimedOut,
        Self::Interrupted,
    ];

    /// The word the row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
        }
    }

    /// The state of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The state after which an audit entry has this outcome.
    pub fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "done" => Self::Succeeded,
            "cancelled" => Self::Cancelled,
            "timed_out" => Self::TimedOut,
            "interrupted" => Self::Interrupted,
            _ => Self::Failed,
        }
    }

    /// Whether it goes on from here.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A run's row.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// Its audit entry.
    pub id: Uuid,
    /// What people see of it.
    pub reference: String,
    /// Whose it is.
    pub guild: GuildId,
    /// The action's name.
    pub action: String,
    /// What it acts on.
    pub target: Option<String>,
    /// What only one of them at a time may change.
    pub lease: Option<String>,
    /// The action as JSON; masked where `sealed` holds it.
    pub arguments: String,
    /// The vault's row that holds the action with its secrets.
    pub sealed: Option<String>,
    /// What it does.
    pub plan: String,
    /// Who wants it.
    pub asked_by: UserId,
    /// Their name at the time.
    pub asked_by_name: String,
    /// Who asked in their name.
    pub agent: Option<String>,
    /// How they asked.
    pub way: Way,
    /// The higher the sooner.
    pub priority: i64,
    /// How it stands.
    pub state: State,
    /// When it was asked for.
    pub created: Millis,
    /// Not before this moment.
    pub due: Millis,
    /// How long it may take once it was begun.
    pub deadline: Duration,
    /// When it was first begun.
    pub started: Option<Millis>,
    /// When it ended.
    pub finished: Option<Millis>,
    /// How often it was begun.
    pub attempts: u32,
    /// The process that does it.
    pub worker: Option<String>,
    /// Whoever does it writes with this.
    pub fence: i64,
    /// Who stopped it.
    pub cancelled_by: Option<UserId>,
    /// How it ended, in words.
    pub detail: Option<String>,
    /// Its face as JSON.
    pub card: Option<String>,
    /// What came of it, as JSON.
    pub report: Option<String>,
}

impl RunRow {
    /// Whoever asked, as they were then: what they may do now is not known here.
    pub fn actor(&self, roles: Vec<RoleId>, administrator: bool) -> Actor {
        Actor {
            guild: self.guild,
            user: self.asked_by,
            name: self.asked_by_name.clone(),
            administrator,
            roles,
            agent: self.agent.clone(),
            way: self.way,
            reply_to: None,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    reference: String,
    guild_id: String,
    action: String,
    target: Option<String>,
    lease: Option<String>,
    arguments: String,
    sealed_id: Option<String>,
    plan: String,
    actor_id: String,
    actor_name: String,
    agent: Option<String>,
    way: String,
    priority: i64,
    state: String,
    created_at: i64,
    due_at: i64,
    deadline: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    attempts: i64,
    worker: Option<String>,
    fence: i64,
    cancelled_by: Option<String>,
    detail: Option<String>,
    card: Option<String>,
    report: Option<String>,
}

impl TryFrom<Row> for RunRow {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let odd = |what: &str| Error::internal("reading a run", anyhow::anyhow!("run {}: its {what} is odd", row.id));
        Ok(Self {
            id: row.id.parse().map_err(|_| odd("id"))?,
            guild: GuildId(row.guild_id.parse().map_err(|_| odd("guild"))?),
            asked_by: UserId(row.actor_id.parse().map_err(|_| odd("person"))?),
            way: Way::parse(&row.way).ok_or_else(|| odd("way"))?,
            state: State::parse(&row.state).ok_or_else(|| odd("state"))?,
            cancelled_by: row.cancelled_by.as_deref().and_then(|user| user.parse().ok()).map(UserId),
            deadline: Duration::from_millis(u64::try_from(row.deadline).unwrap_or(0)),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            reference: row.reference,
            action: row.action,
            target: row.target,
            lease: row.lease,
            arguments: row.arguments,
            sealed: row.sealed_id,
            plan: row.plan,
            asked_by_name: row.actor_name,
            agent: row.agent,
            priority: row.priority,
            created: Millis(row.created_at),
            due: Millis(row.due_at),
            started: row.started_at.map(Millis),
            finished: row.finished_at.map(Millis),
            worker: row.worker,
            fence: row.fence,
            detail: row.detail,
            card: row.card,
            report: row.report,
        })
    }
}

const COLUMNS: &str = "id, reference, guild_id, action, target, lease, arguments, sealed_id, plan, actor_id, actor_name, agent, way, priority, state, \
    created_at, due_at, deadline, started_at, finished_at, attempts, worker, fence, cancelled_by, detail, card, report";

/// A run to be written with its audit entry.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub(crate) target: Option<String>,
    lease: Option<String>,
    risk: Risk,
    arguments: String,
    sealed: Option<String>,
    priority: i64,
    due: Millis,
    deadline: Duration,
}

impl NewRun {
    /// The run of an admitted request; none of what is not durable. `sealed` is the vault's row, where it holds secrets.
    pub fn of(actor: &Actor, request: &Request, sealed: Option<String>, due: Millis) -> Option<Self> {
        let durable = request.durable.clone()?;
        let arguments = if sealed.is_some() { &request.arguments } else { &request.exact };
        Some(Self {
            target: request.target.clone(),
            lease: durable.lease,
            risk: request.risk,
            arguments: arguments.to_string(),
            sealed,
            priority: priority(actor.way.asker()),
            due,
            deadline: durable.deadline,
        })
    }
}

/// Somebody who waits goes before what nobody looks at.
fn priority(asker: Asker) -> i64 {
    match asker {
        Asker::Person => 2,
        Asker::Model => 1,
        Asker::Automation => 0,
    }
}

impl Store {
    /// A run by its id.
    pub async fn run(&self, id: Uuid) -> Result<Option<RunRow>> {
        let sql = format!("select {COLUMNS} from runs where id = $1");
        let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(id.to_string());
        query.fetch_optional(&self.reads).await.map_err(lost)?.map(RunRow::try_from).transpose()
    }

    /// A guild's run by its reference, the newest where two share one.
    pub async fn run_of(&self, guild: GuildId, reference: &str) -> Result<Option<RunRow>> {
        let sql = format!("select {COLUMNS} from runs where guild_id = $1 and reference = $2 order by id desc limit 1");
        let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(guild.to_string()).bind(reference.to_owned());
        query.fetch_optional(&self.reads).await.map_err(lost)?.map(RunRow::try_from).transpose()
    }

    /// A guild's runs, the newest first; only those in this state, where one is named.
    pub async fn runs(&self, guild: GuildId, state: Option<State>, most: i64) -> Result<Vec<RunRow>> {
        let sql = format!(
            "select {COLUMNS} from runs where guild_id = $1 and ($2 = '' or state = $2) order by id desc limit $3"
        );
        let state = state.map_or("", State::as_str);
        let query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).bind(guild.to_string()).bind(state).bind(most);
        query.fetch_all(&self.reads).await.map_err(lost)?.into_iter().map(RunRow::try_from).collect()
    }

    /// Which run changes the same thing just now.
    pub async fn run_in_the_way(&self, run: &RunRow) -> Result<Option<String>> {
        let Some(lease) = &run.lease else { return Ok(None) };
        self.run_that_changes(run.guild, lease, run.id).await
    }

    /// Keeps the face of a run that another process may have to show.
    pub async fn show_run(&self, id: Uuid, worker: &str, fence: i64, card: &str) -> Result<()> {
        sqlx::query("update runs set card = $4 where id = $1 and worker = $2 and fence = $3 and state = 'running'")
            .bind(id.to_string())
            .bind(worker.to_owned())
            .bind(fence)
            .bind(card.to_owned())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Deletes runs that ended before this moment, with their files and notes; at most so many at once, so that nobody waits for it.
    /// The answer is how many.
    pub async fn forget_runs(&self, before: Millis, most: i64) -> Result<u64> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let old = "select id from runs where finished_at < $1 order by finished_at limit $2";
        for table in ["run_steps where run_id", "run_files where run_id", "runs where id"] {
            let sql = format!("delete from {table} in ({old})");
            let gone =
                sqlx::query(AssertSqlSafe(sql)).bind(before.0).bind(most).execute(&mut *all).await.map_err(lost)?;
            if table.starts_with("runs") {
                all.commit().await.map_err(lost)?;
                return Ok(gone.rows_affected());
            }
        }
        Ok(0)
    }

    /// Deletes the files of runs that ended before this moment.
    pub async fn forget_run_files(&self, before: Millis) -> Result<()> {
        sqlx::query("delete from run_files where run_id in (select id from runs where finished_at < $1)")
            .bind(before.0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The file that a guild's run ended with. What commands printed is kept in one place, for their history and for this.
    pub async fn run_file(&self, run: &RunRow) -> Result<Option<(String, Vec<u8>)>> {
        let own = sqlx::query_as("select name, bytes from run_files where run_id = $1")
            .bind(run.id.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        if own.is_some() {
            return Ok(own);
        }
        if let Some(output) = self.output(run.guild, &run.id.to_string()).await? {
            return Ok(Some(output));
        }
        let all = self.outputs_of_run(run.guild, run.id).await?;
        Ok(all.map(|all| (format!("servers-{}.log", run.reference), all)))
    }

    /// Lets go of what was sealed for runs that are over, for the sweep that follows. Only for whoever holds the database's lock.
    pub async fn unseal_ended_runs(&self) -> Result<()> {
        sqlx::query("update runs set sealed_id = null where finished_at is not null and sealed_id is not null")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

/// Writes a run beside its audit entry's first row.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    run: &NewRun,
    first: &crate::audit::Row,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into runs (id, reference, guild_id, action, target, lease, risk, arguments, sealed_id, plan, actor_id, \
             actor_name, agent, way, priority, state, created_at, due_at, deadline)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', $16, $17, $18)",
    )
    .bind(&first.entry_id)
    .bind(&first.reference)
    .bind(&first.guild_id)
    .bind(&first.action)
    .bind(&run.target)
    .bind(&run.lease)
    .bind(run.risk.as_str())
    .bind(&run.arguments)
    .bind(&run.sealed)
    .bind(first.plan.as_deref().unwrap_or_default())
    .bind(&first.actor_id)
    .bind(&first.actor_name)
    .bind(&first.agent)
    .bind(&first.way)
    .bind(run.priority)
    .bind(first.at)
    .bind(run.due.0.max(first.at))
    .bind(i64::try_from(run.deadline.as_millis()).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map(drop)
}
