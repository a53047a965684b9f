//! One layer of the workspace: the files of `framework/` or `workspace/`, read. Pure: where the files come from is known elsewhere.
//!
//! **Invariant:** what is wrong with one file is wrong with its item alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    agent::{self, Agent},
    home::{self, Home},
    item::{Item, Origin, Read, found},
    memory::{self, Check, Followup},
    mistake::Mistake,
    playbook::{self, Playbook},
    registry::{self, Registry},
    skill::{self, Skill},
    yaml,
};

/// The files of a layer: each by its path below it, and its text or why that is not read.
pub(crate) type Files = BTreeMap<String, Result<String, String>>;

/// What a layer holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) agents: Vec<Item<Agent>>,
    pub(crate) skills: Vec<Item<Skill>>,
    pub(crate) registries: Vec<Item<Registry>>,
    pub(crate) playbooks: Vec<Item<Playbook>>,
    pub(crate) checks: Vec<Check>,
    pub(crate) followups: Vec<Followup>,
    /// What its `workspace.yaml` says of it as a whole.
    pub(crate) home: Option<Home>,
    /// What is wrong with files that are no item's.
    pub(crate) mistakes: Vec<Mistake>,
}

impl Layer {
    /// Reads a layer's files; `top` is the folder they are told under.
    pub(crate) fn read(origin: Origin, top: &str, files: &Files) -> Self {
        let mut layer = Self::default();
        let mut directories = BTreeSet::new();
        for (path, text) in files {
            let told = format!("{top}/{path}");
            let parts: Vec<&str> = path.split('/').collect();
            let text = text.as_deref().map_err(|why| found_in(&told, why));
            match parts.as_slice() {
                ["agents", directory, _] => {
                    directories.insert(*directory);
                }
                ["skills", file] if ends(file, &["md"]) => {
                    let name = agent::plain(stem(file));
                    let read = text.map_or_else(found, |text| skill::read(&name, &told, text));
                    add(&mut layer.skills, &mut layer.mistakes, Item::new(origin, &told, name, read));
                }
                ["playbooks", file] if ends(file, &["md"]) => {
                    let name = agent::plain(stem(file));
                    let read = text.map_or_else(found, |text| playbook::read(&name, &told, text));
                    add(&mut layer.playbooks, &mut layer.mistakes, Item::new(origin, &told, name, read));
                }
                ["registries", file] if ends(file, &["yaml", "yml"]) => {
                    let (name, read) = match text {
                        Ok(text) => registry::read(stem(file), &told, text),
                        Err(mistakes) => (agent::plain(stem(file)), found(mistakes)),
                    };
                    add(&mut layer.registries, &mut layer.mistakes, Item::new(origin, &told, name, read));
                }
                ["workspace.yaml" | "workspace.yml"] => match text.and_then(|text| home::read(&told, text)) {
                    Ok(home) => layer.home = Some(home),
                    Err(mistakes) => layer.mistakes.extend(mistakes),
                },
                ["memory", file] | [file] if ends(file, &["yaml", "yml"]) => layer.remember(stem(file), &told, text),
                _ => {}
            }
        }
        for directory in directories {
            let (file, name, read) = agent_of(top, directory, files);
            add(&mut layer.agents, &mut layer.mistakes, Item::new(origin, &file, name, read));
        }
        layer
    }

    /// Files of checks and follow-ups that belong to no agent's directory.
    fn remember(&mut self, stem: &str, told: &str, text: Result<&str, Vec<Mistake>>) {
        if !matches!(stem, "checks" | "followups") {
            return;
        }
        let root = text
            .and_then(|text| yaml::read(text).map_err(|wrong| vec![Mistake::new(told, Some(wrong.line), wrong.text)]));
        let root = match root {
            Ok(root) => root,
            Err(mistakes) => return self.mistakes.extend(mistakes),
        };
        let wrong = if stem == "checks" {
            let (checks, wrong) = memory::checks(&root);
            self.checks.extend(checks);
            wrong
        } else {
            let (followups, wrong) = memory::followups(&root);
            self.followups.extend(followups);
            wrong
        };
        self.mistakes.extend(wrong.into_iter().map(|wrong| Mistake::new(told, Some(wrong.line), wrong.text)));
    }
}

fn agent_of(top: &str, directory: &str, files: &Files) -> (String, String, Read<Agent>) {
    let path = |file: &str| format!("agents/{directory}/{file}");
    let config = ["config.yaml", "config.yml"].into_iter().find(|file| files.contains_key(&path(file)));
    let file = format!("{top}/{}", path(config.unwrap_or("config.yaml")));
    let prompt_file = format!("{top}/{}", path("prompt.md"));
    let refused = |file: &str, why: &str| {
        let (file, name) = (file.to_owned(), agent::plain(directory));
        (file.clone(), name, found(found_in(&file, why)))
    };
    let text = match config.and_then(|config| files.get(&path(config))) {
        Some(Ok(text)) => text,
        Some(Err(why)) => return refused(&file, why),
        None => return refused(&file, "it is missing"),
    };
    let prompt = match files.get(&path("prompt.md")) {
        Some(Ok(prompt)) => Some(prompt.as_str()),
        Some(Err(why)) => return refused(&prompt_file, why),
        None => None,
    };
    let (name, read) = agent::read(directory, (&file, text), (&prompt_file, prompt));
    (file, name, read)
}

/// Two of a name in one layer: the first stays, and the second is told.
fn add<T>(all: &mut Vec<Item<T>>, mistakes: &mut Vec<Mistake>, item: Item<T>) {
    match all.iter().find(|other| other.name == item.name) {
        Some(other) => mistakes.push(Mistake::new(
            &item.file,
            None,
            format!("{} is called the same, and this one is left out", base::card::code(&other.file)),
        )),
        None => all.push(item),
    }
}

fn found_in(file: &str, why: &str) -> Vec<Mistake> {
    vec![Mistake::new(file, None, why)]
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn ends(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && endings.contains(&ending))
}
