//! The audit log: a row before the world is touched, completed after.

use base::{Actor, Millis, Result, gate::Request};
use uuid::Uuid;

use crate::{Store, lost};

/// A row of the log.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What people see of it.
    pub reference: String,
    /// The guild it happened in.
    pub guild_id: String,
    /// Who asked.
    pub actor_id: String,
    /// Their name at the time.
    pub actor_name: String,
    /// The door they came in by.
    pub way: String,
    /// The action's name.
    pub action: String,
    /// What it acted on.
    pub target: Option<String>,
    /// The action as JSON, secrets masked.
    pub arguments: String,
    /// What was about to happen.
    pub plan: String,
    /// SHA-256 of the action.
    pub digest: String,
    /// How whoever asked can still be answered, while it is not complete.
    pub reply_to: Option<String>,
    /// How it ended, or `started`.
    pub outcome: String,
    /// In words, where there is more to say.
    pub detail: Option<String>,
    /// When it was written, in milliseconds.
    pub started_at: i64,
    /// When it was completed, in milliseconds.
    pub finished_at: Option<i64>,
}

/// A row to write.
#[derive(Debug)]
pub struct NewEntry<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// What for.
    pub request: &'a Request,
    /// The approval it runs under or waits for.
    pub approval: Option<Uuid>,
    /// `started`, or how it ended already.
    pub outcome: &'static str,
    /// In words, where there is more to say.
    pub detail: Option<String>,
}

impl Store {
    /// Writes a row; the answer is its id and reference.
    pub async fn write_audit(&self, entry: NewEntry<'_>) -> Result<(Uuid, String)> {
        let (id, now) = (self.clock.id(), self.clock.now());
        let reference = reference(id);
        let finished = (entry.outcome != "started").then_some(now.0);
        sqlx::query(
            "insert into audit (id, reference, guild_id, actor_id, actor_name, way, action, target, arguments, plan, digest,
                 approval_id, reply_to, outcome, detail, started_at, finished_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        )
        .bind(id.to_string())
        .bind(&reference)
        .bind(entry.actor.guild.to_string())
        .bind(entry.actor.user.to_string())
        .bind(&entry.actor.name)
        .bind(entry.actor.way.as_str())
        .bind(entry.request.name)
        .bind(entry.request.target.as_deref().map(without_nul))
        .bind(entry.request.arguments.to_string())
        .bind(without_nul(&entry.request.plan))
        .bind(&entry.request.digest)
        .bind(entry.approval.map(|id| id.to_string()))
        .bind(entry.actor.reply_to.as_ref().filter(|_| finished.is_none()).map(base::Secret::expose))
        .bind(entry.outcome)
        .bind(entry.detail.as_deref().map(without_nul))
        .bind(now.0)
        .bind(finished)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok((id, reference))
    }

    /// Completes a row, once: one that is complete stays as it is, and the answer is whether this completed it.
    pub async fn complete_audit(&self, id: Uuid, outcome: &str, detail: Option<String>) -> Result<bool> {
        sqlx::query(
            "update audit set outcome = $1, detail = $2, finished_at = $3 where id = $4 and outcome = 'started'",
        )
        .bind(outcome)
        .bind(detail.as_deref().map(without_nul))
        .bind(self.clock.now().0)
        .bind(id.to_string())
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Completes every row a process left behind when it died. Only for whoever holds the database's lock.
    pub async fn interrupt_audit(&self) -> Result<Vec<Entry>> {
        sqlx::query_as(
            "update audit set outcome = 'interrupted', detail = 'Nebula stopped before it ended', finished_at = $1
             where outcome = 'started' returning *",
        )
        .bind(self.clock.now().0)
        .fetch_all(&self.pool)
        .await
        .map_err(lost)
    }

    /// What a process that began before this moment left without its last word, where no card of it stands.
    pub async fn unanswered_audit(&self, before: Millis) -> Result<Vec<Entry>> {
        sqlx::query_as(
            "select * from audit where outcome <> 'started' and reply_to is not null and started_at < $1
             and id not in (select audit_id from live_cards) order by started_at",
        )
        .bind(before.0)
        .fetch_all(&self.pool)
        .await
        .map_err(lost)
    }

    /// Whoever asked knows how it ended, or can no longer be told.
    pub async fn answered_audit(&self, id: &str) -> Result<()> {
        sqlx::query("update audit set reply_to = null where id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// One row, for the card that shows it.
    pub async fn audit_entry(&self, id: &str) -> Result<Option<Entry>> {
        sqlx::query_as("select * from audit where id = $1").bind(id).fetch_optional(&self.pool).await.map_err(lost)
    }

    /// A guild's newest rows first.
    pub async fn audit(&self, guild: base::GuildId, most: i64) -> Result<Vec<Entry>> {
        sqlx::query_as("select * from audit where guild_id = $1 order by started_at desc, id desc limit $2")
            .bind(guild.to_string())
            .bind(most)
            .fetch_all(&self.pool)
            .await
            .map_err(lost)
    }
}

impl Entry {
    /// When it began.
    pub fn started(&self) -> Millis {
        Millis(self.started_at)
    }
}

/// `PostgreSQL` keeps no NUL in text; a row must never be lost to one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "␀")
}

/// Six characters of an id's random part that cannot be mistaken for one another.
fn reference(id: Uuid) -> String {
    const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let random = id.as_u128();
    (0..6)
        .map(|place| char::from(ALPHABET[usize::try_from((random >> (5 * place)) & 31).unwrap_or_default()]))
        .collect()
}
