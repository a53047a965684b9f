//! Registries that people of a guild made in Discord, and what they made of the entries of all of its registries.
//!
//! **Invariants:** a registry and an entry are each there once. An entry is changed only by whoever saw it as it is: every change
//! names the version it was made on, and one statement compares and sets.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// A registry that was made in Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuildRegistry {
    /// Unique in its guild.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Names and types of its fields, as JSON.
    pub fields: String,
    /// Who made it.
    pub by: UserId,
}

/// What people made of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// The registry.
    pub registry: String,
    /// The value of its first field.
    pub entry: String,
    /// What is in its fields, as JSON.
    pub content: String,
    /// Whether it is there; otherwise it was taken away.
    pub kept: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Who changed it last.
    pub by: UserId,
    /// When.
    pub at: Millis,
}

type Row = (String, String, String, String, i64, String, i64);

impl Store {
    /// The registries that a guild made, by name.
    pub async fn guild_registries(&self, guild: GuildId) -> Result<Vec<GuildRegistry>> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "select name, description, fields, made_by from guild_registries where guild_id = $1 order by name",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(name, description, fields, by): (String, String, String, String)| {
            let by = UserId(by.parse().unwrap_or_default());
            GuildRegistry { name, description, fields, by }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Keeps a registry. The answer is whether it did: there was none of its name, and there is room.
    pub async fn make_guild_registry(&self, guild: GuildId, new: &GuildRegistry, most: i64) -> Result<bool> {
        sqlx::query(
            "insert into guild_registries (id, guild_id, name, description, fields, made_by, made_at)
             select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from guild_registries where guild_id = $2) < $8
             on conflict (guild_id, name) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(&new.name)
        .bind(&new.description)
        .bind(&new.fields)
        .bind(new.by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Removes a registry with all that people made of its entries. The answer is whether there was one.
    pub async fn remove_guild_registry(&self, guild: GuildId, name: &str) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let removed = sqlx::query("delete from guild_registries where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("delete from registry_entries where guild_id = $1 and registry = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// What people of a guild made of its registries' entries.
    pub async fn registry_entries(&self, guild: GuildId) -> Result<Vec<RegistryEntry>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select registry, entry, content, state, version, changed_by, changed_at from registry_entries
             where guild_id = $1 order by registry, entry",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(registry, entry, content, state, version, by, at): Row| {
            let (kept, by) = (state == "kept", UserId(by.parse().unwrap_or_default()));
            RegistryEntry { registry, entry, content, kept, version, by, at: Millis(at) }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Makes, changes or takes away an entry, if nobody did since `on`, the version that was seen; 0 where there was none. The
    /// answer is whether it did. A new one counts against `most`.
    pub async fn set_registry_entry(&self, guild: GuildId, new: &RegistryEntry, on: i64, most: i64) -> Result<bool> {
        let state = if new.kept { "kept" } else { "gone" };
        sqlx::query(
            "insert into registry_entries (guild_id, registry, entry, content, state, version, changed_by, changed_at)
             select $1, $2, $3, $4, $5, $6 + 1, $7, $8
             where ($6 > 0 and exists (select 1 from registry_entries where guild_id = $1 and registry = $2 and entry = $3))
                 or ($6 = 0 and (select count(*) from registry_entries where guild_id = $1) < $9)
             on conflict (guild_id, registry, entry) do update set content = excluded.content, state = excluded.state,
                 version = excluded.version, changed_by = excluded.changed_by, changed_at = excluded.changed_at
             where registry_entries.version = excluded.version - 1",
        )
        .bind(guild.to_string())
        .bind(&new.registry)
        .bind(&new.entry)
        .bind(&new.content)
        .bind(state)
        .bind(on)
        .bind(new.by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }
}
