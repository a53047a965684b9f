//! Prompts that come with us: to begin with, and to show how one is written. They are read only.

use std::sync::LazyLock;

use crate::prompt::{Found, Origin};

/// A heading for each: its name, then a line of its kind and tags, then its text.
const FILE: &str = include_str!("prompts.md");

/// All of them, by name.
pub static BUILT_IN: LazyLock<Vec<Found>> = LazyLock::new(|| {
    let mut all: Vec<Found> = FILE.split("\n# ").skip(1).filter_map(read).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
});

fn read(section: &str) -> Option<Found> {
    let (name, rest) = section.split_once('\n')?;
    let (about, text) = rest.trim_start().split_once('\n')?;
    let (category, tags) = about.split_once(':')?;
    Some(Found {
        name: name.trim().to_owned(),
        text: text.trim().to_owned(),
        category: category.trim().to_owned(),
        tags: tags.trim().to_owned(),
        from: Origin::BuiltIn,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CATEGORIES, PromptName};

    #[test]
    fn every_built_in_prompt_can_be_used_as_it_is() {
        assert_eq!(BUILT_IN.len(), FILE.matches("\n# ").count());
        assert!(BUILT_IN.len() >= 5);
        for prompt in BUILT_IN.iter() {
            assert_eq!(prompt.name.parse::<PromptName>().unwrap().as_str(), prompt.name);
            assert!(CATEGORIES.iter().any(|category| category.as_str() == prompt.category), "{}", prompt.name);
            assert!(!prompt.tags.is_empty(), "{}", prompt.name);
            assert!(!prompt.template().unwrap().variables().is_empty(), "{}: nothing to fill in", prompt.name);
        }
    }
}
