//! What a guild changed of the list of harmless commands.
//!
//! **Invariant:** a change and the policy's new version are one transaction: what was judged under the old list is known to be old.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost, policies};

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is the guild's own.
    Added,
    /// It is shipped, and does not count here.
    Removed,
}

impl Change {
    fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// A rule that a guild changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The rule, as it is written.
    pub rule: String,
    /// What became of it.
    pub change: Change,
    /// Who did that.
    pub by: String,
    /// When.
    pub at: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    rule: String,
    change: String,
    changed_by: String,
    changed_at: i64,
}

impl From<Row> for Changed {
    fn from(row: Row) -> Self {
        let change = if row.change == "added" { Change::Added } else { Change::Removed };
        Self { rule: row.rule, change, by: row.changed_by, at: Millis(row.changed_at) }
    }
}

impl Store {
    /// What a guild changed, by rule.
    pub async fn harmless_changes(&self, guild: GuildId) -> Result<Vec<Changed>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select rule, change, changed_by, changed_at from harmless_changes where guild_id = $1 order by rule",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Changed::from).collect())
    }

    /// Changes a rule. The answer is whether it was not changed before.
    pub async fn change_harmless(&self, guild: GuildId, by: UserId, rule: &str, change: Change) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let changed = sqlx::query(
            "insert into harmless_changes (guild_id, rule, change, changed_by, changed_at) values ($1, $2, $3, $4, $5)
             on conflict (guild_id, rule) do nothing",
        )
        .bind(guild.to_string())
        .bind(rule)
        .bind(change.as_str())
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        policies::raise(&mut both, guild).await?;
        both.commit().await.map(|()| true).map_err(lost)
    }

    /// Takes a change back. The answer is whether it was there.
    pub async fn undo_harmless(&self, guild: GuildId, rule: &str, change: Change) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let undone = sqlx::query("delete from harmless_changes where guild_id = $1 and rule = $2 and change = $3")
            .bind(guild.to_string())
            .bind(rule)
            .bind(change.as_str())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        if undone.rows_affected() == 0 {
            return Ok(false);
        }
        policies::raise(&mut both, guild).await?;
        both.commit().await.map(|()| true).map_err(lost)
    }
}
