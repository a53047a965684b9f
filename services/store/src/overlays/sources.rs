//! Sources of overlays: whose accounts feed them, as their people themselves said.
//!
//! **Invariant:** a source ends with its account: one that is disconnected, or is another one now, feeds nothing.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use crate::{Store, lost};

/// A platform whose accounts can feed overlays.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Twitch.
    Twitch,
    /// Kick.
    Kick,
    /// Spotify.
    Spotify,
}

impl Origin {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Twitch, Self::Kick, Self::Spotify];

    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twitch => "twitch",
            Self::Kick => "kick",
            Self::Spotify => "spotify",
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Twitch => "Twitch",
            Self::Kick => "Kick",
            Self::Spotify => "Spotify",
        }
    }

    fn kept(text: &str) -> Self {
        // The database takes no other word.
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or(Self::Twitch)
    }
}

/// An account that feeds a guild's overlays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlaySource {
    /// Whose overlays.
    pub guild: GuildId,
    /// Whose account.
    pub user: UserId,
    /// Where it is.
    pub platform: Origin,
    /// Who they are there, by their id.
    pub subject: String,
    /// What stands in the address of their channel.
    pub login: String,
    /// What they are called there.
    pub name: String,
    /// Whether the account is to be connected again: until then it feeds nothing.
    pub ended: bool,
    /// Since when it does.
    pub since: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    guild_id: String,
    user_id: String,
    platform: String,
    subject: String,
    login: String,
    name: String,
    state: String,
    since: i64,
}

impl From<Row> for OverlaySource {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            user: UserId(row.user_id.parse().unwrap_or_default()),
            platform: Origin::kept(&row.platform),
            subject: row.subject,
            login: row.login,
            name: row.name,
            ended: row.state != "good",
            since: Millis(row.since),
        }
    }
}

impl Store {
    /// Has somebody's account feed a guild's overlays, where fewer than `most` others do and it is still theirs. The answer is whether it does.
    pub async fn add_overlay_source(
        &self,
        guild: GuildId,
        user: UserId,
        (platform, subject): (Origin, &str),
        most: i64,
    ) -> Result<bool> {
        let done = sqlx::query(
            "insert into overlay_sources (guild_id, user_id, platform, subject, since)
             select $1, $2, $3, $4, $5
             where exists (select 1 from accounts where user_id = $2 and platform = $3 and subject = $4)
                 and (select count(*) from overlay_sources where guild_id = $1 and (user_id <> $2 or platform <> $3)) < $6
             on conflict (guild_id, user_id, platform) do update set subject = excluded.subject, since = excluded.since",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(platform.as_str())
        .bind(subject)
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Has somebody's account feed a guild's overlays no longer. The answer is whether it did.
    pub async fn remove_overlay_source(&self, guild: GuildId, user: UserId, platform: Origin) -> Result<bool> {
        sqlx::query("delete from overlay_sources where guild_id = $1 and user_id = $2 and platform = $3")
            .bind(guild.to_string())
            .bind(user.to_string())
            .bind(platform.as_str())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// What feeds a guild's overlays, the oldest first.
    pub async fn overlay_sources(&self, guild: GuildId) -> Result<Vec<OverlaySource>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select overlay_sources.guild_id, overlay_sources.user_id, overlay_sources.platform, overlay_sources.subject,
                 accounts.login, accounts.name, accounts.state, overlay_sources.since
             from overlay_sources join accounts on accounts.user_id = overlay_sources.user_id
                 and accounts.platform = overlay_sources.platform and accounts.subject = overlay_sources.subject
             where overlay_sources.guild_id = $1 order by overlay_sources.since, overlay_sources.platform",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(OverlaySource::from).collect())
    }

    /// What feeds overlays from a platform, of all guilds, for the one process that hears it. What is to be connected again is not there.
    pub async fn overlay_sources_at(&self, platform: Origin) -> Result<Vec<OverlaySource>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select overlay_sources.guild_id, overlay_sources.user_id, overlay_sources.platform, overlay_sources.subject,
                 accounts.login, accounts.name, accounts.state, overlay_sources.since
             from overlay_sources join accounts on accounts.user_id = overlay_sources.user_id
                 and accounts.platform = overlay_sources.platform and accounts.subject = overlay_sources.subject
             where overlay_sources.platform = $1 and accounts.state = 'good'
             order by overlay_sources.user_id, overlay_sources.guild_id",
        )
        .bind(platform.as_str())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(OverlaySource::from).collect())
    }

    /// The guilds whose overlays an account feeds, by who it is at its platform.
    pub async fn guilds_fed_by(&self, platform: Origin, subject: &str) -> Result<Vec<GuildId>> {
        let guilds: Vec<String> = sqlx::query_scalar(
            "select overlay_sources.guild_id from overlay_sources join accounts on accounts.user_id = overlay_sources.user_id
                 and accounts.platform = overlay_sources.platform and accounts.subject = overlay_sources.subject
             where overlay_sources.platform = $1 and overlay_sources.subject = $2 order by overlay_sources.guild_id",
        )
        .bind(platform.as_str())
        .bind(subject)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(guilds.into_iter().map(|guild| GuildId(guild.parse().unwrap_or_default())).collect())
    }

    /// The accounts at a platform, by who they are there, whose chat some guild shows that they feed: in a box of its own, or the last
    /// line of it on a canvas.
    pub async fn subjects_with_chat(&self, platform: Origin) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "select distinct overlay_sources.subject from overlay_sources
             join overlays on overlays.guild_id = overlay_sources.guild_id
                 and (overlays.kind = 'chat' or overlays.kind = 'canvas' and overlays.settings like '%{last_chat}%')
             where overlay_sources.platform = $1",
        )
        .bind(platform.as_str())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }
}

/// Somebody's account there is gone, or is another one than `but`: what it fed, it feeds no longer.
pub(crate) async fn end(connection: &mut AnyConnection, user: UserId, platform: &str, but: Option<&str>) -> Result<()> {
    sqlx::query("delete from overlay_sources where user_id = $1 and platform = $2 and subject <> $3")
        .bind(user.to_string())
        .bind(platform)
        .bind(but.unwrap_or_default())
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
}
