//! Prompts to use again: a person's own, and those that are shared in a guild.
//!
//! **Invariants:** every statement names the guild. A person has one prompt of a name, and a guild shares one of a name; what is shared
//! is what was shared: changed by its owner, it is theirs alone again.

use base::{Error, GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// The most prompts of one person in a guild.
pub const MOST: i64 = 100;
/// A place that was taken meanwhile is tried again so often.
const TRIES: usize = 20;

/// A prompt to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewPrompt<'a> {
    /// Where.
    pub guild: GuildId,
    /// Whose.
    pub user: UserId,
    /// What it is called; one of a name is replaced.
    pub name: &'a str,
    /// What it says.
    pub text: &'a str,
    /// What kind it is.
    pub category: &'a str,
    /// Words it is found by, with a blank between.
    pub tags: &'a str,
}

/// A prompt that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// What it says.
    pub text: String,
    /// What kind it is.
    pub category: String,
    /// Words it is found by.
    pub tags: String,
    /// Whether everybody in the guild may use it.
    pub shared: bool,
    /// When it was changed last.
    pub at: Millis,
}

/// What came of keeping a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is new.
    New,
    /// It took the place of the one of its name.
    Changed,
    /// There is no room.
    Full,
}

/// What came of sharing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// It is shared from now on, or was already.
    Now,
    /// Somebody else shares one of that name.
    Taken,
    /// It is not there, or is no longer what it was.
    Gone,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    name: String,
    text: String,
    category: String,
    tags: String,
    shared: i64,
    changed_at: i64,
}

impl From<Row> for Prompt {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: UserId(row.user_id.parse().unwrap_or_default()),
            name: row.name,
            text: row.text,
            category: row.category,
            tags: row.tags,
            shared: row.shared != 0,
            at: Millis(row.changed_at),
        }
    }
}

impl Store {
    /// Keeps a prompt, in place of one of its name. Whatever it was, it is its owner's alone until it is shared again.
    pub async fn save_prompt(&self, new: &NewPrompt<'_>) -> Result<Saved> {
        for _ in 0..TRIES {
            let now = self.clock.now().0;
            let changed = sqlx::query(
                "update prompts set text = $1, category = $2, tags = $3, shared = 0, changed_at = $4
                 where guild_id = $5 and user_id = $6 and name = $7",
            )
            .bind(new.text)
            .bind(new.category)
            .bind(new.tags)
            .bind(now)
            .bind(new.guild.to_string())
            .bind(new.user.to_string())
            .bind(new.name)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
            if changed.rows_affected() > 0 {
                return Ok(Saved::Changed);
            }
            let kept = sqlx::query(
                "insert into prompts (id, guild_id, user_id, place, name, text, category, tags, shared, made_at, changed_at)
                 select $1, $2, $3, (select min(free.place) from
                         (select 1 as place union all select place + 1 from prompts where guild_id = $2 and user_id = $3) free
                     where not exists (select 1 from prompts taken
                         where taken.guild_id = $2 and taken.user_id = $3 and taken.place = free.place)), $4, $5, $6, $7, 0, $8, $8
                 where (select count(*) from prompts where guild_id = $2 and user_id = $3) < $9
                 on conflict do nothing",
            )
            .bind(self.clock.id().to_string())
            .bind(new.guild.to_string())
            .bind(new.user.to_string())
            .bind(new.name)
            .bind(new.text)
            .bind(new.category)
            .bind(new.tags)
            .bind(now)
            .bind(MOST)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
            if kept.rows_affected() > 0 {
                return Ok(Saved::New);
            }
            let own = self.prompts(new.guild, new.user).await?.into_iter().filter(|one| one.user == new.user);
            let own: Vec<Prompt> = own.collect();
            if i64::try_from(own.len()).unwrap_or(i64::MAX) >= MOST && own.iter().all(|one| one.name != new.name) {
                return Ok(Saved::Full);
            }
        }
        Err(Error::Busy("Too much is written here at once. Nothing was kept; try again.".to_owned()))
    }

    /// What somebody may use: their own, and what is shared; by name, their own first.
    pub async fn prompts(&self, guild: GuildId, user: UserId) -> Result<Vec<Prompt>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, name, text, category, tags, shared, changed_at from prompts
             where guild_id = $1 and (user_id = $2 or shared = 1) order by name, case when user_id = $2 then 0 else 1 end",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Prompt::from).collect())
    }

    /// Shares a prompt of one's own as it was at this moment, and no later one.
    pub async fn share_prompt(&self, guild: GuildId, user: UserId, prompt: &Prompt) -> Result<Shared> {
        let shared = sqlx::query(
            "update prompts set shared = 1 where guild_id = $1 and user_id = $2 and id = $3 and changed_at = $4 and text = $5",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(&prompt.id)
        .bind(prompt.at.0)
        .bind(&prompt.text)
        .execute(&self.pool)
        .await;
        match shared {
            Ok(done) if done.rows_affected() > 0 => Ok(Shared::Now),
            Ok(_) => Ok(Shared::Gone),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Shared::Taken),
            Err(error) => Err(lost(error)),
        }
    }

    /// Removes a prompt of one's own. The answer is whether it was there.
    pub async fn remove_prompt(&self, guild: GuildId, user: UserId, name: &str) -> Result<bool> {
        let gone = sqlx::query("delete from prompts where guild_id = $1 and user_id = $2 and name = $3")
            .bind(guild.to_string())
            .bind(user.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Shares a prompt no more; it stays its owner's. The answer is whether it was shared.
    pub async fn unshare_prompt(&self, guild: GuildId, name: &str) -> Result<bool> {
        let taken = sqlx::query("update prompts set shared = 0 where guild_id = $1 and name = $2 and shared = 1")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(taken.rows_affected() > 0)
    }
}
