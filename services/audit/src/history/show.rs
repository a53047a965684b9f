//! One command: what was run, how it ended, and what it printed, as a file too.

use std::sync::Arc;

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Press, Weight, code},
    secret::MASK,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::audit::Entry;

use super::{History, what};
use crate::line::{asker, outcome};

/// Lines that a card shows; the file has them all.
const LINES: usize = 20;
/// Characters of each.
const LINE: usize = 160;
/// The last lines come from this much of the end.
const END: usize = 16 * 1024;

/// Show a command that was run, and what it printed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowCommand {
    /// The reference in the small print of its card.
    pub reference: String,
}

/// A command.
#[derive(Debug, Serialize)]
pub struct Command {
    entry: Entry,
    /// The last lines that it printed.
    output: Option<String>,
    #[serde(skip)]
    file: Option<(String, Arc<Vec<u8>>)>,
    #[serde(skip)]
    days: i64,
}

impl Action for ShowCommand {
    const NAME: &'static str = "history.show";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = History;
    type Report = Command;

    fn plan(&self) -> String {
        format!("Show command {}", code(&self.reference))
    }

    fn refusal(&self) -> String {
        "see what was run".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    /// Everybody may: what they do not see is not there for them.
    async fn assess(&self, _: &History, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, history: &History, _: &Run) -> Result<Command> {
        let actor = permit.actor();
        let typed = permit.action().reference.trim().to_uppercase();
        let reference = typed.strip_prefix("REF ").unwrap_or(&typed);
        let entry = history.find(actor, reference).await?.ok_or_else(|| unknown(reference))?;
        let printed = history.output(actor.guild, &entry).await?;
        let days = history.store.history_keeping(actor.guild).await?.days;
        let output = printed.as_ref().map(|(_, bytes)| end(bytes));
        let file = printed.map(|(name, bytes)| (name, Arc::new(bytes)));
        Ok(Command { entry, output, file, days })
    }
}

/// The last lines; what was cut at the front of the first is left out.
fn end(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(END)..]);
    let whole = if bytes.len() > END { text.split_once('\n').map_or(&*text, |(_, rest)| rest) } else { &text };
    let lines: Vec<&str> = whole.lines().map(|line| line.trim_end_matches('\r')).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].iter().map(|line| match line.char_indices().nth(LINE) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => (*line).to_owned(),
    });
    last.collect::<Vec<_>>().join("\n")
}

/// Told to whoever asks alone: a card that somebody else presses stays as it is.
fn unknown(reference: &str) -> Error {
    Error::Invalid(format!(
        "You see no command of the reference {}. It is the six characters after `ref` in a card's small print; `/history search` shows \
         the newest.",
        code(reference)
    ))
}

impl Command {
    /// The same again, as whoever presses, with every check anew; none of what held a secret.
    fn again(&self) -> Option<Choice> {
        let arguments: Value = serde_json::from_str(&self.entry.arguments).ok()?;
        let runs = self.entry.action != "server.terminal" && !self.entry.arguments.contains(MASK);
        let press = Press::Perform { action: self.entry.action.clone(), arguments, lands: Lands::Below };
        runs.then(|| Choice { label: "Run again".to_owned(), weight: Weight::Secondary, press })
    }
}

impl Report for Command {
    fn card(&self) -> Card {
        let entry = &self.entry;
        let (tone, word) = outcome(&entry.outcome);
        let mut card = Card::new(tone, format!("**Ran** {}", what(entry)));
        let detail = entry.detail.as_deref().filter(|detail| !detail.is_empty());
        card = card.fact(detail.unwrap_or(word));
        card = card.text(format!("by {} · {}", asker(entry), Millis(entry.started_at).relative()));
        if let Some(again) = self.again() {
            card = card.choice(again);
        }
        match (&self.output, &self.file) {
            (Some(output), Some((name, bytes))) => card.code("ansi", output).file(name, Arc::clone(bytes)),
            _ if entry.action == "server.terminal" => {
                card.text("A terminal's recording stands in its thread; what was typed there is not kept here.")
            }
            _ => card.text(format!(
                "Nothing that it printed is kept: it printed nothing, did not begin, or ended more than {} days ago.",
                self.days
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_whole_lines() {
        let long = (0..5_000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\r\n");
        let shown = end(long.as_bytes());
        assert_eq!((shown.lines().count(), shown.lines().last()), (LINES, Some("line 4999")));
        assert_eq!(end(&[b'x'; 300]).chars().count(), LINE + 1);
        assert_eq!(end(b"a\xffb"), "a\u{fffd}b");
    }
}
