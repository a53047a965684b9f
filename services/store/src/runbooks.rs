//! Runbooks as they were imported, and their runs as timelines tell them.
//!
//! **Invariants:** one runbook of a name is current. That a run began or ended is said once: its row and its event are one transaction.

use base::{GuildId, Millis, Result, UserId};
use uuid::Uuid;

use crate::{
    Store,
    events::{Kind, NewEvent},
    lost,
};

/// What nobody imported by then is forgotten: a day, in milliseconds.
const DRAFTS_KEPT: i64 = 24 * 3_600 * 1000;

/// A file that was read, to be looked at before it is kept.
#[derive(Debug, Clone)]
pub struct NewRunbook<'a> {
    /// Whose it is.
    pub guild: GuildId,
    /// Unique there.
    pub name: &'a str,
    /// The name as the file has it.
    pub title: &'a str,
    /// The file's own word for its version.
    pub version: &'a str,
    /// How many steps it has.
    pub steps: usize,
    /// The file.
    pub source: &'a str,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: &'a str,
    /// Who brought it.
    pub by: UserId,
}

/// A runbook's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Its id: another version has another.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique there.
    pub name: String,
    /// The name as the file has it.
    pub title: String,
    /// The file's own word for its version.
    pub version: String,
    /// How many steps it has.
    pub steps: i64,
    /// The file.
    pub source: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// Who brought it.
    pub by: UserId,
    /// When.
    pub at: Millis,
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// The run's id.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// The runbook's name.
    pub runbook: &'a str,
    /// What finds it in the audit log.
    pub reference: &'a str,
    /// The incident it is for.
    pub incident: Option<&'a str>,
    /// The alert it heals.
    pub alert: Option<&'a str>,
    /// As whom.
    pub by: UserId,
}

/// A run of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunbookRun {
    /// The run's id.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// The runbook's name.
    pub runbook: String,
    /// What finds it in the audit log.
    pub reference: String,
    /// The incident it is for.
    pub incident: Option<String>,
    /// `running`, `completed`, `failed`, `escalated` or `cancelled`.
    pub state: String,
    /// In words, how it ended.
    pub detail: Option<String>,
    /// As whom.
    pub by: UserId,
    /// When it began.
    pub began: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    title: String,
    version: String,
    steps: i64,
    source: String,
    digest: String,
    made_by: String,
    made_at: i64,
}

impl From<Row> for Runbook {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            title: row.title,
            version: row.version,
            steps: row.steps,
            source: row.source,
            digest: row.digest,
            by: UserId(row.made_by.parse().unwrap_or_default()),
            at: Millis(row.made_at),
        }
    }
}

const COLUMNS: &str = "id, guild_id, name, title, version, steps, source, digest, made_by, made_at";

type RunRow = (String, String, String, String, Option<String>, String, Option<String>, String, i64);

fn run((id, guild, runbook, reference, incident, state, detail, by, began): RunRow) -> RunbookRun {
    RunbookRun {
        id,
        guild: GuildId(guild.parse().unwrap_or_default()),
        runbook,
        reference,
        incident,
        state,
        detail,
        by: UserId(by.parse().unwrap_or_default()),
        began: Millis(began),
    }
}

const RUN_COLUMNS: &str = "id, guild_id, runbook, reference, incident, state, detail, by_id, began_at";

impl Store {
    /// Keeps a file to be looked at. What nobody imported for long goes.
    pub async fn draft_runbook(&self, new: &NewRunbook<'_>) -> Result<String> {
        let (id, now) = (self.clock.id().to_string(), self.clock.now().0);
        sqlx::query("delete from runbooks where guild_id = $1 and state = 'draft' and made_at < $2")
            .bind(new.guild.to_string())
            .bind(now - DRAFTS_KEPT)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        sqlx::query(
            "insert into runbooks (id, guild_id, name, title, version, steps, source, digest, state, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10)",
        )
        .bind(&id)
        .bind(new.guild.to_string())
        .bind(new.name)
        .bind(new.title)
        .bind(new.version)
        .bind(i64::try_from(new.steps).unwrap_or_default())
        .bind(new.source)
        .bind(new.digest)
        .bind(new.by.to_string())
        .bind(now)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(id)
    }

    /// What somebody looks at before it is kept.
    pub async fn runbook_draft(&self, guild: GuildId, id: &str) -> Result<Option<Runbook>> {
        let sql = format!("select {COLUMNS} from runbooks where guild_id = $1 and id = $2 and state = 'draft'");
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(id.to_owned());
        query.fetch_optional(&self.reads).await.map(|row| row.map(Runbook::from)).map_err(lost)
    }

    /// Makes a draft the runbook of its name, in place of another. The answer is whether it did: it was there, and there is room.
    pub async fn adopt_runbook(&self, draft: &Runbook, most: i64) -> Result<bool> {
        let guild = draft.guild.to_string();
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from runbooks where guild_id = $1 and name = $2 and state = 'current'")
            .bind(&guild)
            .bind(&draft.name)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        let kept = sqlx::query(
            "update runbooks set state = 'current' where guild_id = $1 and id = $2 and state = 'draft'
                 and (select count(*) from runbooks where guild_id = $1 and state = 'current') < $3",
        )
        .bind(&guild)
        .bind(&draft.id)
        .bind(most)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// A guild's runbooks, by name.
    pub async fn runbooks(&self, guild: GuildId) -> Result<Vec<Runbook>> {
        let sql = format!("select {COLUMNS} from runbooks where guild_id = $1 and state = 'current' order by name");
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string());
        query.fetch_all(&self.reads).await.map(|rows| rows.into_iter().map(Runbook::from).collect()).map_err(lost)
    }

    /// The runbook of this name.
    pub async fn runbook(&self, guild: GuildId, name: &str) -> Result<Option<Runbook>> {
        let sql = format!("select {COLUMNS} from runbooks where guild_id = $1 and name = $2 and state = 'current'");
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(name.to_owned());
        query.fetch_optional(&self.reads).await.map(|row| row.map(Runbook::from)).map_err(lost)
    }

    /// Removes a runbook. The answer is whether there was one.
    pub async fn remove_runbook(&self, guild: GuildId, name: &str) -> Result<bool> {
        sqlx::query("delete from runbooks where guild_id = $1 and name = $2 and state = 'current'")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// Notes that a run begins, and says so. The answer is whether it was not noted before.
    pub async fn begin_runbook_run(&self, new: &NewRun<'_>, event: NewEvent) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let made = sqlx::query(
            "insert into runbook_runs (id, guild_id, runbook, reference, incident, alert, by_id, state, began_at)
             values ($1, $2, $3, $4, $5, $6, $7, 'running', $8) on conflict (id) do nothing",
        )
        .bind(new.id.to_string())
        .bind(new.guild.to_string())
        .bind(new.runbook)
        .bind(new.reference)
        .bind(new.incident)
        .bind(new.alert)
        .bind(new.by.to_string())
        .bind(self.clock.now().0)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        let events = self.events.append(&mut all, vec![event]).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(events);
        Ok(true)
    }

    /// Notes how a run ended, and says so. The answer is whether this ended it.
    pub async fn end_runbook_run(
        &self,
        (guild, id): (GuildId, &str),
        state: &str,
        detail: &str,
        events: Vec<NewEvent>,
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let ended = sqlx::query(
            "update runbook_runs set state = $1, detail = $2, ended_at = $3 where guild_id = $4 and id = $5 and state = 'running'",
        )
        .bind(state)
        .bind(detail)
        .bind(self.clock.now().0)
        .bind(guild.to_string())
        .bind(id)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        let events = self.events.append(&mut all, events).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(events);
        Ok(true)
    }

    /// The last runs of a runbook, the newest first.
    pub async fn runbook_runs(&self, guild: GuildId, runbook: &str, most: i64) -> Result<Vec<RunbookRun>> {
        let sql = format!(
            "select {RUN_COLUMNS} from runbook_runs where guild_id = $1 and runbook = $2 order by began_at desc, id desc limit $3"
        );
        let query = sqlx::query_as::<_, RunRow>(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(runbook.to_owned())
            .bind(most);
        query.fetch_all(&self.reads).await.map(|rows| rows.into_iter().map(run).collect()).map_err(lost)
    }

    /// Runs that are noted as going on and have ended otherwise: nobody was there to say so.
    pub async fn lost_runbook_runs(&self) -> Result<Vec<RunbookRun>> {
        let sql = format!(
            "select {RUN_COLUMNS} from runbook_runs where state = 'running' and exists (select 1 from runs where runs.id = runbook_runs.id
                 and runs.state not in ('queued', 'running'))"
        );
        let query = sqlx::query_as::<_, RunRow>(sqlx::AssertSqlSafe(sql));
        query.fetch_all(&self.reads).await.map(|rows| rows.into_iter().map(run).collect()).map_err(lost)
    }

    /// The kinds of events that tell of runbooks.
    pub const RUNBOOK_EVENTS: [Kind; 3] = [Kind::RunbookBegan, Kind::RunbookEnded, Kind::RunbookEscalated];
}
