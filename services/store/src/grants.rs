//! Who holds which actions on which targets.

use base::{GuildId, Millis, Result, RoleId, UserId};

use crate::{Store, lost};

/// Who holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Everybody who has this role.
    Role(RoleId),
    /// One person.
    Person(UserId),
}

impl Holder {
    fn kind(self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::Person(_) => "person",
        }
    }

    fn id(self) -> String {
        match self {
            Self::Role(role) => role.to_string(),
            Self::Person(person) => person.to_string(),
        }
    }
}

/// A grant's row.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// Who holds it.
    pub holder: Holder,
    /// What they were called when it was given.
    pub holder_name: String,
    /// A pattern of actions.
    pub action: String,
    /// A pattern of targets.
    pub target: String,
    /// Who gave it.
    pub given_by: UserId,
    /// When.
    pub given: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    holder_kind: String,
    holder_id: String,
    holder_name: String,
    action: String,
    target: String,
    given_by: String,
    given_at: i64,
}

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        let id = row.holder_id.parse().unwrap_or_default();
        Self {
            id: row.id,
            holder: if row.holder_kind == "role" { Holder::Role(RoleId(id)) } else { Holder::Person(UserId(id)) },
            holder_name: row.holder_name,
            action: row.action,
            target: row.target,
            given_by: UserId(row.given_by.parse().unwrap_or_default()),
            given: Millis(row.given_at),
        }
    }
}

/// A grant to give.
#[derive(Debug)]
pub struct NewGrant<'a> {
    /// Where.
    pub guild: GuildId,
    /// To whom.
    pub holder: Holder,
    /// What they are called.
    pub holder_name: &'a str,
    /// A pattern of actions.
    pub action: &'a str,
    /// A pattern of targets.
    pub target: &'a str,
    /// Who gives it.
    pub given_by: UserId,
}

impl Store {
    /// Every grant of a guild, oldest first.
    pub async fn grants(&self, guild: GuildId) -> Result<Vec<Grant>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, holder_kind, holder_id, holder_name, action, target, given_by, given_at from grants
             where guild_id = $1 order by given_at, id",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Grant::from).collect())
    }

    /// Gives a grant, unless the guild has `most` already. The answer is whether it is new; none where there are too many.
    pub async fn give_grant(&self, grant: &NewGrant<'_>, most: i64) -> Result<Option<bool>> {
        let given = sqlx::query(
            "insert into grants (id, guild_id, holder_kind, holder_id, holder_name, action, target, given_by, given_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9
             where (select count(*) from grants where guild_id = $2) < $10
             on conflict (guild_id, holder_kind, holder_id, action, target) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(grant.guild.to_string())
        .bind(grant.holder.kind())
        .bind(grant.holder.id())
        .bind(grant.holder_name)
        .bind(grant.action)
        .bind(grant.target)
        .bind(grant.given_by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        if given.rows_affected() > 0 {
            return Ok(Some(true));
        }
        let there = self.grants(grant.guild).await?;
        let same = |one: &Grant| one.holder == grant.holder && one.action == grant.action && one.target == grant.target;
        Ok(there.iter().any(same).then_some(false))
    }

    /// Takes a grant of this guild back. The answer is whether it was there.
    pub async fn revoke_grant(&self, guild: GuildId, id: &str) -> Result<bool> {
        sqlx::query("delete from grants where id = $1 and guild_id = $2")
            .bind(id)
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }
}
