//! Looks for entries of the log, a page at a time.

use base::{GuildId, Millis, Result, UserId};
use sqlx::{Any, AssertSqlSafe, query::QueryAs};

use super::{Entry, entry::ENTRIES};
use crate::{Store, lost};

/// For completion: names are taken from so many of the newest rows.
const LATELY: i64 = 1_000;

/// Which entries; everything that is named must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// On whose behalf.
    pub person: Option<UserId>,
    /// The action's name, or `server.*` for all that begin so.
    pub action: Option<String>,
    /// What it acted on.
    pub target: Option<String>,
    /// How it ended, or `started`.
    pub outcome: Option<String>,
    /// The door they came in by.
    pub way: Option<String>,
    /// Its last row is of this moment or later.
    pub since: Option<Millis>,
    /// Its last row is older than this moment.
    pub until: Option<Millis>,
    /// Not this one: a search need not find itself.
    pub except: Option<String>,
    /// Of which kind.
    pub kind: Kind,
}

/// A kind of entries.
#[derive(Debug, Clone, Default)]
pub enum Kind {
    /// Every one.
    #[default]
    All,
    /// What ran something that somebody typed, with this in its arguments as JSON holds them, where something is named.
    Commands(Option<String>),
}

/// The words of the index on these rows: what asks otherwise reads the whole log.
const COMMANDS: &str = " and l.action in ('server.run', 'container.exec', 'server.terminal')
    and l.outcome not in ('refused', 'waiting')";

/// Which part of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    Newest,
    /// Those before this row.
    Before(i64),
    /// Those after this row.
    After(i64),
}

/// A page, the newest entry first.
#[derive(Debug, Clone)]
pub struct Found {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there is more in the direction that was asked for.
    pub more: bool,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Filter {
    fn conditions(&self, guild: GuildId, page: Page) -> (String, Vec<Value>) {
        let mut values = Vec::new();
        let mut sql = String::new();
        let mut and = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(" and ");
            sql.push_str(&condition.replace('$', &format!("${}", values.len())));
        };
        and("l.guild_id = $", Value::Text(guild.to_string()));
        if let Some(person) = self.person {
            and("l.actor_id = $", Value::Text(person.to_string()));
        }
        match self.action.as_deref().map(|action| (action, action.strip_suffix('*'))) {
            // No `like`: nothing in a name has a meaning of its own.
            Some((_, Some(beginning))) => {
                and("substr(l.action, 1, length($)) = $", Value::Text(beginning.to_owned()));
            }
            Some((action, None)) => and("l.action = $", Value::Text(action.to_owned())),
            None => {}
        }
        if let Some(target) = &self.target {
            and("l.target = $", Value::Text(target.clone()));
        }
        if let Some(outcome) = &self.outcome {
            and("l.outcome = $", Value::Text(outcome.clone()));
        }
        if let Some(way) = &self.way {
            and("l.way = $", Value::Text(way.clone()));
        }
        if let Some(since) = self.since {
            and("l.at >= $", Value::Number(since.0));
        }
        if let Some(until) = self.until {
            and("l.at < $", Value::Number(until.0));
        }
        if let Some(except) = &self.except {
            and("l.entry_id <> $", Value::Text(except.clone()));
        }
        if let Kind::Commands(Some(text)) = &self.kind {
            let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            and("lower(f.arguments) like lower($) escape '!'", Value::Text(format!("%{text}%")));
        }
        match page {
            Page::Newest => {}
            Page::Before(seq) => and("l.seq < $", Value::Number(seq)),
            Page::After(seq) => and("l.seq > $", Value::Number(seq)),
        }
        if let Kind::Commands(_) = self.kind {
            sql.push_str(COMMANDS);
        }
        (sql, values)
    }
}

impl Store {
    /// A page of a guild's entries.
    pub async fn search_audit(&self, guild: GuildId, filter: &Filter, page: Page, most: usize) -> Result<Found> {
        let (conditions, values) = filter.conditions(guild, page);
        let order = if matches!(page, Page::After(_)) { "asc" } else { "desc" };
        // One more than is wanted shows whether there is more.
        let sql = format!("{ENTRIES} {conditions} order by l.seq {order} limit {}", most + 1);
        let query: QueryAs<'_, Any, Entry, _> = sqlx::query_as(AssertSqlSafe(sql));
        let query = values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        });
        let mut entries = query.fetch_all(&self.reads).await.map_err(lost)?;
        let more = entries.len() > most;
        entries.truncate(most);
        if order == "asc" {
            entries.reverse();
        }
        Ok(Found { entries, more })
    }

    /// References of a guild's newest entries, with what each was.
    pub async fn audit_references(&self, guild: GuildId, beginning: &str, most: i64) -> Result<Vec<(String, String)>> {
        sqlx::query_as(
            "select reference, plan from audit_log
             where guild_id = $1 and duration_ms is null and substr(reference, 1, length($2)) = $2
             order by seq desc limit $3",
        )
        .bind(guild.to_string())
        .bind(beginning.to_owned())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// What a guild's newest entries acted on.
    pub async fn audit_targets(&self, guild: GuildId) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "select distinct target from
                 (select target from audit_log where guild_id = $1 order by seq desc limit $2) lately
             where target is not null order by target",
        )
        .bind(guild.to_string())
        .bind(LATELY)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }
}
