//! Opens tickets, one at a time in a guild: whoever counts what there is counts all of it.

use base::{GuildId, Millis, Result, UserId};

use super::{
    Answered, Course, NewLine, Part, Place, Priority, State, Ticket, change, id, incidents, lines, read::Row, text,
};
use crate::{Store, events::NewEvent, lost};

/// What is looked at of a member's earlier tickets.
const LOOKED_AT: i64 = 50;

/// A ticket to open.
#[derive(Debug, Clone)]
pub struct NewTicket<'a> {
    /// Where.
    pub guild: GuildId,
    /// What it is asked for by: asked for twice, it is opened once.
    pub key: &'a str,
    /// Whose it is.
    pub member: UserId,
    /// What was asked and answered, without secrets.
    pub answers: &'a [Answered],
    /// A link to the message that it is about.
    pub about: Option<&'a str>,
    /// How it goes at first.
    pub course: &'a Course,
    /// The channel under which its thread is made.
    pub parent: u64,
    /// What it lives in.
    pub place: Place,
    /// The post in a forum that opens it.
    pub forum_post: Option<u64>,
    /// The incident that it is about.
    pub incident: Option<i64>,
    /// What is said of it.
    pub line: NewLine,
}

/// A ticket of the same member and category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastTicket {
    /// What people call it.
    pub number: i64,
    /// When it was opened.
    pub opened: Millis,
    /// Whether it is not over.
    pub goes_on: bool,
    /// Its thread.
    pub thread: Option<u64>,
}

/// A member's earlier tickets of the same category, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Past(pub Vec<PastTicket>);

/// What came of it.
#[derive(Debug)]
pub enum Opened {
    /// It is open.
    New(Ticket),
    /// It was asked for before.
    Before(Ticket),
    /// Its category is gone.
    Gone,
}

impl Store {
    /// Opens a ticket, where `judge` has nothing against it. It is told what the member opened before.
    pub async fn open_ticket(
        &self,
        new: NewTicket<'_>,
        judge: impl FnOnce(Past) -> Result<()> + Send,
        event: impl FnOnce(i64) -> NewEvent + Send,
    ) -> Result<Opened> {
        let broken = |error| base::Error::internal("keeping a ticket", error);
        let answers = serde_json::to_string(new.answers).map_err(broken)?;
        let mut all = self.pool.begin().await.map_err(lost)?;
        // The guild's row first: who comes later counts this one, too.
        let number: i64 = sqlx::query_scalar(
            "insert into ticket_guilds (guild_id, last_number) values ($1, 1)
             on conflict (guild_id) do update set last_number = ticket_guilds.last_number + 1 returning last_number",
        )
        .bind(new.guild.to_string())
        .fetch_one(&mut *all)
        .await
        .map_err(lost)?;
        let before: Option<Row> = sqlx::query_as("select * from tickets where guild_id = $1 and ask_key = $2")
            .bind(new.guild.to_string())
            .bind(new.key)
            .fetch_optional(&mut *all)
            .await
            .map_err(lost)?;
        if let Some(before) = before {
            all.rollback().await.map_err(lost)?;
            return Ok(Opened::Before(before.into()));
        }
        let past: Vec<(i64, i64, String, Option<String>)> = sqlx::query_as(
            "select number, opened_at, state, thread_id from tickets where guild_id = $1 and member_id = $2
             and category_id = $3 order by opened_at desc, number desc limit $4",
        )
        .bind(new.guild.to_string())
        .bind(new.member.to_string())
        .bind(&new.course.category)
        .bind(LOOKED_AT)
        .fetch_all(&mut *all)
        .await
        .map_err(lost)?;
        let past = past.into_iter().map(|(number, opened, state, thread)| PastTicket {
            number,
            opened: Millis(opened),
            goes_on: State::kept(&state) != State::Closed,
            thread: id(thread.as_deref()),
        });
        judge(Past(past.collect()))?;
        let row: Option<Row> = sqlx::query_as(
            "insert into tickets (id, guild_id, number, ask_key, category_id, member_id, title, answers, about, state,
                 priority, opened_at, answer_by, solve_by, due_at, parent_id, idle_for, answer_ping, answer_escalate,
                 solve_ping, solve_escalate, place, forum_post)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, $22
             where exists (select 1 from ticket_categories where id = $5 and guild_id = $2) returning *",
        )
        .bind(self.clock.id().to_string())
        .bind(new.guild.to_string())
        .bind(number)
        .bind(new.key)
        .bind(&new.course.category)
        .bind(new.member.to_string())
        .bind(text(&new.course.title))
        .bind(text(&answers))
        .bind(new.about)
        .bind(Priority::as_str(new.course.priority))
        .bind(new.course.opened.0)
        .bind(new.course.answer_by.map(|at| at.0))
        .bind(new.course.solve_by.map(|at| at.0))
        .bind(new.course.due.map(|at| at.0))
        .bind(new.parent.to_string())
        .bind(super::millis(new.course.idle_for))
        .bind(change::rest(new.course.answer_steps.ping))
        .bind(change::rest(new.course.answer_steps.escalate))
        .bind(change::rest(new.course.solve_steps.ping))
        .bind(change::rest(new.course.solve_steps.escalate))
        .bind(new.place.as_str())
        .bind(new.forum_post.map(|post| post.to_string()))
        .fetch_optional(&mut *all)
        .await
        .map_err(lost)?;
        let Some(ticket) = row.map(Ticket::from) else {
            all.rollback().await.map_err(lost)?;
            return Ok(Opened::Gone);
        };
        let person = super::NewPerson { user: new.member, part: Some(Part::Member) };
        super::people::write(&mut all, &ticket, person).await.map_err(lost)?;
        lines::write(&mut all, (&ticket.id, new.guild), new.course.opened, &new.line).await.map_err(lost)?;
        if let (Some(incident), Some(by)) = (new.incident, new.line.by) {
            incidents::write(&mut all, &ticket, incident, by, self.clock.now()).await.map_err(lost)?;
        }
        let happened = self.events.append(&mut all, vec![event(number)]).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(Opened::New(ticket))
    }
}
