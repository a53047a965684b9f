//! A skill, read from its Markdown: the first `#` heading is its name, the first plain line what it is, the rest how it is done.

use serde::Serialize;

use crate::{
    item::{Read, found},
    mistake::Mistake,
};

/// How something is done, for whoever is to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skill {
    /// What it is called; its file's name without the ending.
    pub name: String,
    /// The heading.
    pub title: String,
    /// What it is, in a line.
    pub description: String,
    /// How it is done.
    pub body: String,
}

/// Reads a skill.
pub(crate) fn read(name: &str, file: &str, text: &str) -> Read<Skill> {
    let mut lines = text.lines().enumerate();
    let Some((_, heading)) = lines.by_ref().find(|(_, line)| line.starts_with("# ")) else {
        return found(vec![Mistake::new(file, Some(1), "there is no heading such as `# Free disk space`")]);
    };
    let rest: Vec<&str> = lines.map(|(_, line)| line).collect();
    let first = rest.iter().position(|line| is_plain(line));
    // A line below the next heading is no description.
    let first = first.filter(|at| !rest[..*at].iter().any(|line| line.starts_with('#')));
    let (description, body) = match first {
        Some(at) => (rest[at].trim(), &rest[at + 1..]),
        None => ("", &rest[..]),
    };
    let body = body.join("\n").trim().to_owned();
    if body.is_empty() && description.is_empty() {
        return found(vec![Mistake::new(file, None, "there is nothing below the heading")]);
    }
    let skill = Skill {
        name: name.to_owned(),
        title: heading.trim_start_matches('#').trim().to_owned(),
        description: description.to_owned(),
        body,
    };
    Read::of(Ok(skill), Vec::new())
}

/// A line of words: no heading, list, fence, quote or table.
fn is_plain(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with(['#', '-', '*', '+', '>', '|', '`', '~']) && !line.starts_with("1.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_heading_is_the_name_and_the_first_plain_line_the_description() {
        let text = "\n# Free disk space\n\nMakes room without deleting data.\n\n## Steps\n1. Look\n2. Ask\n";
        let skill = read("free-disk", "f.md", text).read.unwrap();
        assert_eq!(
            (skill.title.as_str(), skill.description.as_str()),
            ("Free disk space", "Makes room without deleting data.")
        );
        assert_eq!(skill.body, "## Steps\n1. Look\n2. Ask");
        let skill = read("x", "f.md", "# Title\n## Steps\ntext of the steps\n").read.unwrap();
        assert_eq!((skill.description.as_str(), skill.body.as_str()), ("", "## Steps\ntext of the steps"));
    }

    #[test]
    fn a_file_without_a_heading_is_no_skill() {
        let told = |text: &str| read("x", "skills/x.md", text).read.unwrap_err()[0].told();
        assert_eq!(told("just words"), "`skills/x.md` line 1: there is no heading such as `# Free disk space`");
        assert_eq!(told("# Alone\n\n"), "`skills/x.md`: there is nothing below the heading");
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_reading_a_skill_panic(text in "[ #\\n\\-a-z`1.\u{e4}\u{1f600}]{0,120}") {
            let _ = read("x", "x.md", &text);
        }
    }
}
