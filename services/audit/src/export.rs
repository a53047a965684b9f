//! Hands out entries as a file: JSON Lines, the oldest first, secrets masked.

use std::sync::Arc;

use base::{Action, Card, GuildId, Millis, Permit, Redactor, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::audit::{Entry, Filter, Page};

use crate::{Log, Wanted, when};

/// Most entries in a file.
const MOST: usize = 10_000;
/// Most bytes in a file: Discord takes 10 MiB of a bot.
const MOST_BYTES: usize = 8_000_000;
/// Read at a time.
const AT_ONCE: usize = 500;

/// Export the audit log as a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ExportAudit {
    /// Which entries.
    #[serde(flatten)]
    pub wanted: Wanted,
}

/// A file of entries.
#[derive(Debug, Serialize)]
pub struct Exported {
    entries: usize,
    /// There are older ones, which did not fit.
    cut: bool,
    wanted: Wanted,
    #[serde(skip)]
    file: Arc<Vec<u8>>,
    #[serde(skip)]
    reference: String,
}

impl Action for ExportAudit {
    const NAME: &'static str = "audit.export";
    const RISK: Risk = Risk::Observe;
    type Service = Log;
    type Report = Exported;

    fn plan(&self) -> String {
        match self.wanted.words().as_slice() {
            [] => "Export the audit log".to_owned(),
            words => format!("Export the audit log: {}", words.join(", ")),
        }
    }

    fn refusal(&self) -> String {
        "export the audit log".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, log: &Log, run: &Run) -> Result<Exported> {
        let wanted = permit.action().wanted.clone();
        let mut filter = wanted.filter(log.clock.now())?;
        filter.except = Some(permit.record().id.to_string());
        let (lines, cut) = log.lines(permit.actor().guild, &filter, run.redactor()).await?;
        let file = lines.iter().rev().flatten().copied().collect();
        Ok(Exported { entries: lines.len(), cut, wanted, file: Arc::new(file), reference: run.reference.clone() })
    }
}

impl Log {
    /// The newest lines that fit, the newest first, and whether there is more.
    async fn lines(&self, guild: GuildId, filter: &Filter, redactor: &Redactor) -> Result<(Vec<Vec<u8>>, bool)> {
        let (mut lines, mut size, mut page) = (Vec::new(), 0, Page::Newest);
        loop {
            let found = self.store.search_audit(guild, filter, page, AT_ONCE).await?;
            for entry in &found.entries {
                let mut line = redactor.mask_json(record(entry)).to_string().into_bytes();
                line.push(b'\n');
                size += line.len();
                if lines.len() == MOST || size > MOST_BYTES {
                    return Ok((lines, true));
                }
                lines.push(line);
            }
            match found.entries.last() {
                Some(last) if found.more => page = Page::Before(last.seq),
                _ => return Ok((lines, false)),
            }
        }
    }
}

/// An entry as a file holds it: exact times, and the arguments as they are.
fn record(entry: &Entry) -> Value {
    json!({
        "reference": entry.reference,
        "id": entry.id,
        "began_at": when::exact(Millis(entry.started_at)),
        "ended_at": entry.finished_at.map(|at| when::exact(Millis(at))),
        "duration_ms": entry.duration_ms,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "agent": entry.agent,
        "way": entry.way,
        "risk": entry.risk,
        "action": entry.action,
        "target": entry.target,
        "plan": entry.plan,
        "arguments": serde_json::from_str::<Value>(&entry.arguments).unwrap_or_default(),
        "digest": entry.digest,
        "approval_id": entry.approval_id,
        "outcome": entry.outcome,
        "detail": entry.detail,
        "first_row": entry.first_seq,
        "last_row": entry.seq,
        "hash": entry.hash,
    })
}

impl Report for Exported {
    fn card(&self) -> Card {
        let count = |number: usize| measure::count(u64::try_from(number).unwrap_or(u64::MAX), "entry", "entries");
        if self.entries == 0 {
            let mut card = Card::quiet("**Audit log** nothing to export").text(self.wanted.wider());
            card.facts = self.wanted.words();
            return card;
        }
        let mut card = Card::ok(format!("**Exported** {}", count(self.entries)))
            .fact(measure::bytes(self.file.len() as u64))
            .fact("JSON Lines, oldest first");
        card.facts.extend(self.wanted.words());
        if self.cut {
            card = card.text(format!(
                "Older ones are left out: a file holds at most {} and {}. `until` reaches further back.",
                count(MOST),
                measure::bytes(MOST_BYTES as u64)
            ));
        }
        card.file(format!("audit-{}.jsonl", self.reference), Arc::clone(&self.file))
    }
}
