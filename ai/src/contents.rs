//! What is in a conversation, for whoever keeps it without knowing: as a file, as a copy, as a list of calls.

use std::{collections::VecDeque, fmt::Write as _};

use conversations::{Came, Contents, How as Ended};
use serde_json::{Value, json};
use store::conversations::Conversation as Row;

use crate::{
    conversation::{Conversation, Entry, How, Proof},
    tools::Fence,
};

/// Reads conversations.
pub struct Reader;

impl Contents for Reader {
    fn text(&self, conversation: &Row) -> base::Result<String> {
        let state = read(&conversation.body)?;
        let mut text = format!(
            "# {}\n\nConversation {}, begun {}\n",
            conversation.title,
            conversation.number,
            conversation.begun.utc()
        );
        if let Some(summary) = &state.summary {
            let _ = write!(text, "\n## Before, in fewer words\n\n{summary}\n");
        }
        for entry in &state.entries {
            match entry {
                Entry::Said(said) => {
                    let _ = write!(text, "\n## {} ({})\n\n{}\n", said.name, base::Millis(said.at).utc(), said.text);
                    for file in &said.files {
                        let _ = write!(text, "\n(attached: {})\n", file.name);
                    }
                }
                Entry::Model { text: said, calls, model, .. } => {
                    let _ = write!(text, "\n## {} ({model})\n\n{said}\n", conversations::NAME);
                    for call in calls {
                        let _ = write!(text, "\n- asked for `{}` {}\n", call.name, call.arguments);
                    }
                }
                Entry::Result { name, came, .. } => {
                    let reference = came.reference.as_ref().map(|reference| format!(" (ref {reference})"));
                    let _ = write!(text, "\n- `{name}`: {}{}\n", came.line, reference.unwrap_or_default());
                }
                Entry::Note { text: note, said, .. } => {
                    let said = said.as_deref().unwrap_or_default();
                    let _ = write!(text, "\n> {}\n", format!("{note} {said}").trim());
                }
                Entry::Proven { proofs, .. } => {
                    for proof in proofs {
                        let holds = proof.verdict.as_ref().is_some_and(|verdict| verdict.holds);
                        let line = proof.verdict.as_ref().map_or("", |verdict| verdict.line.as_str());
                        let _ = write!(text, "\n- [{}] {}: {line}\n", if holds { "x" } else { " " }, proof.says);
                    }
                }
                Entry::Offered { .. } | Entry::Over { .. } => {}
            }
        }
        Ok(text)
    }

    fn copied(&self, body: &str) -> base::Result<String> {
        let state = read(body)?;
        // What is being answered stays where it is; a copy has what was answered.
        let last = state.entries.iter().rposition(|entry| matches!(entry, Entry::Over { .. })).map_or(0, |at| at + 1);
        let entries = if state.turn.is_some() { state.entries[..last].to_vec() } else { state.entries };
        let copy = Conversation { entries, inbox: VecDeque::new(), turn: None, tokens: 0, ..state };
        serde_json::to_string(&copy).map_err(|error| base::Error::internal("copying a conversation", error))
    }

    fn came(&self, conversation: &Row) -> base::Result<Option<Came>> {
        let state = read(&conversation.body)?;
        let over = state.entries.iter().rev().find_map(|entry| match entry {
            Entry::Over { how, .. } => Some(*how),
            _ => None,
        });
        let Some(how) = over.filter(|_| state.turn.is_none()) else { return Ok(None) };
        let said = state.entries.iter().rev().find_map(|entry| match entry {
            Entry::Model { text, calls, .. } if calls.is_empty() => Some(text.clone()),
            Entry::Note { text, said, .. } if !matches!(how, How::Answered | How::Unmet) => {
                Some(format!("{text} {}", said.as_deref().unwrap_or_default()).trim().to_owned())
            }
            _ => None,
        });
        let calls = state.entries.iter().filter(|entry| matches!(entry, Entry::Result { .. })).count() as u64;
        let how = match how {
            How::Answered => Ended::Answered,
            How::Unmet => Ended::Unmet,
            How::Failed => Ended::Failed,
            How::Stopped => Ended::Stopped,
        };
        let proven = state.entries.iter().rev().find_map(|entry| match entry {
            Entry::Proven { proofs, .. } => Some(proofs.as_slice()),
            _ => None,
        });
        let fails = |proof: &&Proof| proof.verdict.as_ref().is_none_or(|verdict| !verdict.holds);
        let unmet = proven.unwrap_or_default().iter().filter(fails).map(|proof| proof.says.clone()).collect();
        Ok(Some(Came { answer: said.unwrap_or_default(), how, unmet, calls, tokens: state.tokens }))
    }

    fn calls(&self, conversation: &Row, turn: u64) -> base::Result<Vec<Value>> {
        let state = read(&conversation.body)?;
        let asked = state.entries.iter().flat_map(|entry| match entry {
            Entry::Model { turn: of, calls, .. } if *of == turn => calls.as_slice(),
            _ => &[],
        });
        let came = |id: &str| {
            state.entries.iter().find_map(|entry| match entry {
                Entry::Result { call, came, .. } if call == id => Some(came),
                _ => None,
            })
        };
        let fence = Fence::new(&state.mark);
        let calls = asked.map(|call| {
            let came = came(&call.id);
            json!({
                "tool": call.name,
                "arguments": call.arguments,
                "came": came.map(|came| fence.inside(&came.text)),
                "outcome": came.map(|came| came.outcome),
                "reference": came.and_then(|came| came.reference.as_deref()),
            })
        });
        Ok(calls.collect())
    }
}

fn read(body: &str) -> base::Result<Conversation> {
    serde_json::from_str(body).map_err(|error| base::Error::internal("reading a conversation", error))
}
