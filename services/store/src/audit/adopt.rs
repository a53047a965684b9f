//! Brings the rows of the old table into the log, once.

use base::Result;

use super::{Row, STARTED, chain::Chain};
use crate::{Store, lost};

/// Rows brought over with one transaction.
const AT_ONCE: i64 = 500;

/// A row of the old table, and where its card stands.
#[derive(sqlx::FromRow)]
struct Old {
    id: String,
    reference: String,
    guild_id: String,
    actor_id: String,
    actor_name: String,
    way: String,
    action: String,
    target: Option<String>,
    arguments: String,
    plan: String,
    digest: String,
    approval_id: Option<String>,
    reply_to: Option<String>,
    outcome: String,
    detail: Option<String>,
    started_at: i64,
    finished_at: Option<i64>,
    channel_id: Option<String>,
    message_id: Option<String>,
}

impl Old {
    /// Whether it ran, and did not only wait or get refused: only then was there a time between its beginning and its end.
    fn ran(&self) -> bool {
        self.outcome == STARTED || self.finished_at != Some(self.started_at)
    }

    fn first(&self) -> Row {
        let ran = self.ran();
        let row = Row {
            entry_id: self.id.clone(),
            reference: self.reference.clone(),
            guild_id: self.guild_id.clone(),
            at: self.started_at,
            actor_id: self.actor_id.clone(),
            actor_name: self.actor_name.clone(),
            agent: None,
            way: self.way.clone(),
            risk: None,
            action: self.action.clone(),
            target: self.target.clone(),
            arguments: Some(self.arguments.clone()),
            plan: Some(self.plan.clone()),
            digest: self.digest.clone(),
            approval_id: self.approval_id.clone(),
            outcome: if ran { STARTED.to_owned() } else { self.outcome.clone() },
            detail: if ran { None } else { self.detail.clone() },
            duration_ms: None,
        };
        row.without_nul()
    }
}

impl Store {
    /// Brings what older versions recorded into the log, oldest first; the answer is how many entries. The old rows stay. Only
    /// for whoever holds the database's lock: no older version is writing then.
    pub async fn adopt_audit(&self) -> Result<usize> {
        let mut adopted = 0;
        loop {
            let rows = self.adopt_some().await.map_err(lost)?;
            if rows == 0 {
                return Ok(adopted);
            }
            adopted += rows;
        }
    }

    async fn adopt_some(&self) -> sqlx::Result<usize> {
        let mut all = self.pool.begin().await?;
        let mut chain = Chain::hold(&mut all).await?;
        let old: Vec<Old> = sqlx::query_as(
            "select audit.*, channel_id, message_id from audit left join live_cards on audit_id = id
             where adopted = 0 order by id limit $1",
        )
        .bind(AT_ONCE)
        .fetch_all(&mut *all)
        .await?;
        for old in &old {
            let first = old.first();
            chain.push(first.clone(), old.reply_to.clone());
            if old.ran() && old.outcome != STARTED {
                let end = old.finished_at.unwrap_or(old.started_at);
                chain.push(first.ended(end, &old.outcome, old.detail.as_deref()), None);
            }
            sqlx::query("update audit set adopted = 1 where id = $1").bind(&old.id).execute(&mut *all).await?;
        }
        chain.write(&mut all).await?;
        for old in old.iter().filter(|old| old.ran()) {
            sqlx::query("update in_flight set channel_id = $1, message_id = $2, outcome = $3 where id = $4")
                .bind(&old.channel_id)
                .bind(&old.message_id)
                .bind(Some(&old.outcome).filter(|outcome| *outcome != STARTED))
                .bind(&old.id)
                .execute(&mut *all)
                .await?;
            sqlx::query("delete from live_cards where audit_id = $1").bind(&old.id).execute(&mut *all).await?;
        }
        // Whoever asked for these knows how they ended.
        sqlx::query("delete from in_flight where outcome is not null and reply_to is null and channel_id is null")
            .execute(&mut *all)
            .await?;
        all.commit().await?;
        Ok(old.len())
    }
}
