//! Which guilds have a page for everybody, and what is on it.
//!
//! **Invariant:** a page shows nothing that was not put on it, under the name that was given for it.

use base::{GuildId, Result, UserId};

use crate::{Store, lost};

/// A guild's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    /// Whose it is.
    pub guild: GuildId,
    /// What its address ends in.
    pub word: String,
    /// What stands on top.
    pub title: String,
    /// Which incidents it shows.
    pub incidents: Incidents,
}

/// Which incidents a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Incidents {
    /// Those of what is on it, under the name it has there.
    #[default]
    Published,
    /// Also that there are others, and nothing of what they are about.
    Others,
    /// Not any.
    None,
}

/// What a line of a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A service of the guild's map.
    Service,
    /// A server.
    Server,
}

/// A line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// What it is about.
    pub kind: Subject,
    /// The service's name, or the server's id.
    pub subject: String,
    /// What it is called there.
    pub shown_as: String,
}

impl Incidents {
    fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Others => "others",
            Self::None => "none",
        }
    }

    /// A word that is not known shows nothing.
    fn parse(word: &str) -> Self {
        match word {
            "published" => Self::Published,
            "others" => Self::Others,
            _ => Self::None,
        }
    }
}

impl Subject {
    fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Server => "server",
        }
    }
}

#[derive(sqlx::FromRow)]
struct PageRow {
    guild_id: String,
    word: String,
    title: String,
    incidents: String,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    kind: String,
    subject: String,
    shown_as: String,
}

impl From<PageRow> for StatusPage {
    fn from(row: PageRow) -> Self {
        let incidents = Incidents::parse(&row.incidents);
        Self { guild: GuildId(row.guild_id.parse().unwrap_or_default()), word: row.word, title: row.title, incidents }
    }
}

impl Store {
    /// A guild's page.
    pub async fn status_page(&self, guild: GuildId) -> Result<Option<StatusPage>> {
        let sql = "select guild_id, word, title, incidents from status_pages where guild_id = $1";
        let row: Option<PageRow> =
            sqlx::query_as(sql).bind(guild.to_string()).fetch_optional(&self.reads).await.map_err(lost)?;
        Ok(row.map(StatusPage::from))
    }

    /// The page whose address ends in this word. The word is what shows that somebody may read it.
    pub async fn status_page_at(&self, word: &str) -> Result<Option<StatusPage>> {
        let sql = "select guild_id, word, title, incidents from status_pages where word = $1";
        let row: Option<PageRow> = sqlx::query_as(sql).bind(word).fetch_optional(&self.reads).await.map_err(lost)?;
        Ok(row.map(StatusPage::from))
    }

    /// Makes a guild's page, or makes it another; false where another guild's has that word.
    pub async fn set_status_page(&self, page: &StatusPage, by: UserId) -> Result<bool> {
        let taken: Option<String> =
            sqlx::query_scalar("select guild_id from status_pages where word = $1 and guild_id <> $2")
                .bind(&page.word)
                .bind(page.guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        if taken.is_some() {
            return Ok(false);
        }
        sqlx::query(
            "insert into status_pages (guild_id, word, title, made_by, made_at, incidents) values ($1, $2, $3, $4, $5, $6)
             on conflict (guild_id) do update
             set word = excluded.word, title = excluded.title, incidents = excluded.incidents",
        )
        .bind(page.guild.to_string())
        .bind(&page.word)
        .bind(&page.title)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .bind(page.incidents.as_str())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(true)
    }

    /// Takes a guild's page away, and all that is on it.
    pub async fn remove_status_page(&self, guild: GuildId) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from status_page_lines where guild_id = $1")
            .bind(guild.to_string())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        let gone = sqlx::query("delete from status_pages where guild_id = $1")
            .bind(guild.to_string())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// What is on a guild's page, in its order.
    pub async fn status_page_lines(&self, guild: GuildId) -> Result<Vec<PageLine>> {
        let rows: Vec<LineRow> = sqlx::query_as(
            "select kind, subject, shown_as from status_page_lines where guild_id = $1 order by place, shown_as",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let line = |row: LineRow| PageLine {
            kind: if row.kind == "server" { Subject::Server } else { Subject::Service },
            subject: row.subject,
            shown_as: row.shown_as,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Puts a line on a guild's page, last, or calls it otherwise.
    pub async fn put_on_status_page(&self, guild: GuildId, line: &PageLine) -> Result<()> {
        sqlx::query(
            "insert into status_page_lines (guild_id, kind, subject, shown_as, place)
             values ($1, $2, $3, $4, (select coalesce(max(place), 0) + 1 from status_page_lines where guild_id = $1))
             on conflict (guild_id, kind, subject) do update set shown_as = excluded.shown_as",
        )
        .bind(guild.to_string())
        .bind(line.kind.as_str())
        .bind(&line.subject)
        .bind(&line.shown_as)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Takes a line off a guild's page. The answer is whether it was there.
    pub async fn take_off_status_page(&self, guild: GuildId, kind: Subject, subject: &str) -> Result<bool> {
        let gone = sqlx::query("delete from status_page_lines where guild_id = $1 and kind = $2 and subject = $3")
            .bind(guild.to_string())
            .bind(kind.as_str())
            .bind(subject)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// The services that are on anybody's page.
    pub async fn services_on_pages(&self) -> Result<Vec<(GuildId, String)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select guild_id, subject from status_page_lines where kind = 'service' order by guild_id, subject",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(|(guild, service)| (GuildId(guild.parse().unwrap_or_default()), service)).collect())
    }
}
