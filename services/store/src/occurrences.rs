//! What came due of schedules: claimed, begun, ended, told.
//!
//! **Invariant:** a row goes forward only, each step by one compare-and-set, and by the process that holds it. A new process takes over
//! what a dead one held: the database's lock says that there is no other.

use base::{GuildId, Millis, Result, UserId};
use uuid::Uuid;

use crate::{Store, lost, schedules::Schedule};

/// What is claimed of a schedule's moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// To be done, in this order: its id, its moment, and how many missed ones it stands for.
    pub runs: Vec<(Uuid, Millis, i64)>,
    /// Not done, and why.
    pub skipped: Option<(Uuid, Millis, &'static str)>,
    /// How many were missed and are not made up for.
    pub missed: i64,
    /// The moment after all of these.
    pub next: Option<Millis>,
}

/// What came due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its id, and its entry in the audit log.
    pub id: Uuid,
    /// The schedule.
    pub schedule: String,
    /// Whose it is.
    pub guild: GuildId,
    /// When it was due.
    pub due: Millis,
    /// Whoever had it done by hand.
    pub asked_by: Option<UserId>,
    /// How many that were missed it stands for, besides itself.
    pub stands_for: i64,
    /// How it ended, or why it was skipped.
    pub outcome: Option<String>,
    /// In words, where there is more to say.
    pub detail: Option<String>,
}

/// What is still to be told.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The occurrence.
    pub id: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// Where.
    pub channel: u64,
    /// What, as JSON without its file.
    pub card: String,
    /// The question it is about.
    pub approval: Option<Uuid>,
}

/// How one ended.
#[derive(Debug, Default)]
pub struct End<'a> {
    /// As the audit log has it.
    pub outcome: &'a str,
    /// In words, where there is more to say.
    pub detail: Option<&'a str>,
    /// The question it ended with.
    pub approval: Option<Uuid>,
    /// Its card without secrets, as JSON; none where nothing is told.
    pub card: Option<&'a str>,
    /// Its file: the name, and what is in it.
    pub file: Option<(&'a str, &'a [u8])>,
    /// How many have failed in a row now.
    pub failures: i64,
}

type Row = (String, String, String, i64, Option<String>, i64, Option<String>, Option<String>);

fn read((id, schedule, guild, due, asked_by, stands_for, outcome, detail): Row) -> Occurrence {
    Occurrence {
        id: id.parse().unwrap_or_default(),
        schedule,
        guild: GuildId(guild.parse().unwrap_or_default()),
        due: Millis(due),
        asked_by: asked_by.and_then(|person| person.parse().ok()).map(UserId),
        stands_for,
        outcome,
        detail,
    }
}

impl Store {
    /// Claims moments of a schedule, all or none. The answer is whether nobody else had: the schedule's next moment is still the one this
    /// was made of, and it goes on.
    pub async fn claim(&self, schedule: &Schedule, claim: &Claim, holder: &str) -> Result<bool> {
        let now = self.clock.now().0;
        let mut all = self.pool.begin().await.map_err(lost)?;
        let moved = sqlx::query(
            "update schedules set next_at = $1, missed_count = missed_count + $2,
                 state = case when $1 is null then 'done' else state end
             where guild_id = $3 and id = $4 and state = 'active' and next_at = $5",
        )
        .bind(claim.next.map(|next| next.0))
        .bind(claim.missed)
        .bind(schedule.guild.to_string())
        .bind(&schedule.id)
        .bind(schedule.next.map(|next| next.0))
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        let runs = claim.runs.iter().map(|(id, due, stands_for)| (id, due, *stands_for, "claimed", None));
        let skipped = claim.skipped.iter().map(|(id, due, why)| (id, due, 0, "skipped", Some(*why)));
        for (id, due, stands_for, state, outcome) in runs.chain(skipped) {
            sqlx::query(
                "insert into occurrences (id, schedule_id, guild_id, due_at, stands_for, state, holder, claimed_at, ended_at, outcome)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(id.to_string())
            .bind(&schedule.id)
            .bind(schedule.guild.to_string())
            .bind(due.0)
            .bind(stands_for)
            .bind(state)
            .bind(holder)
            .bind(now)
            .bind(outcome.map(|_| now))
            .bind(outcome)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Claims a run by hand; none while another goes on.
    pub async fn claim_by_hand(&self, schedule: &Schedule, by: UserId, holder: &str) -> Result<Option<Occurrence>> {
        let (id, now) = (self.clock.id(), self.clock.now());
        let row: Option<Row> = sqlx::query_as(
            "insert into occurrences (id, schedule_id, guild_id, due_at, asked_by, state, holder, claimed_at)
             select $1, $2, $3, cast($4 as bigint), $5, 'claimed', $6, cast($4 as bigint) where not exists
                 (select 1 from occurrences where schedule_id = $2 and state in ('claimed', 'begun'))
             on conflict (schedule_id, due_at) do nothing
             returning id, schedule_id, guild_id, due_at, asked_by, stands_for, outcome, detail",
        )
        .bind(id.to_string())
        .bind(&schedule.id)
        .bind(schedule.guild.to_string())
        .bind(now.0)
        .bind(by.to_string())
        .bind(holder)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(read))
    }

    /// Takes over what another process held and did not end. Only for whoever holds the database's lock.
    pub async fn take_over(&self, holder: &str) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "update occurrences set holder = $1 where state in ('claimed', 'begun') and holder <> $1 returning id",
        )
        .bind(holder)
        .fetch_all(&self.pool)
        .await
        .map_err(lost)
    }

    /// What a process holds and has not ended, the oldest of each schedule first.
    pub async fn held_occurrences(&self, holder: &str) -> Result<Vec<Occurrence>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, schedule_id, guild_id, due_at, asked_by, stands_for, outcome, detail from occurrences
             where state in ('claimed', 'begun') and holder = $1 order by due_at, id",
        )
        .bind(holder)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// The schedule of something that came due; none once it was removed.
    pub async fn schedule_of(&self, occurrence: &Occurrence) -> Result<Option<Schedule>> {
        let all = self.schedules(occurrence.guild).await?;
        Ok(all.into_iter().find(|schedule| schedule.id == occurrence.schedule))
    }

    /// Says that it is begun: from here on its entry in the audit log tells. The answer is whether it was there to be.
    pub async fn begin_occurrence(&self, occurrence: &Occurrence, holder: &str) -> Result<bool> {
        let begun = sqlx::query(
            "update occurrences set state = 'begun' where guild_id = $1 and id = $2 and holder = $3 and state in ('claimed', 'begun')",
        )
        .bind(occurrence.guild.to_string())
        .bind(occurrence.id.to_string())
        .bind(holder)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(begun.rows_affected() > 0)
    }

    /// Ends it, once, and counts failures. The answer is whether this ended it.
    pub async fn end_occurrence(&self, occurrence: &Occurrence, end: &End<'_>) -> Result<bool> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        let ended = sqlx::query(
            "update occurrences set state = 'ended', ended_at = $1, outcome = $2, detail = $3, approval_id = $4, card = $5,
                 file_name = $6, file = $7
             where guild_id = $8 and id = $9 and state in ('claimed', 'begun')",
        )
        .bind(self.clock.now().0)
        .bind(end.outcome)
        .bind(end.detail)
        .bind(end.approval.map(|id| id.to_string()))
        .bind(end.card)
        .bind(end.file.map(|(name, _)| name))
        .bind(end.file.map(|(_, bytes)| bytes))
        .bind(occurrence.guild.to_string())
        .bind(occurrence.id.to_string())
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("update schedules set failures = $1 where guild_id = $2 and id = $3")
            .bind(end.failures)
            .bind(occurrence.guild.to_string())
            .bind(&occurrence.schedule)
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Whether something of a schedule was claimed and has not ended.
    pub async fn goes_on(&self, schedule: &Schedule) -> Result<bool> {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from occurrences where guild_id = $1 and schedule_id = $2 and state in ('claimed', 'begun')",
        )
        .bind(schedule.guild.to_string())
        .bind(&schedule.id)
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(open > 0)
    }

    /// The last ones of a schedule, the newest first.
    pub async fn occurrences(&self, schedule: &Schedule, most: i64) -> Result<Vec<Occurrence>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, schedule_id, guild_id, due_at, asked_by, stands_for, outcome, detail from occurrences
             where guild_id = $1 and schedule_id = $2 order by due_at desc limit $3",
        )
        .bind(schedule.guild.to_string())
        .bind(&schedule.id)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// What ended and was not told yet, in the order in which it ended.
    pub async fn untold_occurrences(&self) -> Result<Vec<Untold>> {
        type Row = (String, String, String, String, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "select o.id, o.guild_id, s.channel_id, o.card, o.approval_id from occurrences o join schedules s on s.id = o.schedule_id
             where o.card is not null order by o.ended_at, o.due_at limit 100",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let untold = |(id, guild, channel, card, approval): Row| Untold {
            id: id.parse().unwrap_or_default(),
            guild: GuildId(guild.parse().unwrap_or_default()),
            channel: channel.parse().unwrap_or_default(),
            card,
            approval: approval.and_then(|id| id.parse().ok()),
        };
        Ok(rows.into_iter().map(untold).collect())
    }

    /// Whether a question was asked by a schedule.
    pub async fn is_a_schedules(&self, guild: GuildId, approval: Uuid) -> Result<bool> {
        let sql = "select count(*) from occurrences where guild_id = $1 and approval_id = $2";
        let query = sqlx::query_scalar::<_, i64>(sql).bind(guild.to_string()).bind(approval.to_string());
        query.fetch_one(&self.reads).await.map(|found| found > 0).map_err(lost)
    }

    /// The file of what is still to be told: its name, and what is in it.
    pub async fn untold_file(&self, guild: GuildId, id: Uuid) -> Result<Option<(String, Vec<u8>)>> {
        let row: Option<(Option<String>, Option<Vec<u8>>)> =
            sqlx::query_as("select file_name, file from occurrences where guild_id = $1 and id = $2")
                .bind(guild.to_string())
                .bind(id.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.and_then(|(name, bytes)| name.zip(bytes)))
    }

    /// Discord has it, or never will.
    pub async fn told_occurrence(&self, guild: GuildId, id: Uuid) -> Result<()> {
        sqlx::query("update occurrences set card = null, file_name = null, file = null where guild_id = $1 and id = $2")
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Forgets what ended before this moment and was told.
    pub async fn forget_occurrences(&self, before: Millis) -> Result<u64> {
        let gone =
            sqlx::query("delete from occurrences where state in ('ended', 'skipped') and card is null and due_at < $1")
                .bind(before.0)
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        Ok(gone.rows_affected())
    }
}
