//! How rules stand with what they watch, as long as that is not simply well.
//!
//! **Invariant:** how an alert stands and what is told of it are one transaction: a kill in between leaves neither, and the next
//! value says it again.

use base::{GuildId, Millis, Result};

use crate::{
    Store,
    events::{Cursor, NewEvent},
    lost,
};

/// An alert's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Its id, the same for as long as the row lives.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// The rule's id.
    pub rule_id: String,
    /// The rule's name.
    pub rule: String,
    /// `server`, `container`, `service` or `probe`.
    pub subject_kind: String,
    /// What tells it from another of its name.
    pub subject_id: String,
    /// Its name.
    pub subject: String,
    /// The name of the server it is on, if any.
    pub server: Option<String>,
    /// And that server's id.
    pub server_id: Option<String>,
    /// `fine`, `warn` or `critical`.
    pub level: String,
    /// How it is, in a few words, without secrets.
    pub words: String,
    /// When it was opened, if it goes on.
    pub opened: Option<Millis>,
    /// What tells what comes next, as JSON.
    pub state: String,
    /// When this was written.
    pub seen: Millis,
}

/// What becomes of a row.
#[derive(Debug, Clone)]
pub enum AlertChange {
    /// It is so from now on.
    Keep(Box<AlertRow>),
    /// It is well, or watched no more.
    Forget(GuildId, String),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    rule_id: String,
    rule: String,
    subject_kind: String,
    subject_id: String,
    subject: String,
    server: Option<String>,
    server_id: Option<String>,
    level: String,
    words: String,
    opened_at: Option<i64>,
    state: String,
    seen_at: i64,
}

impl From<Row> for AlertRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            rule_id: row.rule_id,
            rule: row.rule,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            subject: row.subject,
            server: row.server,
            server_id: row.server_id,
            level: row.level,
            words: row.words,
            opened: row.opened_at.map(Millis),
            state: row.state,
            seen: Millis(row.seen_at),
        }
    }
}

impl Store {
    /// Every alert of every guild, for the one task that tends them.
    pub async fn all_alerts(&self) -> Result<Vec<AlertRow>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from alerts order by id").fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(AlertRow::from).collect())
    }

    /// A guild's alerts that are open, the oldest first.
    pub async fn open_alerts(&self, guild: GuildId) -> Result<Vec<AlertRow>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from alerts where guild_id = $1 and opened_at is not null order by opened_at, id")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(AlertRow::from).collect())
    }

    /// Keeps how alerts stand and tells what happened, all or nothing. With a cursor, what they were made of is dealt with up to
    /// there; the answer is whether nobody else had dealt with it.
    pub async fn keep_alerts(
        &self,
        changes: &[AlertChange],
        happened: Vec<NewEvent>,
        heard: Option<(&Cursor, i64)>,
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        if let Some((cursor, upto)) = heard {
            let moved = sqlx::query(
                "update event_cursors set seq = $1, claimed = null, missed = 0, seen_at = $2
                 where name = $3 and seq = $4 and seq <= $1",
            )
            .bind(upto)
            .bind(self.clock.now().0)
            .bind(&cursor.name)
            .bind(cursor.seq)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            if moved.rows_affected() == 0 {
                return Ok(false);
            }
        }
        for change in changes {
            match change {
                AlertChange::Keep(row) => {
                    sqlx::query(
                        "insert into alerts (id, guild_id, rule_id, rule, subject_kind, subject_id, subject, server, server_id,
                             level, words, opened_at, state, seen_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                         on conflict (guild_id, rule_id, subject_kind, subject_id) do update set rule = excluded.rule,
                             subject = excluded.subject, server = excluded.server, server_id = excluded.server_id,
                             level = excluded.level, words = excluded.words, opened_at = excluded.opened_at,
                             state = excluded.state, seen_at = excluded.seen_at",
                    )
                    .bind(&row.id)
                    .bind(row.guild.to_string())
                    .bind(&row.rule_id)
                    .bind(&row.rule)
                    .bind(&row.subject_kind)
                    .bind(&row.subject_id)
                    .bind(&row.subject)
                    .bind(&row.server)
                    .bind(&row.server_id)
                    .bind(&row.level)
                    .bind(row.words.replace('\0', "␀"))
                    .bind(row.opened.map(|opened| opened.0))
                    .bind(&row.state)
                    .bind(row.seen.0)
                    .execute(&mut *all)
                    .await
                    .map_err(lost)?;
                }
                AlertChange::Forget(guild, id) => {
                    sqlx::query("delete from alerts where guild_id = $1 and id = $2")
                        .bind(guild.to_string())
                        .bind(id)
                        .execute(&mut *all)
                        .await
                        .map_err(lost)?;
                }
            }
        }
        let happened = self.events.append(&mut all, happened).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(true)
    }
}
