//! Tickets as they stand.

use std::time::Duration;

use base::{GuildId, Millis, Result, UserId};
use serde::{Deserialize, Serialize};

use super::{Away, Course, Outcome, Place, Priority, State, Steps, id, span};
use crate::{Store, lost};

/// Asked for everything that is written anywhere in a guild.
const IN_THREAD: &str = "select * from tickets where thread_id = $1 and guild_id = $2";

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
    /// When its words were forgotten.
    pub forgotten: Option<Millis>,
    /// What it lives in.
    pub place: Place,
    /// Since when the thread or channel that it had is gone.
    pub lost: Option<Millis>,
    /// Since when its thread is put away to make room for others.
    pub asleep: Option<Millis>,
    /// The post in a forum that opened it.
    pub forum_post: Option<u64>,
    /// Whether that says where it is answered.
    pub forum_told: bool,
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
    answer_ping: Option<i64>,
    answer_escalate: Option<i64>,
    solve_ping: Option<i64>,
    solve_escalate: Option<i64>,
    escalated_at: Option<i64>,
    answered_by: Option<String>,
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
    indexed: i64,
    forgotten_at: Option<i64>,
    place: String,
    away: Option<String>,
    lost_at: Option<i64>,
    asleep_at: Option<i64>,
    forum_post: Option<String>,
    forum_told: i64,
}

impl Row {
    /// The version whose words can be found.
    pub(super) fn indexed(&self) -> i64 {
        self.indexed
    }
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
                answered_by: user(row.answered_by),
                answer_steps: steps(row.answer_late, row.answer_ping, row.answer_escalate),
                solve_steps: steps(row.solve_late, row.solve_ping, row.solve_escalate),
                escalated: row.escalated_at.map(Millis),
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
                away: row.away.as_deref().map(Away::kept),
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
            forgotten: row.forgotten_at.map(Millis),
            place: Place::kept(&row.place),
            lost: row.lost_at.map(Millis),
            asleep: row.asleep_at.map(Millis),
            forum_post: id(row.forum_post.as_deref()),
            forum_told: row.forum_told == 1,
        }
    }
}

fn steps(taken: i64, ping: Option<i64>, escalate: Option<i64>) -> Steps {
    let after =
        |millis: Option<i64>| millis.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or_default()));
    Steps { taken, ping: after(ping), escalate: after(escalate) }
}

/// Which tickets are listed.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state; none is whatever is not closed.
    pub state: Option<State>,
    /// Of this category's row.
    pub category: Option<String>,
    /// Of one of these categories' rows; none is any.
    pub among: Option<Vec<String>>,
    /// Of this member.
    pub member: Option<UserId>,
    /// That this person has.
    pub owner: Option<UserId>,
}

impl Wanted {
    /// From where they are read, and in what order: the guild is `$1`, the state `$2`, the category `$3`, the member `$4`, the owner
    /// `$5`, and after a sixth come the categories among which they are.
    fn said(&self) -> (String, &'static str) {
        // Never more than a guild has categories.
        let among = self.among.as_deref().unwrap_or_default();
        let places: Vec<String> = (7..7 + among.len()).map(|place| format!("${place}")).collect();
        let only = match &self.among {
            None => String::new(),
            Some(among) if among.is_empty() => "and 1 = 0".to_owned(),
            Some(_) => format!("and category_id in ({})", places.join(", ")),
        };
        // What is over grows without end: what is asked for names the columns of an index, and nothing else. What is not asked for
        // stands there as well, so that every place has its number.
        let (which, order) = match self.state {
            None => (format!("{GOING_ON} and $2 = ''"), BY_PRIORITY),
            Some(State::Closed) => ("state = $2".to_owned(), "order by number desc"),
            Some(_) => ("state = $2".to_owned(), BY_PRIORITY),
        };
        let is = |column: &str, place: u8, asked: bool| {
            if asked { format!("{column} = ${place}") } else { format!("cast(${place} as text) is null") }
        };
        let of = format!(
            "from tickets where guild_id = $1 and {which} and {} and {} and {} {only}",
            is("category_id", 3, self.category.is_some()),
            is("member_id", 4, self.member.is_some()),
            is("owner_id", 5, self.owner.is_some()),
        );
        (of, order)
    }
}

const BY_PRIORITY: &str =
    "order by case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end, number";

/// Not closed, said so that an index is read by it.
pub(super) const GOING_ON: &str = "state in ('open', 'waiting_staff', 'waiting_member', 'resolved')";

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
        let row: Option<Row> = sqlx::query_as(IN_THREAD)
            .bind(thread.to_string())
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }

    /// A guild's tickets: what goes first on top, then the oldest; of what is over, the newest. And how many there are.
    pub async fn tickets(&self, guild: GuildId, wanted: &Wanted, most: i64) -> Result<(Vec<Ticket>, i64)> {
        let (of, order) = wanted.said();
        let among = wanted.among.as_deref().unwrap_or_default();
        let state = wanted.state.map(State::as_str).unwrap_or_default();
        let (member, owner) = (wanted.member.map(|id| id.to_string()), wanted.owner.map(|id| id.to_string()));
        let sql = format!("select * {of} {order} limit $6");
        let mut rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(state)
            .bind(wanted.category.as_deref())
            .bind(member.as_deref())
            .bind(owner.as_deref())
            .bind(most);
        for category in among {
            rows = rows.bind(category);
        }
        let rows = rows.fetch_all(&self.reads).await.map_err(lost)?;
        // The limit stands in it, so that every place has the same number in both.
        let sql = format!("select count(*) {of} and cast($6 as bigint) > 0");
        let mut count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(state)
            .bind(wanted.category.as_deref())
            .bind(member.as_deref())
            .bind(owner.as_deref())
            .bind(most);
        for category in among {
            count = count.bind(category);
        }
        let count = count.fetch_one(&self.reads).await.map_err(lost)?;
        Ok((rows.into_iter().map(Ticket::from).collect(), count))
    }

    /// A guild's tickets that go on, or were opened or ended between these moments; the newest first.
    pub async fn tickets_between(
        &self,
        guild: GuildId,
        (since, until): (Millis, Millis),
        most: i64,
    ) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from tickets where guild_id = $1 and (state <> 'closed' or opened_at >= $2 or ended_at >= $2)
             and opened_at < $3 order by number desc limit $4",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(until.0)
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

#[cfg(test)]
mod tests {
    use base::Clock;

    use super::*;

    /// How SQLite goes about it, which knows nothing of how many rows there are.
    async fn plan(sql: &str) -> Vec<String> {
        let home = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", home.path().join("nebula.db").display());
        let store = Store::open(&url, Clock::system()).await.unwrap();
        let mut query =
            sqlx::query_as::<_, (i64, i64, i64, String)>(sqlx::AssertSqlSafe(format!("explain query plan {sql}")));
        for _ in 0..sql.matches('$').count() {
            query = query.bind("1");
        }
        let plan = query.fetch_all(&store.reads).await.unwrap();
        plan.into_iter().map(|(.., step)| step).collect()
    }

    #[tokio::test]
    async fn a_message_outside_tickets_costs_one_look_into_an_index() {
        assert_eq!(plan(IN_THREAD).await, ["SEARCH tickets USING INDEX tickets_by_thread (thread_id=?)"]);
    }

    #[tokio::test]
    async fn what_is_listed_costs_no_look_at_what_is_not_however_many_tickets_there_were() {
        let open = Wanted::default();
        let over = Wanted { state: Some(State::Closed), ..Wanted::default() };
        let of_member = Wanted { member: Some(UserId(7)), ..over.clone() };
        for (wanted, index) in [
            (open, "tickets_listed (guild_id=? AND state=?)"),
            (over, "tickets_listed (guild_id=? AND state=?)"),
            (of_member, "tickets_of_member_listed (guild_id=? AND member_id=? AND state=?)"),
        ] {
            let (of, order) = wanted.said();
            let listed = plan(&format!("select * {of} {order}")).await;
            assert_eq!(listed[0], format!("SEARCH tickets USING INDEX {index}"), "{listed:?}");
            let counted = plan(&format!("select count(*) {of}")).await;
            assert_eq!(counted, [format!("SEARCH tickets USING COVERING INDEX {index}")]);
        }
    }
}
