//! What is remembered for a person in a guild, or for all of it.
//!
//! **Invariants:** every statement names the guild and whose it is: what is one person's, nobody else finds by its id. Each has a place
//! of its own, so that two at once are never more than there is room for.

use base::{Error, GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// The most that is remembered for one person in a guild, and for the guild.
pub const MOST: i64 = 200;
/// A place that somebody else took meanwhile is tried again so often: then the database is busy with more than this.
const TRIES: usize = 20;

/// Something that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its id.
    pub id: String,
    /// Whose it is; none is the guild's.
    pub owner: Option<UserId>,
    /// What.
    pub text: String,
    /// Whether a model had it remembered by itself.
    pub by_model: bool,
    /// Who had it remembered, or for whom it was.
    pub by: UserId,
    /// When.
    pub at: Millis,
}

/// What came of remembering something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// It is, from now on.
    Now(Memory),
    /// It was before.
    Already(Memory),
    /// There is no room.
    Full,
}

/// What came of changing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// It was changed.
    Now,
    /// The same is remembered already, as another one.
    Already,
    /// It is not there.
    Gone,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    text: String,
    origin: String,
    made_by: String,
    made_at: i64,
}

impl From<Row> for Memory {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            owner: row.user_id.parse().ok().map(UserId),
            text: row.text,
            by_model: row.origin == "model",
            by: UserId(row.made_by.parse().unwrap_or_default()),
            at: Millis(row.made_at),
        }
    }
}

const COLUMNS: &str = "id, user_id, text, origin, made_by, made_at";

/// How an owner stands in a row.
fn owned(owner: Option<UserId>) -> String {
    owner.map(|user| user.to_string()).unwrap_or_default()
}

impl Store {
    /// Remembers something, once, in the first place that is free.
    pub async fn remember(
        &self,
        (guild, owner): (GuildId, Option<UserId>),
        text: &str,
        by: UserId,
        by_model: bool,
    ) -> Result<Remembered> {
        for _ in 0..TRIES {
            let (id, now) = (self.clock.id().to_string(), self.clock.now());
            let kept = sqlx::query(
                "insert into memories (id, guild_id, user_id, place, text, origin, made_by, made_at, changed_at)
                 select $1, $2, $3, (select min(free.place) from
                         (select 1 as place union all select place + 1 from memories where guild_id = $2 and user_id = $3) free
                     where not exists (select 1 from memories taken
                         where taken.guild_id = $2 and taken.user_id = $3 and taken.place = free.place)), $4, $5, $6, $7, $7
                 where (select count(*) from memories where guild_id = $2 and user_id = $3) < $8
                 on conflict do nothing",
            )
            .bind(&id)
            .bind(guild.to_string())
            .bind(owned(owner))
            .bind(text)
            .bind(if by_model { "model" } else { "person" })
            .bind(by.to_string())
            .bind(now.0)
            .bind(MOST)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
            if kept.rows_affected() > 0 {
                return Ok(Remembered::Now(Memory { id, owner, text: text.to_owned(), by_model, by, at: now }));
            }
            let all = self.memories(guild, owner).await?;
            let full = i64::try_from(all.len()).unwrap_or(i64::MAX) >= MOST;
            if let Some(same) = all.into_iter().find(|one| one.text == text) {
                return Ok(Remembered::Already(same));
            }
            if full {
                return Ok(Remembered::Full);
            }
        }
        Err(Error::Busy("Too much is written here at once. Nothing was kept; try again.".to_owned()))
    }

    /// All that is remembered for somebody, or for the guild, the newest first.
    pub async fn memories(&self, guild: GuildId, owner: Option<UserId>) -> Result<Vec<Memory>> {
        let sql = format!(
            "select {COLUMNS} from memories where guild_id = $1 and user_id = $2 order by made_at desc, id desc"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(owned(owner));
        query.fetch_all(&self.reads).await.map(|rows| rows.into_iter().map(Memory::from).collect()).map_err(lost)
    }

    /// Forgets something, and says what it was; none where it is not there. Of what is a person's, a model
    /// forgets only what one had remembered.
    pub async fn forget_memory(
        &self,
        (guild, owner): (GuildId, Option<UserId>),
        id: &str,
        by_model: bool,
    ) -> Result<Option<Memory>> {
        let sql = format!(
            "delete from memories where guild_id = $1 and user_id = $2 and id = $3
                 and (user_id = '' or origin = 'model' or $4 = 0) returning {COLUMNS}"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(owned(owner))
            .bind(id.to_owned())
            .bind(i64::from(by_model));
        query.fetch_optional(&self.pool).await.map(|row| row.map(Memory::from)).map_err(lost)
    }

    /// Changes what is remembered. What a person wrote is no longer a model's; of what is a person's, a model changes
    /// nothing but its own.
    pub async fn edit_memory(
        &self,
        (guild, owner): (GuildId, Option<UserId>),
        id: &str,
        text: &str,
        by: UserId,
        by_model: bool,
    ) -> Result<Edited> {
        let edited = sqlx::query(
            "update memories set text = $1, origin = $2, made_by = $3, changed_at = $4
             where guild_id = $5 and user_id = $6 and id = $7
                 and (user_id = '' or origin = 'model' or $8 = 0)",
        )
        .bind(text)
        .bind(if by_model { "model" } else { "person" })
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .bind(guild.to_string())
        .bind(owned(owner))
        .bind(id)
        .bind(i64::from(by_model))
        .execute(&self.pool)
        .await;
        match edited {
            Ok(done) if done.rows_affected() > 0 => Ok(Edited::Now),
            Ok(_) => Ok(Edited::Gone),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Edited::Already),
            Err(error) => Err(lost(error)),
        }
    }
}
