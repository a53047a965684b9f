//! The version of a guild's policy: raised by every change of what needs whose yes.

use base::{GuildId, Result};
use sqlx::AnyConnection;

use crate::{Store, lost};

impl Store {
    /// The version of a guild's policy; 0 where nothing was ever changed.
    pub async fn policy_version(&self, guild: GuildId) -> Result<i64> {
        let version: Option<i64> = sqlx::query_scalar("select version from policies where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(version.unwrap_or_default())
    }
}

/// Part of every change of a guild's policy, in the same transaction.
pub(crate) async fn raise(connection: &mut AnyConnection, guild: GuildId) -> Result<()> {
    sqlx::query(
        "insert into policies (guild_id, version) values ($1, 1)
         on conflict (guild_id) do update set version = policies.version + 1",
    )
    .bind(guild.to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}
