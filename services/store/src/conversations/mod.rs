//! Conversations with the assistant: their rows, what people said in them, and their answers as people see them.
//!
//! **Invariants:** a step of a conversation is one transaction under the version that was read: what was heard, what became of it
//! and what is shown of it. What people said is kept before they are told that it was heard.

mod answers;
mod said;
mod steps;

use base::{Error, GuildId, Millis, Result, UserId};
use uuid::Uuid;

pub use answers::AnswerRow;
pub use said::{Picture, Said};
pub use steps::Step;

use crate::{Store, lost};

/// So many tries at a number.
const BEGINS: usize = 8;

/// Someone begins one.
#[derive(Debug, Clone)]
pub struct NewConversation<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// Where it is begun.
    pub channel: u64,
    /// What it is called.
    pub title: &'a str,
    /// How the assistant goes about it.
    pub mode: &'a str,
    /// Who speaks; none is the assistant itself.
    pub agent: Option<&'a str>,
    /// Who begins it.
    pub by: UserId,
    /// What is in it, as JSON.
    pub body: &'a str,
    /// What it stands below, where it is a task of another one's.
    pub below: Option<Below>,
}

/// Where a task that was handed on stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Below {
    /// The conversation it came from.
    pub parent: Uuid,
    /// The turn there.
    pub turn: i64,
    /// How many conversations are above it.
    pub depth: i64,
    /// The thread of the topmost one.
    pub thread: Option<u64>,
}

/// A conversation's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// What people call it.
    pub number: i64,
    /// Where it was begun.
    pub channel: u64,
    /// Its thread, once there is one.
    pub thread: Option<u64>,
    /// What it is called.
    pub title: String,
    /// How the assistant goes about it.
    pub mode: String,
    /// Who speaks; none is the assistant itself.
    pub agent: Option<String>,
    /// Who began it.
    pub by: UserId,
    /// When.
    pub begun: Millis,
    /// When something was last said.
    pub touched: Millis,
    /// What is in it, as JSON.
    pub body: String,
    /// Counts its steps.
    pub version: i64,
    /// Who wants it stopped.
    pub stop_by: Option<String>,
    /// Whether something is to be done in it.
    pub is_busy: bool,
    /// What it stands below, where it is a task of another one's.
    pub below: Option<Below>,
}

impl Conversation {
    /// Where its questions are put: its own thread, or that of the topmost one above it.
    pub fn place(&self) -> Option<u64> {
        self.thread.or(self.below.and_then(|below| below.thread))
    }

    /// How many conversations are above it.
    pub fn depth(&self) -> i64 {
        self.below.map_or(0, |below| below.depth)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    number: i64,
    channel_id: String,
    thread_id: Option<String>,
    title: String,
    mode: String,
    agent: Option<String>,
    begun_by: String,
    begun_at: i64,
    touched_at: i64,
    body: String,
    version: i64,
    stop_by: Option<String>,
    busy: i64,
    parent_id: Option<String>,
    parent_turn: Option<i64>,
    depth: i64,
    above_thread: Option<String>,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        let below = row.parent_id.map(|parent| Below {
            parent: parent.parse().unwrap_or_default(),
            turn: row.parent_turn.unwrap_or_default(),
            depth: row.depth,
            thread: row.above_thread.and_then(|id| id.parse().ok()),
        });
        Self {
            id: row.id.parse().unwrap_or_default(),
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            number: row.number,
            channel: row.channel_id.parse().unwrap_or_default(),
            thread: row.thread_id.and_then(|id| id.parse().ok()),
            title: row.title,
            mode: row.mode,
            agent: row.agent,
            by: UserId(row.begun_by.parse().unwrap_or_default()),
            begun: Millis(row.begun_at),
            touched: Millis(row.touched_at),
            body: row.body,
            version: row.version,
            stop_by: row.stop_by,
            is_busy: row.busy != 0,
            below,
        }
    }
}

const COLUMNS: &str = "id, guild_id, number, channel_id, thread_id, title, mode, agent, begun_by, begun_at, touched_at, body, \
                       version, stop_by, busy, parent_id, parent_turn, depth, above_thread";

impl Store {
    /// Begins a conversation; the answer is its number.
    pub async fn begin_conversation(&self, new: NewConversation<'_>) -> Result<i64> {
        let now = self.clock.now().0;
        // Two that begin at once want the same number; the second takes the next.
        for _ in 0..BEGINS {
            let number = self.numbered(&new, now).await?;
            if let Some(number) = number {
                return Ok(number);
            }
        }
        Err(Error::Busy("Too many conversations begin at once. Ask again.".to_owned()))
    }

    async fn numbered(&self, new: &NewConversation<'_>, now: i64) -> Result<Option<i64>> {
        sqlx::query_scalar(
            "insert into conversations (id, guild_id, number, channel_id, title, mode, agent, begun_by, begun_at, touched_at, body,
                                        parent_id, parent_turn, depth, above_thread)
             values ($1, $2, (select coalesce(max(number), 0) + 1 from conversations where guild_id = $2), $3, $4, $5, $6, $7, $8,
                     $8, $9, $10, $11, $12, $13)
             on conflict (guild_id, number) do nothing returning number",
        )
        .bind(new.id.to_string())
        .bind(new.guild.to_string())
        .bind(new.channel.to_string())
        .bind(new.title.replace('\0', "␀"))
        .bind(new.mode)
        .bind(new.agent)
        .bind(new.by.to_string())
        .bind(now)
        .bind(new.body)
        .bind(new.below.map(|below| below.parent.to_string()))
        .bind(new.below.map(|below| below.turn))
        .bind(new.below.map_or(0, |below| below.depth))
        .bind(new.below.and_then(|below| below.thread).map(|thread| thread.to_string()))
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)
    }

    /// A conversation has its thread.
    pub async fn conversation_has_thread(&self, guild: GuildId, id: Uuid, thread: u64) -> Result<()> {
        sqlx::query("update conversations set thread_id = $1 where guild_id = $2 and id = $3")
            .bind(thread.to_string())
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The conversation whose thread this is.
    pub async fn conversation_in(&self, guild: GuildId, thread: u64) -> Result<Option<Conversation>> {
        self.one_conversation("thread_id = $2", guild, thread.to_string()).await
    }

    /// A guild's conversation of this number.
    pub async fn conversation_of(&self, guild: GuildId, number: i64) -> Result<Option<Conversation>> {
        self.one_conversation("number = cast($2 as bigint)", guild, number.to_string()).await
    }

    /// A guild's conversation of this id.
    pub async fn conversation(&self, guild: GuildId, id: Uuid) -> Result<Option<Conversation>> {
        self.one_conversation("id = $2", guild, id.to_string()).await
    }

    async fn one_conversation(&self, which: &str, guild: GuildId, key: String) -> Result<Option<Conversation>> {
        let sql = format!("select {COLUMNS} from conversations where guild_id = $1 and {which}");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(key)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Conversation::from))
    }

    /// A guild's conversations, the latest first, without what was handed on within them.
    pub async fn conversations(&self, guild: GuildId, most: i64) -> Result<Vec<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations where guild_id = $1 and parent_id is null
             order by touched_at desc, number desc limit $2"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Conversation::from).collect())
    }

    /// What was handed on in a turn of a conversation, the first first.
    pub async fn conversations_below(&self, guild: GuildId, parent: Uuid, turn: i64) -> Result<Vec<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations where guild_id = $1 and parent_id = $2 and parent_turn = $3 order by number"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(parent.to_string())
            .bind(turn)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Conversation::from).collect())
    }

    /// Every conversation, of any guild, in which something is to be done.
    pub async fn busy_conversations(&self) -> Result<Vec<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations where busy = 1 and (thread_id is not null or parent_id is not null) order by id"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(Conversation::from).collect())
    }

    /// The threads of all conversations, of any guild.
    pub async fn conversation_threads(&self) -> Result<Vec<(GuildId, u64)>> {
        let sql = "select guild_id, thread_id from conversations where thread_id is not null";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows
            .into_iter()
            .filter_map(|(guild, thread)| Some((GuildId(guild.parse().ok()?), thread.parse().ok()?)))
            .collect())
    }

    /// Gives it another title.
    pub async fn rename_conversation(&self, guild: GuildId, id: Uuid, title: &str) -> Result<bool> {
        self.set_of_conversation("title", guild, id, &title.replace('\0', "␀")).await
    }

    /// Has the assistant go about it another way.
    pub async fn set_conversation_mode(&self, guild: GuildId, id: Uuid, mode: &str) -> Result<bool> {
        self.set_of_conversation("mode", guild, id, mode).await
    }

    async fn set_of_conversation(&self, column: &str, guild: GuildId, id: Uuid, value: &str) -> Result<bool> {
        let sql = format!("update conversations set {column} = $1 where guild_id = $2 and id = $3");
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(value)
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes a conversation with all that was said in it, and what was handed on within it. The answer is whether it was there.
    pub async fn delete_conversation(&self, guild: GuildId, id: Uuid) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        // What is below goes with it: nobody would ever find it.
        let gone: Vec<String> = sqlx::query_scalar(
            "with recursive tree(id) as (
                 select id from conversations where guild_id = $1 and id = $2
                 union all
                 select below.id from conversations below join tree on below.parent_id = tree.id where below.guild_id = $1
             )
             delete from conversations where guild_id = $1 and id in (select id from tree) returning id",
        )
        .bind(guild.to_string())
        .bind(id.to_string())
        .fetch_all(&mut *all)
        .await
        .map_err(lost)?;
        for gone in &gone {
            for table in ["conversation_said", "conversation_pictures", "conversation_answers"] {
                let sql = format!("delete from {table} where guild_id = $1 and conversation_id = $2");
                sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(guild.to_string())
                    .bind(gone)
                    .execute(&mut *all)
                    .await
                    .map_err(lost)?;
            }
        }
        all.commit().await.map_err(lost)?;
        Ok(!gone.is_empty())
    }
}
