//! What is asked from outside again and again, and what it answered last.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// A probe's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its id; given by the database where it is new.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique there.
    pub name: String,
    /// `http`, `tcp`, `ping`, `dns`, `certificate` or `command`.
    pub kind: String,
    /// An address, a name, or a command line.
    pub target: String,
    /// What must be so besides, as JSON.
    pub expects: String,
    /// How often, in milliseconds.
    pub every: i64,
    /// How long an answer may take, in milliseconds.
    pub within: i64,
    /// For how long it must be wrong, in milliseconds.
    pub lasts: i64,
    /// And well again.
    pub calm: i64,
    /// In days, of a certificate.
    pub warn: Option<i64>,
    /// In days, of a certificate.
    pub critical: Option<i64>,
    /// The name and the id of the server it is about.
    pub server: Option<(String, String)>,
    /// A runbook's name.
    pub runbook: Option<String>,
    /// How long that is not run again, in milliseconds.
    pub cooldown: Option<i64>,
    /// How often in an hour at most.
    pub most: Option<i64>,
    /// Who set it.
    pub set_by: UserId,
    /// What it answered last.
    pub last: Option<Answered>,
}

/// What a probe was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// `well`, `wrong` or `unknown`.
    pub answer: String,
    /// In words, without secrets.
    pub words: String,
    /// When it was asked.
    pub at: Millis,
    /// Since when it is so.
    pub since: Millis,
}

/// What became of a probe that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetProbe {
    /// It is new.
    New,
    /// It takes the place of another of its name, and asks anew.
    Changed,
    /// The guild has as many as it may.
    TooMany,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    kind: String,
    target: String,
    expects: String,
    every: i64,
    within_ms: i64,
    lasts: i64,
    calm: i64,
    warn: Option<i64>,
    critical: Option<i64>,
    server: Option<String>,
    server_id: Option<String>,
    runbook: Option<String>,
    cooldown: Option<i64>,
    most: Option<i64>,
    set_by: String,
    answer: Option<String>,
    words: Option<String>,
    asked_at: Option<i64>,
    since: Option<i64>,
}

impl From<Row> for Probe {
    fn from(row: Row) -> Self {
        let last = row.answer.zip(row.asked_at).map(|(answer, at)| Answered {
            answer,
            words: row.words.unwrap_or_default(),
            at: Millis(at),
            since: Millis(row.since.unwrap_or(at)),
        });
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            kind: row.kind,
            target: row.target,
            expects: row.expects,
            every: row.every,
            within: row.within_ms,
            lasts: row.lasts,
            calm: row.calm,
            warn: row.warn,
            critical: row.critical,
            server: row.server.zip(row.server_id),
            runbook: row.runbook,
            cooldown: row.cooldown,
            most: row.most,
            set_by: UserId(row.set_by.parse().unwrap_or_default()),
            last,
        }
    }
}

impl Store {
    /// Every probe of every guild, for the one task that asks.
    pub async fn all_probes(&self) -> Result<Vec<Probe>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from probes order by id").fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(Probe::from).collect())
    }

    /// A guild's probes, by name.
    pub async fn probes(&self, guild: GuildId) -> Result<Vec<Probe>> {
        let rows: Vec<Row> = sqlx::query_as("select * from probes where guild_id = $1 order by name")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Probe::from).collect())
    }

    /// Sets a probe; one of that name is changed, keeps its id, and has no answer yet.
    pub async fn set_probe(&self, probe: &Probe, most: i64) -> Result<SetProbe> {
        let id = self.clock.id().to_string();
        let kept: Option<String> = sqlx::query_scalar(
            "insert into probes (id, guild_id, name, kind, target, expects, every, within_ms, lasts, calm, warn, critical, server,
                 server_id, runbook, cooldown, most, set_by, set_at)
             select $1, $2, $3, $4, $5, $6, cast($7 as bigint), cast($8 as bigint), cast($9 as bigint), cast($10 as bigint),
                 cast($11 as bigint), cast($12 as bigint), $13, $14, $15, cast($16 as bigint), cast($17 as bigint), $18,
                 cast($19 as bigint)
             where (select count(*) from probes where guild_id = $2 and name <> $3) < $20
             on conflict (guild_id, name) do update set kind = excluded.kind, target = excluded.target,
                 expects = excluded.expects, every = excluded.every, within_ms = excluded.within_ms, lasts = excluded.lasts,
                 calm = excluded.calm, warn = excluded.warn, critical = excluded.critical, server = excluded.server,
                 server_id = excluded.server_id, runbook = excluded.runbook, cooldown = excluded.cooldown,
                 most = excluded.most, set_by = excluded.set_by, set_at = excluded.set_at, answer = null, words = null,
                 asked_at = null, since = null
             returning id",
        )
        .bind(&id)
        .bind(probe.guild.to_string())
        .bind(&probe.name)
        .bind(&probe.kind)
        .bind(&probe.target)
        .bind(&probe.expects)
        .bind(probe.every)
        .bind(probe.within)
        .bind(probe.lasts)
        .bind(probe.calm)
        .bind(probe.warn)
        .bind(probe.critical)
        .bind(probe.server.as_ref().map(|(name, _)| name.clone()))
        .bind(probe.server.as_ref().map(|(_, id)| id.clone()))
        .bind(&probe.runbook)
        .bind(probe.cooldown)
        .bind(probe.most)
        .bind(probe.set_by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(match kept {
            None => SetProbe::TooMany,
            Some(kept) if kept == id => SetProbe::New,
            Some(_) => SetProbe::Changed,
        })
    }

    /// Removes a probe. The answer is whether it was there.
    pub async fn remove_probe(&self, guild: GuildId, name: &str) -> Result<bool> {
        let gone = sqlx::query("delete from probes where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Notes what probes were answered; one that is gone meanwhile stays gone.
    pub async fn probes_answered(&self, answered: &[(GuildId, String, Answered)]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for (guild, id, answered) in answered {
            sqlx::query(
                "update probes set answer = $1, words = $2, asked_at = $3, since = $4 where guild_id = $5 and id = $6",
            )
            .bind(&answered.answer)
            .bind(answered.words.replace('\0', "␀"))
            .bind(answered.at.0)
            .bind(answered.since.0)
            .bind(guild.to_string())
            .bind(id)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }
}
