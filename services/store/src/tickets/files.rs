//! Files that came with messages of tickets, kept under their hash, in pieces: none is ever held whole but as it is fetched.
//!
//! **Invariant:** what is in a file is kept once for a guild, and goes with the last file that holds it.

use std::{collections::BTreeMap, time::Duration};

use base::{GuildId, Millis, Result};
use sqlx::AnyConnection;

use super::{
    Ticket,
    messages::{number, unsigned},
    text,
};
use crate::{Store, lost};

/// Of a file's bytes in one row. It is a multiple of three, so each piece can be written in base64 by itself.
pub const PIECE: usize = 192 * 1024;
/// As many are fetched in a row.
const AT_ONCE: i64 = 20;

/// A file, as Discord tells of it.
#[derive(Debug, Clone, Default)]
pub struct NewFile {
    /// Its number.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// What it says that it is.
    pub declared: String,
    /// Its bytes, as Discord counts them.
    pub size: u64,
    /// Where Discord has it.
    pub url: String,
}

/// A file that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its number.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it says that it is.
    pub declared: String,
    /// Its bytes.
    pub size: u64,
    /// Under which hash it is kept, and as what it was found.
    pub kept: Option<(String, Kind)>,
    /// Why it is not kept.
    pub why: Option<String>,
}

/// What a file is, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that runs nothing.
    Png,
    /// The same.
    Jpeg,
    /// The same.
    Gif,
    /// The same.
    Webp,
    /// Text, of which nothing is marked up.
    Text,
    /// Anything else: it is only ever loaded down.
    Other,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp, Self::Text, Self::Other];

    fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Text => "text",
            Self::Other => "other",
        }
    }

    /// As what it is served: nothing that a browser would run.
    pub fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Text => "text/plain; charset=utf-8",
            Self::Other => "application/octet-stream",
        }
    }

    /// Whether it is a picture.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }
}

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct WantedFile {
    /// Whose it is.
    pub guild: GuildId,
    /// The ticket's row.
    pub ticket: String,
    /// The message.
    pub message: u64,
    /// Its number.
    pub id: String,
    /// What it says that it is.
    pub declared: String,
    /// Its bytes, as Discord counts them.
    pub size: u64,
    /// Where Discord has it.
    pub url: String,
    /// How often it was tried.
    pub tries: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    message: i64,
    file_id: String,
    name: String,
    declared: String,
    size: i64,
    sha256: Option<String>,
    kind: Option<String>,
    why: Option<String>,
}

pub(super) async fn note(
    all: &mut AnyConnection,
    ticket: &Ticket,
    message: u64,
    files: &[NewFile],
    now: Millis,
) -> Result<()> {
    for file in files {
        sqlx::query(
            "insert into ticket_files (ticket_id, guild_id, message, file_id, name, declared, size, url, try_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (ticket_id, message, file_id) do update set url = excluded.url, try_at =
                 case when ticket_files.sha256 is null and ticket_files.why is null then excluded.try_at
                 else ticket_files.try_at end",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(number(message))
        .bind(file.id.to_string())
        .bind(text(&file.name))
        .bind(text(&file.declared))
        .bind(i64::try_from(file.size).unwrap_or(i64::MAX))
        .bind(text(&file.url))
        .bind(now.0)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
    }
    Ok(())
}

pub(super) async fn within(
    store: &Store,
    ticket: &Ticket,
    (after, last): (i64, i64),
) -> Result<BTreeMap<u64, Vec<File>>> {
    let rows: Vec<Row> = sqlx::query_as(
        "select message, file_id, name, declared, size, sha256, kind, why from ticket_files
         where ticket_id = $1 and guild_id = $2 and message > $3 and message <= $4 order by message, file_id",
    )
    .bind(&ticket.id)
    .bind(ticket.guild.to_string())
    .bind(after)
    .bind(last)
    .fetch_all(&store.pool)
    .await
    .map_err(lost)?;
    let mut all: BTreeMap<u64, Vec<File>> = BTreeMap::new();
    for row in rows {
        let kind = |word: &str| Kind::ALL.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Kind::Other);
        let kept = row.sha256.zip(row.kind).map(|(hash, word)| (hash, kind(&word)));
        let size = u64::try_from(row.size).unwrap_or_default();
        let file = File { id: row.file_id, name: row.name, declared: row.declared, size, kept, why: row.why };
        all.entry(unsigned(row.message)).or_default().push(file);
    }
    Ok(all)
}

/// What no file holds any more goes.
pub(super) async fn sweep(all: &mut AnyConnection, guild: GuildId) -> sqlx::Result<()> {
    for sql in [
        "delete from ticket_blob_pieces where guild_id = $1 and not exists (select 1 from ticket_files
             where ticket_files.guild_id = $1 and ticket_files.sha256 = ticket_blob_pieces.sha256)",
        "delete from ticket_blobs where guild_id = $1 and not exists (select 1 from ticket_files
             where ticket_files.guild_id = $1 and ticket_files.sha256 = ticket_blobs.sha256)",
    ] {
        sqlx::query(sql).bind(guild.to_string()).execute(&mut *all).await?;
    }
    Ok(())
}

impl Store {
    /// Those that are to be fetched now, of all guilds, for the one process that fetches them.
    pub async fn wanted_ticket_files(&self) -> Result<Vec<WantedFile>> {
        type Wanted = (String, String, i64, String, String, i64, String, i64);
        let rows: Vec<Wanted> = sqlx::query_as(
            "select guild_id, ticket_id, message, file_id, declared, size, url, tries from ticket_files
             where try_at <= $1 order by try_at limit $2",
        )
        .bind(self.clock.now().0)
        .bind(AT_ONCE)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let wanted = |(guild, ticket, message, id, declared, size, url, tries): Wanted| WantedFile {
            guild: GuildId(guild.parse().unwrap_or_default()),
            ticket,
            message: unsigned(message),
            id,
            declared,
            size: u64::try_from(size).unwrap_or_default(),
            url,
            tries,
        };
        Ok(rows.into_iter().map(wanted).collect())
    }

    /// Whether files of a ticket are still on their way.
    pub async fn ticket_files_are_wanted(&self, ticket: &Ticket) -> Result<bool> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from ticket_files where ticket_id = $1 and guild_id = $2 and try_at is not null",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(count > 0)
    }

    /// Bytes that are kept of a ticket's files.
    pub async fn ticket_file_bytes(&self, guild: GuildId, ticket: &str) -> Result<u64> {
        let sum: i64 = sqlx::query_scalar(
            "select cast(coalesce(sum(size), 0) as bigint) from ticket_files where ticket_id = $1 and guild_id = $2
             and sha256 is not null",
        )
        .bind(ticket)
        .bind(guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(u64::try_from(sum).unwrap_or_default())
    }

    /// Keeps what is in a file, under its hash.
    pub async fn keep_ticket_file(&self, file: &WantedFile, (hash, kind): (&str, Kind), bytes: &[u8]) -> Result<()> {
        let guild = file.guild.to_string();
        let mut all = self.pool.begin().await.map_err(lost)?;
        let is_new = sqlx::query(
            "insert into ticket_blobs (guild_id, sha256, size) values ($1, $2, $3)
             on conflict (guild_id, sha256) do nothing",
        )
        .bind(&guild)
        .bind(hash)
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if is_new.rows_affected() > 0 {
            for (place, piece) in (0_i64..).zip(bytes.chunks(PIECE)) {
                sqlx::query(
                    "insert into ticket_blob_pieces (guild_id, sha256, place, bytes) values ($1, $2, $3, $4)
                     on conflict (guild_id, sha256, place) do nothing",
                )
                .bind(&guild)
                .bind(hash)
                .bind(place)
                .bind(piece.to_vec())
                .execute(&mut *all)
                .await
                .map_err(lost)?;
            }
        }
        sqlx::query(
            "update ticket_files set sha256 = $1, kind = $2, size = $3, try_at = null, why = null
             where ticket_id = $4 and guild_id = $5 and message = $6 and file_id = $7",
        )
        .bind(hash)
        .bind(kind.as_str())
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .bind(&file.ticket)
        .bind(&guild)
        .bind(number(file.message))
        .bind(&file.id)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        // Whoever was forgotten meanwhile has no file any more.
        sweep(&mut all, file.guild).await.map_err(lost)?;
        all.commit().await.map_err(lost)
    }

    /// It is not kept, and this is why; or it is tried again after a while.
    pub async fn ticket_file_is_not_kept(&self, file: &WantedFile, why: &str, again: Option<Duration>) -> Result<()> {
        sqlx::query(
            "update ticket_files set why = $1, try_at = $2, tries = tries + 1
             where ticket_id = $3 and guild_id = $4 and message = $5 and file_id = $6",
        )
        .bind(again.is_none().then(|| text(why)))
        .bind(again.map(|again| self.clock.now().plus(again).0))
        .bind(&file.ticket)
        .bind(file.guild.to_string())
        .bind(number(file.message))
        .bind(&file.id)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// A file of a ticket's, by its message and number.
    pub async fn ticket_file(&self, ticket: &Ticket, message: u64, file: &str) -> Result<Option<File>> {
        let span = (number(message) - 1, number(message));
        let mut all = within(self, ticket, span).await?;
        Ok(all.remove(&message).and_then(|files| files.into_iter().find(|one| one.id == file)))
    }

    /// One piece of what is kept under a hash.
    pub async fn ticket_file_piece(&self, guild: GuildId, hash: &str, place: i64) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar("select bytes from ticket_blob_pieces where guild_id = $1 and sha256 = $2 and place = $3")
            .bind(guild.to_string())
            .bind(hash)
            .bind(place)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }
}
