//! A file, read as a runbook: all of its mistakes at once, each with its line.
//!
//! **Invariant:** what is read is checked whole: a runbook that is kept has no step that could not be asked for.

use std::time::Duration;

use base::card::code;

use crate::{
    book::{Book, OnFailure, Step, Trigger, TriggerKind},
    condition::{Condition, slug},
    deeds,
    fields::Fields,
    mistake::{Mistake, unknown},
    yaml::{self, Node, Value},
};

/// More fit no card, and nobody reads them.
const MOST_STEPS: usize = 20;
const MOST_TRIGGERS: usize = 10;
const LONGEST_NAME: usize = 48;
/// A step that does not say otherwise is given up after this.
const TIMEOUT: Duration = Duration::from_mins(5);
/// The longest that a step may take or wait.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);
/// Longest time that a runbook rests for the same thing.
const LONGEST_REST: u64 = 7 * 24 * 60;
const MOST_RETRIES: u64 = 5;

const KEYS: &[&str] =
    &["name", "description", "version", "severity", "cooldownMinutes", "triggers", "escalationTarget", "steps"];
const STEP_KEYS: &[&str] = &["name", "type", "action", "params", "timeout", "retries", "onFailure", "condition"];
const TRIGGER_KEYS: &[&str] = &["type", "target", "operator", "value"];
const OPERATORS: &[&str] = &["eq", "ne", "gt", "lt", "gte", "lte", "contains", "matches"];

/// A runbook, and what whoever keeps it should know: each with its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The runbook.
    pub book: Book,
    /// What of it cannot be done here, and is said so before it is kept.
    pub notes: Vec<Mistake>,
}

/// Reads a file.
pub fn read(text: &str) -> Result<Read, Vec<Mistake>> {
    let root = yaml::read(text).map_err(|mistake| vec![mistake])?;
    let (mut mistakes, mut notes) = (Vec::new(), Vec::new());
    let book = book(&root, &mut mistakes, &mut notes);
    if mistakes.is_empty() { Ok(Read { book, notes }) } else { Err(mistakes) }
}

fn book(root: &Node, mistakes: &mut Vec<Mistake>, notes: &mut Vec<Mistake>) -> Book {
    let mut fields = Fields::of(root, KEYS, "a runbook", mistakes);
    let title = fields.needed("name");
    let name = slug(&title);
    if !title.is_empty() && (name.is_empty() || name.chars().count() > LONGEST_NAME || !name.is_ascii()) {
        fields.wrong("name", format!("`name` has 1 to {LONGEST_NAME} letters and digits, such as `disk-cleanup`"));
    }
    let description = fields.text("description").unwrap_or_default();
    let version = fields.text("version").unwrap_or_else(|| "1".to_owned());
    if version.chars().count() > 20 {
        fields.wrong("version", "`version` has at most 20 characters");
    }
    let severity = fields.word("severity", &["info", "low", "medium", "warning", "high", "critical"]);
    let cooldown = fields.number("cooldownMinutes", 0, LONGEST_REST).unwrap_or(0);
    let escalates_to = fields.text("escalationTarget").and_then(|text| {
        let channel = channel(&text);
        if channel.is_none() {
            fields.wrong(
                "escalationTarget",
                "`escalationTarget` is a channel as `<#123…>` or its number; left out, it is the ops channel",
            );
        }
        channel
    });
    let (triggers, steps) = (fields.node("triggers"), fields.node("steps"));
    if steps.is_none() {
        fields.wrong("steps", "`steps` is missing: a runbook does at least one thing");
    }
    let triggers = items(triggers, "triggers", MOST_TRIGGERS, mistakes);
    let triggers = triggers.iter().filter_map(|node| trigger(node, mistakes, notes)).collect();
    let mut read: Vec<Step> = Vec::new();
    for node in items(steps, "steps", MOST_STEPS, mistakes) {
        step(node, &mut read, mistakes, notes);
    }
    Book {
        name,
        title,
        description,
        version,
        severity,
        cooldown: Duration::from_mins(cooldown),
        triggers,
        escalates_to,
        steps: read,
    }
}

fn items<'a>(node: Option<&'a Node>, key: &str, most: usize, mistakes: &mut Vec<Mistake>) -> &'a [Node] {
    let Some(node) = node else { return &[] };
    match &node.value {
        Value::List(items) if (1..=most).contains(&items.len()) => items,
        Value::List(items) => {
            mistakes
                .push(Mistake::new(node.line, format!("{} has 1 to {most} entries, not {}", code(key), items.len())));
            &[]
        }
        _ => {
            mistakes.push(Mistake::new(node.line, format!("{} is a list: each entry begins with `- `", code(key))));
            &[]
        }
    }
}

fn trigger(node: &Node, mistakes: &mut Vec<Mistake>, notes: &mut Vec<Mistake>) -> Option<Trigger> {
    let before = mistakes.len();
    let mut fields = Fields::of(node, TRIGGER_KEYS, "a trigger", mistakes);
    fields.needed("type");
    let kind = fields.word("type", &["metric", "health", "log_pattern", "threshold"]);
    let (target, value) = (fields.needed("target"), fields.needed("value"));
    fields.needed("operator");
    let operator = fields.word("operator", OPERATORS);
    let line = fields.line();
    let kind = match kind.as_deref() {
        Some("metric") => TriggerKind::Metric,
        Some("health") => TriggerKind::Health,
        Some("threshold") => TriggerKind::Threshold,
        _ => TriggerKind::LogPattern,
    };
    if mistakes.len() > before {
        return None;
    }
    if kind == TriggerKind::LogPattern {
        notes.push(Mistake::new(
            line,
            "a trigger of type `log_pattern` is never evaluated here: nothing reads logs for it. Run it by hand or from an alert",
        ));
    }
    Some(Trigger { kind, target, operator: operator.unwrap_or_default(), value })
}

fn step(node: &Node, before: &mut Vec<Step>, mistakes: &mut Vec<Mistake>, notes: &mut Vec<Mistake>) {
    let found = mistakes.len();
    let mut fields = Fields::of(node, STEP_KEYS, "a step", mistakes);
    let name = fields.needed("name");
    let own = slug(&name);
    if !name.is_empty() && (own.is_empty() || name.chars().count() > LONGEST_NAME) {
        fields.wrong("name", format!("a step's `name` has 1 to {LONGEST_NAME} characters, letters among them"));
    }
    if before.iter().any(|step| step.slug == own) {
        fields.wrong("name", format!("there is a step called {} before", code(&own)));
    }
    let timeout = fields.span("timeout", LONGEST).unwrap_or(TIMEOUT);
    let retries = fields.number("retries", 0, MOST_RETRIES).unwrap_or(0);
    let on_failure = match fields.word("onFailure", &["continue", "abort", "escalate"]).as_deref() {
        Some("continue") => OnFailure::Continue,
        Some("escalate") => OnFailure::Escalate,
        _ => OnFailure::Abort,
    };
    let condition = fields.text("condition").and_then(|text| fields.read("condition", Condition::read(&text)));
    let asked: Vec<String> = condition.iter().flat_map(Condition::steps).map(str::to_owned).collect();
    for asked in asked {
        if !before.iter().any(|step| step.slug == asked) {
            let known: Vec<&str> = before.iter().map(|step| step.slug.as_str()).collect();
            let why =
                if known.is_empty() { "there is no step before this one".to_owned() } else { unknown(&asked, &known) };
            fields.wrong("condition", format!("in `condition`, {why}"));
        }
    }
    fields.needed("type");
    let kind = fields.word("type", deeds::KINDS);
    let action = fields.text("action");
    let (line, params) = (fields.line(), fields.node("params"));
    let empty = Node { line, value: Value::Empty };
    let deed = kind.and_then(|kind| deeds::read(&kind, action.as_deref(), params.unwrap_or(&empty), timeout, mistakes));
    let Some(deed) = deed.filter(|_| mistakes.len() == found) else { return };
    if deed == crate::book::Deed::Think {
        notes.push(Mistake::new(
            line,
            "a step of type `ai` cannot run yet: there is no assistant. When it is its turn, it fails",
        ));
    }
    let retries = u32::try_from(retries).unwrap_or(0);
    before.push(Step { name, slug: own, deed, timeout, retries, on_failure, condition });
}

/// A channel as people write it.
pub(crate) fn channel(text: &str) -> Option<u64> {
    text.trim().trim_start_matches("<#").trim_end_matches('>').parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mistake::told;

    fn wrong(text: &str) -> String {
        told(read(text).expect_err("it is refused"))
    }

    const STEPS: &str =
        "steps:\n  - name: look\n    type: ssh\n    action: run\n    params: {server: web-1, command: df -h}\n";

    #[test]
    fn every_mistake_is_told_with_its_line_and_what_would_be_right() {
        let told = wrong(
            "name: Disk Cleanup\nverison: 2\nseverity: sever\ncooldownMinutes: soon\ntriggers:\n  - type: metrics\n    target: disk\n    \
             operator: over\n    value: 90\nsteps:\n  - name: look\n    type: shh\n    timeout: 30000000\n  - type: ssh\n    action: run\n    \
             params:\n      comand: df\n    onFailure: explode\n    condition: steps.loook.ok\n",
        );
        for line in [
            "line 2: `verison` is not known here; did you mean `version`?",
            "line 3: `sever` is not known here; there is",
            "line 4: `cooldownMinutes` is a whole number",
            "line 6: `metrics` is not known here; did you mean `metric`?",
            "line 8: `over` is not known here",
            "line 12: `shh` is not known here; did you mean `ssh`?",
            "line 13: `timeout` is in seconds, at most 86400; if it was milliseconds, write `30000`",
            "line 14: `name` is missing",
            "line 17: `comand` is not known here; did you mean `command`?",
            "line 18: `explode` is not known here",
        ] {
            assert!(told.contains(line), "{line}\n---\n{told}");
        }
    }

    #[test]
    fn a_step_is_asked_about_only_by_those_after_it() {
        assert!(wrong(&format!("name: x\n{STEPS}    condition: steps.look.ok\n")).contains("no step before"));
        assert!(
            wrong(&format!("name: x\n{STEPS}  - name: look\n    type: log\n    params: {{message: a}}\n"))
                .contains("called `look` before")
        );
    }

    #[test]
    fn what_cannot_be_evaluated_is_said_when_it_is_read_and_not_ignored() {
        let trigger = "triggers:\n  - {type: log_pattern, target: web, operator: matches, value: panic}\n";
        let ai = "  - name: think\n    type: ai\n    action: analyse\n    params: {prompt: why}\n";
        let notes = told(read(&format!("name: x\n{trigger}{STEPS}{ai}")).unwrap().notes);
        assert!(notes.contains("line 3: a trigger of type `log_pattern` is never evaluated here"), "{notes}");
        assert!(notes.contains("line 9: a step of type `ai` cannot run yet"), "{notes}");
    }

    #[test]
    fn a_runbook_never_prunes_volumes() {
        for (action, params) in
            [("volume-prune", "{}"), ("prune-volumes", "{}"), ("prune", "{volumes: true}"), ("system-prune", "{}")]
        {
            let step = format!(
                "name: x\nsteps:\n  - name: clean\n    type: docker\n    action: {action}\n    params: {params}\n"
            );
            let told = wrong(&step);
            assert!(told.contains("volumes") && told.contains("never"), "{action}: {told}");
        }
        for command in ["docker volume prune -f", "docker system prune --volumes -af", "podman volume  prune"] {
            let step = format!(
                "name: x\nsteps:\n  - name: clean\n    type: ssh\n    action: run\n    params: {{server: a, command: {command}}}\n"
            );
            assert!(wrong(&step).contains("never"), "{command}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn nothing_that_looks_like_a_runbook_makes_reading_panic(
            lines in proptest::collection::vec("( {0,6})(- )?(name|type|steps|params|triggers|condition|timeout|action)(: )([a-z{}\\[\\]0-9.=\"']{0,12}|ssh|docker|log|wait|http)?", 0..30)
        ) {
            let _ = read(&lines.join("\n"));
        }
    }
}
