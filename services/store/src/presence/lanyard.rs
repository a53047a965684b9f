//! Members who said themselves that Lanyard may be asked about them.

use base::{GuildId, Result, UserId};

use crate::{Store, lost};

/// What a member lent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lanyard {
    /// Where they said so.
    pub guild: GuildId,
    /// Who.
    pub user: UserId,
    /// Another one whenever they say so.
    pub id: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    guild_id: String,
    user_id: String,
    id: String,
}

impl From<Row> for Lanyard {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            user: UserId(row.user_id.parse().unwrap_or_default()),
            id: row.id,
        }
    }
}

impl Store {
    /// Whoever lent it anywhere, the first first.
    pub async fn lanyards(&self) -> Result<Vec<Lanyard>> {
        let rows: Vec<Row> =
            sqlx::query_as("select guild_id, user_id, id from presence_lanyard order by since, user_id")
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(Lanyard::from).collect())
    }

    /// Notes a member's own word. The answer is whether it is noted: a guild has room for so many.
    pub async fn lend_lanyard(&self, guild: GuildId, user: UserId, most: i64) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        // Whoever says so again says the same: what is noted stays.
        sqlx::query(
            "insert into presence_lanyard (guild_id, user_id, id, since)
             select $1, $2, $3, $4 where (select count(*) from presence_lanyard where guild_id = $1) < $5
             on conflict (guild_id, user_id) do nothing",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(self.clock.id().to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        let is_noted: i64 =
            sqlx::query_scalar("select count(*) from presence_lanyard where guild_id = $1 and user_id = $2")
                .bind(guild.to_string())
                .bind(user.to_string())
                .fetch_one(&mut *whole)
                .await
                .map_err(lost)?;
        whole.commit().await.map_err(lost)?;
        Ok(is_noted > 0)
    }

    /// Takes a member's word back, wherever they gave it. The answer is whether they had.
    pub async fn take_lanyard(&self, user: UserId) -> Result<bool> {
        let done = sqlx::query("delete from presence_lanyard where user_id = $1")
            .bind(user.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }
}
