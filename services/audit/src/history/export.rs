//! Hands out commands as a file: JSON Lines, the oldest first, with what they printed as far as it is kept, secrets masked.

use std::sync::Arc;

use base::{Action, Actor, Assessment, Card, Millis, Permit, Redactor, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::audit::Entry;

use super::{History, Which, line};
use crate::when;

/// Most commands in a file.
const MOST: usize = 5_000;
/// So many are looked at for one.
const LOOKED_AT: usize = 20_000;
/// Most bytes in a file: Discord takes 10 MiB of a bot.
const MOST_BYTES: usize = 8_000_000;
/// Of an output, so much of its end goes in; each has a file of its own that has all.
const OUTPUT: usize = 16 * 1024;

/// Export the commands that were run as a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ExportHistory {
    /// Which.
    #[serde(flatten)]
    pub which: Which,
}

/// A file of commands.
#[derive(Debug, Serialize)]
pub struct Exported {
    commands: usize,
    /// There are older ones, which did not fit.
    cut: bool,
    which: Which,
    #[serde(skip)]
    file: Arc<Vec<u8>>,
    #[serde(skip)]
    reference: String,
}

impl Action for ExportHistory {
    const NAME: &'static str = "history.export";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = History;
    type Report = Exported;

    fn plan(&self) -> String {
        match self.which.words().as_slice() {
            [] => "Export the commands that were run".to_owned(),
            words => format!("Export the commands that were run: {}", words.join(", ")),
        }
    }

    fn refusal(&self) -> String {
        "export what was run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    /// Everybody may: it holds what they see.
    async fn assess(&self, _: &History, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, history: &History, run: &Run) -> Result<Exported> {
        let (which, actor) = (&permit.action().which, permit.actor());
        let part = history.part(actor, which, None, (MOST, LOOKED_AT)).await?;
        let (mut lines, mut size, mut cut) = (Vec::new(), 0, part.older_than.is_some());
        for entry in &part.entries {
            let mut line = history.record(actor, entry, run.redactor()).await?.to_string().into_bytes();
            line.push(b'\n');
            size += line.len();
            if size > MOST_BYTES {
                cut = true;
                break;
            }
            lines.push(line);
        }
        let file = lines.iter().rev().flatten().copied().collect();
        let (commands, reference) = (lines.len(), run.reference.clone());
        Ok(Exported { commands, cut, which: which.clone(), file: Arc::new(file), reference })
    }
}

impl History {
    /// A command as a file holds it.
    async fn record(&self, actor: &Actor, entry: &Entry, redactor: &Redactor) -> Result<Value> {
        let arguments: Value = serde_json::from_str(&entry.arguments).unwrap_or_default();
        let printed = self.output(actor.guild, entry).await?.map(|(_, bytes)| bytes);
        // It was masked whole before it was kept: what is cut here was no part of a secret that was known then.
        let shown = printed.as_ref().map(|bytes| redactor.mask_bytes(bytes).into_owned());
        let shown =
            shown.map(|bytes| String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(OUTPUT)..]).into_owned());
        Ok(redactor.mask_json(json!({
            "reference": entry.reference,
            "began_at": when::exact(Millis(entry.started_at)),
            "ended_at": entry.finished_at.map(|at| when::exact(Millis(at))),
            "duration_ms": entry.duration_ms,
            "actor_id": entry.actor_id,
            "actor_name": entry.actor_name,
            "agent": entry.agent,
            "action": entry.action,
            "server": entry.target,
            "container": arguments.get("container"),
            "command": line(entry),
            "outcome": entry.outcome,
            "detail": entry.detail,
            "printed_bytes": printed.map(|bytes| bytes.len()),
            "output_end": shown,
        })))
    }
}

impl Report for Exported {
    fn card(&self) -> Card {
        let count = |number: usize| measure::count(number as u64, "command", "commands");
        if self.commands == 0 {
            let mut card = Card::quiet("**History** nothing to export")
                .text("You see what you ran, and what was run where you may run the like.");
            card.facts = self.which.words();
            return card;
        }
        let mut card = Card::ok(format!("**Exported** {}", count(self.commands)))
            .fact(measure::bytes(self.file.len() as u64))
            .fact("JSON Lines, oldest first");
        card.facts.extend(self.which.words());
        if self.cut {
            card = card.text(format!(
                "Older ones are left out: a file holds at most {} and {}. `until` reaches further back.",
                count(MOST),
                measure::bytes(MOST_BYTES as u64)
            ));
        }
        card.file(format!("history-{}.jsonl", self.reference), Arc::clone(&self.file))
    }
}
