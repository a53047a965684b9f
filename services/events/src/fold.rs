//! Many events as one card: equal ones in one line with their number, what matters first, the rest counted.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use base::{
    Card, Redactor, UserId,
    card::{Tone, code},
};
use store::events::{Event, Kind};

use crate::wanted::wants;

/// More lines would not be read on a phone.
const LINES: usize = 15;
/// In characters, over all lines: a card has room for 3,900.
const ROOM: usize = 3_000;
/// So much of a plan tells what was done.
const PLAN: usize = 80;

/// How a kind looks in a line: its tone, its word, and how much it matters, the least number first.
fn looks(kind: Kind) -> (Tone, &'static str, u8) {
    match kind {
        Kind::ServerBlocked => (Tone::Failed, "blocked", 0),
        Kind::ActionFailed => (Tone::Failed, "failed", 0),
        Kind::ActionTimedOut => (Tone::Failed, "timed out", 0),
        Kind::ActionInterrupted => (Tone::Failed, "interrupted", 0),
        Kind::ContainerExited => (Tone::Failed, "exited", 0),
        Kind::ContainerLooping => (Tone::Failed, "loops", 0),
        Kind::ContainerOutOfMemory => (Tone::Failed, "out of memory", 0),
        Kind::ContainerUnhealthy => (Tone::Attention, "unhealthy", 1),
        Kind::ContainerRecovered => (Tone::Ok, "recovered", 2),
        Kind::AlertOpened => (Tone::Failed, "alert", 0),
        Kind::AlertChanged => (Tone::Attention, "alert changed", 1),
        Kind::AlertClosed => (Tone::Ok, "alert over", 2),
        Kind::IncidentOpened => (Tone::Failed, "incident", 0),
        Kind::IncidentEscalated => (Tone::Attention, "escalated", 1),
        Kind::IncidentAcknowledged => (Tone::Ok, "acknowledged", 2),
        Kind::IncidentResolved => (Tone::Ok, "resolved", 2),
        Kind::TicketOpened => (Tone::Attention, "ticket", 1),
        Kind::TicketLate => (Tone::Failed, "ticket late", 0),
        Kind::TicketTrouble => (Tone::Attention, "trouble around tickets", 1),
        Kind::TicketReopened => (Tone::Attention, "ticket again", 1),
        Kind::TicketClaimed => (Tone::Ok, "ticket taken", 2),
        Kind::TicketClosed => (Tone::Ok, "ticket closed", 2),
        Kind::RunbookEscalated => (Tone::Failed, "could not help", 0),
        Kind::RunbookBegan => (Tone::Working, "runbook began", 2),
        Kind::RunbookEnded => (Tone::Quiet, "runbook ended", 2),
        Kind::StreamBegan => (Tone::Ok, "live", 2),
        Kind::StreamEnded => (Tone::Quiet, "live no longer", 2),
        Kind::StreamUnproven => (Tone::Attention, "own stream ended", 1),
        Kind::LentEnded => (Tone::Attention, "taken back", 1),
        Kind::BotKilled => (Tone::Failed, "killed", 0),
        Kind::ActionRefused => (Tone::Failed, "refused", 0),
        Kind::ActionWaiting => (Tone::Attention, "waits", 1),
        Kind::ActionDone => (Tone::Ok, "done", 2),
        Kind::ApprovalApproved => (Tone::Ok, "approved", 2),
        Kind::ApprovalDenied => (Tone::Quiet, "denied", 2),
        Kind::ActionCancelled => (Tone::Quiet, "cancelled", 2),
        Kind::BotStarted => (Tone::Quiet, "started", 2),
        Kind::BotStopped => (Tone::Quiet, "stopped", 2),
        Kind::ActionStarted => (Tone::Working, "began", 2),
        Kind::Unknown => (Tone::Quiet, "of a newer version", 2),
    }
}

fn glyph(tone: Tone) -> &'static str {
    match tone {
        Tone::Working => "◐",
        Tone::Ok => "✓",
        Tone::Attention => "!",
        Tone::Failed => "✕",
        Tone::Quiet | Tone::Plain => "–",
    }
}

/// Events that one line tells of.
struct Line<'a> {
    last: &'a Event,
    first: i64,
    count: usize,
    actors: BTreeSet<UserId>,
}

/// A card of what is wanted of these events; none where there is nothing to say. `missed` were deleted before.
pub(crate) fn card(events: &[Event], kinds: &[String], missed: i64, redactor: &Redactor) -> Option<Card> {
    let ended: HashSet<&str> = events.iter().filter(|event| is_an_end(event.kind)).filter_map(reference).collect();
    let shown = events.iter().filter(|event| {
        // What began and ended within one card is told once.
        let is_told = event.kind == Kind::ActionStarted && reference(event).is_some_and(|it| ended.contains(it));
        wants(kinds, event.kind) && !is_told
    });
    let mut lines: BTreeMap<_, Line<'_>> = BTreeMap::new();
    let mut total = 0;
    for event in shown {
        total += 1;
        let line = lines.entry((event.kind, event.text("action"), event.subject.as_deref())).or_insert_with(|| Line {
            last: event,
            first: event.seq,
            count: 0,
            actors: BTreeSet::new(),
        });
        line.last = event;
        line.count += 1;
        line.actors.extend(event.actor);
    }
    if total == 0 && missed == 0 {
        return None;
    }
    let mut lines: Vec<Line<'_>> = lines.into_values().collect();
    lines.sort_by_key(|line| (looks(line.last.kind).2, line.first));
    let tone = match lines.first().map(|line| looks(line.last.kind).0) {
        Some(tone @ (Tone::Failed | Tone::Attention)) => tone,
        _ => Tone::Plain,
    };
    let card = Card::new(tone, format!("**Log** {}", counted(total, "event")));
    Some(body(card, &lines, missed, redactor))
}

fn body(mut card: Card, lines: &[Line<'_>], missed: i64, redactor: &Redactor) -> Card {
    let (mut drawn, mut room) = (Vec::new(), ROOM);
    for line in lines.iter().take(LINES) {
        let text = line.drawn(redactor);
        let Some(left) = room.checked_sub(text.chars().count() + 1) else { break };
        room = left;
        drawn.push(text);
    }
    let rest = &lines[drawn.len()..];
    if !drawn.is_empty() {
        card = card.text(drawn.join("\n"));
    }
    if !rest.is_empty() {
        let mut counts: BTreeMap<(u8, &str), usize> = BTreeMap::new();
        for line in rest {
            let (_, word, weight) = looks(line.last.kind);
            *counts.entry((weight, word)).or_default() += line.count;
        }
        let counts: Vec<String> = counts.into_iter().map(|((_, word), count)| format!("{count} {word}")).collect();
        card = card.text(format!("and {}: `/audit search` finds them", counts.join(" · ")));
    }
    if missed > 0 {
        let missed = usize::try_from(missed).unwrap_or_default();
        let were = if missed == 1 { "was" } else { "were" };
        card = card.text(format!("{} {were} deleted before this could show them.", counted(missed, "event")));
    }
    card
}

impl Line<'_> {
    /// `✕ failed Run uptime on box · exit 3 after 0.2 s · @ann · 14:03:07 · 7F3KQ2`: what went well needs no word.
    fn drawn(&self, redactor: &Redactor) -> String {
        let event = self.last;
        let (tone, word, _) = looks(event.kind);
        let word = if tone == Tone::Ok && event.kind == Kind::ActionDone { "" } else { word };
        // Masked anew, with what is known by now, before anything is cut.
        let mask = |text: &str| redactor.mask(text).into_owned();
        let subject = event.subject.as_deref().map(|subject| code(mask(subject)));
        let what = match (event.text("plan").filter(|_| self.count == 1), event.text("action"), subject) {
            (Some(plan), _, _) => short(&mask(plan.trim_start_matches("Approve: ").trim_start_matches("Deny: "))),
            (None, Some(action), Some(subject)) => format!("{} on {subject}", code(action)),
            (None, Some(action), None) => code(action),
            (None, None, Some(subject)) => subject,
            (None, None, None) => "Nebula".to_owned(),
        };
        let mut parts =
            vec![[glyph(tone), word, &what].iter().filter(|part| !part.is_empty()).fold(String::new(), |all, part| {
                if all.is_empty() { (*part).to_owned() } else { format!("{all} {part}") }
            })];
        if self.count > 1 {
            parts[0] = format!("{} × {}", parts[0], self.count);
        } else if let Some(detail) = event.text("detail").filter(|_| tone == Tone::Failed && !detail_is_told(event)) {
            parts.push(code(mask(detail)));
        }
        parts.extend(self.by(mask));
        parts.push(format!("<t:{}:T>", event.at.0.div_euclid(1000)));
        parts.extend(reference(event).map(code));
        parts.join(" · ")
    }

    fn by(&self, mask: impl Fn(&str) -> String) -> Option<String> {
        let person = match self.actors.len() {
            0 => return None,
            1 => self.actors.first().map(|actor| format!("<@{actor}>")),
            people => return Some(format!("{people} people")),
        }?;
        Some(match self.last.text("agent") {
            Some(agent) => format!("{} for {person}", code(mask(agent))),
            None => person,
        })
    }
}

/// A refusal's sentence says again what the line says.
fn detail_is_told(event: &Event) -> bool {
    matches!(event.kind, Kind::ActionRefused | Kind::ActionInterrupted)
}

fn is_an_end(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ActionDone | Kind::ActionFailed | Kind::ActionTimedOut | Kind::ActionCancelled | Kind::ActionInterrupted
    )
}

fn reference(event: &Event) -> Option<&str> {
    event.text("reference")
}

/// As much of a plan as a line of a phone or two.
fn short(plan: &str) -> String {
    let mut short: String = plan.chars().take(PLAN).collect();
    if short.len() < plan.len() {
        short.push('…');
        if short.matches('`').count() % 2 == 1 {
            short.push('`');
        }
    }
    short
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use base::{GuildId, Millis};
    use serde_json::{Map, json};

    use super::*;

    fn event(seq: i64, kind: Kind, subject: &str, reference: &str) -> Event {
        let data =
            json!({ "action": "server.run", "reference": reference, "plan": format!("Run `id` on `{subject}`") });
        Event {
            seq,
            guild: Some(GuildId(1)),
            at: Millis(1_000_000 + seq),
            kind,
            subject: Some(subject.to_owned()),
            actor: Some(UserId(7)),
            data: data.as_object().unwrap().clone(),
        }
    }

    fn text(events: &[Event], kinds: &str) -> String {
        card(events, &[kinds.to_owned()], 0, &Redactor::default()).unwrap().plain_text()
    }

    #[test]
    fn what_began_and_ended_in_one_card_is_told_once() {
        let events = [event(1, Kind::ActionStarted, "box", "AAAAAA"), event(2, Kind::ActionDone, "box", "AAAAAA")];
        assert_eq!(text(&events, "all"), "Log 1 event. ✓ Run `id` on `box` · <@7> · <t:1000:T> · `AAAAAA`");
        assert!(text(&events[..1], "all").contains("◐ began Run"));
        assert!(card(&events[..1], &["bot.*".to_owned()], 0, &Redactor::default()).is_none());
    }

    #[test]
    fn ten_thousand_events_are_one_card_with_what_matters_first() {
        let mut events: Vec<Event> =
            (1..=9_990).map(|seq| event(seq, Kind::ActionDone, &format!("box-{}", seq % 40), "AAAAAA")).collect();
        events.extend((1..=9).map(|n| event(9_990 + n, Kind::ActionFailed, "db", "BBBBBB")));
        events.push(event(10_000, Kind::ActionRefused, "nas", "CCCCCC"));
        let card = card(&events, &["all".to_owned()], 3, &Redactor::default()).unwrap();
        let text = card.plain_text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Log 10000 events. ✕ failed `server.run` on `db` × 9 · <@7> · "), "{}", lines[0]);
        assert!(lines[1].starts_with("✕ refused Run `id` on `nas` · "), "{}", lines[1]);
        assert_eq!(lines.len(), LINES);
        assert!(
            text.ends_with(
                "and 6740 done: `/audit search` finds them. 3 events were deleted before this could show them."
            ),
            "{text}"
        );
        assert!(text.chars().count() < 3_900);
    }

    #[test]
    fn a_card_of_the_longest_lines_fits() {
        let long = |n: i64| Event {
            data: Map::from_iter([
                ("action".to_owned(), json!("x".repeat(300))),
                ("plan".to_owned(), json!("`".repeat(300))),
                ("detail".to_owned(), json!("d".repeat(300))),
                ("agent".to_owned(), json!("a".repeat(300))),
            ]),
            subject: Some(format!("{n:0>300}")),
            ..event(n, Kind::ActionFailed, "", "")
        };
        let events: Vec<Event> = (1..=40).map(long).collect();
        let card = card(&events, &["all".to_owned()], 1, &Redactor::default()).unwrap();
        assert!(card.plain_text().chars().count() < 3_900);
    }

    #[test]
    fn a_secret_that_was_learned_later_is_masked_before_anything_is_cut() {
        let redactor = Redactor::default();
        let secret = "correct-horse-battery-staple-of-a-hundred-letters-that-is-cut-somewhere-in-the-middle";
        redactor.learn(secret);
        let mut spoken = event(1, Kind::ActionFailed, secret, "AAAAAA");
        for key in ["plan", "detail", "agent"] {
            spoken.data.insert(key.to_owned(), json!(format!("with {secret}")));
        }
        let twice = [spoken.clone(), Event { seq: 2, ..spoken.clone() }];
        for events in [&twice[..1], &twice[..]] {
            let text = card(events, &["all".to_owned()], 0, &redactor).unwrap().plain_text();
            assert!(!text.contains("correct-horse"), "{text}");
        }
    }
}
