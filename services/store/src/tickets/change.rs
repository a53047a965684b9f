//! How a ticket goes, and one step of it: all that changes, all that is said of it, or nothing.

use std::time::Duration;

use base::{Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{
    Away, LineKind, Outcome, Part, Priority, State, Ticket, lines, millis, people, ratings, text, transcripts,
};
use crate::{Store, events::NewEvent, lost};

/// How a ticket goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// How it stands.
    pub state: State,
    /// What goes first.
    pub priority: Priority,
    /// The category's row.
    pub category: String,
    /// What it is about, in a few words.
    pub title: String,
    /// Who has it.
    pub owner: Option<UserId>,
    /// When it was opened.
    pub opened: Millis,
    /// When staff answered first.
    pub answered: Option<Millis>,
    /// And who.
    pub answered_by: Option<UserId>,
    /// Until when that should be.
    pub answer_by: Option<Millis>,
    /// Until when it should be solved, while that clock goes.
    pub solve_by: Option<Millis>,
    /// Milliseconds that are left of it, while it stands.
    pub solve_left: Option<i64>,
    /// What follows where the first answer is late, and how many of those steps were taken.
    pub answer_steps: Steps,
    /// The same of the solution.
    pub solve_steps: Steps,
    /// When those who come last were called.
    pub escalated: Option<Millis>,
    /// How long the member may say nothing while it is their turn.
    pub idle_for: Option<Duration>,
    /// Until when they may.
    pub idle: Option<Millis>,
    /// Whether they were warned.
    pub idle_warned: bool,
    /// When it closes by itself, where the member was asked.
    pub closes: Option<Millis>,
    /// When time alone changes something.
    pub due: Option<Millis>,
    /// When it ended.
    pub ended: Option<Millis>,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Who ended it.
    pub ended_by: Option<UserId>,
    /// The last message that was heard in it.
    pub heard: Option<u64>,
    /// Why whose it is is not in the guild; none while they are.
    pub away: Option<Away>,
}

/// What follows after a missed target, and how far that went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Steps {
    /// Taken so far: 1 is the reminder, 2 the ping, 3 those who come last.
    pub taken: i64,
    /// So long after the target somebody is pinged; none is never.
    pub ping: Option<Duration>,
    /// So long after it those who come last are called; none is never.
    pub escalate: Option<Duration>,
}

/// What is said of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What kind of thing happened.
    pub kind: LineKind,
    /// Who did it; none is nobody.
    pub by: Option<UserId>,
    /// The words, without secrets.
    pub text: String,
}

/// Who is to be in it, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPerson {
    /// Whom it is about.
    pub user: UserId,
    /// Who they are in it; none where they are to be no longer.
    pub part: Option<Part>,
}

impl Store {
    /// Makes one step of a ticket that is as it was read. The answer is whether it still was.
    pub async fn change_ticket(
        &self,
        was: &Ticket,
        now: &Course,
        said: &[NewLine],
        people: &[NewPerson],
        events: Vec<NewEvent>,
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        if !write(&mut all, was, now).await.map_err(lost)? {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        if now.state == State::Closed && was.course.state != State::Closed {
            transcripts::want(&mut all, was, self.clock.now()).await.map_err(lost)?;
        }
        for person in people {
            people::write(&mut all, was, *person).await.map_err(lost)?;
        }
        let at = self.clock.now();
        if is_to_be_rated(was.course.state, now) {
            ratings::ask(&mut all, was, at).await.map_err(lost)?;
        }
        for line in said {
            lines::write(&mut all, (&was.id, was.guild), at, line).await.map_err(lost)?;
        }
        let happened = self.events.append(&mut all, events).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(true)
    }
}

/// A span that may be nothing at all, which is not the same as none.
pub(super) fn rest(span: Option<Duration>) -> Option<i64> {
    span.map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// Whoever was helped, or let go, is asked how it was; whoever was sent away is not.
fn is_to_be_rated(was: State, now: &Course) -> bool {
    let ends = was != State::Closed && now.state == State::Closed;
    ends && !matches!(now.outcome, Some(Outcome::Declined | Outcome::Duplicate))
}

async fn write(connection: &mut AnyConnection, was: &Ticket, now: &Course) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update tickets set state = $1, priority = $2, category_id = $3, title = $4, owner_id = $5, answered_at = $6,
             answer_by = $7, solve_by = $8, solve_left = $9, due_at = $10, ended_at = $11, outcome = $12, reason = $13,
             ended_by = $14, heard = $15, answer_late = $16, solve_late = $17, closes_at = $18, idle_for = $19, idle_at = $20,
             idle_warned = $21, answered_by = $22, escalated_at = $23, answer_ping = $24, answer_escalate = $25,
             solve_ping = $26, solve_escalate = $27, away = $28, version = version + 1, behind = 1, try_at = null,
             asleep_at = case when coalesce(heard, '') <> coalesce($15, '') then null else asleep_at end
         where id = $29 and guild_id = $30 and version = $31",
    )
    .bind(now.state.as_str())
    .bind(now.priority.as_str())
    .bind(&now.category)
    .bind(text(&now.title))
    .bind(now.owner.map(|owner| owner.to_string()))
    .bind(now.answered.map(|at| at.0))
    .bind(now.answer_by.map(|at| at.0))
    .bind(now.solve_by.map(|at| at.0))
    .bind(now.solve_left)
    .bind(now.due.map(|at| at.0))
    .bind(now.ended.map(|at| at.0))
    .bind(now.outcome.map(Outcome::as_str))
    .bind(now.reason.as_deref().map(text))
    .bind(now.ended_by.map(|by| by.to_string()))
    .bind(now.heard.map(|message| message.to_string()))
    .bind(now.answer_steps.taken)
    .bind(now.solve_steps.taken)
    .bind(now.closes.map(|at| at.0))
    .bind(millis(now.idle_for))
    .bind(now.idle.map(|at| at.0))
    .bind(i64::from(now.idle_warned))
    .bind(now.answered_by.map(|by| by.to_string()))
    .bind(now.escalated.map(|at| at.0))
    .bind(rest(now.answer_steps.ping))
    .bind(rest(now.answer_steps.escalate))
    .bind(rest(now.solve_steps.ping))
    .bind(rest(now.solve_steps.escalate))
    .bind(now.away.map(Away::as_str))
    .bind(&was.id)
    .bind(was.guild.to_string())
    .bind(was.version)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
