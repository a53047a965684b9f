//! What files were before they were changed; the servers themselves keep the bytes.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// What stood at a path before a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Its id.
    pub id: String,
    /// Whose server it is on.
    pub guild: GuildId,
    /// The server's id.
    pub server: String,
    /// The canonical path.
    pub path: String,
    /// Where the server keeps it; none where there was nothing before.
    pub kept: Option<String>,
    /// What was there: `sha256:…`, `none`, or size and time of what is too large to hash.
    pub before: String,
    /// What took its place.
    pub after: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// Its user and group there.
    pub owner: (u32, u32),
    /// Who changed it.
    pub by: String,
    /// When.
    pub at: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    server_id: String,
    path: String,
    kept: Option<String>,
    before_was: String,
    after_is: String,
    size: i64,
    mode: i64,
    owner_user: i64,
    owner_group: i64,
    made_by: String,
    made_at: i64,
}

impl From<Row> for FileVersion {
    fn from(row: Row) -> Self {
        let small = |number: i64| u32::try_from(number).unwrap_or_default();
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            server: row.server_id,
            path: row.path,
            kept: row.kept,
            before: row.before_was,
            after: row.after_is,
            size: u64::try_from(row.size).unwrap_or_default(),
            mode: small(row.mode),
            owner: (small(row.owner_user), small(row.owner_group)),
            by: row.made_by,
            at: Millis(row.made_at),
        }
    }
}

impl Store {
    /// A version that is about to be replaced, with an id and a time of its own, by this person.
    pub fn new_file_version(&self, guild: GuildId, server: &str, path: &str, by: UserId) -> FileVersion {
        FileVersion {
            id: self.clock.id().to_string(),
            guild,
            server: server.to_owned(),
            path: path.to_owned(),
            kept: None,
            before: String::new(),
            after: String::new(),
            size: 0,
            mode: 0,
            owner: (0, 0),
            by: by.to_string(),
            at: self.clock.now(),
        }
    }

    /// Notes a version before the server is touched.
    pub async fn note_file_version(&self, version: &FileVersion) -> Result<()> {
        sqlx::query(
            "insert into file_versions (id, guild_id, server_id, path, kept, before_was, after_is, size, mode, owner_user,
             owner_group, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&version.id)
        .bind(version.guild.to_string())
        .bind(&version.server)
        .bind(&version.path)
        .bind(&version.kept)
        .bind(&version.before)
        .bind(&version.after)
        .bind(i64::try_from(version.size).unwrap_or(i64::MAX))
        .bind(i64::from(version.mode))
        .bind(i64::from(version.owner.0))
        .bind(i64::from(version.owner.1))
        .bind(&version.by)
        .bind(version.at.0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What was noted of a path, the last change first.
    pub async fn file_versions(&self, guild: GuildId, server: &str, path: &str) -> Result<Vec<FileVersion>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from file_versions where guild_id = $1 and server_id = $2 and path = $3
             order by made_at desc, id desc",
        )
        .bind(guild.to_string())
        .bind(server)
        .bind(path)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(FileVersion::from).collect())
    }

    /// Every version made before this and after this id, the oldest first; at most so many.
    pub async fn old_file_versions(&self, before: Millis, after: &str, most: i64) -> Result<Vec<FileVersion>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from file_versions where made_at < $1 and id > $2 order by id limit $3")
                .bind(before.0)
                .bind(after)
                .bind(most)
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(FileVersion::from).collect())
    }

    /// Whether a server keeps anything that was noted here.
    pub async fn has_file_versions(&self, guild: GuildId, server: &str) -> Result<bool> {
        sqlx::query_scalar::<_, i64>(
            "select count(*) from file_versions where guild_id = $1 and server_id = $2 and kept is not null",
        )
        .bind(guild.to_string())
        .bind(server)
        .fetch_one(&self.reads)
        .await
        .map(|kept| kept > 0)
        .map_err(lost)
    }

    /// Forgets a version. The answer is whether it was there: of two who would use it, one does.
    pub async fn forget_file_version(&self, guild: GuildId, id: &str) -> Result<bool> {
        let gone = sqlx::query("delete from file_versions where guild_id = $1 and id = $2")
            .bind(guild.to_string())
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
