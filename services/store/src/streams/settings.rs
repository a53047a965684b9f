//! How a guild tells of streams.

use std::time::Duration;

use base::{GuildId, Millis, Result, RoleId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{at, id, json, text};
use crate::{Store, lost};

/// Which streams are told of; what is empty lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filters {
    /// One of these games or categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub games: Vec<String>,
    /// One of these words in the title; `*` stands for anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// One of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The member whose channel it is holds this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<u64>,
    /// Reruns too.
    pub reruns: bool,
    /// Premieres too.
    pub premieres: bool,
}

/// A guild's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where streams are told of.
    pub channel: Option<u64>,
    /// Since when there is such a place.
    pub told_from: Option<Millis>,
    /// Who is pinged; the role that has the guild's own number is everybody.
    pub mention: Option<RoleId>,
    /// Whether a button gives that role to whoever wants it.
    pub mention_given: bool,
    /// What a member is given while they are live.
    pub live_role: Option<RoleId>,
    /// What an announcement says on top.
    pub template: String,
    /// How long one channel is not told of again.
    pub cooldown: Duration,
    /// Minutes of the day in which nobody is pinged.
    pub quiet: Option<(i64, i64)>,
    /// On whose clocks.
    pub zone: String,
    /// Which streams are told of.
    pub filters: Filters,
    /// Whether members may have their own streams told of.
    pub members_own: bool,
    /// The role that it takes.
    pub members_role: Option<RoleId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    channel_id: Option<String>,
    told_from: Option<i64>,
    mention_id: Option<String>,
    mention_given: i64,
    live_role_id: Option<String>,
    template: String,
    cooldown: i64,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    zone: String,
    filters: String,
    members_own: i64,
    members_role_id: Option<String>,
}

impl From<Row> for Settings {
    fn from(row: Row) -> Self {
        Self {
            channel: id(row.channel_id.as_deref()),
            told_from: at(row.told_from),
            mention: id(row.mention_id.as_deref()).map(RoleId),
            mention_given: row.mention_given != 0,
            live_role: id(row.live_role_id.as_deref()).map(RoleId),
            template: row.template,
            cooldown: Duration::from_millis(u64::try_from(row.cooldown).unwrap_or_default()),
            quiet: row.quiet_from.zip(row.quiet_to),
            zone: row.zone,
            filters: serde_json::from_str(&row.filters).unwrap_or_default(),
            members_own: row.members_own != 0,
            members_role: id(row.members_role_id.as_deref()).map(RoleId),
        }
    }
}

impl Store {
    /// How a guild tells of streams; none where it never said.
    pub async fn stream_settings(&self, guild: GuildId) -> Result<Option<Settings>> {
        let row: Option<Row> = sqlx::query_as("select * from stream_settings where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Settings::from))
    }

    /// Has a guild tell of streams in this way. What goes on is told of anew where it was not.
    pub async fn set_stream_settings(&self, guild: GuildId, set: &Settings) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let now = self.clock.now();
        sqlx::query(
            "insert into stream_settings (guild_id, channel_id, told_from, mention_id, live_role_id, template, cooldown,
                 quiet_from, quiet_to, zone, filters, changed_at, members_own, members_role_id,
                 mention_given)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (guild_id) do update set channel_id = excluded.channel_id, mention_id = excluded.mention_id,
                 told_from = case when stream_settings.channel_id is null then excluded.told_from
                     else stream_settings.told_from end,
                 live_role_id = excluded.live_role_id, template = excluded.template, cooldown = excluded.cooldown,
                 quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, zone = excluded.zone,
                 filters = excluded.filters, changed_at = excluded.changed_at, members_own = excluded.members_own,
                 members_role_id = excluded.members_role_id, mention_given = excluded.mention_given",
        )
        .bind(guild.to_string())
        .bind(set.channel.map(|channel| channel.to_string()))
        .bind(set.channel.map(|_| now.0))
        .bind(set.mention.map(|role| role.to_string()))
        .bind(set.live_role.map(|role| role.to_string()))
        .bind(text(&set.template))
        .bind(i64::try_from(set.cooldown.as_millis()).unwrap_or(i64::MAX))
        .bind(set.quiet.map(|quiet| quiet.0))
        .bind(set.quiet.map(|quiet| quiet.1))
        .bind(&set.zone)
        .bind(text(&json(&set.filters)))
        .bind(now.0)
        .bind(i64::from(set.members_own))
        .bind(set.members_role.map(|role| role.to_string()))
        .bind(i64::from(set.mention_given))
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        // Whoever had it under the role of before is looked at anew.
        sqlx::query("update stream_follows set prove_at = $1 where guild_id = $2 and own = 1 and prove_at > $1")
            .bind(now.0)
            .bind(guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        sqlx::query(
            "update stream_lives set untold = 1 where ended_at is null and stream_channel in
                 (select stream_channel from stream_follows where guild_id = $1)",
        )
        .bind(guild.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        all.commit().await.map_err(lost)
    }
}
