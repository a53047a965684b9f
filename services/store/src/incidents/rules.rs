//! How a guild wants its incidents.

use std::time::Duration;

use base::{GuildId, Result, RoleId};
use sqlx::AnyConnection;

use crate::{Store, lost};

/// What a guild has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Who is pinged.
    pub crew: Option<RoleId>,
    /// Who is pinged where nobody took it.
    pub escalation: Option<RoleId>,
    /// After so long; none is never.
    pub escalate_after: Option<Duration>,
    /// For so long it must be well before an incident is over.
    pub calm: Duration,
    /// From one minute of the day to another, only what is critical pings.
    pub quiet: Option<(i64, i64)>,
    /// Whose clocks those are.
    pub zone: String,
}

/// What is said anew; what is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Who is pinged; none of all is nobody.
    pub crew: Option<Option<RoleId>>,
    /// Who is pinged where nobody took it.
    pub escalation: Option<Option<RoleId>>,
    /// After so long; none of all is never.
    pub escalate_after: Option<Option<Duration>>,
    /// For so long it must be well before an incident is over.
    pub calm: Option<Duration>,
    /// The quiet hours; none of all is that no hours are quiet.
    pub quiet: Option<Option<(i64, i64)>>,
    /// Whose clocks those are.
    pub zone: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    last_number: i64,
    seen: i64,
    crew_role_id: Option<String>,
    escalation_role_id: Option<String>,
    escalate_after: i64,
    calm: i64,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    zone: String,
}

impl From<Row> for Rules {
    fn from(row: Row) -> Self {
        let role = |id: Option<String>| id.and_then(|id| id.parse().ok()).map(RoleId);
        let span = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        Self {
            crew: role(row.crew_role_id),
            escalation: role(row.escalation_role_id),
            escalate_after: Some(span(row.escalate_after)).filter(|after| !after.is_zero()),
            calm: span(row.calm),
            quiet: row.quiet_from.zip(row.quiet_to),
            zone: row.zone,
        }
    }
}

const COLUMNS: &str =
    "last_number, seen, crew_role_id, escalation_role_id, escalate_after, calm, quiet_from, quiet_to, zone";

/// Takes a guild's lock, and says the last number, the last event, and what is set.
pub(super) async fn hold(connection: &mut AnyConnection, guild: GuildId) -> sqlx::Result<(i64, i64, Rules)> {
    let sql = format!(
        "insert into incident_guilds (guild_id) values ($1)
         on conflict (guild_id) do update set turn = incident_guilds.turn + 1 returning {COLUMNS}"
    );
    let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).fetch_one(&mut *connection).await?;
    Ok((row.last_number, row.seen, row.into()))
}

impl Store {
    /// How a guild wants its incidents; as the table begins where it never said.
    pub async fn incident_rules(&self, guild: GuildId) -> Result<Rules> {
        let sql = format!("select {COLUMNS} from incident_guilds where guild_id = $1");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        if let Some(row) = row {
            return Ok(row.into());
        }
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        hold(&mut connection, guild).await.map(|(_, _, rules)| rules).map_err(lost)
    }

    /// Changes what is said of a guild's incidents and leaves the rest as it stands, so that two who change different things at
    /// once both have their way. The answer is how it stands then.
    pub async fn change_incident_rules(&self, guild: GuildId, change: &Change) -> Result<Rules> {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        // None is not said, an empty word is nobody.
        let role = |role: Option<Option<RoleId>>| role.map(|role| role.map(|id| id.to_string()).unwrap_or_default());
        let (says_quiet, quiet) = (change.quiet.is_some(), change.quiet.flatten());
        let sql = format!(
            "update incident_guilds set
                 crew_role_id = nullif(coalesce($2, crew_role_id), ''),
                 escalation_role_id = nullif(coalesce($3, escalation_role_id), ''),
                 escalate_after = coalesce($4, escalate_after),
                 calm = coalesce($5, calm),
                 quiet_from = case when $6 = 1 then $7 else quiet_from end,
                 quiet_to = case when $6 = 1 then $8 else quiet_to end,
                 zone = coalesce($9, zone)
             where guild_id = $1 returning {COLUMNS}"
        );
        // A guild that never said anything gets its row first.
        self.incident_rules(guild).await?;
        let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(role(change.crew))
            .bind(role(change.escalation))
            .bind(change.escalate_after.map(|after| after.map_or(0, millis)))
            .bind(change.calm.map(millis))
            .bind(i64::from(says_quiet))
            .bind(quiet.map(|(from, _)| from))
            .bind(quiet.map(|(_, to)| to))
            .bind(change.zone.as_deref())
            .fetch_one(&self.pool)
            .await
            .map_err(lost)?;
        Ok(row.into())
    }
}
