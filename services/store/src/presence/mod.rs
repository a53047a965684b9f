//! The bot's own status: how it was set, and what guilds and members let be seen of them.
//!
//! **Invariants:** the status is one for all guilds, so its row is nobody's; what is shared is a guild's own, and every query of it names the
//! guild or is one of the few that look after all of them. What a member lent is theirs, and goes by their word alone, wherever they said it.

mod lanyard;
mod plex;

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

pub use lanyard::Lanyard;
pub use plex::Plex;

/// How the status was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where that was.
    pub guild: GuildId,
    /// By whom.
    pub by: UserId,
    /// Online, idle or busy, in Discord's words.
    pub status: String,
    /// Where it is taken from, in order.
    pub sources: Vec<String>,
    /// What it says where nothing else is to be said.
    pub words: String,
}

/// What a guild lets everybody see of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Whose it is.
    pub guild: GuildId,
    /// Who is live of those it follows.
    pub streams: bool,
    /// What plays on its Plex.
    pub plex: bool,
    /// What its members listen to who lent that.
    pub lanyard: bool,
}

impl Share {
    /// A guild that shares nothing.
    pub fn nothing(guild: GuildId) -> Self {
        Self { guild, streams: false, plex: false, lanyard: false }
    }
}

#[derive(sqlx::FromRow)]
struct ShareRow {
    guild_id: String,
    streams: i64,
    plex: i64,
    lanyard: i64,
}

impl From<ShareRow> for Share {
    fn from(row: ShareRow) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            streams: row.streams != 0,
            plex: row.plex != 0,
            lanyard: row.lanyard != 0,
        }
    }
}

impl Store {
    /// How the status was set; none where it was not.
    pub async fn presence(&self) -> Result<Option<Wish>> {
        type Row = (String, String, String, String, String);
        let row: Option<Row> =
            sqlx::query_as("select guild_id, set_by, status, sources, words from presence where one = 1")
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(|(guild, by, status, sources, words)| Wish {
            guild: GuildId(guild.parse().unwrap_or_default()),
            by: UserId(by.parse().unwrap_or_default()),
            status,
            sources: sources.split_whitespace().map(str::to_owned).collect(),
            words,
        }))
    }

    /// Has the status be so from now on.
    pub async fn keep_presence(&self, wish: &Wish) -> Result<()> {
        sqlx::query(
            "insert into presence (one, guild_id, set_by, set_at, status, sources, words) values (1, $1, $2, $3, $4, $5, $6)
             on conflict (one) do update set guild_id = excluded.guild_id, set_by = excluded.set_by, set_at = excluded.set_at,
                 status = excluded.status, sources = excluded.sources, words = excluded.words",
        )
        .bind(wish.guild.to_string())
        .bind(wish.by.to_string())
        .bind(self.clock.now().0)
        .bind(&wish.status)
        .bind(wish.sources.join(" "))
        .bind(wish.words.replace('\0', ""))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Has the status say nothing any more. The answer is whether it was set.
    pub async fn end_presence(&self) -> Result<bool> {
        let done = sqlx::query("delete from presence where one = 1").execute(&self.pool).await.map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// What every guild shares that shares anything.
    pub async fn presence_shares(&self) -> Result<Vec<Share>> {
        let rows: Vec<ShareRow> = sqlx::query_as(
            "select guild_id, streams, plex, lanyard from presence_shares where streams + plex + lanyard > 0 order by guild_id",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Share::from).collect())
    }

    /// What a guild shares.
    pub async fn presence_share(&self, guild: GuildId) -> Result<Share> {
        let row: Option<ShareRow> =
            sqlx::query_as("select guild_id, streams, plex, lanyard from presence_shares where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map_or_else(|| Share::nothing(guild), Share::from))
    }

    /// Has a guild share this from now on, and nothing else. What is not said stays as it is.
    pub async fn share_presence(&self, guild: GuildId, what: [Option<bool>; 3], by: UserId) -> Result<Share> {
        let now: Millis = self.clock.now();
        let [streams, plex, lanyard] = what.map(|said| said.map(i64::from));
        let row: ShareRow = sqlx::query_as(
            "insert into presence_shares (guild_id, streams, plex, lanyard, set_by, set_at)
             values ($1, coalesce($2, 0), coalesce($3, 0), coalesce($4, 0), $5, $6)
             on conflict (guild_id) do update set streams = coalesce($2, presence_shares.streams),
                 plex = coalesce($3, presence_shares.plex), lanyard = coalesce($4, presence_shares.lanyard),
                 set_by = excluded.set_by, set_at = excluded.set_at
             returning guild_id, streams, plex, lanyard",
        )
        .bind(guild.to_string())
        .bind(streams)
        .bind(plex)
        .bind(lanyard)
        .bind(by.to_string())
        .bind(now.0)
        .fetch_one(&self.pool)
        .await
        .map_err(lost)?;
        Ok(Share::from(row))
    }
}
