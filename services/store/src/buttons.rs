//! What each button does, under the unguessable key that Discord sees.

use std::time::Duration;

use base::{GuildId, Result};

use crate::{Store, lost};

impl Store {
    /// Keeps what a button does for as long as it may be pressed; the answer is its key.
    pub async fn keep_button(&self, guild: GuildId, press: &str, lasts: Duration) -> Result<String> {
        let (key, now) = (self.clock.key(), self.clock.now());
        sqlx::query("insert into buttons (key, guild_id, press, created_at, expires_at) values ($1, $2, $3, $4, $5)")
            .bind(&key)
            .bind(guild.to_string())
            .bind(press)
            .bind(now.0)
            .bind(now.plus(lasts).0)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(key)
    }

    /// What this guild's button does, if it is known and has not expired.
    pub async fn button(&self, guild: GuildId, key: &str) -> Result<Option<String>> {
        sqlx::query_scalar("select press from buttons where key = $1 and guild_id = $2 and expires_at > $3")
            .bind(key)
            .bind(guild.to_string())
            .bind(self.clock.now().0)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// Deletes what can no longer be pressed.
    pub async fn forget_buttons(&self) -> Result<()> {
        sqlx::query("delete from buttons where expires_at <= $1")
            .bind(self.clock.now().0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
