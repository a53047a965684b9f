//! The servers of a guild.

use base::{GuildId, Millis, Redactor, Result, UserId};

use crate::{
    Store,
    events::{Kind, NewEvent},
    lost, policies,
};

/// How a server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was found, and waits for a person to pin its host key.
    Offered,
    /// Its key is pinned and a login has worked.
    Ready,
    /// Another key answered; it stays shut until a person decides.
    Blocked,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Ready => "ready",
            Self::Blocked => "blocked",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "ready" => Self::Ready,
            "blocked" => Self::Blocked,
            _ => Self::Offered,
        }
    }
}

/// A server's row.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique in the guild.
    pub name: String,
    /// A host name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who logs in there.
    pub user: String,
    /// The vault's row of the key or password.
    pub secret: String,
    /// How it stands.
    pub state: State,
    /// The pinned host key, in OpenSSH's form.
    pub host_key: Option<String>,
    /// The key that answered and waits for a decision.
    pub offered_key: Option<String>,
    /// What people wrote about it.
    pub note: String,
    /// Words by which grants and rules mean it, in order.
    pub tags: Vec<String>,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added: Millis,
    /// When it last answered.
    pub seen: Option<Millis>,
    /// The id of the server it is reached through.
    pub jump: Option<String>,
    /// The vault's row of a key that it is being given.
    pub next_secret: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    guild_id: String,
    name: String,
    host: String,
    port: i64,
    user_name: String,
    secret_id: String,
    state: String,
    host_key: Option<String>,
    offered_key: Option<String>,
    note: String,
    tags: String,
    added_by: String,
    added_at: i64,
    seen_at: Option<i64>,
    jump_id: Option<String>,
    next_secret_id: Option<String>,
}

impl From<Row> for Server {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            host: row.host,
            port: u16::try_from(row.port).unwrap_or_default(),
            user: row.user_name,
            secret: row.secret_id,
            state: State::parse(&row.state),
            host_key: row.host_key,
            offered_key: row.offered_key,
            note: row.note,
            tags: row.tags.split_whitespace().map(str::to_owned).collect(),
            added_by: row.added_by,
            added: Millis(row.added_at),
            seen: row.seen_at.map(Millis),
            jump: row.jump_id,
            next_secret: row.next_secret_id,
        }
    }
}

/// A server that was found and is not pinned yet.
#[derive(Debug)]
pub struct Offer<'a> {
    /// Whose it is.
    pub guild: GuildId,
    /// Its name.
    pub name: &'a str,
    /// A host name or an address.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// Who logs in there.
    pub user: &'a str,
    /// The vault's row of the key or password.
    pub secret: &'a str,
    /// The key that answered.
    pub offered_key: &'a str,
    /// What the person wrote about it.
    pub note: &'a str,
    /// Who adds it.
    pub added_by: UserId,
    /// The id of the server it is reached through.
    pub jump: Option<&'a str>,
}

impl Store {
    /// Every server of every guild, for the cache that completes names.
    pub async fn servers(&self) -> Result<Vec<Server>> {
        let rows: Vec<Row> = sqlx::query_as("select * from servers order by guild_id, name")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Server::from).collect())
    }

    /// Stores an offered server. One that was only offered before is replaced; a real one of that name is not, and the
    /// answer is none.
    pub async fn offer_server(&self, offer: &Offer<'_>) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "insert into servers (id, guild_id, name, host, port, user_name, secret_id, state, offered_key, note, added_by, added_at, jump_id)
             values ($1, $2, $3, $4, $5, $6, $7, 'offered', $8, $9, $10, $11, $12)
             on conflict (guild_id, name) do update set id = excluded.id, host = excluded.host, port = excluded.port,
                 user_name = excluded.user_name, secret_id = excluded.secret_id, offered_key = excluded.offered_key,
                 note = excluded.note, tags = excluded.tags, added_by = excluded.added_by, added_at = excluded.added_at,
                 jump_id = excluded.jump_id
             where servers.state = 'offered'
             returning *",
        )
        .bind(self.clock.id().to_string())
        .bind(offer.guild.to_string())
        .bind(offer.name)
        .bind(offer.host)
        .bind(i64::from(offer.port))
        .bind(offer.user)
        .bind(offer.secret)
        .bind(offer.offered_key)
        .bind(offer.note)
        .bind(offer.added_by.to_string())
        .bind(self.clock.now().0)
        .bind(offer.jump)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Makes the offered key the pinned one, if it is still this key that was offered.
    pub async fn pin_server(&self, server: &Server, key: &str) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "update servers set state = 'ready', host_key = offered_key, offered_key = null, seen_at = $1
             where id = $2 and guild_id = $3 and state in ('offered', 'blocked') and offered_key = $4 returning *",
        )
        .bind(self.clock.now().0)
        .bind(&server.id)
        .bind(server.guild.to_string())
        .bind(key)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Notes the key that answered: it waits for a decision, and a pinned server is shut until then. That it is shut is an
    /// event, once for each key.
    pub async fn offer_key(&self, server: &Server, key: &str, redactor: &Redactor) -> Result<Option<Server>> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let noted: Option<Row> = sqlx::query_as(
            "update servers set state = case when state = 'offered' then 'offered' else 'blocked' end, offered_key = $1
             where id = $2 and guild_id = $3 and (host_key is null or host_key <> $1)
                 and (state = 'ready' or offered_key is null or offered_key <> $1) returning *",
        )
        .bind(key)
        .bind(&server.id)
        .bind(server.guild.to_string())
        .fetch_optional(&mut *both)
        .await
        .map_err(lost)?;
        let Some(row) = noted else {
            drop(both);
            return self.offered(server, key).await;
        };
        let mut happened = Vec::new();
        if row.state == State::Blocked.as_str() {
            happened.push(
                NewEvent::in_guild(Kind::ServerBlocked, server.guild, redactor)
                    .about(&row.name)
                    .with("detail", "another host key answered"),
            );
        }
        let happened = self.events.append(&mut both, happened).await.map_err(lost)?;
        both.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(Some(Server::from(row)))
    }

    /// The server, where this key waits for a decision already.
    async fn offered(&self, server: &Server, key: &str) -> Result<Option<Server>> {
        let row: Option<Row> =
            sqlx::query_as("select * from servers where id = $1 and guild_id = $2 and offered_key = $3")
                .bind(&server.id)
                .bind(server.guild.to_string())
                .bind(key)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// The pinned key answered: it is ready, and no other key waits.
    pub async fn server_answered(&self, server: &Server) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "update servers set state = 'ready', offered_key = null, seen_at = $1
             where id = $2 and guild_id = $3 and host_key = $4 returning *",
        )
        .bind(self.clock.now().0)
        .bind(&server.id)
        .bind(server.guild.to_string())
        .bind(&server.host_key)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// It was seen; one that is not ready stays as it is.
    pub async fn server_seen(&self, server: &Server) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "update servers set seen_at = $1 where id = $2 and guild_id = $3 and state = 'ready' returning *",
        )
        .bind(self.clock.now().0)
        .bind(&server.id)
        .bind(server.guild.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Sets a server's tags. Which grants and rules are about it changes with them, so the policy does.
    pub async fn tag_server(&self, server: &Server, tags: &[String]) -> Result<Option<Server>> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let row: Option<Row> =
            sqlx::query_as("update servers set tags = $1 where id = $2 and guild_id = $3 returning *")
                .bind(tags.join(" "))
                .bind(&server.id)
                .bind(server.guild.to_string())
                .fetch_optional(&mut *both)
                .await
                .map_err(lost)?;
        if row.is_some() {
            policies::raise(&mut both, server.guild).await?;
        }
        both.commit().await.map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Writes what a server is for.
    pub async fn note_server(&self, server: &Server, note: &str) -> Result<Option<Server>> {
        let row: Option<Row> =
            sqlx::query_as("update servers set note = $1 where id = $2 and guild_id = $3 returning *")
                .bind(note)
                .bind(&server.id)
                .bind(server.guild.to_string())
                .fetch_optional(&self.pool)
                .await
                .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Sets the server that another is reached through, both of one guild; none where that would lead back to itself.
    pub async fn set_jump(&self, server: &Server, jump: Option<&Server>) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "update servers set jump_id = $1 where id = $2 and guild_id = $3 and not exists (
                 with recursive way (id) as (
                     select id from servers where id = $1 and guild_id = $3
                     union select jump_id from servers join way on servers.id = way.id where jump_id is not null)
                 select 1 from way where way.id = $2)
             returning *",
        )
        .bind(jump.map(|jump| jump.id.as_str()))
        .bind(&server.id)
        .bind(server.guild.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// Removes a server and its secret, unless that has a name of its own or another server uses it. One that others are reached
    /// through stays. The answer is whether it is gone now.
    pub async fn remove_server(&self, server: &Server) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query(
            "delete from servers where id = $1 and guild_id = $2
             and not exists (select 1 from servers behind where behind.jump_id = $1)",
        )
        .bind(&server.id)
        .bind(server.guild.to_string())
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        // What is known of its containers goes with it.
        for sql in [
            "delete from container_incidents where watch_id in
                 (select id from container_watches where server_id = $1 and guild_id = $2)",
            "delete from container_watches where server_id = $1 and guild_id = $2",
            "delete from compose_projects where server_id = $1 and guild_id = $2",
            "delete from engine_sockets where server_id = $1 and guild_id = $2",
        ] {
            let gone = sqlx::query(sql).bind(&server.id).bind(server.guild.to_string()).execute(&mut *both);
            gone.await.map_err(lost)?;
        }
        for secret in [Some(&server.secret), server.next_secret.as_ref()].into_iter().flatten() {
            crate::vault::forget(&mut both, server.guild, secret).await?;
        }
        both.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
