//! Roles that members have while they are live: what is to be, and what is.
//!
//! **Invariant:** only what we gave is taken, and only once no stream of theirs goes on that gives it.

use base::{GuildId, Millis, Result, RoleId, UserId};

use crate::{Store, lost};

/// A member's role, and whether they are to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRole {
    /// Where.
    pub guild: GuildId,
    /// Whose.
    pub member: UserId,
    /// Which.
    pub role: RoleId,
    /// For which stream.
    pub live: String,
    /// Whether they are to have it.
    pub wanted: bool,
    /// Whether another stream of theirs gives it as well.
    pub also: bool,
}

impl Store {
    /// Roles that are to be given or taken.
    pub async fn live_roles_behind(&self, most: i64) -> Result<Vec<LiveRole>> {
        let rows: Vec<(String, String, String, String, i64, i64)> = sqlx::query_as(
            "select guild_id, member_id, role_id, live_id, wanted,
                 (select count(*) from stream_roles other where other.guild_id = stream_roles.guild_id
                     and other.member_id = stream_roles.member_id and other.role_id = stream_roles.role_id
                     and other.live_id <> stream_roles.live_id and other.wanted = 1)
             from stream_roles where wanted <> given and (try_at is null or try_at <= $1) limit $2",
        )
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(guild, member, role, live, wanted, also): (String, String, String, String, i64, i64)| LiveRole {
            guild: GuildId(guild.parse().unwrap_or_default()),
            member: UserId(member.parse().unwrap_or_default()),
            role: RoleId(role.parse().unwrap_or_default()),
            live,
            wanted: wanted != 0,
            also: also != 0,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// They have it, or have it no longer.
    pub async fn live_role_is_settled(&self, role: &LiveRole) -> Result<()> {
        self.live_role_becomes(role, "given", i64::from(role.wanted)).await
    }

    /// It is tried again then.
    pub async fn live_role_waits(&self, role: &LiveRole, until: Millis) -> Result<()> {
        self.live_role_becomes(role, "try_at", until.0).await
    }

    async fn live_role_becomes(&self, role: &LiveRole, column: &'static str, value: i64) -> Result<()> {
        let sql = match column {
            "given" => {
                "update stream_roles set given = $1, try_at = null
                 where guild_id = $2 and member_id = $3 and role_id = $4 and live_id = $5"
            }
            _ => {
                "update stream_roles set try_at = $1
                 where guild_id = $2 and member_id = $3 and role_id = $4 and live_id = $5"
            }
        };
        sqlx::query(sql)
            .bind(value)
            .bind(role.guild.to_string())
            .bind(role.member.to_string())
            .bind(role.role.to_string())
            .bind(&role.live)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
