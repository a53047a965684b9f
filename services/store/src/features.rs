//! What each guild switched on or off.

use base::{GuildId, Result, UserId};

use crate::{Store, lost};

impl Store {
    /// What a guild switched, by the feature's name, and whether it is on since. The rest is as in a new guild.
    pub async fn switched_features(&self, guild: GuildId) -> Result<Vec<(String, bool)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select feature, is_on from guild_features where guild_id = $1 order by feature")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(|(feature, on)| (feature, on == 1)).collect())
    }

    /// Switches a feature of a guild on.
    pub async fn switch_on(&self, guild: GuildId, feature: &str, by: UserId) -> Result<()> {
        self.switch_feature(guild, feature, 1, by).await
    }

    /// Switches a feature of a guild off.
    pub async fn switch_off(&self, guild: GuildId, feature: &str, by: UserId) -> Result<()> {
        self.switch_feature(guild, feature, 0, by).await
    }

    async fn switch_feature(&self, guild: GuildId, feature: &str, on: i64, by: UserId) -> Result<()> {
        sqlx::query(
            "insert into guild_features (guild_id, feature, is_on, switched_by, switched_at) values ($1, $2, $3, $4, $5)
             on conflict (guild_id, feature) do update set is_on = $3, switched_by = $4, switched_at = $5
             where guild_features.is_on <> $3",
        )
        .bind(guild.to_string())
        .bind(feature)
        .bind(on)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
