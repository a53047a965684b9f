//! What happened with tickets, a line each.

use base::{Card, GuildId, Millis, Result, UserId, redact::Clean};
use sqlx::AnyConnection;

use super::{NewLine, Ticket, id, text};
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// Stands for the key of a line that is not said in the thread.
const SILENT: &str = "silent";

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Something about who has it, or how it stands: its card shows it.
    Step,
    /// Something that is said in its thread.
    Said,
    /// That something is late, said in its thread, without a ping.
    Reminded,
    /// That it still is: whoever has it is called, or staff.
    Late,
    /// Those who come last are called.
    Escalated,
    /// What staff answer, by the bot.
    Reply,
    /// What only staff read.
    Note,
}

impl LineKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Said => "said",
            Self::Reminded => "reminded",
            Self::Late => "late",
            Self::Escalated => "escalated",
            Self::Reply => "reply",
            Self::Note => "note",
        }
    }

    fn kept(word: &str) -> Self {
        let all = [Self::Step, Self::Said, Self::Reminded, Self::Late, Self::Escalated, Self::Reply];
        all.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Note)
    }
}

/// What was said of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 1, 2, 3 …
    pub line: i64,
    /// When it happened.
    pub at: Millis,
    /// Who did it.
    pub by: Option<UserId>,
    /// What kind of thing it is.
    pub kind: LineKind,
    /// The words.
    pub text: String,
}

type Row = (i64, i64, Option<String>, String, String);

impl From<Row> for Line {
    fn from((line, at, by, kind, text): Row) -> Self {
        Self { line, at: Millis(at), by: id(by.as_deref()).map(UserId), kind: LineKind::kept(&kind), text }
    }
}

pub(super) async fn write(
    connection: &mut AnyConnection,
    (ticket, guild): (&str, GuildId),
    at: Millis,
    line: &NewLine,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into ticket_events (ticket_id, guild_id, line, at, actor_id, kind, text, post) values ($1, $2,
             (select coalesce(max(line), 0) + 1 from ticket_events where ticket_id = $1), $3, $4, $5, $6, $7)",
    )
    .bind(ticket)
    .bind(guild.to_string())
    .bind(at.0)
    .bind(line.by.map(|by| by.to_string()))
    .bind(line.kind.as_str())
    .bind(text(&line.text))
    .bind(matches!(line.kind, LineKind::Step | LineKind::Note).then_some(SILENT))
    .execute(connection)
    .await
    .map(drop)
}

impl Store {
    /// What was said of a ticket, the newest first.
    pub async fn ticket_lines(&self, ticket: &Ticket, most: i64) -> Result<Vec<Line>> {
        self.lines_of(ticket, "order by line desc limit $3", most).await
    }

    /// What is to be said in its thread and is not on its way yet, the oldest first.
    pub async fn unsaid_ticket_lines(&self, ticket: &Ticket) -> Result<Vec<Line>> {
        self.lines_of(ticket, "and post is null order by line limit $3", i64::from(u8::MAX)).await
    }

    async fn lines_of(&self, ticket: &Ticket, which: &str, most: i64) -> Result<Vec<Line>> {
        let sql = format!(
            "select line, at, actor_id, kind, text from ticket_events where ticket_id = $1 and guild_id = $2 {which}"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Line::from).collect())
    }

    /// Has a line said in a ticket's thread, once. The answer is the key of the post.
    pub async fn say_ticket_line(
        &self,
        ticket: &Ticket,
        line: &Line,
        thread: u64,
        card: &Clean<Card>,
        pings: Pings,
    ) -> Result<String> {
        let key = format!("ticket/{}/line/{}", ticket.id, line.line);
        let mut both = self.pool.begin().await.map_err(lost)?;
        let claimed = sqlx::query(
            "update ticket_events set post = $1 where ticket_id = $2 and guild_id = $3 and line = $4 and post is null",
        )
        .bind(&key)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(line.line)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if claimed.rows_affected() > 0 {
            let (guild, urgency) = (ticket.guild, Urgency::Result);
            let post = NewPost { guild, channel: thread, key: &key, urgency, card, answers: None, pings };
            self.post_in(&mut both, &post).await?;
        }
        both.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(key)
    }
}
