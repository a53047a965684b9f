//! A row of the log and its hash.
//!
//! **Invariant:** the canonical form of a row is the same made here ([`join`]) and made by the database ([`CANONICAL`]): each column in
//! order, its length in bytes, a colon, and its text; of a column that is null only the colon. No two rows share one.

use std::fmt::Write;

use base::Millis;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::NewEntry;

/// What the first row has for the hash of the one before it.
pub(super) const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is hashed of a row, in order.
pub(super) const COLUMNS: &str =
    "previous, seq, entry_id, reference, guild_id, at, actor_id, actor_name, agent, way, risk,
    action, target, arguments, plan, digest, approval_id, outcome, detail, duration_ms";

/// The same as one text, as both databases make it.
pub(super) const CANONICAL: &str = "concat(
    octet_length(previous), ':', previous, octet_length(cast(seq as text)), ':', seq,
    octet_length(entry_id), ':', entry_id, octet_length(reference), ':', reference,
    octet_length(guild_id), ':', guild_id, octet_length(cast(at as text)), ':', at,
    octet_length(actor_id), ':', actor_id, octet_length(actor_name), ':', actor_name,
    octet_length(agent), ':', agent, octet_length(way), ':', way, octet_length(risk), ':', risk,
    octet_length(action), ':', action, octet_length(target), ':', target,
    octet_length(arguments), ':', arguments, octet_length(plan), ':', plan,
    octet_length(digest), ':', digest, octet_length(approval_id), ':', approval_id,
    octet_length(outcome), ':', outcome, octet_length(detail), ':', detail,
    octet_length(cast(duration_ms as text)), ':', duration_ms)";

/// A row before it has its place in the chain.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) entry_id: String,
    pub(crate) reference: String,
    pub(crate) guild_id: String,
    pub(crate) at: i64,
    pub(crate) actor_id: String,
    pub(crate) actor_name: String,
    pub(crate) agent: Option<String>,
    pub(crate) way: String,
    pub(crate) risk: Option<String>,
    pub(crate) action: String,
    pub(crate) target: Option<String>,
    pub(crate) arguments: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) digest: String,
    pub(crate) approval_id: Option<String>,
    pub(crate) outcome: String,
    pub(crate) detail: Option<String>,
    pub(crate) duration_ms: Option<i64>,
}

/// A row that has its place.
pub(super) struct Placed {
    pub(super) row: Row,
    pub(super) seq: i64,
    pub(super) previous: String,
    pub(super) hash: String,
}

impl Row {
    /// The row an entry begins with, and where nothing runs also ends.
    pub(super) fn first(id: Uuid, now: Millis, entry: &NewEntry<'_>) -> Self {
        let (actor, request) = (entry.actor, entry.request);
        let row = Self {
            entry_id: id.to_string(),
            reference: reference(id),
            guild_id: actor.guild.to_string(),
            at: now.0,
            actor_id: actor.user.to_string(),
            actor_name: actor.name.clone(),
            agent: actor.agent.clone(),
            way: actor.way.as_str().to_owned(),
            risk: Some(request.risk.as_str().to_owned()),
            action: request.name.to_owned(),
            target: request.target.clone(),
            arguments: Some(request.arguments.to_string()),
            plan: Some(request.plan.clone()),
            digest: request.digest.clone(),
            approval_id: entry.approval.map(|id| id.to_string()),
            outcome: entry.outcome.to_owned(),
            detail: entry.detail.clone(),
            duration_ms: None,
        };
        row.without_nul()
    }

    /// The row that ends what this one began.
    pub(super) fn ended(self, now: i64, outcome: &str, detail: Option<&str>) -> Self {
        let row = Self {
            duration_ms: Some(now.saturating_sub(self.at).max(0)),
            at: now,
            arguments: None,
            plan: None,
            outcome: outcome.to_owned(),
            detail: detail.map(str::to_owned),
            ..self
        };
        row.without_nul()
    }

    /// `PostgreSQL` keeps no NUL in text; a row must never be lost to one.
    pub(super) fn without_nul(mut self) -> Self {
        let texts = [&mut self.actor_name, &mut self.action, &mut self.outcome];
        let maybe = [&mut self.agent, &mut self.target, &mut self.arguments, &mut self.plan, &mut self.detail];
        for text in texts.into_iter().chain(maybe.into_iter().flatten()) {
            if text.contains('\0') {
                *text = text.replace('\0', "␀");
            }
        }
        self
    }

    pub(super) fn place(self, seq: i64, previous: String) -> Placed {
        let hash = hash(&self.canonical(seq, &previous));
        Placed { row: self, seq, previous, hash }
    }

    fn canonical(&self, seq: i64, previous: &str) -> String {
        let (seq, at) = (seq.to_string(), self.at.to_string());
        let duration = self.duration_ms.map(|span| span.to_string());
        let columns = [
            Some(previous),
            Some(&seq),
            Some(&self.entry_id),
            Some(&self.reference),
            Some(&self.guild_id),
            Some(&at),
            Some(&self.actor_id),
            Some(&self.actor_name),
            self.agent.as_deref(),
            Some(&self.way),
            self.risk.as_deref(),
            Some(&self.action),
            self.target.as_deref(),
            self.arguments.as_deref(),
            self.plan.as_deref(),
            Some(&self.digest),
            self.approval_id.as_deref(),
            Some(&self.outcome),
            self.detail.as_deref(),
            duration.as_deref(),
        ];
        join(&columns)
    }
}

/// The canonical form of a row with these columns, in the order of [`COLUMNS`].
pub(super) fn join(columns: &[Option<&str>; 20]) -> String {
    let mut text = String::with_capacity(768);
    for column in columns {
        if let Some(column) = column {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}:{column}", column.len());
        } else {
            text.push(':');
        }
    }
    text
}

/// A row's hash, of its canonical form.
pub(super) fn hash(canonical: &str) -> String {
    hex::encode(Sha256::digest(canonical.as_bytes()))
}

/// Six characters of an id's random part that cannot be mistaken for one another.
fn reference(id: Uuid) -> String {
    const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let random = id.as_u128();
    (0..6)
        .map(|place| char::from(ALPHABET[usize::try_from((random >> (5 * place)) & 31).unwrap_or_default()]))
        .collect()
}
