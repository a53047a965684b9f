//! What Discord was last seen to have of each guild's commands, and how many were made new lately.
//!
//! **Invariant:** a creation is counted before it is asked for, so a restart forgets none.

use std::time::Duration;

use base::{GuildId, Millis, Result};

use crate::{Store, lost};

/// Creations count this long.
const COUNTED: Duration = Duration::from_hours(24);

impl Store {
    /// The digest of one guild's commands as they were last seen at Discord.
    pub async fn command_digest(&self, guild: GuildId) -> Result<Option<String>> {
        sqlx::query_scalar("select digest from guild_commands where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// Notes what Discord has of a guild's commands now.
    pub async fn keep_command_digest(&self, guild: GuildId, digest: &str) -> Result<()> {
        sqlx::query(
            "insert into guild_commands (guild_id, digest, seen_at) values ($1, $2, $3)
             on conflict (guild_id) do update set digest = $2, seen_at = $3",
        )
        .bind(guild.to_string())
        .bind(digest)
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Nothing is known any more of what Discord has of a guild's commands.
    pub async fn forget_command_digest(&self, guild: GuildId) -> Result<()> {
        sqlx::query("delete from guild_commands where guild_id = $1")
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Counts commands that are about to be made new in a guild, as many of `wanted` as still fit `most` in 24 hours. The
    /// answer is how many may be.
    pub async fn claim_creations(&self, guild: GuildId, wanted: usize, most: usize) -> Result<usize> {
        let since = self.counted_since();
        sqlx::query("delete from command_creations where guild_id = $1 and made_at <= $2")
            .bind(guild.to_string())
            .bind(since)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        let made: i64 = sqlx::query_scalar(
            "select cast(coalesce(sum(creations), 0) as bigint) from command_creations where guild_id = $1",
        )
        .bind(guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        let room = most.saturating_sub(usize::try_from(made).unwrap_or_default()).min(wanted);
        if room == 0 {
            return Ok(0);
        }
        // Somebody else may have counted in between: then it is none, and the next look finds what is left.
        let claimed = sqlx::query(
            "insert into command_creations (id, guild_id, made_at, creations)
             select $1, $2, $3, $4
             where (select coalesce(sum(creations), 0) from command_creations where guild_id = $2) + $4 <= $5",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(self.clock.now().0)
        .bind(i64::try_from(room).unwrap_or_default())
        .bind(i64::try_from(most).unwrap_or_default())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(if claimed.rows_affected() > 0 { room } else { 0 })
    }

    /// When some of a guild's creations stop counting; none where none count.
    pub async fn creations_again(&self, guild: GuildId) -> Result<Option<Millis>> {
        let first: Option<i64> =
            sqlx::query_scalar("select min(made_at) from command_creations where guild_id = $1 and made_at > $2")
                .bind(guild.to_string())
                .bind(self.counted_since())
                .fetch_one(&self.reads)
                .await
                .map_err(lost)?;
        Ok(first.map(|first| Millis(first).plus(COUNTED)))
    }

    fn counted_since(&self) -> i64 {
        self.clock.now().0 - i64::try_from(COUNTED.as_millis()).unwrap_or(i64::MAX)
    }
}
