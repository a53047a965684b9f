//! What was told of streams: claimed once, posted with the claim, and drawn again as they go on.

use base::{GuildId, Millis, Result, RoleId, UserId};
use sqlx::AnyConnection;

use super::{Live, Source, at, id, text};
use crate::{
    Store,
    events::NewEvent,
    lost,
    outbox::{NewPost, Pings},
};

/// How what was told stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldState {
    /// It is told, and goes on.
    Told,
    /// It is not told, for good.
    Skipped,
    /// Its message is gone, or Discord does not take it.
    Gone,
    /// Its last word is said.
    Over,
}

impl ToldState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Skipped => "skipped",
            Self::Gone => "gone",
            Self::Over => "over",
        }
    }

    fn kept(text: &str) -> Self {
        [Self::Skipped, Self::Gone, Self::Over].into_iter().find(|one| one.as_str() == text).unwrap_or(Self::Told)
    }
}

/// A claim: this guild is told of this stream in this channel, or for good not.
#[derive(Debug, Clone)]
pub struct NewTold<'a> {
    /// Who is told.
    pub guild: GuildId,
    /// Where.
    pub channel: u64,
    /// Of what.
    pub live: &'a Live,
    /// The member whose stream it is.
    pub member: Option<UserId>,
    /// What is said on top.
    pub words: &'a str,
    /// Who is pinged; the role that has the guild's own number is everybody.
    pub mention: Option<RoleId>,
    /// Why it is not told.
    pub skipped: Option<&'a str>,
    /// The role that the member has while they are live.
    pub role: Option<RoleId>,
    /// What the guild's log is told, once for a stream.
    pub began: NewEvent,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its row.
    pub id: String,
    /// Who is told.
    pub guild: GuildId,
    /// Where.
    pub channel: u64,
    /// The stream's row.
    pub live: String,
    /// The stream's key.
    pub key: String,
    /// How it stands.
    pub state: ToldState,
    /// What is said on top.
    pub words: String,
    /// Who was pinged.
    pub mention: Option<RoleId>,
    /// When it was told.
    pub made: Millis,
    /// Its message.
    pub message: Option<u64>,
    /// The version it shows.
    pub drawn: i64,
    /// Since when.
    pub drawn_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    channel_id: String,
    live_id: String,
    stream_key: String,
    state: String,
    words: String,
    mention_id: Option<String>,
    made_at: i64,
    message_id: Option<String>,
    drawn: i64,
    drawn_at: Option<i64>,
}

impl From<Row> for Told {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            channel: row.channel_id.parse().unwrap_or_default(),
            state: ToldState::kept(&row.state),
            mention: id(row.mention_id.as_deref()).map(RoleId),
            message: id(row.message_id.as_deref()),
            id: row.id,
            live: row.live_id,
            key: row.stream_key,
            words: row.words,
            made: Millis(row.made_at),
            drawn: row.drawn,
            drawn_at: at(row.drawn_at),
        }
    }
}

/// Under which a stream's announcement is posted: the same whoever asks.
fn post_key(source: Source, key: &str, channel: u64) -> String {
    format!("stream/{}/{key}/{channel}", source.as_str())
}

impl Told {
    /// Under which its message was asked for.
    pub fn post_key(&self, live: &Live) -> String {
        post_key(live.source, &live.key, self.channel)
    }
}

impl Store {
    /// Claims announcements and has them posted, all of these or none. The answer is how many were news: what somebody claimed before is
    /// left as it is.
    pub async fn tell_of_stream(
        &self,
        claims: &[(NewTold<'_>, Option<base::redact::Clean<base::Card>>)],
    ) -> Result<usize> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let (mut news, mut began) = (0, Vec::new());
        for (claim, card) in claims {
            if self.claim_stream(&mut all, claim).await? {
                news += 1;
                if is_first(&mut all, claim).await? {
                    began.push(claim.began.clone());
                }
                if let Some(card) = card {
                    let key = post_key(claim.live.source, &claim.live.key, claim.channel);
                    // Discord calls everybody a role that has the guild's own number, and pings them by another name.
                    let (everyone, roles) = claim.mention.into_iter().partition(|role| role.0 == claim.guild.0);
                    let everyone: Vec<RoleId> = everyone;
                    let pings = Pings { roles, everyone: !everyone.is_empty(), ..Pings::default() };
                    let post = NewPost {
                        guild: claim.guild,
                        channel: claim.channel,
                        key: &key,
                        urgency: crate::outbox::Urgency::Result,
                        card,
                        answers: None,
                        pings,
                    };
                    self.post_in(&mut all, &post).await?;
                }
            }
        }
        let happened = self.events.append(&mut all, began).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.outbox.tell();
        self.events.tell(happened);
        Ok(news)
    }

    /// Tells the log of every guild that was told of a stream that it is over, once.
    pub async fn log_stream_end(&self, live: &Live, event: impl Fn(GuildId) -> NewEvent + Send) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let rows: Vec<(String,)> = sqlx::query_as(
            "update stream_posts set end_logged = 1 where live_id = $1 and end_logged = 0 returning guild_id",
        )
        .bind(&live.id)
        .fetch_all(&mut *all)
        .await
        .map_err(lost)?;
        let guilds: std::collections::BTreeSet<u64> = rows.iter().filter_map(|(guild,)| guild.parse().ok()).collect();
        let events = guilds.into_iter().map(|guild| event(GuildId(guild))).collect();
        let happened = self.events.append(&mut all, events).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(())
    }

    async fn claim_stream(&self, connection: &mut AnyConnection, claim: &NewTold<'_>) -> Result<bool> {
        let state = if claim.skipped.is_some() { ToldState::Skipped } else { ToldState::Told };
        let done = sqlx::query(
            "insert into stream_posts (id, guild_id, platform, stream_key, channel_id, stream_channel, live_id, member_id,
                 state, why, words, mention_id, made_at, drawn)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             on conflict (platform, stream_key, guild_id, channel_id) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(claim.guild.to_string())
        .bind(claim.live.source.as_str())
        .bind(&claim.live.key)
        .bind(claim.channel.to_string())
        .bind(&claim.live.stream_channel)
        .bind(&claim.live.id)
        .bind(claim.member.map(|member| member.to_string()))
        .bind(state.as_str())
        .bind(claim.skipped.map(text))
        .bind(text(claim.words))
        .bind(claim.mention.map(|role| role.to_string()))
        .bind(self.clock.now().0)
        .bind(claim.live.version)
        .execute(&mut *connection)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some((member, role)) = claim.member.zip(claim.role).filter(|_| claim.skipped.is_none()) {
            sqlx::query(
                "insert into stream_roles (guild_id, member_id, role_id, live_id) values ($1, $2, $3, $4)
                 on conflict (guild_id, member_id, role_id, live_id) do nothing",
            )
            .bind(claim.guild.to_string())
            .bind(member.to_string())
            .bind(role.to_string())
            .bind(&claim.live.id)
            .execute(connection)
            .await
            .map_err(lost)?;
        }
        Ok(true)
    }

    /// When a guild was told last of a channel.
    pub async fn last_told_of_stream(&self, guild: GuildId, channel: &str) -> Result<Option<Millis>> {
        let (last,): (Option<i64>,) = sqlx::query_as(
            "select max(made_at) from stream_posts where guild_id = $1 and stream_channel = $2 and state <> 'skipped'",
        )
        .bind(guild.to_string())
        .bind(channel)
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(last.map(Millis))
    }

    /// Guilds that were told of a stream, and in which channels.
    pub async fn told_of_stream(&self, live: &Live) -> Result<Vec<(GuildId, u64)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select guild_id, channel_id from stream_posts where platform = $1 and stream_key = $2")
                .bind(live.source.as_str())
                .bind(&live.key)
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        let read = |(guild, channel): (String, String)| Some((GuildId(guild.parse().ok()?), channel.parse().ok()?));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// What was told and does not show how the stream stands: something changed, it ended, or it was drawn before `stale`.
    pub async fn told_behind(&self, stale: Millis, most: i64) -> Result<Vec<(Told, Live)>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select stream_posts.id, stream_posts.guild_id, stream_posts.channel_id, stream_posts.live_id,
                 stream_posts.stream_key, stream_posts.state, stream_posts.words, stream_posts.mention_id,
                 stream_posts.made_at, stream_posts.message_id, stream_posts.drawn, stream_posts.drawn_at
             from stream_posts join stream_lives on stream_lives.id = stream_posts.live_id
             where (stream_posts.state = 'told' or stream_posts.state = 'over' and stream_lives.ended_at is null)
                 and (stream_posts.try_at is null or stream_posts.try_at <= $1)
                 and (stream_posts.drawn <> stream_lives.version or stream_posts.message_id is null
                      or stream_lives.ended_at is not null or coalesce(stream_posts.drawn_at, stream_posts.made_at) < $2)
             order by stream_posts.made_at, stream_posts.id limit $3",
        )
        .bind(self.clock.now().0)
        .bind(stale.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut all = Vec::new();
        let mut known: std::collections::HashMap<String, Live> = std::collections::HashMap::new();
        for told in rows.into_iter().map(Told::from) {
            if !known.contains_key(&told.live) {
                let Some(live) = self.stream_live(&told.live).await? else { continue };
                known.insert(told.live.clone(), live);
            }
            let live = known[&told.live].clone();
            all.push((told, live));
        }
        Ok(all)
    }

    /// It stands as this message.
    pub async fn told_stands(&self, told: &Told, message: u64) -> Result<()> {
        self.told_becomes(
            told,
            "update stream_posts set message_id = $1, drawn_at = $2, try_at = null where id = $3 and guild_id = $4",
            (&message.to_string(), self.clock.now().0),
        )
        .await
    }

    /// It shows this version.
    pub async fn told_is_drawn(&self, told: &Told, live: &Live) -> Result<()> {
        let state = if live.ended.is_some() { ToldState::Over } else { ToldState::Told };
        sqlx::query(
            "update stream_posts set drawn = $1, drawn_at = $2, state = $3, try_at = null where id = $4 and guild_id = $5",
        )
        .bind(live.version)
        .bind(self.clock.now().0)
        .bind(state.as_str())
        .bind(&told.id)
        .bind(told.guild.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// It is looked at again then.
    pub async fn told_waits(&self, told: &Told, why: &str, until: Millis) -> Result<()> {
        self.told_becomes(
            told,
            "update stream_posts set why = $1, try_at = $2 where id = $3 and guild_id = $4",
            (why, until.0),
        )
        .await
    }

    /// Its message is gone, or Discord does not take it: it is left alone.
    pub async fn told_is_gone(&self, told: &Told, why: &str) -> Result<()> {
        self.told_becomes(
            told,
            "update stream_posts set state = 'gone', why = $1, drawn_at = $2 where id = $3 and guild_id = $4",
            (why, self.clock.now().0),
        )
        .await
    }

    async fn told_becomes(&self, told: &Told, sql: &'static str, (word, at): (&str, i64)) -> Result<()> {
        sqlx::query(sql)
            .bind(text(word))
            .bind(at)
            .bind(&told.id)
            .bind(told.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

/// Whether a guild was told of a stream nowhere else before.
async fn is_first(connection: &mut AnyConnection, claim: &NewTold<'_>) -> Result<bool> {
    let (count,): (i64,) =
        sqlx::query_as("select count(*) from stream_posts where platform = $1 and stream_key = $2 and guild_id = $3")
            .bind(claim.live.source.as_str())
            .bind(&claim.live.key)
            .bind(claim.guild.to_string())
            .fetch_one(connection)
            .await
            .map_err(lost)?;
    Ok(count == 1)
}
