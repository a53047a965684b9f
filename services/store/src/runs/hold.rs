//! What a run changes besides its own lease: several things, each for as long as it takes.
//!
//! **Invariants:** a thing is changed by one run at a time, whether it has it as its lease or holds it. Whoever holds one thing waits for
//! no other with it: each is taken and let go of by itself, so nobody waits for anybody in a circle. What ended holds nothing.

use base::{GuildId, Result};
use sqlx::{AnyConnection, AssertSqlSafe};
use uuid::Uuid;

use crate::{Store, database::Kind, lost};

/// The number of the advisory lock under which PostgreSQL lets one at a time look who changes what: "holds" as ASCII.
const LEASES: i64 = 0x68_6f6c_6473;

/// Whoever looks who changes what and then changes it does so alone: PostgreSQL does not see what others write meanwhile. SQLite has
/// one who writes in any case.
pub(super) async fn alone(connection: &mut AnyConnection, kind: Kind) -> sqlx::Result<()> {
    if kind == Kind::Postgres {
        sqlx::query_scalar::<_, i32>("select 1 from pg_advisory_xact_lock($1)")
            .bind(LEASES)
            .fetch_one(connection)
            .await?;
    }
    Ok(())
}

/// A condition on `runs r`: no run that goes on holds what it changes.
macro_rules! held_by_nobody {
    () => {
        "not exists (select 1 from run_holds h join runs w on w.id = h.run_id and w.state = 'running'
             where h.guild_id = r.guild_id and h.lease = r.lease and h.run_id <> r.id)"
    };
}

pub(super) use held_by_nobody;

impl Store {
    /// Takes a thing for a run that goes on, if nobody else changes it. The answer is whether it has it.
    pub async fn hold_for_run(&self, guild: GuildId, lease: &str, run: Uuid) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        alone(&mut all, self.kind()).await.map_err(lost)?;
        let held = sqlx::query(
            "insert into run_holds (guild_id, lease, run_id)
             select $1, $2, $3 where not exists (select 1 from runs o
                 where o.guild_id = $1 and o.lease = $2 and o.state = 'running' and o.id <> $3)
             on conflict (guild_id, lease) do update set run_id = excluded.run_id
             where run_holds.run_id = excluded.run_id
                 or not exists (select 1 from runs w where w.id = run_holds.run_id and w.state = 'running')",
        )
        .bind(guild.to_string())
        .bind(lease.to_owned())
        .bind(run.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(held.rows_affected() > 0)
    }

    /// Lets go of a thing that a run held. Whoever waits for it hears of that.
    pub async fn let_go_of(&self, guild: GuildId, lease: &str, run: Uuid) -> Result<()> {
        let gone = sqlx::query("delete from run_holds where guild_id = $1 and lease = $2 and run_id = $3")
            .bind(guild.to_string())
            .bind(lease.to_owned())
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        if gone.rows_affected() == 0 {
            return Ok(());
        }
        self.freed.notify_one();
        self.tell_look().await
    }

    /// Waits until this process lets go of something that another run may wait for.
    pub async fn something_freed(&self) {
        self.freed.notified().await;
    }

    /// Which other run changes a thing just now, by its lease or as one of several.
    pub async fn run_that_changes(&self, guild: GuildId, lease: &str, run: Uuid) -> Result<Option<String>> {
        let sql = "select reference from runs where guild_id = $1 and state = 'running' and id <> $3
                 and (lease = $2 or id in (select run_id from run_holds where guild_id = $1 and lease = $2)) limit 1";
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(guild.to_string()).bind(lease.to_owned());
        query.bind(run.to_string()).fetch_optional(&self.reads).await.map_err(lost)
    }
}
