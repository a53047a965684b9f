//! Everything that is on record of one thing that was asked.

use std::time::Duration;

use base::{Action, Card, Error, GuildId, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{approvals::State, audit::Entry};

use crate::{
    Log,
    line::{asker, outcome},
};

/// So much of a hash tells one from another; an export has all of it.
const HASH_SHOWN: usize = 16;

/// Longer arguments are a file.
const SHOWN: usize = 2_000;

/// Show an entry of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowEntry {
    /// The reference in the small print of its card, such as `7F3KQ2`.
    pub reference: String,
}

/// An entry.
#[derive(Debug, Serialize)]
pub struct Shown {
    entry: Entry,
    /// What became of the question it waited for, in words.
    decision: Option<String>,
    /// References are short: older entries that have the same.
    older: usize,
}

impl Action for ShowEntry {
    const NAME: &'static str = "audit.show";
    const RISK: Risk = Risk::Observe;
    type Service = Log;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show entry {} of the audit log", code(&self.reference))
    }

    fn refusal(&self) -> String {
        "read the audit log".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, log: &Log, _: &Run) -> Result<Shown> {
        let typed = permit.action().reference.trim().to_uppercase();
        let reference = typed.strip_prefix("REF ").unwrap_or(&typed);
        let mut entries = log.store.audit_entries(permit.actor().guild, reference).await?.into_iter();
        let entry = entries.next().ok_or_else(|| unknown(reference))?;
        let decision = log.decision(permit.actor().guild, &entry).await?;
        Ok(Shown { entry, decision, older: entries.len() })
    }
}

impl Log {
    /// What became of the question that an entry waited for, or was done after.
    async fn decision(&self, guild: GuildId, entry: &Entry) -> Result<Option<String>> {
        let Some(id) = entry.approval_id.as_ref().and_then(|id| id.parse().ok()) else { return Ok(None) };
        let Some(asked) = self.store.approval(guild, id).await? else { return Ok(None) };
        let voters: Vec<String> =
            self.store.votes(guild, id).await?.iter().map(|voter| format!("<@{voter}>")).collect();
        let by = asked.decided_by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
        let how = match asked.state {
            State::Open if voters.is_empty() => "still open".to_owned(),
            State::Open => format!("still open, yes from {}", voters.join(", ")),
            State::Granted => format!("yes from {}", voters.join(", ")),
            State::Dismissed => format!("no{by}: {}", code(asked.ended.as_deref().unwrap_or_default())),
            State::Expired => format!("ended: {}", asked.ended.as_deref().unwrap_or_default()),
        };
        let request = asked.reference.filter(|reference| *reference != entry.reference);
        Ok(Some(match request {
            Some(request) => format!("{how} · asked as {}", code(request)),
            None => how,
        }))
    }
}

fn unknown(reference: &str) -> Error {
    let card = Card::failed("**No such entry**")
        .text(format!("Nothing here has the reference {}.", code(reference)))
        .text("It is the six characters after `ref` in a card's small print. `/audit search` shows the newest.");
    Error::Outside(Box::new(card))
}

impl Report for Shown {
    fn card(&self) -> Card {
        let entry = &self.entry;
        let (tone, word) = outcome(&entry.outcome);
        let mut card = Card::new(tone, format!("**Entry** {} {word}", code(&entry.reference)))
            .fact(code(&entry.action))
            .fact(format!("began {}", Millis(entry.started_at).relative()));
        if let Some(took) = entry.duration_ms {
            card =
                card.fact(format!("took {}", measure::span(Duration::from_millis(u64::try_from(took).unwrap_or(0)))));
        }
        card = card.text(&entry.plan).text(format!(
            "asked by  {} ({}), by {}",
            asker(entry),
            code(&entry.actor_name),
            entry.way
        ));
        if let Some(detail) = entry.detail.as_deref().filter(|detail| !detail.is_empty()) {
            card = card.text(format!("said  {}", code(detail)));
        }
        if let Some(decision) = &self.decision {
            card = card.text(format!("approval  {decision}"));
        }
        if let Some(risk) = &entry.risk {
            card = card.text(format!("risk  {risk}"));
        }
        let place = if entry.first_seq == entry.seq {
            format!("row {}", entry.seq)
        } else {
            format!("rows {} and {}", entry.first_seq, entry.seq)
        };
        card = card
            .text(format!("plan hash  {}", code(short(&entry.digest))))
            .text(format!("in the chain  {place}, hash {}", code(short(&entry.hash))));
        if self.older > 0 {
            let older =
                measure::count(u64::try_from(self.older).unwrap_or(u64::MAX), "older entry has", "older entries have");
            card = card.text(format!("{older} the same reference; `/audit export` has them all."));
        }
        let arguments: Value = serde_json::from_str(&entry.arguments).unwrap_or_default();
        let text = serde_json::to_string_pretty(&arguments).unwrap_or_default();
        if text.chars().count() > SHOWN {
            return card.file("arguments.json", text.into_bytes());
        }
        card.code("json", text)
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(HASH_SHOWN).collect()
}
