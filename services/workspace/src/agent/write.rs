//! An agent as the two files it would be in a folder.
//!
//! **Invariant:** what is written is read as it was: every text is a JSON string, and those are YAML's, whatever is in them.

use std::fmt::{Display, Write};

use serde_json::Value;

use super::Agent;

/// `config.yaml` and `prompt.md`.
pub(crate) fn written(agent: &Agent) -> (String, String) {
    let mut config = Config(String::new());
    config.text("name", &agent.name);
    config.text("role", &agent.role);
    config.text("description", &agent.description);
    config.text("parent", agent.parent.as_deref().unwrap_or_default());
    config.text("model", agent.model.as_deref().unwrap_or_default());
    config.list("capabilities", &agent.capabilities);
    config.list("sub_agents", &agent.sub_agents);
    config.list("mcp_servers", &agent.mcp_servers);
    if !agent.verify.is_empty() {
        config.line("verify:");
    }
    for condition in &agent.verify {
        // What is JSON is YAML, too.
        config.line(format_args!("  - {}", condition.written()));
    }
    match &agent.tools {
        // None of them is something else than no list.
        Some(tools) if tools.is_empty() => config.line("tools: []"),
        Some(tools) => config.list("tools", tools),
        None => {}
    }
    if let Some(rounds) = agent.rounds {
        config.line(format!("rounds: {rounds}"));
    }
    if !agent.checks.is_empty() {
        config.line("checks:");
    }
    for check in &agent.checks {
        config.item((&check.id, &check.description, &check.prompt, check.agent.as_deref()));
        config.line(format!("    interval: {}", check.every));
    }
    if !agent.followups.is_empty() {
        config.line("followups:");
    }
    for one in &agent.followups {
        config.item((&one.id, &one.description, &one.prompt, one.agent.as_deref()));
        config.text("    due", one.due.as_deref().unwrap_or_default());
    }
    (config.0, format!("{}\n", agent.prompt))
}

struct Config(String);

impl Config {
    fn line(&mut self, line: impl Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.line(format_args!("{key}: {}", Value::from(text)));
        }
    }

    fn list(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.line(format_args!("{key}:"));
        }
        for text in texts {
            self.line(format_args!("  - {}", Value::from(text.as_str())));
        }
    }

    fn item(&mut self, (id, description, prompt, agent): (&str, &str, &str, Option<&str>)) {
        self.text("  - id", id);
        self.text("    description", description);
        self.text("    prompt", prompt);
        self.text("    agent", agent.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Check, Condition, Followup, Look, agent::read};

    fn looked() -> Condition {
        let expect = [("exit".to_owned(), "0".to_owned()), ("output".to_owned(), "~\"ok\"".to_owned())].into();
        let with = serde_json::json!({ "server": "box", "minutes": 2, "command": "test: -e 'x'" });
        Condition { says: "it's there".to_owned(), look: Some(Look { action: "server.run".to_owned(), with, expect }) }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(
            role in "\\PC{0,30}", description in "\\PC{0,60}", tools in proptest::option::of(proptest::collection::vec("[a-z]{1,8}\\.([a-z]{1,8}|\\*)", 0..4)),
            id in "[a-z]{1,9}", verify in proptest::collection::vec("[!-~]{1,30}", 0..3), prompt in "[!-~]{1,60}", rounds in proptest::option::of(1_u32..50),
        ) {
            let agent = Agent {
                name: "ops".to_owned(), role: role.trim().to_owned(), description: description.trim().to_owned(), capabilities: Vec::new(), parent: Some("lead".to_owned()),
                sub_agents: vec!["a".to_owned()], mcp_servers: Vec::new(), tools, model: None, rounds, verify: verify.into_iter().map(Condition::said).chain([looked()]).collect(),
                checks: vec![Check { id: id.clone(), description: "x: y".to_owned(), agent: None, prompt: "Look: \"now\"".to_owned(), every: 300 }],
                followups: vec![Followup { id, description: "#1".to_owned(), agent: Some("b".to_owned()), prompt: "-".to_owned(), due: Some("2026-12-01".to_owned()) }],
                prompt,
            };
            let (config, prompt) = written(&agent);
            let (_, again) = read("x", ("c", &config), ("p", Some(&prompt)));
            prop_assert_eq!(again.read.unwrap(), agent, "{}", config);
        }
    }
}
