//! Panels: messages in channels by which tickets are opened.

use std::time::Duration;

use base::{Card, GuildId, Millis, Result, redact::Clean};

use super::{Style, id, text};
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// A panel to make.
#[derive(Debug, Clone, Copy)]
pub struct NewPanel<'a> {
    /// What it is called by those who set it up.
    pub name: &'a str,
    /// What stands on top.
    pub title: &'a str,
    /// What stands below.
    pub text: &'a str,
    /// Red, green and blue.
    pub colour: Option<u32>,
    /// How its categories are offered.
    pub style: Style,
}

/// What is said anew of a panel; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PanelChange {
    /// What stands on top.
    pub title: Option<String>,
    /// What stands below.
    pub text: Option<String>,
    /// Red, green and blue; none of all is grey.
    pub colour: Option<Option<u32>>,
    /// How its categories are offered.
    pub style: Option<Style>,
}

/// A panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Its row.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// What it is called by those who set it up.
    pub name: String,
    /// What stands on top.
    pub title: String,
    /// What stands below.
    pub text: String,
    /// Red, green and blue.
    pub colour: Option<u32>,
    /// How its categories are offered.
    pub style: Style,
    /// Counts its changes.
    pub version: i64,
    /// The channel it was sent to.
    pub channel: Option<u64>,
    /// Messages that were tried before.
    pub tries: i64,
    /// Under which its message was asked for.
    pub post_key: Option<String>,
    /// Its message.
    pub message: Option<u64>,
    /// The change that its message shows.
    pub drawn: i64,
    /// Why it could not be shown.
    pub trouble: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    title: String,
    text: String,
    colour: Option<i64>,
    style: String,
    version: i64,
    channel_id: Option<String>,
    tries: i64,
    post_key: Option<String>,
    message_id: Option<String>,
    drawn: i64,
    trouble: Option<String>,
}

impl From<Row> for Panel {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            colour: row.colour.and_then(|colour| u32::try_from(colour).ok()),
            style: Style::kept(&row.style),
            channel: id(row.channel_id.as_deref()),
            message: id(row.message_id.as_deref()),
            id: row.id,
            name: row.name,
            title: row.title,
            text: row.text,
            version: row.version,
            tries: row.tries,
            post_key: row.post_key,
            drawn: row.drawn,
            trouble: row.trouble,
        }
    }
}

impl Store {
    /// Makes a panel, where the guild has fewer than `most`. The answer is whether it did: its name may be taken.
    pub async fn add_ticket_panel(&self, guild: GuildId, new: NewPanel<'_>, most: i64) -> Result<bool> {
        sqlx::query(
            "insert into ticket_panels (id, guild_id, name, title, text, colour, style)
             select $1, $2, $3, $4, $5, $6, $7
             where (select count(*) from ticket_panels where guild_id = $2) < $8
             on conflict (guild_id, name) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(new.name)
        .bind(text(new.title))
        .bind(text(new.text))
        .bind(new.colour.map(i64::from))
        .bind(new.style.as_str())
        .bind(most)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Changes a panel. None where there is no such one.
    pub async fn change_ticket_panel(&self, guild: GuildId, name: &str, change: &PanelChange) -> Result<Option<Panel>> {
        let row: Option<Row> = sqlx::query_as(
            "update ticket_panels set title = coalesce($1, title), text = coalesce($2, text),
                 colour = case when $3 = 1 then $4 else colour end, style = coalesce($5, style), version = version + 1
             where guild_id = $6 and name = $7 returning *",
        )
        .bind(change.title.as_deref().map(text))
        .bind(change.text.as_deref().map(text))
        .bind(i64::from(change.colour.is_some()))
        .bind(change.colour.flatten().map(i64::from))
        .bind(change.style.map(Style::as_str))
        .bind(guild.to_string())
        .bind(name)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Panel::from))
    }

    /// A guild's panel of this name.
    pub async fn ticket_panel(&self, guild: GuildId, name: &str) -> Result<Option<Panel>> {
        let row: Option<Row> = sqlx::query_as("select * from ticket_panels where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Panel::from))
    }

    /// A guild's panels, by name.
    pub async fn ticket_panels(&self, guild: GuildId) -> Result<Vec<Panel>> {
        let rows: Vec<Row> = sqlx::query_as("select * from ticket_panels where guild_id = $1 order by name")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Panel::from).collect())
    }

    /// Has a panel stand in a channel from now on; the message it had is forgotten.
    pub async fn send_ticket_panel(&self, panel: &Panel, channel: u64) -> Result<()> {
        sqlx::query(
            "update ticket_panels set channel_id = $1, tries = tries + 1, post_key = null, message_id = null, drawn = 0,
                 try_at = null, trouble = null where id = $2 and guild_id = $3",
        )
        .bind(channel.to_string())
        .bind(&panel.id)
        .bind(panel.guild.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Removes a panel that has no categories any more. The answer is whether it did.
    pub async fn remove_ticket_panel(&self, panel: &Panel) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query(
            "delete from ticket_panels where id = $1 and guild_id = $2
             and not exists (select 1 from ticket_categories where panel_id = $1)",
        )
        .bind(&panel.id)
        .bind(panel.guild.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        sqlx::query("delete from ticket_panel_pictures where panel_id = $1 and guild_id = $2")
            .bind(&panel.id)
            .bind(panel.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Panels of all guilds whose messages show less than there is, or were drawn before this: their buttons wear out.
    pub async fn ticket_panels_behind(&self, worn: Millis) -> Result<Vec<Panel>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from ticket_panels where channel_id is not null and (try_at is null or try_at <= $1)
             and (message_id is null or drawn < version or drawn_at < $2) order by id",
        )
        .bind(self.clock.now().0)
        .bind(worn.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Panel::from).collect())
    }

    /// Has a panel's message posted, once for each attempt.
    pub async fn post_ticket_panel(&self, panel: &Panel, channel: u64, card: &Clean<Card>) -> Result<()> {
        let key = format!("ticket-panel/{}/{}", panel.id, panel.tries);
        let mut both = self.pool.begin().await.map_err(lost)?;
        let claimed = sqlx::query(
            "update ticket_panels set post_key = $1, drawn = $2, drawn_at = $3, trouble = null
             where id = $4 and guild_id = $5 and tries = $6 and post_key is null",
        )
        .bind(&key)
        .bind(panel.version)
        .bind(self.clock.now().0)
        .bind(&panel.id)
        .bind(panel.guild.to_string())
        .bind(panel.tries)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if claimed.rows_affected() == 0 {
            return Ok(());
        }
        let (guild, urgency, pings) = (panel.guild, Urgency::Result, Pings::default());
        self.post_in(&mut both, &NewPost { guild, channel, key: &key, urgency, card, answers: None, pings }).await?;
        both.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(())
    }

    /// Its message stands.
    pub async fn ticket_panel_stands(&self, panel: &Panel, message: u64) -> Result<()> {
        sqlx::query("update ticket_panels set message_id = $1 where id = $2 and guild_id = $3 and tries = $4")
            .bind(message.to_string())
            .bind(&panel.id)
            .bind(panel.guild.to_string())
            .bind(panel.tries)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its message shows this version.
    pub async fn ticket_panel_drawn(&self, panel: &Panel) -> Result<()> {
        sqlx::query(
            "update ticket_panels set drawn = $1, drawn_at = $2, trouble = null
             where id = $3 and guild_id = $4 and tries = $5",
        )
        .bind(panel.version)
        .bind(self.clock.now().0)
        .bind(&panel.id)
        .bind(panel.guild.to_string())
        .bind(panel.tries)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Its message does not stand, and this is why. `again` is when another is tried; none where nothing but sending it helps.
    pub async fn ticket_panel_is_gone(&self, panel: &Panel, why: &str, again: Option<Duration>) -> Result<()> {
        sqlx::query(
            "update ticket_panels set tries = tries + 1, post_key = null, message_id = null, drawn = 0, trouble = $1,
                 try_at = $2, channel_id = case when $3 = 1 then channel_id end
             where id = $4 and guild_id = $5 and tries = $6",
        )
        .bind(text(why))
        .bind(again.map(|again| self.clock.now().plus(again).0))
        .bind(i64::from(again.is_some()))
        .bind(&panel.id)
        .bind(panel.guild.to_string())
        .bind(panel.tries)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// It cannot be drawn for a while, and this is why.
    pub async fn ticket_panel_waits(&self, panel: &Panel, why: &str, again: Duration) -> Result<()> {
        sqlx::query("update ticket_panels set trouble = $1, try_at = $2 where id = $3 and guild_id = $4")
            .bind(text(why))
            .bind(self.clock.now().plus(again).0)
            .bind(&panel.id)
            .bind(panel.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
