//! A guild's list of harmless commands: what it changed, and the whole of it.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shell::Harmless;
use store::harmless::{Change, Changed};

use crate::Policy;

/// More would not be read on a card; the file has them all.
const SHOWN: usize = 15;

/// List the harmless commands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListCommands {}

/// What the guild changed, and the list as it is.
#[derive(Debug, Serialize)]
pub struct Commands {
    rules: Vec<String>,
    changes: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    rule: String,
    change: Change,
    changed_by: String,
    changed_at: i64,
}

impl Action for ListCommands {
    const NAME: &'static str = "policy.commands";
    const RISK: Risk = Risk::Observe;
    type Service = Policy;
    type Report = Commands;

    fn plan(&self) -> String {
        "List the harmless commands".to_owned()
    }

    fn refusal(&self) -> String {
        "list the harmless commands".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, policy: &Policy, _: &Run) -> Result<Commands> {
        let guild = permit.actor().guild;
        let changes = policy.store.harmless_changes(guild).await?;
        let rules = policy.with(guild, &changes).rules().map(str::to_owned).collect();
        Ok(Commands { rules, changes: changes.into_iter().map(Line::from).collect() })
    }
}

impl From<Changed> for Line {
    fn from(changed: Changed) -> Self {
        Self { rule: changed.rule, change: changed.change, changed_by: changed.by, changed_at: changed.at.0 }
    }
}

impl Line {
    fn text(&self) -> String {
        let sign = if self.change == Change::Added { "+" } else { "−" };
        format!("{sign} {}  by <@{}> {}", code(&self.rule), self.changed_by, Millis(self.changed_at).relative())
    }
}

impl Commands {
    fn of(&self, change: Change) -> Vec<&str> {
        self.changes.iter().filter(|line| line.change == change).map(|line| line.rule.as_str()).collect()
    }

    /// The shipped list with its comments, as this guild has it.
    fn file(&self) -> String {
        let (removed, added) = (self.of(Change::Removed), self.of(Change::Added));
        let mut file = String::new();
        for line in Harmless::SHIPPED.lines() {
            if removed.contains(&line.trim()) {
                file.push_str("# removed here: ");
            }
            file.push_str(line);
            file.push('\n');
        }
        if !added.is_empty() {
            file.push_str("\n# Added here\n");
        }
        for rule in added {
            file.extend([rule, "\n"]);
        }
        file
    }
}

impl Report for Commands {
    fn card(&self) -> Card {
        let mut card =
            Card::plain("**Harmless commands**").fact(measure::count(self.rules.len() as u64, "rule", "rules"));
        for (change, word) in [(Change::Added, "added here"), (Change::Removed, "removed here")] {
            match self.of(change).len() {
                0 => {}
                number => card = card.fact(format!("{number} {word}")),
            }
        }
        if self.changes.is_empty() {
            card = card.text("All as shipped. `/policy commands add` and `remove` change that.");
        }
        for line in self.changes.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        if let more @ 1.. = self.changes.len().saturating_sub(SHOWN) {
            card = card.text(format!("and {more} more, in the file"));
        }
        card.file("harmless.txt", self.file().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_list_as_it_counts() {
        let line =
            |rule: &str, change| Line { rule: rule.to_owned(), change, changed_by: "1".to_owned(), changed_at: 0 };
        let changes = vec![line("restic snapshots", Change::Added), line("tty", Change::Removed)];
        let file = Commands { rules: Vec::new(), changes }.file();
        let mut wanted = Harmless::shipped();
        assert!(wanted.remove("tty"));
        wanted.add("restic snapshots").unwrap();
        assert_eq!(Harmless::parse(&file).unwrap(), wanted);
    }
}
