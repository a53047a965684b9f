//! An agent, read from the two files of its directory.
//!
//! **Invariant:** a prompt is handed on as it stands in the file: nothing in it is a variable, so nothing of this process gets in.

use serde::Serialize;

use super::condition::{self, Condition};
use crate::{
    ItemName,
    fields::Fields,
    item::{Read, found},
    memory::{Check, Followup, checks, followups},
    mistake::{Mistake, quoted},
    yaml,
};

/// The most rounds with a model that an agent may ask for.
const ROUNDS: u64 = 50;
const KNOWN: [&str; 13] = [
    "name",
    "role",
    "description",
    "capabilities",
    "parent",
    "sub_agents",
    "mcp_servers",
    "checks",
    "followups",
    "tools",
    "model",
    "rounds",
    "verify",
];

/// What somebody made of a model: who it is, what it may call, and when it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// What it is called.
    pub name: String,
    /// What it is: "Operations".
    pub role: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it is good at.
    pub capabilities: Vec<String>,
    /// The agent above it.
    pub parent: Option<String>,
    /// The agents that it may hand work to.
    pub sub_agents: Vec<String>,
    /// The MCP servers whose tools it may use.
    pub mcp_servers: Vec<String>,
    /// The actions it may call, as patterns of grants (`server.*`); never more than whoever it works for may. None narrows nothing.
    pub tools: Option<Vec<String>>,
    /// The model it wants.
    pub model: Option<String>,
    /// How often it may ask the model in one run.
    pub rounds: Option<u32>,
    /// What must hold before its work counts as done.
    pub verify: Vec<Condition>,
    /// What it looks at again and again.
    pub checks: Vec<Check>,
    /// What it is to do once.
    pub followups: Vec<Followup>,
    /// What it is told before anything else: the whole of `prompt.md`.
    pub prompt: String,
}

/// Reads an agent of its `config.yaml` and its `prompt.md`, which are called so in what is told. The name is the file's, or the
/// directory's where the file has none that can be used.
pub(crate) fn read(directory: &str, config: (&str, &str), prompt: (&str, Option<&str>)) -> (String, Read<Agent>) {
    let (file, text) = config;
    let root = match yaml::read(text) {
        Ok(root) => root,
        Err(wrong) => return (plain(directory), found(vec![Mistake::new(file, Some(wrong.line), wrong.text)])),
    };
    let mut fields = Fields::of(&root, &KNOWN);
    let given = fields.text("name").filter(|name| !name.is_empty()).unwrap_or_else(|| directory.to_owned());
    let name = match given.parse::<ItemName>() {
        Ok(name) => name.to_string(),
        Err(why) => {
            fields.refuse("name", format!("{} is no name. {why}", quoted(&given)));
            plain(directory)
        }
    };
    let (mut agent_checks, mut agent_followups) = (Vec::new(), Vec::new());
    if let Some(node) = fields.node("checks") {
        let (read, wrong) = checks(node);
        fields.wrong.extend(wrong);
        agent_checks = read;
    }
    if let Some(node) = fields.node("followups") {
        let (read, wrong) = followups(node);
        fields.wrong.extend(wrong);
        agent_followups = read;
    }
    let mut verify = Vec::new();
    if let Some(node) = fields.node("verify") {
        let (read, wrong) = condition::read(node);
        fields.wrong.extend(wrong);
        verify = read;
    }
    let tools = fields.texts("tools");
    for pattern in tools.iter().flatten().filter(|pattern| !is_pattern(pattern)) {
        let why = format!("{} is no pattern of actions; one is `server.show`, or `server.*`", quoted(pattern));
        fields.refuse("tools", why);
    }
    let agent = Agent {
        name: name.clone(),
        role: fields.text("role").unwrap_or_default(),
        description: fields.text("description").unwrap_or_default(),
        capabilities: fields.texts("capabilities").unwrap_or_default(),
        parent: fields.text("parent").filter(|parent| !parent.is_empty()).map(|parent| same(&parent)),
        sub_agents: fields.texts("sub_agents").unwrap_or_default().iter().map(|name| same(name)).collect(),
        mcp_servers: fields.texts("mcp_servers").unwrap_or_default(),
        tools,
        model: fields.text("model").filter(|model| !model.is_empty()),
        rounds: fields.number("rounds", 1, ROUNDS).and_then(|rounds| u32::try_from(rounds).ok()),
        verify,
        checks: agent_checks,
        followups: agent_followups,
        prompt: prompt.1.unwrap_or_default().trim().to_owned(),
    };
    let parent_at = fields.node("parent").map(|node| node.line);
    let told = |wrong: Vec<yaml::Wrong>| -> Vec<Mistake> {
        wrong.into_iter().map(|wrong| Mistake::new(file, Some(wrong.line), wrong.text)).collect()
    };
    let (mut mistakes, notes) = (told(fields.wrong), told(fields.notes));
    if agent.prompt.is_empty() {
        let why = if prompt.1.is_some() { "it is empty" } else { "it is missing" };
        mistakes.push(Mistake::new(prompt.0, None, format!("{why}, and an agent is what its prompt says")));
    }
    let read = if mistakes.is_empty() { Ok(agent) } else { Err(mistakes) };
    (name, Read { parent_at, ..Read::of(read, notes) })
}

/// Another agent's name, as that one is listed.
fn same(name: &str) -> String {
    name.parse::<ItemName>().map_or_else(|_| name.to_owned(), |name| name.to_string())
}

/// A directory's name as a name, or as near to one as it gets.
pub(crate) fn plain(directory: &str) -> String {
    let plain: String =
        directory
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter.to_ascii_lowercase() } else { '-' }
            })
            .take(48)
            .collect();
    if plain.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        plain
    } else {
        format!("x{plain}").chars().take(48).collect()
    }
}

/// `*`, `server.*` or `server.run`.
pub(crate) fn is_pattern(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter))
    };
    text == "*" || text.split_once('.').is_some_and(|(kind, verb)| word(kind) && (verb == "*" || word(verb)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(config: &str) -> (String, Read<Agent>) {
        read("Dir", ("a/config.yaml", config), ("a/prompt.md", Some("You look after disks.")))
    }

    fn wrong(config: &str) -> String {
        of(config).1.read.expect_err("it is refused").iter().map(Mistake::told).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_agent_is_given_its_prompt_as_it_stands_in_its_file() {
        let prompt = "You are {{env.HOME}} and $PATH.\n\n```\nrm\n```";
        let (_, read) = read("ops", ("c", "name: Ops"), ("p", Some(prompt)));
        assert_eq!(read.read.unwrap().prompt, prompt, "and nothing of the environment is in it");
    }

    #[test]
    fn what_an_agent_may_call_is_what_its_file_says() {
        let agent =
            of("name: Ops\ntools: [server.show, container.*]\nrounds: 5\nverify: the disk has room\n").1.read.unwrap();
        assert_eq!(agent.tools.unwrap(), ["server.show", "container.*"]);
        assert_eq!((agent.rounds, agent.verify), (Some(5), vec![Condition::said("the disk has room")]));
        assert_eq!(of("name: Ops").1.read.unwrap().tools, None);
        assert_eq!(of("name: Ops\ntools: []").1.read.unwrap().tools, Some(Vec::new()), "an empty list allows nothing");
        assert!(wrong("name: Ops\ntool: [server.show]").contains("line 2: `tool` is not known; did you mean `tools`?"));
        assert!(wrong("name: Ops\ntools:\n  - rm -rf /").contains("is no pattern"), "a mistyped list is no wider one");
    }

    #[test]
    fn a_mistake_says_the_file_and_the_line() {
        assert_eq!(
            wrong("name: Ops\nrounds: many\n"),
            "`a/config.yaml` line 2: `rounds` is a whole number from 1 to 50, and `many` is none"
        );
        assert!(wrong("name: [a, b]").starts_with("`a/config.yaml` line 1: `name` is one text"));
        let (name, read) = read("ops", ("c", "name: Ops"), ("a/prompt.md", None));
        assert_eq!(
            (name.as_str(), read.read.unwrap_err()[0].told().as_str()),
            ("ops", "`a/prompt.md`: it is missing, and an agent is what its prompt says")
        );
        let (name, _) = of("name: ['");
        assert_eq!(name, "dir", "what cannot be read is known by its directory");
    }

    #[test]
    fn checks_stand_in_an_agents_file_in_both_shapes() {
        let list = of("name: a\nchecks:\n  - {id: x, prompt: y}\n").1.read.unwrap().checks;
        let items = of("name: a\nchecks:\n  items:\n    - {id: x, prompt: y}\n").1.read.unwrap().checks;
        assert_eq!(list, items);
        assert_eq!(list[0].every, 3_600);
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_reading_an_agent_panic(config in "\\PC{0,200}", prompt in "\\PC{0,50}", directory in "\\PC{0,60}") {
            let (name, _) = read(&directory, ("c", &config), ("p", Some(&prompt)));
            prop_assert!(name.parse::<ItemName>().is_ok(), "{}", name);
        }
    }
}
