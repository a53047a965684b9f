//! What is wrong around tickets, told once: a row while it lasts, and its event and its post in one transaction.

use base::{Card, GuildId, Result, redact::Clean};

use super::text;
use crate::{
    Store,
    events::NewEvent,
    lost,
    outbox::{NewPost, Pings, Urgency},
};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it is about.
    pub about: String,
    /// In words.
    pub text: String,
}

/// Something that was found wrong.
#[derive(Debug, Clone, Copy)]
pub struct NewTrouble<'a> {
    /// Where.
    pub guild: GuildId,
    /// What it is about: told once for each.
    pub about: &'a str,
    /// In words.
    pub text: &'a str,
}

/// Where it is told, and what is said there.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The channel.
    pub channel: u64,
    /// The words.
    pub card: &'a Clean<Card>,
}

impl Store {
    /// Notes something that is wrong, and tells of it where it was not known. The answer is whether it was not.
    pub async fn tell_ticket_trouble(
        &self,
        new: NewTrouble<'_>,
        report: Option<Report<'_>>,
        event: NewEvent,
    ) -> Result<bool> {
        let NewTrouble { guild, about, text: words } = new;
        let since = self.clock.now().0;
        let mut all = self.pool.begin().await.map_err(lost)?;
        let noted = sqlx::query(
            "insert into ticket_troubles (guild_id, about, text, since) values ($1, $2, $3, $4)
             on conflict (guild_id, about) do nothing",
        )
        .bind(guild.to_string())
        .bind(about)
        .bind(text(words))
        .bind(since)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if noted.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        if let Some(Report { channel, card }) = report {
            let (key, urgency) = (format!("ticket trouble {about} {since}"), Urgency::Result);
            let post = NewPost { guild, channel, key: &key, urgency, card, answers: None, pings: Pings::default() };
            self.post_in(&mut all, &post).await?;
        }
        let happened = self.events.append(&mut all, vec![event]).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.outbox.tell();
        self.events.tell(happened);
        Ok(true)
    }

    /// It is right again. The answer is whether it was known to be wrong.
    pub async fn end_ticket_trouble(&self, guild: GuildId, about: &str) -> Result<bool> {
        sqlx::query("delete from ticket_troubles where guild_id = $1 and about = $2")
            .bind(guild.to_string())
            .bind(about)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// What is wrong in a guild, the longest first.
    pub async fn ticket_troubles(&self, guild: GuildId) -> Result<Vec<Trouble>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select about, text from ticket_troubles where guild_id = $1 order by since, about")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(|(about, text)| Trouble { about, text }).collect())
    }
}
