//! What is known of overlays.

use base::{GuildId, Millis, Result, UserId};
use sqlx::{Any, AnyPool, any::AnyArguments, query::QueryAs};

use super::OverlayKind;
use crate::{Store, lost};

/// An overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Its row.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// What it is called there.
    pub name: String,
    /// What it shows.
    pub kind: OverlayKind,
    /// Who made it, and when.
    pub made_by: UserId,
    /// When it was made.
    pub made_at: Millis,
    /// How it looks, as JSON.
    pub settings: String,
    /// How it looked before, where that can be undone.
    pub previous: Option<String>,
    /// What it stands at, as JSON.
    pub state: String,
    /// The number of a goal or a counter.
    pub value: i64,
    /// Counts the changes of all of that.
    pub version: i64,
    /// What is kept of its key.
    pub key_hash: Option<String>,
    /// What is kept of the key by which donations are told.
    pub hook_hash: Option<String>,
    /// The last number that was given to something to show.
    pub last_event: i64,
}

/// How far an overlay is, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// Its row.
    pub id: String,
    /// Counts its changes.
    pub version: i64,
    /// The last number that was given to something to show.
    pub last_event: i64,
    /// What is kept of its key.
    pub key_hash: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    guild_id: String,
    name: String,
    kind: String,
    made_by: String,
    made_at: i64,
    settings: String,
    previous: Option<String>,
    state: String,
    value: i64,
    version: i64,
    key_hash: Option<String>,
    hook_hash: Option<String>,
    last_event: i64,
}

impl From<Row> for Overlay {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            // The database takes no other word.
            kind: OverlayKind::parse(&row.kind).unwrap_or(OverlayKind::Canvas),
            made_by: UserId(row.made_by.parse().unwrap_or_default()),
            made_at: Millis(row.made_at),
            id: row.id,
            name: row.name,
            settings: row.settings,
            previous: row.previous,
            state: row.state,
            value: row.value,
            version: row.version,
            key_hash: row.key_hash,
            hook_hash: row.hook_hash,
            last_event: row.last_event,
        }
    }
}

/// The overlay that a query leads to; none where it leads to none.
pub(super) async fn one(query: QueryAs<'_, Any, Row, AnyArguments>, pool: &AnyPool) -> Result<Option<Overlay>> {
    query.fetch_optional(pool).await.map(|row| row.map(Overlay::from)).map_err(lost)
}

impl Store {
    /// A guild's overlay of this name.
    pub async fn overlay(&self, guild: GuildId, name: &str) -> Result<Option<Overlay>> {
        let query = sqlx::query_as("select * from overlays where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name);
        one(query, &self.reads).await
    }

    /// The same, by its row.
    pub async fn overlay_of_row(&self, guild: GuildId, id: &str) -> Result<Option<Overlay>> {
        let query =
            sqlx::query_as("select * from overlays where guild_id = $1 and id = $2").bind(guild.to_string()).bind(id);
        one(query, &self.reads).await
    }

    /// A guild's overlays, by name.
    pub async fn overlays(&self, guild: GuildId) -> Result<Vec<Overlay>> {
        let rows: Vec<Row> = sqlx::query_as("select * from overlays where guild_id = $1 order by name")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Overlay::from).collect())
    }

    /// The overlay that a key opens, by the key's hash. Whose guild it is, the key alone says.
    pub async fn overlay_at(&self, key_hash: &str) -> Result<Option<Overlay>> {
        let query = sqlx::query_as("select * from overlays where key_hash = $1").bind(key_hash);
        one(query, &self.reads).await
    }

    /// The overlay to which donations are told under a key, by the key's hash.
    pub async fn overlay_told_at(&self, hook_hash: &str) -> Result<Option<Overlay>> {
        let query = sqlx::query_as("select * from overlays where hook_hash = $1").bind(hook_hash);
        one(query, &self.reads).await
    }

    /// How far the overlays of all guilds are, for the one process that shows them.
    pub async fn overlay_heads(&self) -> Result<Vec<Head>> {
        sqlx::query_as("select id, version, last_event, key_hash from overlays")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }
}
