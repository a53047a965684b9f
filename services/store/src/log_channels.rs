//! Channels in which a guild's events are shown, and how far each has come.
//!
//! **Invariant:** a log and its cursor are made and removed together.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, events::cursor, lost};

/// A channel that shows events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogChannel {
    /// Whose it is.
    pub guild: GuildId,
    /// The channel.
    pub channel: u64,
    /// What it shows: kinds, or groups of them as `action.*`.
    pub kinds: Vec<String>,
    /// Who set it up.
    pub set_by: UserId,
    /// When.
    pub set: Millis,
    /// Why nothing could be shown there lately.
    pub trouble: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    guild_id: String,
    channel_id: String,
    kinds: String,
    set_by: String,
    set_at: i64,
    trouble: Option<String>,
}

impl From<Row> for LogChannel {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            channel: row.channel_id.parse().unwrap_or_default(),
            kinds: row.kinds.split_whitespace().map(str::to_owned).collect(),
            set_by: UserId(row.set_by.parse().unwrap_or_default()),
            set: Millis(row.set_at),
            trouble: row.trouble,
        }
    }
}

impl LogChannel {
    /// The name of its cursor.
    pub fn cursor(&self) -> String {
        name(self.guild, self.channel)
    }
}

fn name(guild: GuildId, channel: u64) -> String {
    format!("log/{guild}/{channel}")
}

/// What became of a log that was set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// It begins now.
    New,
    /// It was there, and shows something else from now on.
    Changed,
    /// The guild has as many as it may.
    TooMany,
}

impl Store {
    /// Every log of every guild, for the one task that fills them.
    pub async fn all_log_channels(&self) -> Result<Vec<LogChannel>> {
        let rows: Vec<Row> = sqlx::query_as("select * from log_channels order by guild_id, channel_id")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(LogChannel::from).collect())
    }

    /// A guild's logs, the first that was set up first.
    pub async fn log_channels(&self, guild: GuildId) -> Result<Vec<LogChannel>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from log_channels where guild_id = $1 order by set_at, channel_id")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(LogChannel::from).collect())
    }

    /// Shows these kinds in a channel from now on.
    pub async fn set_log_channel(
        &self,
        (guild, by): (GuildId, UserId),
        channel: u64,
        kinds: &[String],
        most: i64,
    ) -> Result<SetUp> {
        let now = self.clock.now();
        let mut both = self.pool.begin().await.map_err(lost)?;
        let changed =
            sqlx::query("update log_channels set kinds = $1, trouble = null where guild_id = $2 and channel_id = $3")
                .bind(kinds.join(" "))
                .bind(guild.to_string())
                .bind(channel.to_string())
                .execute(&mut *both)
                .await
                .map_err(lost)?;
        let mut became = SetUp::Changed;
        if changed.rows_affected() == 0 {
            let made = sqlx::query(
                "insert into log_channels (guild_id, channel_id, kinds, set_by, set_at)
                 select $1, $2, $3, $4, $5 where (select count(*) from log_channels where guild_id = $1) < $6
                 on conflict (guild_id, channel_id) do update set kinds = excluded.kinds, trouble = null",
            )
            .bind(guild.to_string())
            .bind(channel.to_string())
            .bind(kinds.join(" "))
            .bind(by.to_string())
            .bind(now.0)
            .bind(most)
            .execute(&mut *both)
            .await
            .map_err(lost)?;
            became = if made.rows_affected() == 0 { SetUp::TooMany } else { SetUp::New };
        }
        if became != SetUp::TooMany {
            cursor::make(&mut both, &name(guild, channel), Some(guild), now).await.map_err(lost)?;
        }
        both.commit().await.map_err(lost)?;
        Ok(became)
    }

    /// Shows nothing there any more. The answer is whether it was there.
    pub async fn remove_log_channel(&self, guild: GuildId, channel: u64) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query("delete from log_channels where guild_id = $1 and channel_id = $2")
            .bind(guild.to_string())
            .bind(channel.to_string())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        sqlx::query("delete from event_cursors where name = $1")
            .bind(name(guild, channel))
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Notes why nothing can be shown there, or that it is well again.
    pub async fn note_log_trouble(&self, log: &LogChannel, trouble: Option<&str>) -> Result<()> {
        sqlx::query("update log_channels set trouble = $1 where guild_id = $2 and channel_id = $3")
            .bind(trouble)
            .bind(log.guild.to_string())
            .bind(log.channel.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
