//! What is watched in a guild, where it says otherwise than the program.

use base::{GuildId, Result, UserId};

use crate::{Store, lost};

/// A rule's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    /// Its id; given by the database where it is new.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique there.
    pub name: String,
    /// What is watched, as the word that is kept.
    pub what: String,
    /// `above` or `below`.
    pub worse: String,
    /// From what on somebody should look.
    pub warn: Option<i64>,
    /// And from what on at once.
    pub critical: Option<i64>,
    /// For how long, in milliseconds.
    pub lasts: i64,
    /// How long it must be well again, in milliseconds.
    pub calm: i64,
    /// `all`, a server's name, or a tag.
    pub scope: String,
    /// A runbook's name.
    pub runbook: Option<String>,
    /// How long that is not run again, in milliseconds.
    pub cooldown: Option<i64>,
    /// How often in an hour at most.
    pub most: Option<i64>,
    /// Nothing is watched by it.
    pub off: bool,
    /// Who said so.
    pub set_by: UserId,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    what: String,
    worse: String,
    warn: Option<i64>,
    critical: Option<i64>,
    lasts: i64,
    calm: i64,
    scope: String,
    runbook: Option<String>,
    cooldown: Option<i64>,
    most: Option<i64>,
    off: i64,
    set_by: String,
}

impl From<Row> for AlertRule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            what: row.what,
            worse: row.worse,
            warn: row.warn,
            critical: row.critical,
            lasts: row.lasts,
            calm: row.calm,
            scope: row.scope,
            runbook: row.runbook,
            cooldown: row.cooldown,
            most: row.most,
            off: row.off != 0,
            set_by: UserId(row.set_by.parse().unwrap_or_default()),
        }
    }
}

/// What became of a rule that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRule {
    /// The guild says it for the first time.
    New,
    /// It takes the place of what the guild said before.
    Changed,
    /// The guild has as many as it may.
    TooMany,
}

impl Store {
    /// A guild's rules, by name.
    pub async fn alert_rules(&self, guild: GuildId) -> Result<Vec<AlertRule>> {
        let rows: Vec<Row> = sqlx::query_as("select * from alert_rules where guild_id = $1 order by name")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(AlertRule::from).collect())
    }

    /// The guilds that have a rule on this, whatever it says: what happens to the bot itself concerns each of them.
    pub async fn guilds_with_alert_rules_on(&self, what: &str) -> Result<Vec<GuildId>> {
        let sql = "select distinct guild_id from alert_rules where what = $1 order by guild_id";
        let rows: Vec<String> = sqlx::query_scalar(sql).bind(what).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(|guild| guild.parse().ok().map(GuildId)).collect())
    }

    /// Sets a rule; one of that name is changed and keeps its id.
    pub async fn set_alert_rule(&self, rule: &AlertRule, most: i64) -> Result<SetRule> {
        let id = self.clock.id().to_string();
        let kept: Option<String> = sqlx::query_scalar(
            "insert into alert_rules (id, guild_id, name, what, worse, warn, critical, lasts, calm, scope, runbook, cooldown, most,
                 off, set_by, set_at)
             select $1, $2, $3, $4, $5, cast($6 as bigint), cast($7 as bigint), cast($8 as bigint), cast($9 as bigint), $10, $11,
                 cast($12 as bigint), cast($13 as bigint), cast($14 as bigint), $15, cast($16 as bigint)
             where (select count(*) from alert_rules where guild_id = $2 and name <> $3) < $17
             on conflict (guild_id, name) do update set what = excluded.what, worse = excluded.worse, warn = excluded.warn,
                 critical = excluded.critical, lasts = excluded.lasts, calm = excluded.calm, scope = excluded.scope,
                 runbook = excluded.runbook, cooldown = excluded.cooldown, most = excluded.most, off = excluded.off,
                 set_by = excluded.set_by, set_at = excluded.set_at
             returning id",
        )
        .bind(&id)
        .bind(rule.guild.to_string())
        .bind(&rule.name)
        .bind(&rule.what)
        .bind(&rule.worse)
        .bind(rule.warn)
        .bind(rule.critical)
        .bind(rule.lasts)
        .bind(rule.calm)
        .bind(&rule.scope)
        .bind(&rule.runbook)
        .bind(rule.cooldown)
        .bind(rule.most)
        .bind(i64::from(rule.off))
        .bind(rule.set_by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(match kept {
            None => SetRule::TooMany,
            Some(kept) if kept == id => SetRule::New,
            Some(_) => SetRule::Changed,
        })
    }

    /// Takes away what the guild said under this name. The answer is whether it said anything.
    pub async fn remove_alert_rule(&self, guild: GuildId, name: &str) -> Result<bool> {
        let gone = sqlx::query("delete from alert_rules where guild_id = $1 and name = $2")
            .bind(guild.to_string())
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
