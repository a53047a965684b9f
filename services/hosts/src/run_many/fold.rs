//! Servers that answered the same, folded into one line. Pure.

use base::{
    card::code,
    measure::{self, span},
};
use serde::Serialize;
use std::time::Duration;

/// Names that a line shows; the file has them all.
const NAMES: usize = 6;
/// Characters of an answer that stands in a line.
const ANSWER: usize = 60;

/// How one server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    /// Its name.
    pub(super) server: String,
    /// How the command ended there, in words: `exit 0`.
    pub(super) ended: String,
    /// It ended with 0.
    pub(super) well: bool,
    /// From its beginning to its end, in milliseconds.
    pub(super) duration_ms: u64,
    /// Its last lines, without secrets.
    pub(super) output: String,
}

/// Servers that answered the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group<'a> {
    pub(super) answers: Vec<&'a Answer>,
}

/// The groups: those that went wrong after those that went well, the largest first, in the order of their first server's name.
pub(super) fn fold(answers: &[Answer]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for answer in answers {
        let same = |group: &&mut Group<'_>| {
            let first = group.first();
            (first.well, &first.ended, &first.output) == (answer.well, &answer.ended, &answer.output)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.answers.push(answer),
            None => groups.push(Group { answers: vec![answer] }),
        }
    }
    groups.sort_by_key(|group| (!group.first().well, std::cmp::Reverse(group.answers.len())));
    groups
}

/// The line under the title: how many answered what, as short as it can be said.
pub(super) fn summary(groups: &[Group<'_>]) -> Vec<String> {
    let most = groups.iter().max_by_key(|group| (group.answers.len(), group.first().well));
    match most {
        Some(group) if group.answers.len() > 1 => {
            let differ: usize = groups.iter().map(|group| group.answers.len()).sum::<usize>() - group.answers.len();
            let mut facts = vec![format!("{} answered {}", group.answers.len(), group.answer())];
            match differ {
                0 => {}
                1 => facts.push("1 differs".to_owned()),
                more => facts.push(format!("{more} differ")),
            }
            facts
        }
        _ => {
            let all: usize = groups.iter().map(|group| group.answers.len()).sum();
            let well = groups.iter().filter(|group| group.first().well).count();
            let count = measure::count(all as u64, "server", "servers");
            if well == groups.len() && all > 1 {
                return vec![format!("{count} went well"), "each answered something else".to_owned()];
            }
            vec![format!("{well} of {count} went well")]
        }
    }
}

impl<'a> Group<'a> {
    pub(super) fn first(&self) -> &'a Answer {
        self.answers[0]
    }

    /// What all of them said, where that is one short line; or how they ended.
    fn answer(&self) -> String {
        let first = self.first();
        let mut lines = first.output.lines();
        match (lines.next(), lines.next()) {
            (Some(line), None) if line.chars().count() <= ANSWER && first.well => code(line),
            (Some(_), _) if first.well => "the same".to_owned(),
            _ => code(&first.ended),
        }
    }

    /// Its line: who, how long, how it ended, and the last thing they said.
    pub(super) fn line(&self) -> String {
        let mut names: Vec<String> = self.answers.iter().take(NAMES).map(|answer| code(&answer.server)).collect();
        if self.answers.len() > NAMES {
            names.push(format!("and {} more", self.answers.len() - NAMES));
        }
        let first = self.first();
        let longest = self.answers.iter().map(|answer| answer.duration_ms).max().unwrap_or_default();
        let after =
            if longest > 0 { format!(" after {}", span(Duration::from_millis(longest))) } else { String::new() };
        let mut facts = vec![format!("{}{after}", first.ended)];
        if let Some(last) = first.output.lines().rev().find(|line| !line.trim().is_empty()) {
            facts.push(code(short(last)));
        }
        format!("{}  {}", names.join(" "), facts.join(" · "))
    }
}

fn short(line: &str) -> String {
    match line.char_indices().nth(ANSWER) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(server: &str, ended: &str, output: &str) -> Answer {
        let well = ended == "exit 0";
        Answer { server: server.to_owned(), ended: ended.to_owned(), well, duration_ms: 0, output: output.to_owned() }
    }

    #[test]
    fn those_that_answer_the_same_are_one_line_and_the_one_that_differs_stands_out() {
        let mut answers: Vec<Answer> = (1..=11).map(|n| answer(&format!("web-{n}"), "exit 0", "active")).collect();
        answers.insert(6, answer("web-x", "exit 3", "inactive"));
        let groups = fold(&answers);
        assert_eq!(summary(&groups), ["11 answered `active`", "1 differs"]);
        let lines: Vec<String> = groups.iter().map(Group::line).collect();
        assert_eq!(
            lines,
            [
                "`web-1` `web-2` `web-3` `web-4` `web-5` `web-6` and 5 more  exit 0 · `active`",
                "`web-x`  exit 3 · `inactive`",
            ]
        );
    }

    #[test]
    fn the_same_words_with_another_ending_are_another_answer() {
        let answers = [answer("a", "exit 0", "x"), answer("b", "exit 1", "x"), answer("c", "exit 1", "x")];
        let groups = fold(&answers);
        assert_eq!(summary(&groups), ["2 answered `exit 1`", "1 differs"]);
        assert_eq!(groups.len(), 2);
    }

    #[test]
    fn where_each_answers_something_else_nothing_is_folded() {
        let answers = [answer("a", "exit 0", "1"), answer("b", "exit 0", "2"), answer("c", "exit 2", "")];
        assert_eq!(summary(&fold(&answers)), ["2 of 3 servers went well"]);
    }
}
