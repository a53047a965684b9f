//! What commands printed, for as long as a guild keeps it.
//!
//! **Invariants:** an output is masked before it gets here, and written before the entry that it belongs to ends, so a kill between
//! the two loses nothing: whoever goes on with the run writes it again. It is kept here alone: a run's file is read from here.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    sync::Arc,
};

use base::{Error, GuildId, Millis, Result, UserId};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{Store, lost};

/// How long an output is kept where the guild said nothing, in days.
pub const DAYS: i64 = 30;
/// The longest a guild may ask for.
pub const MOST_DAYS: i64 = 365;
/// What a guild's outputs may take together, compressed; the oldest go first.
pub const MOST_BYTES: i64 = 250_000_000;
/// One this large may be the one too many; small ones are counted once an hour.
const LARGE: i64 = 16 * 1024;
/// No output is larger than what a command's log keeps of both its ends; a row that says otherwise is not of ours.
const MOST_UNPACKED: u64 = 16 * 1024 * 1024;
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// What a command printed.
#[derive(Debug, Clone)]
pub struct NewOutput {
    /// The command's entry in the audit log.
    pub entry: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// The run it was one command of, where that ran several.
    pub run: Option<Uuid>,
    /// What its file is called.
    pub name: String,
    /// What stands above it where several are read as one.
    pub heading: String,
    /// All of it, masked; none where nothing was printed.
    pub bytes: Option<Arc<Vec<u8>>>,
}

/// How a guild keeps what commands printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// For how many days.
    pub days: i64,
    /// Who said so, and when; none where nobody did.
    pub set: Option<(UserId, Millis)>,
    /// How many outputs are kept now …
    pub outputs: i64,
    /// … and what they take, compressed.
    pub bytes: i64,
}

impl Store {
    /// Keeps what a command printed; once more in the same place, where it was kept before.
    pub async fn keep_output(&self, output: NewOutput) -> Result<()> {
        let packed = match output.bytes {
            Some(bytes) => Some(pack(bytes).await?),
            None => None,
        };
        let size = packed.as_ref().map_or(0, |packed| i64::try_from(packed.len()).unwrap_or(i64::MAX));
        sqlx::query(
            "insert into command_outputs (entry_id, guild_id, run_id, name, heading, kept_at, size, packed)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (entry_id) do update set heading = excluded.heading, kept_at = excluded.kept_at, size = excluded.size,
                 packed = excluded.packed where command_outputs.guild_id = excluded.guild_id",
        )
        .bind(output.entry.to_string())
        .bind(output.guild.to_string())
        .bind(output.run.map(|run| run.to_string()))
        .bind(output.name)
        .bind(output.heading)
        .bind(self.clock.now().0)
        .bind(size)
        .bind(packed)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        if size >= LARGE { self.shed_outputs(output.guild, MOST_BYTES).await } else { Ok(()) }
    }

    /// What a guild's command printed, with its file's name; none where nothing of it is kept.
    pub async fn output(&self, guild: GuildId, entry: &str) -> Result<Option<(String, Vec<u8>)>> {
        let sql =
            "select name, packed from command_outputs where guild_id = $1 and entry_id = $2 and packed is not null";
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(sql)
            .bind(guild.to_string())
            .bind(entry.to_owned())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        let Some((name, packed)) = row else { return Ok(None) };
        Ok(Some((name, unpack(packed).await?)))
    }

    /// What the commands of one run printed, one after the other, each below its heading; none where nothing of it is kept.
    pub(crate) async fn outputs_of_run(&self, guild: GuildId, run: Uuid) -> Result<Option<Vec<u8>>> {
        let sql = "select heading, packed from command_outputs where guild_id = $1 and run_id = $2 order by name";
        let rows: Vec<(String, Option<Vec<u8>>)> = sqlx::query_as(sql)
            .bind(guild.to_string())
            .bind(run.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        let (mut whole, mut printed) = (Vec::new(), false);
        for (heading, packed) in rows {
            whole.extend_from_slice(format!("===== {heading} =====\n").as_bytes());
            let Some(packed) = packed else { continue };
            printed = true;
            whole.extend_from_slice(&unpack(packed).await?);
            if !whole.ends_with(b"\n") {
                whole.push(b'\n');
            }
        }
        Ok(printed.then_some(whole))
    }

    /// Of which of a guild's entries the output is kept.
    pub async fn kept_outputs(&self, guild: GuildId, entries: &[&str]) -> Result<BTreeSet<String>> {
        if entries.is_empty() {
            return Ok(BTreeSet::new());
        }
        let places: Vec<String> = (2..entries.len() + 2).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        // What was printed before there was a history is a file of its run for a while.
        let sql = format!(
            "select entry_id from command_outputs where guild_id = $1 and entry_id in ({places}) and packed is not null
             union select run_id from run_files where run_id in (select id from runs where guild_id = $1 and id in ({places}))"
        );
        let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).bind(guild.to_string());
        let query = entries.iter().fold(query, |query, entry| query.bind((*entry).to_owned()));
        Ok(query.fetch_all(&self.reads).await.map_err(lost)?.into_iter().collect())
    }

    /// How a guild keeps what commands printed, and how much that is.
    pub async fn history_keeping(&self, guild: GuildId) -> Result<Keeping> {
        let set: Option<(i64, String, i64)> =
            sqlx::query_as("select days, set_by, set_at from history_keeping where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let (outputs, bytes) = sqlx::query_as(
            "select count(*), cast(coalesce(sum(size), 0) as bigint) from command_outputs
             where guild_id = $1 and packed is not null",
        )
        .bind(guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        let days = set.as_ref().map_or(DAYS, |(days, ..)| *days);
        let set = set.and_then(|(_, by, at)| Some((UserId(by.parse().ok()?), Millis(at))));
        Ok(Keeping { days, set, outputs, bytes })
    }

    /// Keeps what commands print for so many days from now on, and lets go of what is older.
    pub async fn keep_history(&self, guild: GuildId, days: i64, by: UserId) -> Result<()> {
        let now = self.clock.now().0;
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "insert into history_keeping (guild_id, days, set_by, set_at) values ($1, $2, $3, $4)
             on conflict (guild_id) do update set days = $2, set_by = $3, set_at = $4",
        )
        .bind(guild.to_string())
        .bind(days)
        .bind(by.to_string())
        .bind(now)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        sqlx::query("delete from command_outputs where guild_id = $1 and kept_at < $2")
            .bind(guild.to_string())
            .bind(now.saturating_sub(days * DAY))
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        both.commit().await.map_err(lost)
    }

    /// Deletes outputs that their guild keeps no longer, and the oldest of guilds that have too many.
    pub async fn forget_outputs(&self) -> Result<()> {
        sqlx::query(
            "delete from command_outputs where kept_at < $1 - $2 * coalesce(
                 (select days from history_keeping where history_keeping.guild_id = command_outputs.guild_id), $3)",
        )
        .bind(self.clock.now().0)
        .bind(DAY)
        .bind(DAYS)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        let guilds: Vec<String> =
            sqlx::query_scalar("select guild_id from command_outputs group by guild_id having sum(size) > $1")
                .bind(MOST_BYTES)
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        for guild in guilds.iter().filter_map(|guild| guild.parse().ok()) {
            self.shed_outputs(GuildId(guild), MOST_BYTES).await?;
        }
        Ok(())
    }

    /// Deletes a guild's oldest outputs until the rest takes no more than this.
    pub async fn shed_outputs(&self, guild: GuildId, most: i64) -> Result<()> {
        let all: i64 = sqlx::query_scalar(
            "select cast(coalesce(sum(size), 0) as bigint) from command_outputs where guild_id = $1",
        )
        .bind(guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        if all <= most {
            return Ok(());
        }
        sqlx::query(
            "delete from command_outputs where guild_id = $1 and entry_id in (select entry_id from
                 (select entry_id, sum(size) over (order by kept_at desc, entry_id desc) as down_to_it
                  from command_outputs where guild_id = $1) newest
             where down_to_it > $2)",
        )
        .bind(guild.to_string())
        .bind(most)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}

/// Megabytes take a moment: the tasks beside this one do not wait for them.
async fn pack(bytes: Arc<Vec<u8>>) -> Result<Vec<u8>> {
    let packed = tokio::task::spawn_blocking(move || {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&bytes)?;
        packer.finish()
    });
    packed.await.map_err(odd)?.map_err(odd)
}

async fn unpack(packed: Vec<u8>) -> Result<Vec<u8>> {
    let unpacked = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        DeflateDecoder::new(&packed[..]).take(MOST_UNPACKED).read_to_end(&mut bytes).map(|_| bytes)
    });
    unpacked.await.map_err(odd)?.map_err(odd)
}

fn odd(error: impl Into<anyhow::Error>) -> Error {
    Error::internal("keeping what a command printed", error)
}
