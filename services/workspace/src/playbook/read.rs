//! A playbook, read from its Markdown: its steps are its `##` headings, or where it has fewer than two of them, its numbered items.
//!
//! **Invariant:** what stands in a code block is no heading and no item.

use serde::{Deserialize, Serialize};

use crate::{
    item::{Read, found},
    mistake::Mistake,
};

/// A card has room for so many, and nobody goes through more.
const STEPS: usize = 25;
/// In characters: a step is one line of a card.
const TITLE: usize = 80;
/// In characters.
const BODY: usize = 2_000;

/// What people go through together, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Playbook {
    /// What it is called; its file's name without the ending.
    pub name: String,
    /// The heading.
    pub title: String,
    /// What it is for: what stands before the first step.
    pub description: String,
    /// What is done.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What, in a line.
    pub title: String,
    /// How, where it says more.
    pub body: String,
}

/// A step's line, what it is called, and the lines below it.
type Raw<'a> = (usize, String, Vec<&'a str>);

/// Reads a playbook.
pub(crate) fn read(name: &str, file: &str, text: &str) -> Read<Playbook> {
    let lines = marked(text);
    let Some(heading) = lines.iter().position(|(_, code, line)| !code && line.starts_with("# ")) else {
        return found(vec![Mistake::new(file, Some(1), "there is no heading such as `# A new server`")]);
    };
    let title = lines[heading].2.trim_start_matches('#').trim().to_owned();
    let rest = &lines[heading + 1..];
    let headings = rest.iter().filter(|(_, code, line)| !code && line.starts_with("## ")).count();
    let begins = |(_, code, line): &(usize, bool, &str)| -> Option<String> {
        if *code {
            None
        } else if headings > 1 {
            line.strip_prefix("## ").map(|title| numbered(title.trim()).unwrap_or(title.trim()).to_owned())
        } else {
            numbered(line).map(str::to_owned)
        }
    };
    let mut before: Vec<&str> = Vec::new();
    let mut steps: Vec<Raw<'_>> = Vec::new();
    for line in rest {
        match (begins(line), steps.last_mut()) {
            (Some(title), _) => steps.push((line.0, title, Vec::new())),
            (None, Some((.., body))) => body.push(line.2),
            (None, None) => before.push(line.2),
        }
    }
    let mut mistakes = Vec::new();
    if steps.is_empty() {
        mistakes.push(Mistake::new(file, None, "there are no steps: neither `## ` headings nor numbered items"));
    }
    if let Some((line, ..)) = steps.get(STEPS) {
        mistakes.push(Mistake::new(
            file,
            Some(*line),
            format!("there are more than {STEPS} steps; make two playbooks of it"),
        ));
    }
    for (line, title, body) in &steps {
        if title.is_empty() || title.chars().count() > TITLE {
            mistakes.push(Mistake::new(
                file,
                Some(*line),
                format!("a step is called by 1 to {TITLE} characters; say the rest below it"),
            ));
        }
        if body.iter().map(|line| line.chars().count() + 1).sum::<usize>() > BODY {
            mistakes.push(Mistake::new(file, Some(*line), format!("this step has more than {BODY} characters")));
        }
    }
    if !mistakes.is_empty() {
        return found(mistakes);
    }
    let description = unwrapped(&before.join("\n"));
    let description = description.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let steps = steps.into_iter().map(|(_, title, body)| Step { title, body: unwrapped(&indented(&body)) });
    let playbook = Playbook {
        name: name.to_owned(),
        title,
        description: description.unwrap_or_default().chars().take(300).collect(),
        steps: steps.collect(),
    };
    Read::of(Ok(playbook), Vec::new())
}

/// Every line with its number, and whether it is part of a code block.
fn marked(text: &str) -> Vec<(usize, bool, &str)> {
    let mut fence: Option<&str> = None;
    text.lines()
        .enumerate()
        .map(|(number, line)| {
            let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
            let code = fence.is_some() || mark.is_some();
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                _ => {}
            }
            (number + 1, code, line)
        })
        .collect()
}

/// What a numbered item says: `3. Look` or `3) Look`, not indented.
fn numbered(line: &str) -> Option<&str> {
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let rest = line.get(digits..)?;
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    (1..=3).contains(&digits).then(|| rest.trim())
}

/// Lines without what they are all indented by.
fn indented(lines: &[&str]) -> String {
    let spaces = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(spaces).min().unwrap_or_default();
    let lines: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or_default().trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Paragraphs as one line each: a file breaks them where its editor did, and a phone breaks them elsewhere.
fn unwrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for (_, code, line) in marked(text) {
        let words = !code && line.starts_with(|first: char| first.is_alphanumeric()) && numbered(line).is_none();
        match lines.last_mut().filter(|_| open && words) {
            Some(before) => {
                before.push(' ');
                before.push_str(line);
            }
            None => lines.push(line.to_owned()),
        }
        open = words;
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(text: &str) -> Vec<(String, String)> {
        let playbook = read("x", "x.md", text).read.unwrap();
        playbook.steps.into_iter().map(|step| (step.title, step.body)).collect()
    }

    #[test]
    fn steps_are_headings_or_numbered_items() {
        let headings = "# Incident\nWhen it\nburns.\n\n## 1. Look\nAt the\nlogs.\n\n## Tell\n";
        assert_eq!(
            steps(headings),
            [("Look".to_owned(), "At the logs.".to_owned()), ("Tell".to_owned(), String::new())]
        );
        let items = "# Restore\n\n## Steps\n1. Stop it\n   ```\n   1. not a step\n   ```\n2) Copy\n10. Start\n";
        let steps = steps(items);
        assert_eq!(steps.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["Stop it", "Copy", "Start"]);
        assert_eq!(steps[0].1, "```\n1. not a step\n```");
        assert_eq!(read("x", "x.md", headings).read.unwrap().description, "When it burns.");
    }

    #[test]
    fn a_playbook_that_nobody_could_go_through_is_refused() {
        let told = |text: &str| read("x", "p/x.md", text).read.unwrap_err()[0].told();
        assert_eq!(told("words"), "`p/x.md` line 1: there is no heading such as `# A new server`");
        assert_eq!(told("# Empty\nwords"), "`p/x.md`: there are no steps: neither `## ` headings nor numbered items");
        assert!(told(&format!("# Long\n{}", "1. step\n".repeat(26))).contains("line 27: there are more than 25"));
        assert!(told(&format!("# Long\n1. {}", "x".repeat(81))).contains("line 2: a step is called by"));
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_reading_a_playbook_panic(text in "[ #\\n`~0-9.)a-c\u{e4}\u{1f600}]{0,160}") {
            let _ = read("x", "x.md", &format!("# x\n{text}"));
        }
    }
}
