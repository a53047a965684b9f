//! The service maps of guilds: plans, the one that stands, and those that stood before it.

use std::collections::BTreeMap;

use base::{Error, GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// So many of those that stood before are kept.
const KEPT: i64 = 20;
/// So many plans are kept: who presses an older one plans again.
const PLANS: i64 = 5;

const COLUMNS: &str = "id, version, planned_on, name, content, environment, given_values, made_by, made_at";

/// A map as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMap {
    /// Its id.
    pub id: String,
    /// The how many-th that ever stood; none of a plan.
    pub version: Option<i64>,
    /// The one that stood when it was planned.
    pub planned_on: Option<String>,
    /// What it calls itself.
    pub name: String,
    /// The file.
    pub content: String,
    /// Which of a service's hosts is meant.
    pub environment: Option<String>,
    /// What `${NAME}` stands for.
    pub values: BTreeMap<String, String>,
    /// Who planned it.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// A map to plan.
#[derive(Debug)]
pub struct NewServiceMap<'a> {
    /// Whose it would be.
    pub guild: GuildId,
    /// Who plans it.
    pub by: UserId,
    /// What it calls itself.
    pub name: &'a str,
    /// The file.
    pub content: &'a str,
    /// Which of a service's hosts is meant.
    pub environment: Option<&'a str>,
    /// What `${NAME}` stands for.
    pub values: &'a BTreeMap<String, String>,
}

/// What came of taking a plan.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It stands now.
    Stands(Box<ServiceMap>),
    /// Another one stands than when it was planned.
    Overtaken,
    /// There is no such plan, or not any more.
    Gone,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    version: Option<i64>,
    planned_on: Option<String>,
    name: String,
    content: String,
    environment: Option<String>,
    given_values: String,
    made_by: String,
    made_at: i64,
}

impl From<Row> for ServiceMap {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            version: row.version,
            planned_on: row.planned_on,
            name: row.name,
            content: row.content,
            environment: row.environment,
            values: serde_json::from_str(&row.given_values).unwrap_or_default(),
            by: row.made_by,
            at: Millis(row.made_at),
        }
    }
}

impl Store {
    /// The map that stands.
    pub async fn service_map(&self, guild: GuildId) -> Result<Option<ServiceMap>> {
        let sql = format!("select {COLUMNS} from service_maps where guild_id = $1 and state = 'current'");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(ServiceMap::from))
    }

    /// Which map stands, without reading it.
    pub async fn service_map_id(&self, guild: GuildId) -> Result<Option<String>> {
        sqlx::query_scalar("select id from service_maps where guild_id = $1 and state = 'current'")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// A plan, or a map that stood before, by its id.
    pub async fn service_map_of(&self, guild: GuildId, id: &str) -> Result<Option<ServiceMap>> {
        let sql = format!("select {COLUMNS} from service_maps where guild_id = $1 and id = $2");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(id)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(ServiceMap::from))
    }

    /// The map that stood as this version.
    pub async fn service_map_version(&self, guild: GuildId, version: i64) -> Result<Option<ServiceMap>> {
        let sql = format!("select {COLUMNS} from service_maps where guild_id = $1 and version = $2");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(version)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(ServiceMap::from))
    }

    /// Keeps a plan against the map that stands now; the answer is its id.
    pub async fn plan_service_map(&self, new: &NewServiceMap<'_>) -> Result<String> {
        let values =
            serde_json::to_string(new.values).map_err(|error| Error::internal("keeping a service map", error))?;
        let id = self.clock.id().to_string();
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "insert into service_maps (id, guild_id, state, planned_on, name, content, environment, given_values, made_by, made_at)
             values ($1, $2, 'planned', (select id from service_maps where guild_id = $2 and state = 'current'),
                 $3, $4, $5, $6, $7, $8)",
        )
        .bind(&id)
        .bind(new.guild.to_string())
        .bind(new.name)
        .bind(new.content)
        .bind(new.environment)
        .bind(values)
        .bind(new.by.to_string())
        .bind(self.clock.now().0)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        sqlx::query(
            "delete from service_maps where guild_id = $1 and state = 'planned' and id not in (
                 select id from service_maps where guild_id = $1 and state = 'planned' order by made_at desc, id desc limit $2)",
        )
        .bind(new.guild.to_string())
        .bind(PLANS)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(id)
    }

    /// Makes a plan the map that stands.
    pub async fn take_service_map(&self, guild: GuildId, id: &str) -> Result<Taken> {
        let plan = self.service_map_of(guild, id).await?.filter(|row| row.version.is_none());
        let Some(plan) = plan else { return Ok(Taken::Gone) };
        let mut both = self.pool.begin().await.map_err(lost)?;
        let ended: Option<String> = sqlx::query_scalar(
            "update service_maps set state = 'past' where guild_id = $1 and state = 'current' returning id",
        )
        .bind(guild.to_string())
        .fetch_optional(&mut *both)
        .await
        .map_err(lost)?;
        if ended != plan.planned_on {
            return Ok(Taken::Overtaken);
        }
        let sql = format!(
            "update service_maps set state = 'current', made_at = $3, version =
                 (select coalesce(max(version), 0) + 1 from service_maps where guild_id = $1)
             where guild_id = $1 and id = $2 and state = 'planned' returning {COLUMNS}"
        );
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(id)
            .bind(self.clock.now().0)
            .fetch_optional(&mut *both)
            .await
            .map_err(lost)?;
        let Some(row) = row else { return Ok(Taken::Gone) };
        sqlx::query(
            "delete from service_maps where guild_id = $1 and state = 'past' and id not in (
                 select id from service_maps where guild_id = $1 and state = 'past' order by version desc limit $2)",
        )
        .bind(guild.to_string())
        .bind(KEPT)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(Taken::Stands(Box::new(ServiceMap::from(row))))
    }

    /// Lets go of the map that stands; it is kept as one that stood before. The answer is whether there was one.
    pub async fn forget_service_map(&self, guild: GuildId) -> Result<bool> {
        let gone = sqlx::query("update service_maps set state = 'past' where guild_id = $1 and state = 'current'")
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
