//! What alerts asked to be healed: each once, and no more often than was said.
//!
//! **Invariant:** an event becomes one row, whatever is killed when; what was not done is a row, too, and says why. Counting and claiming
//! are one transaction.

use base::{GuildId, Millis, Result, UserId};
use uuid::Uuid;

use crate::{Store, lost};

/// An hour, in milliseconds.
const HOUR: i64 = 3_600 * 1000;

/// An alert that names a runbook.
#[derive(Debug, Clone)]
pub struct NewHeal<'a> {
    /// The event's number.
    pub seq: i64,
    /// Whose it is.
    pub guild: GuildId,
    /// The runbook's name.
    pub runbook: &'a str,
    /// The rule that opened the alert: its id, and its name.
    pub rule: (&'a str, &'a str),
    /// The alert.
    pub alert: Option<&'a str>,
    /// What it is about.
    pub subject: &'a str,
    /// Who made the rule.
    pub by: UserId,
    /// The variables, as they are written for a run.
    pub vars: &'a str,
    /// It rests so long for the same subject, in milliseconds.
    pub cooldown: i64,
    /// It is done at most so often in an hour, for this rule.
    pub most: i64,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is to be done.
    Yes(Box<Heal>),
    /// It rests.
    Cooling(Box<Heal>),
    /// It was done too often.
    Capped(Box<Heal>),
    /// Somebody had it before.
    Known,
}

/// What is to be healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heal {
    /// The event's number.
    pub seq: i64,
    /// Whose it is.
    pub guild: GuildId,
    /// The runbook's name.
    pub runbook: String,
    /// The rule's name.
    pub rule: String,
    /// The alert.
    pub alert: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Who made the rule.
    pub by: UserId,
    /// The variables, as they are written for a run.
    pub vars: String,
    /// The entry in the audit log that it gets.
    pub entry: Uuid,
}

type Row = (i64, String, String, String, Option<String>, String, String, String, String);

fn read((seq, guild, runbook, rule, alert, subject, by, vars, entry): Row) -> Heal {
    Heal {
        seq,
        guild: GuildId(guild.parse().unwrap_or_default()),
        runbook,
        rule,
        alert,
        subject,
        by: UserId(by.parse().unwrap_or_default()),
        vars,
        entry: entry.parse().unwrap_or_default(),
    }
}

impl Store {
    /// Claims what an alert asks for, once.
    pub async fn claim_heal(&self, new: &NewHeal<'_>) -> Result<Claimed> {
        let (now, entry, guild) = (self.clock.now().0, self.clock.id(), new.guild.to_string());
        let mut all = self.pool.begin().await.map_err(lost)?;
        // It is written first: SQLite lets nobody write who has read what is old by then.
        let made = sqlx::query(
            "insert into runbook_heals (seq, guild_id, runbook, rule_id, rule, alert, subject, by_id, vars, state, entry_id, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (seq) do nothing",
        )
        .bind(new.seq)
        .bind(guild.clone())
        .bind(new.runbook)
        .bind(new.rule.0)
        .bind(new.rule.1)
        .bind(new.alert)
        .bind(new.subject)
        .bind(new.by.to_string())
        .bind(new.vars)
        .bind("claimed")
        .bind(entry.to_string())
        .bind(now)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if made.rows_affected() == 0 {
            return Ok(Claimed::Known);
        }
        let lately = |column: &'static str| {
            format!(
                "select count(*) from runbook_heals where guild_id = $1 and {column} = $2 and at > $3 and seq <> $4 and state in ('claimed', 'begun')"
            )
        };
        let rested: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(lately("runbook") + " and subject = $5"))
            .bind(guild.clone())
            .bind(new.runbook.to_owned())
            .bind(now - new.cooldown)
            .bind(new.seq)
            .bind(new.subject.to_owned())
            .fetch_one(&mut *all)
            .await
            .map_err(lost)?;
        let often: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(lately("rule_id")))
            .bind(guild.clone())
            .bind(new.rule.0.to_owned())
            .bind(now - HOUR)
            .bind(new.seq)
            .fetch_one(&mut *all)
            .await
            .map_err(lost)?;
        let state = match (often >= new.most, rested > 0) {
            (true, _) => "capped",
            (false, true) => "cooling",
            (false, false) => "claimed",
        };
        if state != "claimed" {
            let settled = sqlx::query("update runbook_heals set state = $3 where guild_id = $1 and seq = $2");
            settled.bind(guild).bind(new.seq).bind(state).execute(&mut *all).await.map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        let heal = Box::new(Heal {
            seq: new.seq,
            guild: new.guild,
            runbook: new.runbook.to_owned(),
            rule: new.rule.1.to_owned(),
            alert: new.alert.map(str::to_owned),
            subject: new.subject.to_owned(),
            by: new.by,
            vars: new.vars.to_owned(),
            entry,
        });
        Ok(match state {
            "capped" => Claimed::Capped(heal),
            "cooling" => Claimed::Cooling(heal),
            _ => Claimed::Yes(heal),
        })
    }

    /// What was claimed and not begun, the oldest first.
    pub async fn claimed_heals(&self) -> Result<Vec<Heal>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select seq, guild_id, runbook, rule, alert, subject, by_id, vars, entry_id from runbook_heals where state = 'claimed'
             order by seq limit 100",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// Says what became of what was claimed. The answer is whether this said so first.
    pub async fn settle_heal(&self, heal: &Heal, state: &str) -> Result<bool> {
        sqlx::query("update runbook_heals set state = $1 where guild_id = $2 and seq = $3 and state = 'claimed'")
            .bind(state)
            .bind(heal.guild.to_string())
            .bind(heal.seq)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// Forgets what was asked for before this moment, and runs that ended before it.
    pub async fn forget_runbook_runs(&self, before: Millis) -> Result<()> {
        for sql in [
            "delete from runbook_heals where at < $1 and state <> 'claimed'",
            "delete from runbook_runs where ended_at < $1",
        ] {
            sqlx::query(sql).bind(before.0).execute(&self.pool).await.map_err(lost)?;
        }
        Ok(())
    }
}
