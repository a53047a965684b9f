//! Playbooks that people go through, and what became of each step.
//!
//! **Invariant:** a step is settled once, by the first who says so; what was settled does not change.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// Somebody began to go through a playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybookRun {
    /// Its id.
    pub id: String,
    /// The playbook's name.
    pub playbook: String,
    /// What that was called then.
    pub title: String,
    /// Its steps then, as JSON.
    pub steps: String,
    /// The thread it stands in.
    pub thread: Option<u64>,
    /// What finds it in the audit log.
    pub reference: String,
    /// Who began it.
    pub by: UserId,
    /// When.
    pub began: Millis,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which one, from 1.
    pub step: i64,
    /// Whether it was done; otherwise it was skipped.
    pub done: bool,
    /// Who said so.
    pub by: UserId,
    /// When.
    pub at: Millis,
}

type Row = (String, String, String, String, Option<String>, String, String, i64);

const COLUMNS: &str = "id, playbook, title, steps, thread_id, reference, by_id, began_at";

fn run((id, playbook, title, steps, thread, reference, by, began): Row) -> PlaybookRun {
    PlaybookRun {
        id,
        playbook,
        title,
        steps,
        thread: thread.and_then(|thread| thread.parse().ok()),
        reference,
        by: UserId(by.parse().unwrap_or_default()),
        began: Millis(began),
    }
}

impl Store {
    /// Notes that somebody begins; where it stands is noted by [`Self::place_playbook`].
    pub async fn begin_playbook(&self, guild: GuildId, new: &PlaybookRun) -> Result<()> {
        sqlx::query(
            "insert into playbook_runs (id, guild_id, playbook, title, steps, reference, by_id, began_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&new.id)
        .bind(guild.to_string())
        .bind(&new.playbook)
        .bind(&new.title)
        .bind(&new.steps)
        .bind(&new.reference)
        .bind(new.by.to_string())
        .bind(new.began.0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Notes the thread it stands in.
    pub async fn place_playbook(&self, guild: GuildId, id: &str, thread: u64) -> Result<()> {
        sqlx::query("update playbook_runs set thread_id = $1 where guild_id = $2 and id = $3 and thread_id is null")
            .bind(thread.to_string())
            .bind(guild.to_string())
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Forgets one that could not begin.
    pub async fn drop_playbook(&self, guild: GuildId, id: &str) -> Result<()> {
        sqlx::query("delete from playbook_runs where guild_id = $1 and id = $2 and thread_id is null")
            .bind(guild.to_string())
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The run of this id.
    pub async fn playbook_run(&self, guild: GuildId, id: &str) -> Result<Option<PlaybookRun>> {
        let sql = format!("select {COLUMNS} from playbook_runs where guild_id = $1 and id = $2");
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(id.to_owned());
        query.fetch_optional(&self.reads).await.map(|row| row.map(run)).map_err(lost)
    }

    /// A guild's last runs that stand somewhere, the newest first.
    pub async fn playbook_runs(&self, guild: GuildId, most: i64) -> Result<Vec<PlaybookRun>> {
        let sql = format!(
            "select {COLUMNS} from playbook_runs where guild_id = $1 and thread_id is not null order by began_at desc, id desc limit $2"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(most);
        query.fetch_all(&self.reads).await.map(|rows| rows.into_iter().map(run).collect()).map_err(lost)
    }

    /// What became of the steps of a run, in their order.
    pub async fn settled_steps(&self, guild: GuildId, id: &str) -> Result<Vec<Settled>> {
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "select step, state, by_id, at from playbook_steps where guild_id = $1 and run_id = $2 order by step",
        )
        .bind(guild.to_string())
        .bind(id)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(step, state, by, at): (i64, String, String, i64)| {
            let (done, by) = (state == "done", UserId(by.parse().unwrap_or_default()));
            Settled { step, done, by, at: Millis(at) }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Settles a step. The answer is whether this did it: nobody had before.
    pub async fn settle_step(&self, guild: GuildId, id: &str, settled: &Settled) -> Result<bool> {
        let state = if settled.done { "done" } else { "skipped" };
        sqlx::query(
            "insert into playbook_steps (guild_id, run_id, step, state, by_id, at) values ($1, $2, $3, $4, $5, $6)
             on conflict (guild_id, run_id, step) do nothing",
        )
        .bind(guild.to_string())
        .bind(id)
        .bind(settled.step)
        .bind(state)
        .bind(settled.by.to_string())
        .bind(settled.at.0)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Forgets what began before this, with its steps.
    pub async fn forget_playbooks(&self, before: Millis) -> Result<()> {
        sqlx::query(
            "delete from playbook_steps where exists (select 1 from playbook_runs where playbook_runs.id = playbook_steps.run_id
                 and playbook_runs.guild_id = playbook_steps.guild_id and playbook_runs.began_at < $1)",
        )
        .bind(before.0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        sqlx::query("delete from playbook_runs where began_at < $1")
            .bind(before.0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
