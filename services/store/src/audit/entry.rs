//! What the log says of one thing that was asked: its first row and its last, read as one.

use base::{GuildId, Millis, Result};
use serde::Serialize;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{Store, lost};

/// An entry of the log.
#[derive(Debug, Clone, sqlx::FromRow, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What people see of it.
    pub reference: String,
    /// The guild it happened in.
    pub guild_id: String,
    /// On whose behalf.
    pub actor_id: String,
    /// Their name at the time.
    pub actor_name: String,
    /// Who asked in their name, where they did not ask themselves.
    pub agent: Option<String>,
    /// The door they came in by.
    pub way: String,
    /// `observe`, `change` or `destroy`; unknown of what is older than the log.
    pub risk: Option<String>,
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
    /// The approval it ran under or waited for.
    pub approval_id: Option<String>,
    /// How it ended, or `started`.
    pub outcome: String,
    /// In words, where there is more to say.
    pub detail: Option<String>,
    /// When it began, in milliseconds.
    pub started_at: i64,
    /// When it ended, in milliseconds.
    pub finished_at: Option<i64>,
    /// How long it took, in milliseconds; none where nothing ran.
    pub duration_ms: Option<i64>,
    /// Its first row's place in the chain.
    pub first_seq: i64,
    /// Its last row's place in the chain.
    pub seq: i64,
    /// The last row's hash.
    pub hash: String,
}

/// Entries: `l` is the last row, `f` the first; where nothing ran they are the same.
pub(super) const ENTRIES: &str = "
    select l.entry_id as id, l.reference, l.guild_id, l.actor_id, l.actor_name, l.agent, l.way, l.risk, l.action, l.target,
        f.arguments, f.plan, l.digest, l.approval_id, l.outcome, l.detail, f.at as started_at,
        case when l.outcome = 'started' then null else l.at end as finished_at, l.duration_ms,
        f.seq as first_seq, l.seq, l.hash
    from audit_log l join audit_log f on f.entry_id = l.entry_id and f.duration_ms is null
    where (l.outcome <> 'started' or not exists
        (select 1 from audit_log e where e.entry_id = l.entry_id and e.duration_ms is not null))";

impl Store {
    /// One entry, for the card that shows it.
    pub async fn audit_entry(&self, id: &str) -> Result<Option<Entry>> {
        let sql = format!("{ENTRIES} and l.entry_id = $1");
        sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.reads).await.map_err(lost)
    }

    /// Every entry of this reference in a guild, the newest first. References are short: two may share one.
    pub async fn audit_entries(&self, guild: GuildId, reference: &str) -> Result<Vec<Entry>> {
        let sql = format!("{ENTRIES} and l.guild_id = $1 and l.reference = $2 order by l.seq desc");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(guild.to_string()).bind(reference.to_owned());
        query.fetch_all(&self.reads).await.map_err(lost)
    }

    /// A guild's entries that began last, the newest first.
    pub async fn audit(&self, guild: GuildId, most: i64) -> Result<Vec<Entry>> {
        let sql = format!("{ENTRIES} and l.guild_id = $1 order by f.seq desc limit $2");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(guild.to_string()).bind(most);
        query.fetch_all(&self.reads).await.map_err(lost)
    }

    /// What was done under an approval: the entry of this action, once its yes was spent.
    pub async fn audit_of_approval(&self, guild: GuildId, approval: Uuid, action: &str) -> Result<Option<Entry>> {
        let sql = format!(
            "{ENTRIES} and l.guild_id = $1 and l.approval_id = $2 and l.action = $3 and l.outcome <> 'waiting' order by l.seq desc limit 1"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql));
        let query = query.bind(guild.to_string()).bind(approval.to_string()).bind(action.to_owned());
        query.fetch_optional(&self.reads).await.map_err(lost)
    }
}

impl Entry {
    /// When it began.
    pub fn started(&self) -> Millis {
        Millis(self.started_at)
    }
}
