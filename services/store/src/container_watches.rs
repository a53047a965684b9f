//! Engines whose containers are watched, and what was told of them.
//!
//! **Invariants:** what happened to a container is told once: its row, its post and its event are one transaction. What
//! happens again before it was quiet for a while is counted in that row, and not told.

use base::{Card, GuildId, Redactor, Result, UserId, redact::Clean};

use crate::{
    Store,
    events::{Kind, NewEvent},
    lost,
    outbox::{NewPost, Pings, Urgency},
};

/// What happens again within this is the same story: 10 minutes, in nanoseconds.
const QUIET: i64 = 10 * 60 * 1_000_000_000;

/// An engine that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// The server's name when it was set.
    pub server: String,
    /// What tells the server from another of that name.
    pub server_id: String,
    /// Where it is told.
    pub channel: u64,
    /// Everything up to this moment of the engine's, in nanoseconds, is dealt with.
    pub since: i64,
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident<'a> {
    /// The container's name.
    pub container: &'a str,
    /// What kind of story it belongs to: one is open at a time for a container.
    pub class: &'a str,
    /// When, by the engine's clock, in nanoseconds.
    pub at: i64,
    /// What it is to whoever listens to events.
    pub kind: Kind,
    /// In a few words.
    pub detail: &'a str,
}

/// Who hears of what happened to a container.
#[derive(Debug, Clone, Copy)]
pub enum Tell<'a> {
    /// Nobody: it is only counted.
    Nobody,
    /// Whoever listens to events, where it is news after all was well.
    Events,
    /// People, if it is new.
    People(&'a Clean<Card>),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    server: String,
    server_id: String,
    channel_id: String,
    since_ns: i64,
}

impl From<Row> for Watch {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            server: row.server,
            server_id: row.server_id,
            channel: row.channel_id.parse().unwrap_or_default(),
            since: row.since_ns,
        }
    }
}

impl Store {
    /// Every watch of every guild, for the one task that keeps them.
    pub async fn all_container_watches(&self) -> Result<Vec<Watch>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from container_watches order by id").fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(Watch::from).collect())
    }

    /// The watch of an engine, if there is one.
    pub async fn container_watch(&self, guild: GuildId, server_id: &str) -> Result<Option<Watch>> {
        let row: Option<Row> = sqlx::query_as("select * from container_watches where guild_id = $1 and server_id = $2")
            .bind(guild.to_string())
            .bind(server_id)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Watch::from))
    }

    /// Watches an engine from this moment of its own on, in nanoseconds; one that is watched tells it in another channel.
    pub async fn watch_containers(
        &self,
        (guild, by): (GuildId, UserId),
        (server, server_id): (&str, &str),
        channel: u64,
        since: i64,
    ) -> Result<()> {
        sqlx::query(
            "insert into container_watches (id, guild_id, server, server_id, channel_id, since_ns, set_by, set_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (guild_id, server_id) do update set channel_id = excluded.channel_id, server = excluded.server",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(server)
        .bind(server_id)
        .bind(channel.to_string())
        .bind(since)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Watches an engine no more. The answer is whether it was watched.
    pub async fn unwatch_containers(&self, guild: GuildId, server_id: &str) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "delete from container_incidents where watch_id in
                 (select id from container_watches where guild_id = $1 and server_id = $2)",
        )
        .bind(guild.to_string())
        .bind(server_id)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        let gone = sqlx::query("delete from container_watches where guild_id = $1 and server_id = $2")
            .bind(guild.to_string())
            .bind(server_id)
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Everything up to this moment is dealt with.
    pub async fn advance_container_watch(&self, watch: &Watch, since: i64) -> Result<()> {
        sqlx::query("update container_watches set since_ns = $1 where id = $2 and guild_id = $3 and since_ns < $1")
            .bind(since)
            .bind(&watch.id)
            .bind(watch.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Whether something is to be told, or belongs to what was told already.
    pub async fn is_new_incident(&self, watch: &Watch, incident: &Incident<'_>) -> Result<bool> {
        let open: Option<i64> = sqlx::query_scalar(
            "select last_ns from container_incidents where watch_id = $1 and container = $2 and class = $3 and last_ns > $4",
        )
        .bind(&watch.id)
        .bind(incident.container)
        .bind(incident.class)
        .bind(incident.at - QUIET)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(open.is_none())
    }

    /// Whether what was told of a container is over, or nothing was told: then what happens is an event, told or not.
    async fn is_over(&self, watch: &Watch, incident: &Incident<'_>) -> Result<bool> {
        let open: Option<i64> = sqlx::query_scalar(
            "select last_ns from container_incidents
             where watch_id = $1 and container = $2 and class = $3 and over_ns is null and last_ns > $4",
        )
        .bind(&watch.id)
        .bind(incident.container)
        .bind(incident.class)
        .bind(incident.at - QUIET)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(open.is_none())
    }

    /// The containers of a watch of which trouble was told that was not seen to be over, the latest first.
    pub async fn troubled_containers(&self, watch: &Watch, most: i64) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "select i.container from container_incidents i join container_watches w on w.id = i.watch_id
             where w.id = $1 and w.guild_id = $2 and i.over_ns is null
             group by i.container order by max(i.last_ns) desc limit $3",
        )
        .bind(&watch.id)
        .bind(watch.guild.to_string())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Notes that a container which was in trouble is well, or gone, and has that told, once.
    pub async fn note_recovery(&self, watch: &Watch, container: &str, how: &str, redactor: &Redactor) -> Result<()> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let over = sqlx::query(
            "update container_incidents set over_ns = $1 where watch_id = $2 and container = $3 and over_ns is null
                 and exists (select 1 from container_watches where id = $2 and guild_id = $4)",
        )
        .bind(self.clock.now().0.saturating_mul(1_000_000))
        .bind(&watch.id)
        .bind(container)
        .bind(watch.guild.to_string())
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        let mut happened = Vec::new();
        if over.rows_affected() > 0 {
            happened.push(event(Kind::ContainerRecovered, watch, container, how, redactor));
        }
        let happened = self.events.append(&mut both, happened).await.map_err(lost)?;
        both.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(())
    }

    /// Notes what happened, and has it told if it is new. The answer is whether it was.
    pub async fn note_incident(
        &self,
        watch: &Watch,
        incident: &Incident<'_>,
        tell: Tell<'_>,
        redactor: &Redactor,
    ) -> Result<bool> {
        let is_over = self.is_over(watch, incident).await?;
        let mut all = self.pool.begin().await.map_err(lost)?;
        let number: Option<i64> = sqlx::query_scalar(
            "insert into container_incidents (watch_id, container, class, opened_ns, last_ns, number)
             select $1, $2, $3, $4, $4, 1 where exists (select 1 from container_watches where id = $1 and guild_id = $6)
             on conflict (watch_id, container, class) do update set
                 number = case when excluded.last_ns - container_incidents.last_ns > $5 then 1
                     else container_incidents.number + 1 end,
                 opened_ns = case when excluded.last_ns - container_incidents.last_ns > $5 then excluded.opened_ns
                     else container_incidents.opened_ns end,
                 last_ns = excluded.last_ns, over_ns = null
             where excluded.last_ns > container_incidents.last_ns
             returning number",
        )
        .bind(&watch.id)
        .bind(incident.container)
        .bind(incident.class)
        .bind(incident.at)
        .bind(QUIET)
        .bind(watch.guild.to_string())
        .fetch_optional(&mut *all)
        .await
        .map_err(lost)?;
        let mut happened = Vec::new();
        if number == Some(1)
            && let Tell::People(card) = tell
        {
            let key = format!("container/{}/{}/{}/{}", watch.id, incident.container, incident.class, incident.at);
            let post = NewPost {
                guild: watch.guild,
                channel: watch.channel,
                key: &key,
                urgency: Urgency::Urgent,
                card,
                answers: None,
                pings: Pings::default(),
            };
            self.post_in(&mut all, &post).await?;
        }
        // What was well in between is no news for people, and it is for whoever judges how things stand.
        if number.is_some() && is_over && !matches!(tell, Tell::Nobody) {
            happened.push(event(incident.kind, watch, incident.container, incident.detail, redactor));
        }
        let happened = self.events.append(&mut all, happened).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.outbox.tell();
        self.events.tell(happened);
        Ok(number == Some(1))
    }
}

/// What happened to a container.
fn event(kind: Kind, watch: &Watch, container: &str, detail: &str, redactor: &Redactor) -> NewEvent {
    NewEvent::in_guild(kind, watch.guild, redactor)
        .about(container)
        .with("server", &watch.server)
        .with("server_id", &watch.server_id)
        .with("detail", detail)
}
