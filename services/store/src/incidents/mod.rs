//! Incidents of a guild: decided on one at a time, with all that is said of them, or not at all.
//!
//! **Invariants:** whoever changes anything takes the guild's row first, and hands all of it back in one transaction: the incidents,
//! their lines, the events, and up to which event that was. What was seen is not seen again.

mod rules;
mod show;

use base::{GuildId, Millis, Result};

pub use rules::{Change, Rules};
pub use show::{Line, Shown};

use crate::{Store, events::NewEvent, lost};

/// More that ended lately are not handed out: an event about them makes a new one.
const MOST: i64 = 300;

/// How an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It goes on.
    Open,
    /// It is over.
    Resolved,
    /// It turned out to be a part of another.
    Folded,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Folded => "folded",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "folded" => Self::Folded,
            _ => Self::Resolved,
        }
    }
}

/// An incident, as it was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its row.
    pub id: String,
    /// What people call it.
    pub number: i64,
    /// The rest, as JSON.
    pub body: String,
}

/// What is decided on.
#[derive(Debug)]
pub struct Held {
    /// Events up to this one are dealt with.
    pub seen: i64,
    /// The last number that was given.
    pub last_number: i64,
    /// How the guild wants it.
    pub rules: Rules,
    /// Those that are open, and those that ended lately; the oldest first.
    pub incidents: Vec<Kept>,
}

/// An incident that is new, or another than it was.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Its row; none where it is new.
    pub id: Option<String>,
    /// What people call it.
    pub number: i64,
    /// How it stands.
    pub state: State,
    /// How bad it is: 1 or 2.
    pub level: i64,
    /// What is wrong, in a few words.
    pub subject: String,
    /// When it began.
    pub opened: Millis,
    /// When it ended.
    pub ended: Option<Millis>,
    /// When time alone changes something.
    pub due: Option<Millis>,
    /// The rest, as JSON.
    pub body: String,
    /// What is said of it.
    pub lines: Vec<NewLine>,
}

/// What is said of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// When it happened.
    pub at: Millis,
    /// The words, without secrets.
    pub text: String,
    /// Who is pinged with it.
    pub ping: Option<String>,
}

/// What was decided.
#[derive(Debug, Default)]
pub struct Decided {
    /// Events up to this one are dealt with now.
    pub seen: Option<i64>,
    /// What changed.
    pub changed: Vec<Changed>,
    /// What others are told.
    pub events: Vec<NewEvent>,
}

impl Store {
    /// Decides about a guild's incidents: those that are open, those that ended since a moment and that of a number are handed to
    /// `decide`; what it answers is kept whole, or not at all.
    pub async fn decide_incidents<T: Send>(
        &self,
        guild: GuildId,
        since: Millis,
        number: Option<i64>,
        decide: impl FnOnce(Held) -> Result<(Decided, T)> + Send,
    ) -> Result<T> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        // The guild's lock first: who comes later sees what this one decided.
        let (last_number, seen, rules) = rules::hold(&mut all, guild).await.map_err(lost)?;
        let rows: Vec<(String, i64, String)> = sqlx::query_as(
            "select id, number, body from (
                 select id, number, body from incidents where guild_id = $1
                 and (state = 'open' or state = 'resolved' and ended_at >= $2 or number = $4)
                 order by case when state = 'open' or number = $4 then 0 else 1 end, number desc limit $3) as latest
             order by number",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(MOST)
        .bind(number.unwrap_or_default())
        .fetch_all(&mut *all)
        .await
        .map_err(lost)?;
        let incidents = rows.into_iter().map(|(id, number, body)| Kept { id, number, body }).collect();
        let (decided, answer) = decide(Held { seen, last_number, rules, incidents })?;
        if decided.seen.is_none() && decided.changed.is_empty() && decided.events.is_empty() {
            all.rollback().await.map_err(lost)?;
            return Ok(answer);
        }
        for changed in &decided.changed {
            self.write_incident(&mut all, guild, changed).await.map_err(lost)?;
        }
        let newest = decided.changed.iter().map(|changed| changed.number).max().unwrap_or_default();
        sqlx::query("update incident_guilds set last_number = $1, seen = $2 where guild_id = $3")
            .bind(last_number.max(newest))
            .bind(decided.seen.map_or(seen, |upto| upto.max(seen)))
            .bind(guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        let happened = self.events.append(&mut all, decided.events).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(answer)
    }

    async fn write_incident(
        &self,
        connection: &mut sqlx::AnyConnection,
        guild: GuildId,
        changed: &Changed,
    ) -> sqlx::Result<()> {
        let id = changed.id.clone().unwrap_or_else(|| self.clock.id().to_string());
        sqlx::query(
            "insert into incidents (id, guild_id, number, state, level, subject, opened_at, ended_at, due_at, body, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
             on conflict (id) do update set state = excluded.state, level = excluded.level, subject = excluded.subject,
                 opened_at = excluded.opened_at, ended_at = excluded.ended_at, due_at = excluded.due_at,
                 body = excluded.body, version = incidents.version + 1, behind = 1
             where incidents.guild_id = excluded.guild_id",
        )
        .bind(&id)
        .bind(guild.to_string())
        .bind(changed.number)
        .bind(changed.state.as_str())
        .bind(changed.level)
        .bind(changed.subject.replace('\0', "␀"))
        .bind(changed.opened.0)
        .bind(changed.ended.map(|at| at.0))
        .bind(changed.due.map(|at| at.0))
        .bind(&changed.body)
        .execute(&mut *connection)
        .await?;
        for line in &changed.lines {
            sqlx::query(
                "insert into incident_lines (incident_id, guild_id, line, at, text, ping) values ($1, $2,
                     (select coalesce(max(line), 0) + 1 from incident_lines where incident_id = $1), $3, $4, $5)",
            )
            .bind(&id)
            .bind(guild.to_string())
            .bind(line.at.0)
            .bind(line.text.replace('\0', "␀"))
            .bind(&line.ping)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    /// The guilds in which time changes something by this moment.
    pub async fn incidents_due(&self, now: Millis) -> Result<Vec<GuildId>> {
        let sql = "select distinct guild_id from incidents where due_at <= $1";
        let rows: Vec<String> = sqlx::query_scalar(sql).bind(now.0).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(|guild| guild.parse().ok().map(GuildId)).collect())
    }

    /// A guild's incidents: those that are open, and those that ended since; the newest first.
    pub async fn incidents(&self, guild: GuildId, since: Millis, most: i64) -> Result<Vec<Shown>> {
        let rows: Vec<show::Row> = sqlx::query_as(
            "select * from incidents where guild_id = $1 and (state = 'open' or ended_at >= $2)
             order by case when state = 'open' then 0 else 1 end, number desc limit $3",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Shown::from).collect())
    }

    /// A guild's incident of this number.
    pub async fn incident(&self, guild: GuildId, number: i64) -> Result<Option<Shown>> {
        let row: Option<show::Row> = sqlx::query_as("select * from incidents where guild_id = $1 and number = $2")
            .bind(guild.to_string())
            .bind(number)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Shown::from))
    }

    /// What was said of an incident, the newest first.
    pub async fn incident_lines(&self, guild: GuildId, id: &str, most: i64) -> Result<Vec<Line>> {
        let rows: Vec<(i64, i64, String, Option<String>)> = sqlx::query_as(
            "select line, at, text, ping from incident_lines where guild_id = $1 and incident_id = $2
             order by line desc limit $3",
        )
        .bind(guild.to_string())
        .bind(id)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Line::from).collect())
    }

    /// The server that a server is reached through.
    pub async fn jump_of(&self, guild: GuildId, server: &str) -> Result<Option<String>> {
        let row: Option<Option<String>> =
            sqlx::query_scalar("select jump_id from servers where guild_id = $1 and id = $2")
                .bind(guild.to_string())
                .bind(server)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.flatten())
    }
}
