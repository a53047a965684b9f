//! Terminals: which are open, where each is shown, who may type.
//!
//! **Invariant:** one that is over never opens again: its row is closed by one compare-and-set.

use std::time::Duration;

use base::{GuildId, Millis, Result, UserId};
use uuid::Uuid;

use crate::{Store, lost, vault};

/// A terminal's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// The audit entry that opened it.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// What people see of that entry.
    pub reference: String,
    /// The server's id.
    pub server: String,
    /// And its name.
    pub server_name: String,
    /// What its server keeps it under.
    pub token: String,
    /// Where it was asked for.
    pub channel: u64,
    /// The thread that it is, once there is one.
    pub thread: Option<u64>,
    /// The message that shows its screen, once there is one.
    pub message: Option<u64>,
    /// Who opened it.
    pub by: UserId,
    /// Who may type besides.
    pub invited: Vec<UserId>,
    /// How wide its screen is.
    pub columns: u16,
    /// And how high.
    pub rows: u16,
    /// It ends after so long without a key.
    pub idle: Duration,
    /// When it was opened.
    pub opened: Millis,
    /// When somebody last typed, to the minute.
    pub typed: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    reference: String,
    server_id: String,
    server_name: String,
    token: String,
    channel_id: String,
    thread_id: Option<String>,
    message_id: Option<String>,
    opened_by: String,
    invited: String,
    screen_columns: i64,
    screen_rows: i64,
    idle: i64,
    opened_at: i64,
    typed_at: i64,
}

impl From<Row> for Terminal {
    fn from(row: Row) -> Self {
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Self {
            id: row.id.parse().unwrap_or_default(),
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            reference: row.reference,
            server: row.server_id,
            server_name: row.server_name,
            token: row.token,
            channel: row.channel_id.parse().unwrap_or_default(),
            thread: number(row.thread_id),
            message: number(row.message_id),
            by: UserId(row.opened_by.parse().unwrap_or_default()),
            invited: row.invited.split_whitespace().filter_map(|id| id.parse().ok().map(UserId)).collect(),
            columns: u16::try_from(row.screen_columns).unwrap_or_default(),
            rows: u16::try_from(row.screen_rows).unwrap_or_default(),
            idle: Duration::from_millis(u64::try_from(row.idle).unwrap_or_default()),
            opened: Millis(row.opened_at),
            typed: Millis(row.typed_at),
        }
    }
}

/// How many may be open at a time.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// On one server.
    pub server: i64,
    /// In a guild.
    pub guild: i64,
}

impl Store {
    /// Writes a terminal down before it is begun. False where there are as many as may be.
    pub async fn open_terminal(&self, terminal: &Terminal, most: Most) -> Result<bool> {
        let made = sqlx::query(
            "insert into terminals (id, guild_id, reference, server_id, server_name, token, channel_id, opened_by,
                 screen_columns, screen_rows, idle, opened_at, typed_at, state)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 'open'
             where (select count(*) from terminals where guild_id = $2 and state = 'open') < $13
               and (select count(*) from terminals where guild_id = $2 and server_id = $4 and state = 'open') < $14",
        )
        .bind(terminal.id.to_string())
        .bind(terminal.guild.to_string())
        .bind(&terminal.reference)
        .bind(&terminal.server)
        .bind(&terminal.server_name)
        .bind(&terminal.token)
        .bind(terminal.channel.to_string())
        .bind(terminal.by.to_string())
        .bind(i64::from(terminal.columns))
        .bind(i64::from(terminal.rows))
        .bind(i64::try_from(terminal.idle.as_millis()).unwrap_or(i64::MAX))
        .bind(terminal.opened.0)
        .bind(most.guild)
        .bind(most.server)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(made.rows_affected() > 0)
    }

    /// Every terminal that is open, for the one process that shows them.
    pub async fn open_terminals(&self) -> Result<Vec<Terminal>> {
        let rows: Vec<Row> = sqlx::query_as("select * from terminals where state = 'open' order by id")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Terminal::from).collect())
    }

    /// One that is open.
    pub async fn terminal(&self, guild: GuildId, id: Uuid) -> Result<Option<Terminal>> {
        let row: Option<Row> =
            sqlx::query_as("select * from terminals where guild_id = $1 and id = $2 and state = 'open'")
                .bind(guild.to_string())
                .bind(id.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(Terminal::from))
    }

    /// Notes which thread a terminal is, and which message shows its screen. False where it is over.
    pub async fn place_terminal(&self, guild: GuildId, id: Uuid, thread: u64, message: Option<u64>) -> Result<bool> {
        let placed = sqlx::query(
            "update terminals set thread_id = $1, message_id = $2 where guild_id = $3 and id = $4 and state = 'open'",
        )
        .bind(thread.to_string())
        .bind(message.map(|message| message.to_string()))
        .bind(guild.to_string())
        .bind(id.to_string())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(placed.rows_affected() > 0)
    }

    /// Lets these type, besides who opened it. False where it is over.
    pub async fn invite_to_terminal(&self, guild: GuildId, id: Uuid, invited: &[UserId]) -> Result<bool> {
        let invited = invited.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let changed =
            sqlx::query("update terminals set invited = $1 where guild_id = $2 and id = $3 and state = 'open'")
                .bind(invited)
                .bind(guild.to_string())
                .bind(id.to_string())
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        Ok(changed.rows_affected() > 0)
    }

    /// Somebody typed.
    pub async fn terminal_typed(&self, guild: GuildId, id: Uuid) -> Result<()> {
        sqlx::query("update terminals set typed_at = $1 where guild_id = $2 and id = $3 and state = 'open'")
            .bind(self.clock.now().0)
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The rows of the vault that hold what was typed unseen into a terminal that is open.
    pub async fn terminal_secrets(&self, guild: GuildId, id: Uuid) -> Result<Vec<String>> {
        sqlx::query_scalar("select secret_id from terminal_secrets where guild_id = $1 and terminal_id = $2")
            .bind(guild.to_string())
            .bind(id.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// It is over, and its last card stands; what was typed unseen is forgotten with it. False where that was so before.
    pub async fn close_terminal(&self, guild: GuildId, id: Uuid, why: &str) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let closed = sqlx::query(
            "update terminals set state = 'over', why = $1, ended_at = $2
             where guild_id = $3 and id = $4 and state = 'open'",
        )
        .bind(why)
        .bind(self.clock.now().0)
        .bind(guild.to_string())
        .bind(id.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        let secrets: Vec<String> = sqlx::query_scalar(
            "delete from terminal_secrets where guild_id = $1 and terminal_id = $2 returning secret_id",
        )
        .bind(guild.to_string())
        .bind(id.to_string())
        .fetch_all(&mut *all)
        .await
        .map_err(lost)?;
        for secret in &secrets {
            vault::forget(&mut all, guild, secret).await?;
        }
        all.commit().await.map_err(lost)?;
        Ok(closed.rows_affected() > 0)
    }
}
