//! Actions as tools: their names, their schemas made small, and which of them an allowlist leaves.
//!
//! **Invariant:** a name stands for one action, whichever others are offered beside it: what was called `container_restart` a while
//! ago, with other rights, is still `container.restart` or nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{schema, toolbox::FIND_TOOL};
use crate::Tool;

/// The longest name of a tool that every provider takes.
const LONGEST: usize = 64;
/// The longest description: a sentence or two. What another program says of its tools has no end of its own.
const DESCRIPTION: usize = 400;
/// Fields by which less can be asked for, as actions call them.
const NARROWING: [&str; 12] =
    ["lines", "limit", "filter", "search", "grep", "since", "period", "days", "wanted", "which", "skip", "before"];

/// Something that could be done, as the hub or another program describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Its name, such as `container.restart`.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub schema: Value,
    /// Whether it leaves everything as it was.
    pub looks: bool,
}

/// A tool, and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What a model is shown.
    pub tool: Tool,
    /// The action it stands for.
    pub action: String,
    /// Whether it leaves everything as it was: such calls may run beside each other.
    pub looks: bool,
}

impl Entry {
    /// Fields by which less can be asked for, for a result that is too long.
    pub fn narrowing(&self) -> Vec<&str> {
        let Some(fields) = self.tool.schema["properties"].as_object() else { return Vec::new() };
        fields.keys().map(String::as_str).filter(|name| NARROWING.contains(name)).collect()
    }
}

/// Everything a model may find, by name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    by_name: BTreeMap<String, usize>,
}

impl Catalogue {
    /// The tools of what is offered. What takes something that no model may type, such as a password, is none; of two of a name
    /// the first counts.
    pub fn of(offered: impl IntoIterator<Item = Offered>) -> Self {
        let mut catalogue = Self::default();
        for one in offered {
            let name = tool_name(&one.name);
            let Some(schema) = schema::small(&one.schema) else { continue };
            if catalogue.by_name.contains_key(&name) {
                continue;
            }
            catalogue.by_name.insert(name.clone(), catalogue.entries.len());
            let description = schema::sentence(&one.description, DESCRIPTION);
            let tool = Tool { name, description, schema };
            catalogue.entries.push(Entry { tool, action: one.name, looks: one.looks });
        }
        catalogue
    }

    /// Only what one of these patterns names: `container.logs`, all of a kind as `container.*`, or `*`.
    pub fn narrowed(self, allowed: &[String]) -> Self {
        self.only(|entry| allowed.iter().any(|pattern| fits(pattern, &entry.action)))
    }

    /// Only what leaves everything as it was.
    pub fn only_looking(self) -> Self {
        self.only(|entry| entry.looks)
    }

    fn only(self, wanted: impl Fn(&Entry) -> bool) -> Self {
        let entries: Vec<Entry> = self.entries.into_iter().filter(wanted).collect();
        let by_name = entries.iter().enumerate().map(|(at, entry)| (entry.tool.name.clone(), at)).collect();
        Self { entries, by_name }
    }

    /// The tool of this name; small models write the action's own name, too.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        let found = self.by_name.get(name).map(|at| &self.entries[*at]);
        found.or_else(|| self.entries.iter().find(|entry| entry.action == name))
    }

    /// All of them, in the order in which they were offered.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// What a model calls an action: a `.` is `_`, a `_` is `__`, and what cannot be told apart or is too long ends in a part of its
/// SHA-256. So no two actions have one name.
pub fn tool_name(action: &str) -> String {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let name = action.replace('_', "__").replace('.', "_");
    if action.split(['.', '_']).all(is_plain) && name.len() <= LONGEST && name != FIND_TOOL {
        return name;
    }
    let readable = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let mut name: String = action.chars().map(readable).take(LONGEST - 9).collect();
    name.push('-');
    name.push_str(&hex::encode(&Sha256::digest(action.as_bytes())[..4]));
    name
}

/// Whether an action is one of a pattern's, as grants write them.
pub fn fits(pattern: &str, action: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(kind) => action.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.')),
        None => pattern == "*" || pattern == action,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn offered(name: &str) -> Offered {
        let schema = json!({ "type": "object", "properties": { "server": { "type": "string" } } });
        Offered { name: name.to_owned(), description: "Does it.".to_owned(), schema, looks: name.ends_with("list") }
    }

    #[test]
    fn an_actions_name_is_read_again_in_its_tools() {
        assert_eq!(tool_name("container.restart"), "container_restart");
        assert_eq!(tool_name("policy.forget-command"), "policy_forget-command");
        assert_eq!(tool_name("server.end_terminal"), "server_end__terminal");
        assert!(tool_name("find.tool").starts_with("find_tool-"), "that name is taken");
        let (one, other) = (tool_name("mcp.a_.b"), tool_name("mcp.a._b"));
        assert!(one != other && one.starts_with("mcp_a__b-"), "{one} {other}");
        assert_eq!(tool_name(&"x".repeat(500)).len(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_two_actions_have_one_name_and_every_provider_takes_it(
            one in "[a-c._ -]{0,8}|[a-z._-]{60,80}|\\PC{0,6}", other in "[a-c._ -]{0,8}|[a-z._-]{60,80}|\\PC{0,6}"
        ) {
            let (a, b) = (tool_name(&one), tool_name(&other));
            for name in [&a, &b] {
                prop_assert!((1..=LONGEST).contains(&name.len()) && name != FIND_TOOL, "{name}");
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{name}");
            }
            prop_assert_eq!(a == b, one == other, "{} {}", one, other);
        }
    }

    #[test]
    fn an_allowlist_leaves_what_it_names_and_nothing_else() {
        let all = ["container.list", "container.restart", "containers.list", "server.list"].map(offered);
        let left = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            let left = Catalogue::of(all.clone()).narrowed(&patterns);
            left.entries().iter().map(|entry| entry.action.clone()).collect::<Vec<_>>()
        };
        assert_eq!(left(&["container.*"]), ["container.list", "container.restart"]);
        assert_eq!(left(&["server.list", "nothing.*"]), ["server.list"]);
        assert_eq!(left(&["*"]).len(), 4);
        assert!(left(&[]).is_empty() && left(&["container", "cont*", "*.list"]).is_empty());
        let looking = Catalogue::of(all.clone()).only_looking();
        assert!(looking.get("container_restart").is_none() && looking.get("container_list").is_some());
    }

    #[test]
    fn a_tool_is_found_by_its_name_and_by_its_actions() {
        let catalogue = Catalogue::of([offered("container.restart"), offered("container.restart")]);
        assert_eq!(catalogue.entries().len(), 1, "of two of a name the first counts");
        assert_eq!(catalogue.get("container_restart").unwrap().action, "container.restart");
        assert!(catalogue.get("container.restart").is_some() && catalogue.get("container").is_none());
    }
}
