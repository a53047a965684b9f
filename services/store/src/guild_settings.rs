//! What each guild was set up with: its ops channel, its operators' role, and whether it was welcomed.

use base::{GuildId, Millis, Result, RoleId};

use crate::{Store, lost};

/// A guild's settings. What they point at may be gone by now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GuildSettings {
    /// The channel where incidents and the questions of automations go.
    pub ops_channel: Option<u64>,
    /// The role that was last given an operator's grants.
    pub operators: Option<RoleId>,
}

impl Store {
    /// What a guild was set up with; nothing where it never was.
    pub async fn guild_settings(&self, guild: GuildId) -> Result<GuildSettings> {
        type Row = (Option<String>, Option<String>);
        let row: Option<Row> =
            sqlx::query_as("select ops_channel_id, operators_role_id from guild_settings where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let (channel, role) = row.unwrap_or_default();
        let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Ok(GuildSettings { ops_channel: id(channel), operators: id(role).map(RoleId) })
    }

    /// Sends a guild's incidents and questions to this channel from now on; to none, where that is none.
    pub async fn set_ops_channel(&self, guild: GuildId, channel: Option<u64>) -> Result<()> {
        sqlx::query(
            "insert into guild_settings (guild_id, ops_channel_id) values ($1, $2)
             on conflict (guild_id) do update set ops_channel_id = $2",
        )
        .bind(guild.to_string())
        .bind(channel.map(|channel| channel.to_string()))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Notes which role has a guild's operators.
    pub async fn set_operators(&self, guild: GuildId, role: RoleId) -> Result<()> {
        sqlx::query(
            "insert into guild_settings (guild_id, operators_role_id) values ($1, $2)
             on conflict (guild_id) do update set operators_role_id = $2",
        )
        .bind(guild.to_string())
        .bind(role.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Whether a guild that the bot joined at this time was welcomed since.
    pub async fn was_welcomed(&self, guild: GuildId, joined: Millis) -> Result<bool> {
        let sql = "select count(*) from guild_settings where guild_id = $1 and welcomed_at >= $2";
        let query = sqlx::query_scalar::<_, i64>(sql).bind(guild.to_string()).bind(joined.0);
        query.fetch_one(&self.reads).await.map(|found| found > 0).map_err(lost)
    }

    /// Claims the welcome of a guild that the bot joined at this time. The answer is whether nobody posted it since.
    pub async fn claim_welcome(&self, guild: GuildId, joined: Millis) -> Result<bool> {
        sqlx::query(
            "insert into guild_settings (guild_id, welcomed_at) values ($1, $2)
             on conflict (guild_id) do update set welcomed_at = $2
             where guild_settings.welcomed_at is null or guild_settings.welcomed_at < $3",
        )
        .bind(guild.to_string())
        .bind(self.clock.now().0.max(joined.0))
        .bind(joined.0)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }
}
