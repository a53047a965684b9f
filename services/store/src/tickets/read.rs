//! Tickets as they stand.

use base::{GuildId, Millis, Result, UserId};
use serde::{Deserialize, Serialize};

use super::{Course, Outcome, Priority, State, id, span};
use crate::{Store, lost};

/// A question and what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What was asked.
    pub question: String,
    /// What was said.
    pub answer: String,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its row.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// What people call it.
    pub number: i64,
    /// Who opened it.
    pub member: UserId,
    /// What was asked and answered as it was opened.
    pub answers: Vec<Answered>,
    /// A link to the message that it is about.
    pub about: Option<String>,
    /// How it goes.
    pub course: Course,
    /// Counts its changes.
    pub version: i64,
    /// The channel under which its thread is made.
    pub parent: u64,
    /// When that was tried, where nobody knows yet what came of it.
    pub tried: Option<Millis>,
    /// Its thread.
    pub thread: Option<u64>,
    /// Whether those who answer are in it.
    pub staffed: bool,
    /// What it is called there.
    pub named: Option<String>,
    /// Whether it is locked there.
    pub locked: bool,
    /// Cards of it that were tried before.
    pub tries: i64,
    /// Under which its card was asked for.
    pub post_key: Option<String>,
    /// Its card.
    pub message: Option<u64>,
    /// The change that its card shows.
    pub drawn: i64,
    /// Why it could not be shown.
    pub trouble: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    guild_id: String,
    number: i64,
    category_id: String,
    member_id: String,
    title: String,
    answers: String,
    about: Option<String>,
    state: String,
    priority: String,
    owner_id: Option<String>,
    opened_at: i64,
    answered_at: Option<i64>,
    answer_by: Option<i64>,
    solve_by: Option<i64>,
    solve_left: Option<i64>,
    answer_late: i64,
    solve_late: i64,
    idle_for: i64,
    idle_at: Option<i64>,
    idle_warned: i64,
    closes_at: Option<i64>,
    due_at: Option<i64>,
    ended_at: Option<i64>,
    outcome: Option<String>,
    reason: Option<String>,
    ended_by: Option<String>,
    heard: Option<String>,
    version: i64,
    parent_id: String,
    tried_at: Option<i64>,
    thread_id: Option<String>,
    staffed: i64,
    named: Option<String>,
    locked: i64,
    tries: i64,
    post_key: Option<String>,
    message_id: Option<String>,
    drawn: i64,
    trouble: Option<String>,
}

impl From<Row> for Ticket {
    fn from(row: Row) -> Self {
        let user = |text: Option<String>| id(text.as_deref()).map(UserId);
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            member: UserId(row.member_id.parse().unwrap_or_default()),
            answers: serde_json::from_str(&row.answers).unwrap_or_default(),
            course: Course {
                state: State::kept(&row.state),
                priority: Priority::kept(&row.priority),
                category: row.category_id,
                title: row.title,
                owner: user(row.owner_id),
                opened: Millis(row.opened_at),
                answered: row.answered_at.map(Millis),
                answer_by: row.answer_by.map(Millis),
                solve_by: row.solve_by.map(Millis),
                solve_left: row.solve_left,
                answer_late: row.answer_late == 1,
                solve_late: row.solve_late == 1,
                idle_for: span(row.idle_for),
                idle: row.idle_at.map(Millis),
                idle_warned: row.idle_warned == 1,
                closes: row.closes_at.map(Millis),
                due: row.due_at.map(Millis),
                ended: row.ended_at.map(Millis),
                outcome: row.outcome.as_deref().map(Outcome::kept),
                reason: row.reason,
                ended_by: user(row.ended_by),
                heard: id(row.heard.as_deref()),
            },
            parent: row.parent_id.parse().unwrap_or_default(),
            tried: row.tried_at.map(Millis),
            thread: id(row.thread_id.as_deref()),
            staffed: row.staffed == 1,
            locked: row.locked == 1,
            message: id(row.message_id.as_deref()),
            id: row.id,
            number: row.number,
            about: row.about,
            version: row.version,
            named: row.named,
            tries: row.tries,
            post_key: row.post_key,
            drawn: row.drawn,
            trouble: row.trouble,
        }
    }
}

/// Which tickets are listed.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state; none is whatever is not closed.
    pub state: Option<State>,
    /// Of this category's row.
    pub category: Option<String>,
    /// Of this member.
    pub member: Option<UserId>,
    /// That this person has.
    pub owner: Option<UserId>,
}

impl Store {
    /// A guild's ticket of this number.
    pub async fn ticket(&self, guild: GuildId, number: i64) -> Result<Option<Ticket>> {
        let row: Option<Row> = sqlx::query_as("select * from tickets where guild_id = $1 and number = $2")
            .bind(guild.to_string())
            .bind(number)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }

    /// A guild's ticket in this thread.
    pub async fn ticket_in(&self, guild: GuildId, thread: u64) -> Result<Option<Ticket>> {
        let row: Option<Row> = sqlx::query_as("select * from tickets where thread_id = $1 and guild_id = $2")
            .bind(thread.to_string())
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }

    /// A guild's tickets: what goes first on top, then the oldest; and how many there are.
    pub async fn tickets(&self, guild: GuildId, wanted: &Wanted, most: i64) -> Result<(Vec<Ticket>, i64)> {
        let of = "from tickets where guild_id = $1 and ($2 is null and state <> 'closed' or state = $2)
             and category_id = coalesce($3, category_id) and member_id = coalesce($4, member_id)
             and ($5 is null or owner_id = $5)";
        let order =
            "order by case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end, number";
        let state = wanted.state.map(State::as_str);
        let (member, owner) = (wanted.member.map(|id| id.to_string()), wanted.owner.map(|id| id.to_string()));
        let sql = format!("select * {of} {order} limit $6");
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(state)
            .bind(wanted.category.as_deref())
            .bind(member.as_deref())
            .bind(owner.as_deref())
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {of}")))
            .bind(guild.to_string())
            .bind(state)
            .bind(wanted.category.as_deref())
            .bind(member.as_deref())
            .bind(owner.as_deref())
            .fetch_one(&self.reads)
            .await
            .map_err(lost)?;
        Ok((rows.into_iter().map(Ticket::from).collect(), count))
    }

    /// A guild's tickets that go on, or were opened or ended since; the newest first.
    pub async fn tickets_since(&self, guild: GuildId, since: Millis, most: i64) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from tickets where guild_id = $1 and (state <> 'closed' or opened_at >= $2 or ended_at >= $2)
             order by number desc limit $3",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Tickets of all guilds in which time changes something by this moment.
    pub async fn tickets_due(&self, now: Millis, most: i64) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as("select * from tickets where due_at <= $1 order by due_at limit $2")
            .bind(now.0)
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }
}
