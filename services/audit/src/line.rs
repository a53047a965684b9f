//! An entry in one line, and how its outcome looks.

use base::{
    Millis,
    card::{Tone, code},
};
use store::audit::Entry;

/// So much of a plan tells what was done.
const PLAN: usize = 80;

/// An outcome's tone, and its word.
pub(crate) fn outcome(word: &str) -> (Tone, &str) {
    match word {
        "done" => (Tone::Ok, "done"),
        "started" => (Tone::Working, "running"),
        "waiting" => (Tone::Attention, "waits"),
        "cancelled" => (Tone::Quiet, "cancelled"),
        "timed_out" => (Tone::Failed, "timed out"),
        other => (Tone::Failed, other),
    }
}

/// Who asked, and in whose name.
pub(crate) fn asker(entry: &Entry) -> String {
    match &entry.agent {
        Some(agent) => format!("{} for <@{}>", code(agent), entry.actor_id),
        None => format!("<@{}>", entry.actor_id),
    }
}

/// As much of a plan as a line of a phone or two.
pub(crate) fn short(plan: &str) -> String {
    let mut short: String = plan.chars().take(PLAN).collect();
    if short.len() < plan.len() {
        short.push('…');
        if short.matches('`').count() % 2 == 1 {
            short.push('`');
        }
    }
    short
}

/// `✕ refused Run uptime on box · @ann · 2 hours ago · 7F3KQ2`: what went well needs no word.
pub(crate) fn line(entry: &Entry) -> String {
    let (tone, word) = outcome(&entry.outcome);
    let word = if tone == Tone::Ok { String::new() } else { format!("{word} ") };
    let at = Millis(entry.finished_at.unwrap_or(entry.started_at)).relative();
    format!("{} {word}{} · {} · {at} · {}", tone.glyph(), short(&entry.plan), asker(entry), code(&entry.reference))
}
