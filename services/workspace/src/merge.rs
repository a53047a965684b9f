//! Lays the layers over each other: what a later one has takes the place of what an earlier one has under the same name, whole.
//!
//! **Invariant:** a broken item that takes the place of another does not let that one through again: nobody runs what they replaced.

use std::collections::BTreeMap;

use base::card::code;
use serde::Serialize;

use crate::{
    agent::Agent,
    home::Home,
    item::Item,
    layer::Layer,
    memory::{Check, Followup},
    mistake::Mistake,
    playbook::Playbook,
    registry::Registry,
    skill::Skill,
};

/// All that a guild has.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// By their names.
    pub agents: BTreeMap<String, Item<Agent>>,
    /// By their names.
    pub skills: BTreeMap<String, Item<Skill>>,
    /// By their names.
    pub registries: BTreeMap<String, Item<Registry>>,
    /// By their names.
    pub playbooks: BTreeMap<String, Item<Playbook>>,
    /// What is looked at again and again, beside what agents have of their own.
    pub checks: Vec<Check>,
    /// What is to be done once, beside what agents have of their own.
    pub followups: Vec<Followup>,
    /// What the workspace is as a whole; none where no file says so.
    pub home: Option<Home>,
    /// What is wrong with files that are no item's.
    pub mistakes: Vec<Mistake>,
}

/// Lays them over each other, the first lowest.
pub(crate) fn merge<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Catalogue {
    let mut all = Catalogue::default();
    for layer in layers {
        lay(&mut all.agents, &layer.agents);
        lay(&mut all.skills, &layer.skills);
        lay(&mut all.registries, &layer.registries);
        lay(&mut all.playbooks, &layer.playbooks);
        for check in &layer.checks {
            all.checks.retain(|known| known.id != check.id);
            all.checks.push(check.clone());
        }
        for followup in &layer.followups {
            all.followups.retain(|known| known.id != followup.id);
            all.followups.push(followup.clone());
        }
        if let Some(home) = &layer.home {
            all.home = Some(home.clone());
        }
        all.mistakes.extend(layer.mistakes.iter().cloned());
    }
    check_tree(&mut all.agents);
    check_home(&mut all);
    all
}

/// A registry that the workspace names and nobody has is told.
fn check_home(all: &mut Catalogue) {
    let Some(home) = &mut all.home else { return };
    let (known, missing): (Vec<String>, Vec<String>) =
        std::mem::take(&mut home.registries).into_iter().partition(|name| all.registries.contains_key(name));
    home.registries = known;
    let told = |name: &String| Mistake::new("workspace.yaml", None, format!("its registry {} is nowhere", code(name)));
    all.mistakes.extend(missing.iter().map(told));
}

fn lay<T: Clone>(all: &mut BTreeMap<String, Item<T>>, items: &[Item<T>]) {
    for item in items {
        let mut item = item.clone();
        if let Some(before) = all.remove(&item.name) {
            item.replaces = before.replaces;
            item.replaces.push(before.origin);
        }
        all.insert(item.name.clone(), item);
    }
}

/// A parent that is not there, or that is below its own child, is a mistake of that agent alone.
fn check_tree(agents: &mut BTreeMap<String, Item<Agent>>) {
    let parents: BTreeMap<String, Option<String>> =
        agents.iter().map(|(name, item)| (name.clone(), item.ok().and_then(|agent| agent.parent.clone()))).collect();
    for (name, item) in agents.iter_mut() {
        let Ok(agent) = &item.what.read else { continue };
        let Some(parent) = &agent.parent else { continue };
        let why = if !parents.contains_key(parent) {
            Some(format!("its parent {} is nowhere", code(parent)))
        } else if is_below_itself(name, &parents) {
            Some(format!("its parent {} is below it: that is a circle", code(parent)))
        } else {
            None
        };
        if let Some(why) = why {
            item.what.read = Err(vec![Mistake::new(&item.file, item.what.parent_at, why)]);
        }
    }
    for item in agents.values_mut() {
        let Ok(agent) = &mut item.what.read else { continue };
        let missing = agent.sub_agents.iter().filter(|sub| !parents.contains_key(*sub));
        let notes =
            missing.map(|sub| Mistake::new(&item.file, None, format!("its sub-agent {} is nowhere", code(sub))));
        item.what.notes.extend(notes);
        agent.sub_agents.retain(|sub| parents.contains_key(sub));
    }
}

fn is_below_itself(name: &str, parents: &BTreeMap<String, Option<String>>) -> bool {
    let mut above = parents.get(name).and_then(Option::as_ref);
    // No way up is longer than there are agents, unless it goes round.
    for _ in 0..parents.len() {
        match above {
            Some(parent) if parent == name => return true,
            Some(parent) => above = parents.get(parent).and_then(Option::as_ref),
            None => return false,
        }
    }
    false
}

impl Catalogue {
    /// The agents that stand below this one; those that stand below none where it is none.
    pub fn below<'a>(&'a self, parent: Option<&'a str>) -> impl Iterator<Item = &'a Item<Agent>> {
        let enabled = |name: &str| self.agents.get(name).is_some_and(|item| item.ok().is_some());
        self.agents.values().filter(move |item| {
            // Below one that cannot be used, it stands at the top: it is there itself.
            let above = item.ok().and_then(|agent| agent.parent.as_deref()).filter(|parent| enabled(parent));
            item.ok().is_some() && above == parent
        })
    }

    /// Everything that is wrong or odd.
    pub fn all_mistakes(&self) -> impl Iterator<Item = &Mistake> {
        let items = self.agents.values().flat_map(Item::mistakes).chain(self.skills.values().flat_map(Item::mistakes));
        let items = items.chain(self.registries.values().flat_map(Item::mistakes));
        items.chain(self.playbooks.values().flat_map(Item::mistakes)).chain(&self.mistakes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{item::Origin, layer::Files};

    fn layer(origin: Origin, files: &[(&str, &str)]) -> Layer {
        let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), Ok((*text).to_owned()))).collect();
        Layer::read(origin, origin.words(), &files)
    }

    fn agent(directory: &str, config: &str) -> [(String, String); 2] {
        [
            (format!("agents/{directory}/config.yaml"), config.to_owned()),
            (format!("agents/{directory}/prompt.md"), format!("You are {directory}.")),
        ]
    }

    fn agents(all: &[[(String, String); 2]]) -> Layer {
        let files: Vec<(&str, &str)> =
            all.iter().flatten().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        layer(Origin::Workspace, &files)
    }

    #[test]
    fn what_the_workspace_has_takes_the_place_of_the_whole_item_of_the_same_name() {
        let below = layer(
            Origin::Framework,
            &[
                ("agents/a/config.yaml", "name: ops\nrole: Operations\nmodel: big\n"),
                ("agents/a/prompt.md", "old"),
                ("skills/free.md", "# Old\nold\n"),
                ("skills/other.md", "# Other\nother\n"),
            ],
        );
        let above = layer(
            Origin::Workspace,
            &[
                ("agents/b/config.yaml", "name: OPS\n"),
                ("agents/b/prompt.md", "new"),
                ("skills/free.md", "# New\nnew\n"),
            ],
        );
        let all = merge([&below, &above]);
        let ops = &all.agents["ops"];
        assert_eq!((ops.origin, ops.replaces.as_slice()), (Origin::Workspace, &[Origin::Framework][..]));
        let agent = ops.ok().unwrap();
        assert_eq!(
            (agent.prompt.as_str(), agent.role.as_str(), agent.model.as_deref()),
            ("new", "", None),
            "no field shines through"
        );
        assert_eq!(all.skills["free"].ok().unwrap().title, "New");
        assert_eq!(all.skills["other"].origin, Origin::Framework);
    }

    #[test]
    fn a_broken_item_disables_itself_alone_and_does_not_bring_back_what_it_replaced() {
        let below =
            layer(Origin::Framework, &[("skills/free.md", "# Old\nold\n"), ("skills/other.md", "# Other\nother\n")]);
        let above = layer(Origin::Workspace, &[("skills/free.md", "no heading")]);
        let all = merge([&below, &above]);
        assert!(all.skills["free"].ok().is_none());
        assert_eq!(
            all.skills["free"].mistakes().next().unwrap().told(),
            "`workspace/skills/free.md` line 1: there is no heading such as `# Free disk space`"
        );
        assert!(all.skills["other"].ok().is_some());
    }

    #[test]
    fn a_parent_that_is_nowhere_or_a_circle_is_a_mistake_of_that_agent_alone() {
        let all = merge([&agents(&[
            agent("lead", "name: lead"),
            agent("ops", "name: ops\nparent: Lead\n"),
            agent("lost", "name: lost\nrole: x\nparent: nobody\n"),
            agent("below", "name: below\nparent: lost\n"),
            agent("x", "name: x\nparent: y\n"),
            agent("y", "name: y\nparent: x\n"),
            agent("z", "name: z\nparent: x\n"),
        ])]);
        let wrong: Vec<String> = all.all_mistakes().map(Mistake::told).collect();
        assert_eq!(
            wrong,
            [
                "`workspace/agents/lost/config.yaml` line 3: its parent `nobody` is nowhere",
                "`workspace/agents/x/config.yaml` line 2: its parent `y` is below it: that is a circle",
                "`workspace/agents/y/config.yaml` line 2: its parent `x` is below it: that is a circle",
            ]
        );
        let names = |parent| all.below(parent).map(|item| item.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(None), ["below", "lead", "z"]);
        assert_eq!(names(Some("lead")), ["ops"]);
    }

    #[test]
    fn a_sub_agent_that_is_nowhere_is_told_and_left_out() {
        let all =
            merge([&agents(&[agent("lead", "name: lead\nsub_agents: [ops, nobody]\n"), agent("ops", "name: ops")])]);
        assert_eq!(all.agents["lead"].ok().unwrap().sub_agents, ["ops"]);
        assert!(all.all_mistakes().next().unwrap().text.contains("`nobody` is nowhere"));
    }

    #[test]
    fn no_file_reads_anything_of_the_environment() {
        // Cargo has it in the environment of whatever it tests.
        let value = env!("CARGO_MANIFEST_DIR");
        let all = merge([&layer(
            Origin::Workspace,
            &[
                (
                    "agents/a/config.yaml",
                    "name: a\ndescription: '{{env.CARGO_MANIFEST_DIR}}'\nmodel: ${CARGO_MANIFEST_DIR}\n",
                ),
                (
                    "agents/a/prompt.md",
                    "{{env.CARGO_MANIFEST_DIR}} $CARGO_MANIFEST_DIR ${CARGO_MANIFEST_DIR} {{ env.CARGO_MANIFEST_DIR }}",
                ),
                ("skills/s.md", "# S\n{{env.CARGO_MANIFEST_DIR}}\n\n$CARGO_MANIFEST_DIR\n"),
                ("playbooks/p.md", "# P\n1. {{env.CARGO_MANIFEST_DIR}}\n"),
                ("registries/r.yaml", "fields: [{name: a}]\nentries: [{a: '{{env.CARGO_MANIFEST_DIR}}'}]\n"),
                ("memory/checks.yaml", "- {id: c, prompt: '{{env.CARGO_MANIFEST_DIR}}'}\n"),
            ],
        )]);
        assert_eq!(all.all_mistakes().count(), 0);
        assert!(!format!("{all:?}").contains(value));
        assert_eq!(
            all.agents["a"].ok().unwrap().prompt,
            "{{env.CARGO_MANIFEST_DIR}} $CARGO_MANIFEST_DIR ${CARGO_MANIFEST_DIR} {{ env.CARGO_MANIFEST_DIR }}"
        );
        assert_eq!(all.playbooks["p"].ok().unwrap().steps[0].title, "{{env.CARGO_MANIFEST_DIR}}");
    }

    #[test]
    fn what_a_workspace_says_of_itself_replaces_what_the_framework_says_whole() {
        let below = layer(Origin::Framework, &[("workspace.yaml", "name: Below\nmcp_servers: [x]\n")]);
        let above = layer(
            Origin::Workspace,
            &[
                ("workspace.yaml", "name: Crew\nregistries: [r, lost]\n"),
                ("registries/r.yaml", "fields: [{name: a}]\n"),
            ],
        );
        let all = merge([&below, &above]);
        let home = all.home.as_ref().unwrap();
        assert_eq!(
            (home.name.as_str(), home.mcp_servers.len(), home.registries.as_slice()),
            ("Crew", 0, &["r".to_owned()][..])
        );
        assert_eq!(all.mistakes[0].told(), "`workspace.yaml`: its registry `lost` is nowhere");
        let broken = merge([&below, &layer(Origin::Workspace, &[("workspace.yaml", "name: [")])]);
        assert_eq!((broken.home.unwrap().name.as_str(), broken.mistakes.len()), ("Below", 1));
    }

    #[test]
    fn two_of_a_name_in_one_folder_are_told() {
        let all = merge([&agents(&[agent("a", "name: ops"), agent("b", "name: ops")])]);
        assert_eq!(all.agents["ops"].ok().unwrap().prompt, "You are a.");
        assert!(all.mistakes[0].told().contains("is called the same"));
    }

    #[test]
    fn the_memory_of_a_workspace_is_read_whichever_way_its_files_begin() {
        for text in ["checks:\n  - {id: a, prompt: x}\n", "items:\n  - {id: a, prompt: x}\n", "- {id: a, prompt: x}\n"]
        {
            assert_eq!(merge([&layer(Origin::Workspace, &[("memory/checks.yaml", text)])]).checks.len(), 1, "{text}");
        }
        let all = merge([&layer(
            Origin::Workspace,
            &[("memory/followups.yaml", "followups:\n  - {id: b, prompt: y, due: 2026-12-01}\n")],
        )]);
        assert_eq!(all.followups[0].id, "b");
    }

    proptest! {
        #[test]
        fn whatever_two_layers_hold_the_upper_one_has_the_say(lower in some_agents(), upper in some_agents()) {
            let (lower, upper) = (agents(&lower), agents(&upper));
            let all = merge([&lower, &upper]);
            for item in &upper.agents {
                prop_assert_eq!(&all.agents[&item.name].file, &item.file);
            }
            for item in lower.agents.iter().filter(|item| !upper.agents.iter().any(|other| other.name == item.name)) {
                prop_assert_eq!(&all.agents[&item.name].file, &item.file);
            }
            prop_assert_eq!(all.agents.len(), merge([&upper, &lower]).agents.len());
            prop_assert_eq!(merge([&lower, &upper, &Layer::default()]), all.clone());
            // Everybody who can be used stands in the tree once.
            let mut seen = 0;
            let mut next: Vec<Option<String>> = vec![None];
            while let Some(parent) = next.pop() {
                for item in all.below(parent.as_deref()) {
                    seen += 1;
                    next.push(Some(item.name.clone()));
                }
            }
            prop_assert_eq!(seen, all.agents.values().filter(|item| item.ok().is_some()).count());
        }

        #[test]
        fn no_files_at_all_make_reading_a_folder_panic(
            files in proptest::collection::vec(
                (
                    "(agents|skills|registries|playbooks|memory)/([a-b]{1,2}/)?(config\\.yaml|prompt\\.md|x\\.md|x\\.yaml|checks\\.yaml|\\PC{0,6})",
                    proptest::collection::vec(any::<u8>(), 0..80),
                ),
                0..8,
            )
        ) {
            let read = |(path, bytes): (String, Vec<u8>)| (path, String::from_utf8(bytes).map_err(|_| "no text".to_owned()));
            let files: Files = files.into_iter().map(read).collect();
            let all = merge([&Layer::read(Origin::Workspace, "workspace", &files)]);
            prop_assert!(all.all_mistakes().all(|mistake| !mistake.told().is_empty()));
        }
    }

    fn some_agents() -> impl Strategy<Value = Vec<[(String, String); 2]>> {
        let one = ("[a-e]", "[a-e]", proptest::option::of("[a-f]"), any::<bool>()).prop_map(
            |(directory, name, parent, broken)| {
                let parent = parent.map(|parent| format!("parent: {parent}\n")).unwrap_or_default();
                agent(&directory, &format!("name: {name}\n{parent}{}", if broken { "rounds: no\n" } else { "" }))
            },
        );
        proptest::collection::vec(one, 0..7)
    }
}
