//! The list of commands that only look, with the options they may have.
//!
//! A rule is a line: a program, the words it must be given first (`status|show`, and `!-l` where that is an option), the options
//! it may have, and what its operands may be: `*` for anything, or patterns such as `/var/log/**`, `+*`. A `?` stands for one
//! operand of any kind, in its place: `grep ? /var/log/**`. Of options, `-n=` takes a value in the same word or the next,
//! `--color[=]` only in the same one, `-#` is any number; those before the subcommands may only stand there.
//!
//! **Invariant:** what a rule does not name is not allowed: an option is compared whole, never by its beginning, and a value that
//! stands in a word of its own cannot be an option. A single `-` is never allowed: what it is depends on what came before.

use base::card::code;

use crate::{
    literal::Word,
    rule::{Argument, Refusal, Rule},
    runner,
};

/// Directories whose programs are those of the system.
const SYSTEM: [&str; 4] = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"];
/// Rules are read for every line, so there is an end to them.
const RULES: usize = 1_000;

/// Harmless commands, by program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harmless {
    rules: Vec<Rule>,
}

/// A rule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRule {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl std::error::Error for BadRule {}

impl std::fmt::Display for BadRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Harmless {
    /// What a guild starts with, with its comments.
    pub const SHIPPED: &str = include_str!("harmless.txt");

    /// The list that is shipped.
    pub fn shipped() -> Self {
        Self::parse(Self::SHIPPED).unwrap_or_default()
    }

    /// Reads rules, one a line; empty lines and `#` are skipped.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let mut rules = Vec::new();
        for (line, rule) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            if rules.len() == RULES {
                return Err(BadRule { line, reason: format!("there may be {RULES} rules") });
            }
            rules.push(Rule::parse(rule).map_err(|reason| BadRule { line, reason })?);
        }
        Ok(Self { rules })
    }

    /// Adds a rule of one's own.
    ///
    /// # Errors
    /// Where it cannot be read, or would let a line run anything: why, without a full stop.
    pub fn add(&mut self, rule: &str) -> Result<(), String> {
        let rule = Rule::parse(rule)?;
        runner::refuse(&rule)?;
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
        Ok(())
    }

    /// Whether a rule is on the list, as it is written.
    pub fn contains(&self, rule: &str) -> bool {
        self.rules().any(|other| other == rule)
    }

    /// Takes a rule out, as it is written. The answer is whether it was there.
    pub fn remove(&mut self, rule: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|other| other.text != rule);
        self.rules.len() < before
    }

    /// The rules, as they are written.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.text.as_str())
    }

    /// Whether a command is on the list; the error says why not.
    pub(crate) fn allows(&self, command: &[Word]) -> Result<(), String> {
        let words = command.iter().map(|word| match word {
            Word::Literal { text, glob } => Ok(Argument { text, glob: *glob }),
            Word::Open { why, .. } => Err((*why).to_owned()),
        });
        let words: Vec<Argument> = words.collect::<Result<_, _>>()?;
        let [first, arguments @ ..] = &words[..] else { return Err("There is no command in it.".to_owned()) };
        let program = SYSTEM.iter().find_map(|directory| first.text.strip_prefix(directory)).unwrap_or(first.text);
        let mut refusal = None;
        for rule in self.rules.iter().filter(|rule| rule.program == program && !first.glob) {
            match rule.allows(arguments) {
                Ok(()) => return Ok(()),
                // The rule that came furthest explains best.
                Err(why) => refusal = refusal.max(Some(why)),
            }
        }
        let named = match refusal {
            None => code(first.text),
            Some(Refusal::Subcommand) => {
                let next = arguments.first().map(|next| format!(" {}", next.text)).unwrap_or_default();
                code(format!("{}{next}", first.text))
            }
            Some(Refusal::Argument { text, .. }) => format!("{} with {}", code(first.text), code(text)),
        };
        Err(format!("{named} is not on the list of harmless commands."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_can_be_read() {
        assert!(Harmless::parse(Harmless::SHIPPED).unwrap().rules.len() > 80);
    }

    #[test]
    fn a_wrong_rule_is_answered_with_an_example() {
        for (rule, said) in [
            ("-rf", "no name of a program"),
            ("df --", "no option"),
            ("df -a=b", "no option"),
            ("git -C= status", "must stand before"),
            ("df * help", "must stand before"),
        ] {
            let error = Harmless::parse(&format!("# rules\n{rule}")).unwrap_err();
            assert!(error.line == 2 && error.reason.contains(said), "{rule}: {error}");
        }
    }
}
