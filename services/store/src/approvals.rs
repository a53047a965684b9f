//! Questions that wait for people's answers.
//!
//! **Invariant:** a question is answered once: `open` becomes anything else by one compare-and-set, and a yes only for exactly
//! what was asked, under the policy it was asked under, before it expires.

use std::time::Duration;

use base::{Actor, Asker, Error, GuildId, Millis, Need, Result, Risk, UserId, Way, gate::Request};
use uuid::Uuid;

use crate::{Store, lost};

/// A question's row.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// The action's name.
    pub action: String,
    /// The action as JSON, to be done after a yes; masked where `sealed` holds it.
    pub arguments: String,
    /// The vault's row that holds the action with its secrets.
    pub sealed: Option<String>,
    /// The action as people may see it.
    pub shown: String,
    /// SHA-256 of the action and of what it acts on: a yes counts for exactly this.
    pub digest: String,
    /// What they decide on.
    pub plan: String,
    /// What it acts on.
    pub target: Option<String>,
    /// Whose yes it needs.
    pub need: Need,
    /// Why it is asked.
    pub why: String,
    /// What makes it that risky, where that depends on what it is.
    pub because: Option<String>,
    /// The policy's version when it was asked.
    pub policy_version: i64,
    /// What whoever answers must hold: "`server.run` on `web-1`".
    pub takes: String,
    /// How much it can hurt.
    pub risk: Risk,
    /// The request's reference in the audit log, once its card stands.
    pub reference: Option<String>,
    /// Who wants it.
    pub asked_by: UserId,
    /// How they asked.
    pub way: Way,
    /// Who asked in their name.
    pub agent: Option<String>,
    /// How it stands.
    pub state: State,
    /// Who ended it.
    pub decided_by: Option<UserId>,
    /// In words, why it is no longer open.
    pub ended: Option<String>,
    /// When it was asked.
    pub asked: Millis,
    /// Until when an answer counts.
    pub expires: Millis,
    /// Where its card stands: channel and message.
    pub place: Option<(u64, u64)>,
}

impl Approval {
    /// Who asks, as the policy tells them apart.
    pub fn asker(&self) -> Asker {
        self.way.asker()
    }
}

/// Why a question is over that nobody answered.
pub const IN_TIME: &str = "nobody answered in time";
/// Whoever closes a question draws its card within this many milliseconds, or did not.
const ANSWERED_BY: i64 = 10_000;

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Open,
    /// It was answered with yes, and done.
    Granted,
    /// It was answered with no, or taken back.
    Dismissed,
    /// Nobody answered in time, or what it was about is no longer so.
    Expired,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Dismissed => "dismissed",
            Self::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "granted" => Self::Granted,
            "dismissed" => Self::Dismissed,
            _ => Self::Expired,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    action: String,
    arguments: String,
    sealed_id: Option<String>,
    shown: String,
    digest: String,
    plan: String,
    target: Option<String>,
    need: String,
    why: String,
    because: Option<String>,
    policy_version: i64,
    takes: String,
    risk: String,
    reference: Option<String>,
    asked_by: String,
    way: String,
    agent: Option<String>,
    state: String,
    decided_by: Option<String>,
    ended: Option<String>,
    created_at: i64,
    expires_at: i64,
    channel_id: Option<String>,
    message_id: Option<String>,
}

impl TryFrom<Row> for Approval {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let damaged = || Error::internal("reading a question", anyhow::anyhow!("approval {} is damaged", row.id));
        let snowflake = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok()).filter(|id| *id != 0);
        Ok(Self {
            id: row.id.parse().map_err(|_| damaged())?,
            guild: GuildId(row.guild_id.parse().map_err(|_| damaged())?),
            need: Need::parse(&row.need).ok_or_else(damaged)?,
            risk: Risk::parse(&row.risk).ok_or_else(damaged)?,
            way: Way::parse(&row.way).ok_or_else(damaged)?,
            asked_by: UserId(row.asked_by.parse().map_err(|_| damaged())?),
            place: snowflake(&row.channel_id).zip(snowflake(&row.message_id)),
            state: State::parse(&row.state),
            asked: Millis(row.created_at),
            expires: Millis(row.expires_at),
            action: row.action,
            arguments: row.arguments,
            sealed: row.sealed_id,
            shown: row.shown,
            digest: row.digest,
            plan: row.plan,
            target: row.target,
            why: row.why,
            because: row.because,
            policy_version: row.policy_version,
            takes: row.takes,
            reference: row.reference,
            agent: row.agent,
            decided_by: row.decided_by.and_then(|by| by.parse().ok()).map(UserId),
            ended: row.ended,
        })
    }
}

const COLUMNS: &str = "id, guild_id, action, arguments, sealed_id, shown, digest, plan, target, need, why, because, policy_version, takes, risk, reference, \
    asked_by, way, agent, state, decided_by, ended, created_at, expires_at, channel_id, message_id";

/// Those that can be read: one damaged row must not keep the others from being told.
fn readable(rows: Vec<Row>) -> Vec<Approval> {
    let read = |row: Row| match Approval::try_from(row) {
        Ok(asked) => Some(asked),
        Err(error) => {
            tracing::error!("a question was left out: {error}");
            None
        }
    };
    rows.into_iter().filter_map(read).collect()
}

/// A question to ask.
#[derive(Debug)]
pub struct Question<'a> {
    /// Who wants it.
    pub actor: &'a Actor,
    /// What.
    pub request: &'a Request,
    /// The vault's row of all of it, where it holds secrets.
    pub sealed: Option<&'a str>,
    /// Whose yes it needs.
    pub need: Need,
    /// Why it is asked.
    pub why: &'a str,
    /// The policy it is asked under.
    pub policy_version: i64,
    /// How long it stays open.
    pub lasts: Duration,
    /// When to say that it still waits.
    pub remind_after: Option<Duration>,
    /// How many questions one person may have open.
    pub most: i64,
}

impl Store {
    /// Asks; the answer is the question's id and its expiry, or none where whoever asks has too many open already.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Option<(Uuid, Millis)>> {
        let (id, now) = (self.clock.id(), self.clock.now());
        let (actor, request) = (question.actor, question.request);
        let expires = now.plus(question.lasts);
        let asked = sqlx::query(
            "insert into approvals (id, guild_id, action, arguments, shown, digest, plan, target, need, why, because, policy_version,
                 asked_by, takes, way, agent, state, created_at, expires_at, remind_at, sealed_id, risk)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $20, $11, $12, $13, $14, $15, 'open', $16, $17, $18, $21, $22
             where (select count(*) from approvals
                    where guild_id = $2 and asked_by = $12 and state = 'open' and expires_at > $16) < $19",
        )
        .bind(id.to_string())
        .bind(actor.guild.to_string())
        .bind(request.name)
        .bind(if question.sealed.is_some() { request.arguments.to_string() } else { request.exact.to_string() })
        .bind(request.arguments.to_string())
        .bind(&request.digest)
        .bind(&request.plan)
        .bind(&request.target)
        .bind(question.need.as_str())
        .bind(question.why)
        .bind(question.policy_version)
        .bind(actor.user.to_string())
        .bind(request.grant())
        .bind(actor.way.as_str())
        .bind(&actor.agent)
        .bind(now.0)
        .bind(expires.0)
        .bind(question.remind_after.map(|after| now.plus(after).0))
        .bind(question.most)
        .bind(&request.why)
        .bind(question.sealed)
        .bind(request.risk.as_str())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok((asked.rows_affected() > 0).then_some((id, expires)))
    }

    /// Reads a question of this guild.
    pub async fn approval(&self, guild: GuildId, id: Uuid) -> Result<Option<Approval>> {
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from approvals where id = $1 and guild_id = $2"
        )))
        .bind(id.to_string())
        .bind(guild.to_string())
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        row.map(Approval::try_from).transpose()
    }

    /// Counts somebody's yes, while the question is open; again is the same. The answer is everybody who said yes.
    pub async fn vote(&self, actor: &Actor, id: Uuid) -> Result<Vec<UserId>> {
        let now = self.clock.now().0;
        sqlx::query(
            "insert into approval_votes (approval_id, user_id, voted_at)
             select id, $1, $2 from approvals
             where id = $3 and guild_id = $4 and state = 'open' and created_at <= $2 and expires_at > $2
             on conflict (approval_id, user_id) do nothing",
        )
        .bind(actor.user.to_string())
        .bind(now)
        .bind(id.to_string())
        .bind(actor.guild.to_string())
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        self.votes(actor.guild, id).await
    }

    /// Who said yes to a question of this guild.
    pub async fn votes(&self, guild: GuildId, id: Uuid) -> Result<Vec<UserId>> {
        let voters: Vec<String> = sqlx::query_scalar(
            "select user_id from approval_votes where approval_id = (select id from approvals where id = $1 and guild_id = $2)
             order by voted_at, user_id",
        )
        .bind(id.to_string())
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(voters.iter().filter_map(|voter| voter.parse().ok().map(UserId)).collect())
    }

    /// Spends the yes to an open question, once. The answer is whether this was the one that counted.
    pub async fn grant_approval(&self, guild: GuildId, id: Uuid, digest: &str, policy_version: i64) -> Result<bool> {
        let now = self.clock.now().0;
        sqlx::query(
            "update approvals set state = 'granted', decided_at = $1
             where id = $2 and guild_id = $3 and state = 'open' and digest = $4 and policy_version = $5
                 and created_at <= $1 and expires_at > $1
                 and coalesce((select version from policies where guild_id = $3), 0) = $5",
        )
        .bind(now)
        .bind(id.to_string())
        .bind(guild.to_string())
        .bind(digest)
        .bind(policy_version)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// Ends an open question without doing anything. The answer is whether it was open until now.
    pub async fn close_approval(
        &self,
        guild: GuildId,
        id: Uuid,
        state: State,
        by: Option<UserId>,
        why: &str,
    ) -> Result<bool> {
        sqlx::query(
            "update approvals set state = $1, ended = $2, decided_by = $3, decided_at = $4, untold = 1
             where id = $5 and guild_id = $6 and state = 'open'",
        )
        .bind(state.as_str())
        .bind(why.replace('\0', "␀"))
        .bind(by.map(|by| by.to_string()))
        .bind(self.clock.now().0)
        .bind(id.to_string())
        .bind(guild.to_string())
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// The questions of a guild that wait for an answer, the newest first.
    pub async fn open_approvals(&self, guild: GuildId) -> Result<Vec<Approval>> {
        let sql = format!(
            "select {COLUMNS} from approvals where guild_id = $1 and state = 'open' and expires_at > $2 order by id desc"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).bind(self.clock.now().0);
        query.fetch_all(&self.reads).await.map_err(lost)?.into_iter().map(Approval::try_from).collect()
    }

    /// Lets go of what was sealed for a question that is no longer open; the answer is the vault's row, which may then go.
    pub async fn unseal_approval(&self, guild: GuildId, id: Uuid) -> Result<Option<String>> {
        let sealed: Option<Option<String>> =
            sqlx::query_scalar("select sealed_id from approvals where id = $1 and guild_id = $2 and state <> 'open'")
                .bind(id.to_string())
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let Some(sealed) = sealed.flatten() else { return Ok(None) };
        sqlx::query("update approvals set sealed_id = null, because = null where id = $1 and guild_id = $2")
            .bind(id.to_string())
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(Some(sealed))
    }

    /// Where a question's card stands, for the reminder and the last word.
    pub async fn place_approval(
        &self,
        guild: GuildId,
        id: Uuid,
        (channel, message): (u64, u64),
        reference: Option<&str>,
    ) -> Result<()> {
        let sql =
            "update approvals set channel_id = $1, message_id = $2, reference = $5 where id = $3 and guild_id = $4";
        sqlx::query(sql)
            .bind(channel.to_string())
            .bind(message.to_string())
            .bind(id.to_string())
            .bind(guild.to_string())
            .bind(reference)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Takes on the reminders that are due: each is handed out once, until it is put back.
    pub async fn due_reminders(&self) -> Result<Vec<Approval>> {
        let sql = format!(
            "update approvals set reminded_at = $1
             where reminded_at is null and remind_at <= $1 and state = 'open' and expires_at > $1 returning {COLUMNS}"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(self.clock.now().0)
            .fetch_all(&self.pool)
            .await
            .map_err(lost)?;
        Ok(readable(rows))
    }

    /// A reminder that Discord did not take is due again.
    pub async fn put_back_reminder(&self, guild: GuildId, id: Uuid) -> Result<()> {
        sqlx::query("update approvals set reminded_at = null where id = $1 and guild_id = $2")
            .bind(id.to_string())
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Ends what nobody answered in time. Their cards have still to say it.
    pub async fn end_overdue(&self) -> Result<()> {
        let now = self.clock.now().0;
        sqlx::query(
            "update approvals set state = 'expired', untold = 1, decided_at = $1, ended = $2
             where state = 'open' and expires_at <= $1",
        )
        .bind(now)
        .bind(IN_TIME)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Some of what is over and whose cards do not say so yet. What somebody closed is first left to whoever answers them.
    pub async fn untold_ends(&self) -> Result<Vec<Approval>> {
        let sql = format!(
            "select {COLUMNS} from approvals where untold = 1 and (ended = $1 or decided_at <= $2) order by id limit 10"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql)).bind(IN_TIME);
        let rows = query.bind(self.clock.now().0 - ANSWERED_BY).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(readable(rows))
    }

    /// Its card says that it is over, or cannot any more.
    pub async fn told_end(&self, guild: GuildId, id: Uuid) -> Result<()> {
        sqlx::query("update approvals set untold = 0 where id = $1 and guild_id = $2")
            .bind(id.to_string())
            .bind(guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Lets go of what was sealed for questions that are over, for the sweep that follows. Only for whoever holds the
    /// database's lock.
    pub async fn unseal_ended(&self) -> Result<()> {
        sqlx::query("update approvals set sealed_id = null where state <> 'open' and sealed_id is not null")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Ends what a process asked that died before the question stood anywhere, unless the next one still puts it up: a schedule's
    /// question stays in its row until Discord has it, and a conversation in which something is to be done, or a run that goes on, knows
    /// it or the entry it was asked under. Only for whoever holds the database's lock.
    pub async fn end_unasked(&self) -> Result<()> {
        sqlx::query(
            "update approvals set state = 'expired', untold = 1, decided_at = $1, ended = 'I was stopped before it was asked'
             where state = 'open' and message_id is null
                 and not exists (select 1 from occurrences o where o.approval_id = approvals.id and o.card is not null)
                 and not exists (select 1 from audit_log a join occurrences o on o.id = a.entry_id
                     where a.approval_id = approvals.id and o.state in ('claimed', 'begun'))
                 and not exists (select 1 from audit_log a join conversations c on c.guild_id = a.guild_id
                     where a.approval_id = approvals.id and c.busy = 1 and c.body like '%' || a.entry_id || '%')
                 and not exists (select 1 from runs r join run_steps s on s.run_id = r.id
                     where r.guild_id = approvals.guild_id and r.state in ('queued', 'running')
                         and (s.noted like '%' || approvals.id || '%' or exists (select 1 from audit_log a
                             where a.approval_id = approvals.id and s.noted like '%' || a.entry_id || '%')))",
        )
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Opens again what was granted by a process that died before anything had begun: the answers to a question are on record
    /// too, and begin nothing. Only for whoever holds the database's lock.
    pub async fn reopen_approvals(&self) -> Result<u64> {
        sqlx::query(
            "update approvals set state = 'open', decided_at = null
             where state = 'granted' and not exists (select 1 from audit_log
                 where audit_log.approval_id = approvals.id and audit_log.outcome = 'started')",
        )
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected())
        .map_err(lost)
    }
}
