//! A guild's rules of what needs whose yes.

use std::time::Duration;

use base::{Asker, Error, GuildId, Need, Result, Risk, UserId};

use crate::{Store, lost, policies};

/// A rule. What is none is any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A pattern of actions.
    pub action: String,
    /// A pattern of targets.
    pub target: String,
    /// For this risk only.
    pub risk: Option<Risk>,
    /// Where this is who asks.
    pub asker: Option<Asker>,
    /// Whose yes it needs.
    pub need: Need,
    /// How long a question stays open.
    pub lasts: Option<Duration>,
}

#[derive(sqlx::FromRow)]
struct Row {
    action: String,
    target: String,
    risk: String,
    asker: String,
    need: String,
    lasts: Option<i64>,
}

impl TryFrom<Row> for Rule {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unknown = || Error::internal("reading the policy", anyhow::anyhow!("a rule needs `{}`", row.need));
        Ok(Self {
            need: Need::parse(&row.need).ok_or_else(unknown)?,
            risk: Risk::parse(&row.risk),
            asker: Asker::parse(&row.asker),
            lasts: row.lasts.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis),
            action: row.action,
            target: row.target,
        })
    }
}

impl Store {
    /// A guild's rules.
    pub async fn rules(&self, guild: GuildId) -> Result<Vec<Rule>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select action, target, risk, asker, need, lasts from policy_rules
             where guild_id = $1 order by action, target, risk, asker",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        rows.into_iter().map(Rule::try_from).collect()
    }

    /// Sets a rule, in place of one for the same, and raises the policy's version. The answer is whether there was room: a
    /// guild has at most `most`.
    pub async fn set_rule(&self, guild: GuildId, rule: &Rule, by: UserId, most: i64) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        policies::raise(&mut both, guild).await?;
        let set = sqlx::query(
            "insert into policy_rules (id, guild_id, action, target, risk, asker, need, lasts, set_by, set_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             where (select count(*) from policy_rules where guild_id = $2) < $11
             on conflict (guild_id, action, target, risk, asker) do update set need = excluded.need,
                 lasts = excluded.lasts, set_by = excluded.set_by, set_at = excluded.set_at",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(&rule.action)
        .bind(&rule.target)
        .bind(rule.risk.map_or("any", Risk::as_str))
        .bind(rule.asker.map_or("any", Asker::as_str))
        .bind(rule.need.as_str())
        .bind(rule.lasts.and_then(|lasts| i64::try_from(lasts.as_millis()).ok()))
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .bind(most)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if set.rows_affected() == 0 {
            return Ok(false);
        }
        both.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Takes a rule away and raises the policy's version. The answer is whether it was there.
    pub async fn forget_rule(
        &self,
        guild: GuildId,
        action: &str,
        target: &str,
        risk: Option<Risk>,
        asker: Option<Asker>,
    ) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        policies::raise(&mut both, guild).await?;
        let gone = sqlx::query(
            "delete from policy_rules where guild_id = $1 and action = $2 and target = $3 and risk = $4 and asker = $5",
        )
        .bind(guild.to_string())
        .bind(action)
        .bind(target)
        .bind(risk.map_or("any", Risk::as_str))
        .bind(asker.map_or("any", Asker::as_str))
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        both.commit().await.map_err(lost)?;
        Ok(true)
    }
}
