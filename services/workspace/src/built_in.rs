//! The framework that comes with the program, for every guild.

use crate::{item::Origin, layer::Layer};

macro_rules! files {
    ($($path:literal)*) => {
        /// Each by its path.
        const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../../assets/framework/", $path)))),*];
    };
}

files! {
    "agents/coder/config.yaml"
    "agents/coder/prompt.md"
    "agents/creative/config.yaml"
    "agents/creative/prompt.md"
    "agents/devops/config.yaml"
    "agents/devops/prompt.md"
    "agents/jarvis/config.yaml"
    "agents/jarvis/prompt.md"
    "agents/researcher/config.yaml"
    "agents/researcher/prompt.md"
    "playbooks/incident.md"
    "playbooks/new-server.md"
    "playbooks/restore-a-backup.md"
    "skills/free-disk-space-safely.md"
    "skills/read-a-log.md"
    "skills/rotate-a-key.md"
    "skills/weekly-report.md"
    "skills/why-is-a-service-down.md"
}

/// What they hold.
pub(crate) fn layer() -> Layer {
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), Ok((*text).to_owned()))).collect();
    Layer::read(Origin::BuiltIn, "framework", &files)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Mistake, merge::merge};

    #[test]
    fn everything_built_in_can_be_used_as_it_is() {
        let all = merge([&layer()]);
        assert_eq!(all.all_mistakes().map(Mistake::told).collect::<Vec<_>>(), [""; 0]);
        assert_eq!(all.agents.keys().collect::<Vec<_>>(), ["coder", "creative", "devops", "jarvis", "researcher"]);
        for agent in all.agents.values().filter_map(|item| item.ok()) {
            assert!(
                agent.prompt.len() > 800 && !agent.description.is_empty() && agent.rounds.is_some(),
                "{}",
                agent.name
            );
            let tools = agent.tools.as_ref().expect("its list is narrow");
            assert!(!tools.is_empty() && !tools.iter().any(|tool| tool == "*"), "{}", agent.name);
        }
        assert!(all.skills.values().filter_map(|item| item.ok()).all(|skill| !skill.description.is_empty()));
        assert!(all.playbooks.values().filter_map(|item| item.ok()).all(|playbook| playbook.steps.len() >= 5));
    }

    #[test]
    fn no_file_of_the_framework_is_left_out() {
        fn below(at: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/framework");
        let mut found = Vec::new();
        below(&root, &root, &mut found);
        found.sort();
        assert_eq!(found, FILES.iter().map(|(path, _)| *path).collect::<Vec<_>>());
    }
}
