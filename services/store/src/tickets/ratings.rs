//! How members found their tickets: asked once, in a direct message, or in the thread where that cannot be.
//!
//! **Invariant:** that somebody is to be asked is of the transaction that closed the ticket; where it is asked is a post under a key.

use std::{collections::HashMap, time::Duration};

use base::{Card, GuildId, Millis, Result, UserId, redact::Clean};
use sqlx::AnyConnection;

use super::{Ticket, id, text};
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RatingState {
    /// It is to be asked in a direct message.
    Direct,
    /// It is to be asked in the thread.
    Thread,
    /// It was asked.
    Asked,
    /// It cannot be asked.
    Left,
}

impl RatingState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Thread => "thread",
            Self::Asked => "asked",
            Self::Left => "left",
        }
    }

    fn kept(word: &str) -> Self {
        let all = [Self::Direct, Self::Thread, Self::Asked];
        all.into_iter().find(|one| one.as_str() == word).unwrap_or(Self::Left)
    }
}

/// A question, and what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// How it stands.
    pub state: RatingState,
    /// When it came to be.
    pub asked: Millis,
    /// Where it is asked, once that is known.
    pub channel: Option<u64>,
    /// 1 to 5.
    pub stars: Option<i64>,
    /// In their words.
    pub comment: Option<String>,
}

/// What was said of one, to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    /// 1 to 5.
    pub stars: i64,
    /// Whether there are words with it.
    pub has_comment: bool,
}

pub(super) async fn ask(connection: &mut AnyConnection, ticket: &Ticket, now: Millis) -> sqlx::Result<()> {
    sqlx::query(
        "insert into ticket_ratings (ticket_id, guild_id, member_id, asked_at, state) values ($1, $2, $3, $4, 'direct')
         on conflict (ticket_id) do nothing",
    )
    .bind(&ticket.id)
    .bind(ticket.guild.to_string())
    .bind(ticket.member.to_string())
    .bind(now.0)
    .execute(connection)
    .await
    .map(drop)
}

type Row = (String, i64, Option<String>, Option<i64>, Option<String>);

impl Store {
    /// What its member is asked of a ticket, and said.
    pub async fn ticket_rating(&self, ticket: &Ticket) -> Result<Option<Rating>> {
        let row: Option<Row> = sqlx::query_as(
            "select state, asked_at, channel_id, stars, comment from ticket_ratings where ticket_id = $1 and guild_id = $2",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(|(state, asked, channel, stars, comment)| Rating {
            state: RatingState::kept(&state),
            asked: Millis(asked),
            channel: id(channel.as_deref()),
            stars,
            comment,
        }))
    }

    /// Where it is asked: a direct message, or the thread.
    pub async fn ticket_rating_goes_to(&self, ticket: &Ticket, channel: u64) -> Result<()> {
        sqlx::query("update ticket_ratings set channel_id = $1 where ticket_id = $2 and guild_id = $3")
            .bind(channel.to_string())
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// It stands so from now on.
    pub async fn ticket_rating_is(&self, ticket: &Ticket, state: RatingState) -> Result<()> {
        sqlx::query("update ticket_ratings set state = $1 where ticket_id = $2 and guild_id = $3")
            .bind(state.as_str())
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Has it asked in a channel, once for each kind of place. The answer is the key of the post.
    pub async fn ask_ticket_rating(
        &self,
        ticket: &Ticket,
        state: RatingState,
        channel: u64,
        card: &Clean<Card>,
        pings: Pings,
    ) -> Result<String> {
        let key = format!("ticket/{}/rating/{}", ticket.id, state.as_str());
        let (guild, urgency) = (ticket.guild, Urgency::Result);
        self.post(NewPost { guild, channel, key: &key, urgency, card, answers: None, pings }).await?;
        Ok(key)
    }

    /// Keeps what a ticket's member says, for so long after they were asked. What is not said stays. The answer is whether it was kept.
    pub async fn rate_ticket(
        &self,
        ticket: &Ticket,
        by: UserId,
        (stars, comment): (Option<i64>, Option<&str>),
        within: Duration,
    ) -> Result<bool> {
        let now = self.clock.now();
        let since = now.0.saturating_sub(i64::try_from(within.as_millis()).unwrap_or(i64::MAX));
        sqlx::query(
            "update ticket_ratings set stars = coalesce($1, stars), comment = coalesce($2, comment), rated_at = $3
             where ticket_id = $4 and guild_id = $5 and member_id = $6 and asked_at > $7",
        )
        .bind(stars)
        .bind(comment.map(text))
        .bind(now.0)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(by.to_string())
        .bind(since)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// What was said of a guild's tickets between these moments, by their rows; the newest first.
    pub async fn ticket_ratings(
        &self,
        guild: GuildId,
        (since, until): (Millis, Millis),
        most: i64,
    ) -> Result<HashMap<String, Rated>> {
        let rows: Vec<(String, i64, Option<String>)> = sqlx::query_as(
            "select ticket_id, stars, comment from ticket_ratings where guild_id = $1 and rated_at >= $2 and rated_at < $3
             and stars is not null order by rated_at desc limit $4",
        )
        .bind(guild.to_string())
        .bind(since.0)
        .bind(until.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let rated = |(ticket, stars, comment): (String, i64, Option<String>)| {
            (ticket, Rated { stars, has_comment: comment.is_some() })
        };
        Ok(rows.into_iter().map(rated).collect())
    }

    /// Whose guild's button that is: in a direct message there is no guild to ask by, and the key cannot be guessed.
    pub async fn guild_of_button(&self, key: &str) -> Result<Option<GuildId>> {
        let guild: Option<String> =
            sqlx::query_scalar("select guild_id from buttons where key = $1 and expires_at > $2")
                .bind(key)
                .bind(self.clock.now().0)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(id(guild.as_deref()).map(GuildId))
    }
}
