//! What is to be looked at again and again, and what once, at its time: `checks` and `followups`.
//!
//! **Invariant:** one without an id gets the same one at every reading: it is made of its own words.

use serde::Serialize;

use crate::{
    fields::{Fields, listed, text},
    mistake::quoted,
    yaml::{Node, Value, Wrong},
};

/// Where a file does not say how often, in seconds.
const EVERY: u64 = 3_600;
/// More often would be a burden, more rarely is no check.
const LEAST: u64 = 60;
const MOST: u64 = 31 * 24 * 3_600;
/// Made of its words, an id has at most so many letters.
const ID_LENGTH: usize = 40;

/// Something that an agent is to look at again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is known by.
    pub id: String,
    /// What it is, for people.
    pub description: String,
    /// The agent that looks; the one whose file it stands in, where none is named.
    pub agent: Option<String>,
    /// What the agent is told to do.
    pub prompt: String,
    /// How often, in seconds.
    pub every: u64,
}

/// Something that an agent is to do once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followup {
    /// What it is known by.
    pub id: String,
    /// What it is, for people.
    pub description: String,
    /// The agent that does it; the one whose file it stands in, where none is named.
    pub agent: Option<String>,
    /// What the agent is told to do.
    pub prompt: String,
    /// When, as the file says.
    pub due: Option<String>,
}

/// Reads checks, in any of the shapes that people write.
pub(crate) fn checks(node: &Node) -> (Vec<Check>, Vec<Wrong>) {
    each(node, "checks", |item| {
        let (common, mut fields) = common(item)?;
        let every = fields.number("interval", LEAST, MOST).unwrap_or(EVERY);
        finish(
            fields,
            Check { id: common.id, description: common.description, agent: common.agent, prompt: common.prompt, every },
        )
    })
}

/// Reads follow-ups, in any of the shapes that people write.
pub(crate) fn followups(node: &Node) -> (Vec<Followup>, Vec<Wrong>) {
    each(node, "followups", |item| {
        let (common, mut fields) = common(item)?;
        let due = fields.text("due");
        finish(
            fields,
            Followup {
                id: common.id,
                description: common.description,
                agent: common.agent,
                prompt: common.prompt,
                due,
            },
        )
    })
}

fn each<T>(node: &Node, key: &str, read: impl Fn(&Node) -> Result<T, Vec<Wrong>>) -> (Vec<T>, Vec<Wrong>) {
    let items = match listed(node, key) {
        Ok(items) => items,
        Err(wrong) => return (Vec::new(), vec![wrong]),
    };
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for item in items {
        match read(item) {
            Ok(one) => all.push(one),
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    (all, wrong)
}

struct Common {
    id: String,
    description: String,
    agent: Option<String>,
    prompt: String,
}

fn common(item: &Node) -> Result<(Common, Fields<'_>), Vec<Wrong>> {
    const KNOWN: [&str; 10] =
        ["id", "description", "agent", "action", "prompt", "interval", "due", "status", "created", "title"];
    if let Value::Text(_) = item.value {
        // One line alone is both what it is and what is to be done.
        let line = text(item).map_err(|why| vec![Wrong::new(item.line, why)])?;
        let common = Common { id: id(&line), description: line.clone(), agent: None, prompt: line };
        return Ok((common, Fields::none(item)));
    }
    let mut fields = Fields::of(item, &KNOWN);
    let description = fields.text("description").or_else(|| fields.text("title")).unwrap_or_default();
    let prompt = match fields.node("action").map(|node| (node, &node.value)) {
        Some((node, Value::Map(_))) => Fields::of(node, &["type", "prompt"]).text("prompt"),
        Some(_) => fields.text("action"),
        None => fields.text("prompt"),
    };
    let prompt = prompt.filter(|prompt| !prompt.is_empty()).unwrap_or_else(|| description.clone());
    if prompt.is_empty() {
        fields.wrong.push(Wrong::new(item.line, "this says neither `description` nor `prompt`"));
    }
    let given = fields.text("id").filter(|id| !id.is_empty());
    let id = given.unwrap_or_else(|| id(if description.is_empty() { &prompt } else { &description }));
    let agent = fields.text("agent").filter(|agent| !agent.is_empty());
    Ok((Common { id, description, agent, prompt }, fields))
}

fn finish<T>(fields: Fields<'_>, read: T) -> Result<T, Vec<Wrong>> {
    if fields.wrong.is_empty() { Ok(read) } else { Err(fields.wrong) }
}

/// What something is known by, of its own words.
fn id(words: &str) -> String {
    let plain: String =
        words.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' }).collect();
    let id = plain.split_whitespace().collect::<Vec<_>>().join("-");
    if id.is_empty() { quoted(words) } else { id.chars().take(ID_LENGTH).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn of(yaml: &str) -> Vec<(String, String)> {
        let (checks, wrong) = checks(&read(yaml).unwrap());
        assert_eq!(wrong, []);
        checks.into_iter().map(|check| (check.id, check.prompt)).collect()
    }

    #[test]
    fn checks_and_followups_are_read_in_every_shape_that_templates_have() {
        let item = "- {id: disk, description: The disk, action: {prompt: Look at the disk}}\n";
        let wanted = vec![("disk".to_owned(), "Look at the disk".to_owned())];
        assert_eq!(of(item), wanted);
        assert_eq!(of(&format!("checks:\n{item}")), wanted);
        assert_eq!(of(&format!("items:\n{item}")), wanted);
        assert_eq!(of("- {id: disk, prompt: Look at the disk}"), wanted);
        assert_eq!(of("checks: []"), []);
        let (followups, wrong) = followups(&read("followups:\n  - {description: Ask Ann, due: 2026-12-01}\n").unwrap());
        assert_eq!(wrong, []);
        assert_eq!((followups[0].due.as_deref(), followups[0].prompt.as_str()), (Some("2026-12-01"), "Ask Ann"));
    }

    #[test]
    fn a_check_without_an_id_has_the_same_one_at_every_start() {
        let id = || of("- Look whether the backup of last night is there\n").remove(0).0;
        assert_eq!(id(), "look-whether-the-backup-of-last-night-is");
        assert_eq!(id(), id());
    }

    #[test]
    fn one_that_cannot_be_read_leaves_the_others() {
        let (checks, wrong) = checks(
            &read("checks:\n  - {id: a, prompt: x}\n  - {id: b}\n  - {id: c, interval: often, prompt: y}\n").unwrap(),
        );
        assert_eq!(checks.len(), 1);
        assert_eq!(wrong.iter().map(|wrong| wrong.line).collect::<Vec<_>>(), [3, 4]);
    }
}
