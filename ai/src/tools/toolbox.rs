//! The tools a model is shown just now: a few chosen for the question, and one that finds the others.
//!
//! **Invariants:** a small model is never shown more than [`MOST`]; what it was shown stays as long as there is room, so that a
//! conversation's tools do not change under it; everything shown is of the catalogue it was made of.

use std::sync::Arc;

use serde_json::json;

use super::{
    catalogue::{Catalogue, Entry},
    search::Index,
};
use crate::Tool;

/// The tool that finds others.
pub const FIND_TOOL: &str = "find_tool";
/// How many a question is given at first: more, and an 8B model calls the wrong one.
pub const AT_FIRST: usize = 12;
/// The most that are shown at once, found ones among them.
pub const MOST: usize = 32;
/// What frames a tool, in bytes.
const FRAME: usize = 24;
/// How many one search finds.
const FOUND: usize = 6;
/// What a diagnosis begins with, whatever the question is about: always among the first.
const ALWAYS: [&str; 4] = ["container.list", "fleet.show", "metrics.show", "server.run"];
/// What fills the places that a question leaves.
const OTHERWISE: [&str; 13] = [
    "server.show",
    "server.list",
    "container.show",
    "alert.list",
    "incident.list",
    "service.status",
    "container.logs",
    "audit.search",
    "job.list",
    "runbook.list",
    "schedule.list",
    "grant.mine",
    "memory.list",
];

/// The tools of one conversation.
#[derive(Debug, Clone)]
pub struct Toolbox {
    catalogue: Arc<Catalogue>,
    index: Arc<Index>,
    /// Names of tools, those that were chosen last at the end.
    shown: Vec<String>,
    /// Those that are shown take no more than so many bytes.
    room: usize,
}

impl Toolbox {
    /// Everything that may be found; nothing is shown yet.
    pub fn new(catalogue: Catalogue) -> Self {
        let index = Arc::new(Index::of(&catalogue));
        Self { catalogue: Arc::new(catalogue), index, shown: Vec::new(), room: usize::MAX }
    }

    /// The same for a model that reads little: its tools take no more than so many bytes.
    pub fn within(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// The same with what was shown before, in this order: a conversation goes on. What is no longer offered is left out.
    pub fn showing(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            // Small models write the action's own name, too; no provider takes one name twice.
            if let Some(name) = self.catalogue.get(&name).map(|entry| entry.tool.name.clone()) {
                self.show(name);
            }
        }
        self
    }

    /// Everything that may be found.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The names of what is shown now.
    pub fn shown(&self) -> &[String] {
        &self.shown
    }

    /// Chooses for a question, [`AT_FIRST`] of them; what was shown before makes room only where there is none.
    pub fn ask(&mut self, question: &str) {
        for name in self.chosen(question) {
            self.show(name);
        }
    }

    /// Shows a tool by its name: one that was called without being shown was known all the same.
    pub fn show(&mut self, name: String) {
        if let Some(at) = self.shown.iter().position(|one| *one == name) {
            self.shown.remove(at);
        } else if self.shown.len() >= MOST {
            self.shown.remove(0);
        }
        self.shown.push(name);
    }

    /// Searches all of them, shows what it finds, and says so to the model.
    pub fn find(&mut self, query: &str) -> String {
        let found: Vec<&Entry> =
            self.index.rank(query).into_iter().take(FOUND).map(|at| &self.catalogue.entries()[at]).collect();
        if found.is_empty() {
            return "No tool has to do with that. Search with other words, such as `logs`, `disk` or `restart`; or say that it \
                    cannot be done from here."
                .to_owned();
        }
        let lines = found.iter().map(|entry| format!("- `{}`: {}", entry.tool.name, entry.tool.description));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let names: Vec<String> = found.iter().map(|entry| entry.tool.name.clone()).collect();
        // The best of them stays the longest.
        names.into_iter().rev().for_each(|name| self.show(name));
        format!("These can be called now:\n{lines}")
    }

    /// What a model is shown, by name; and [`FIND_TOOL`] where there is more than that.
    pub fn tools(&self) -> Vec<Tool> {
        let mut room = self.room;
        // What was chosen last fits best.
        let last = self.shown.iter().rev().filter_map(|name| self.catalogue.get(name));
        let fitting = last.take_while(|entry| {
            let (needed, left) = (size(&entry.tool), room);
            room = room.saturating_sub(needed);
            needed <= left
        });
        let mut tools: Vec<Tool> = fitting.map(|entry| entry.tool.clone()).collect();
        // One order, whatever was found when: providers keep what they have read of a prompt that begins the same.
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        if tools.len() < self.catalogue.entries().len() {
            tools.push(find_tool(self.catalogue.entries().len()));
        }
        tools
    }

    /// The names of those chosen for a question.
    fn chosen(&self, question: &str) -> Vec<String> {
        let entries = self.catalogue.entries();
        if entries.len() <= AT_FIRST {
            return entries.iter().map(|entry| entry.tool.name.clone()).collect();
        }
        let known = |action: &str| entries.iter().position(|entry| entry.action == action);
        let always: Vec<usize> = ALWAYS.iter().filter_map(|action| known(action)).collect();
        let mut chosen: Vec<usize> = self.index.rank(question).into_iter().take(AT_FIRST).collect();
        while chosen.len() + always.iter().filter(|at| !chosen.contains(at)).count() > AT_FIRST {
            chosen.pop();
        }
        let otherwise = OTHERWISE.iter().filter_map(|action| known(action));
        for at in always.iter().copied().chain(otherwise) {
            if chosen.len() < AT_FIRST && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        // The likeliest stays the longest.
        chosen.into_iter().rev().map(|at| entries[at].tool.name.clone()).collect()
    }
}

/// What a tool takes of what a model reads, in bytes.
fn size(tool: &Tool) -> usize {
    tool.name.len() + tool.description.len() + tool.schema.to_string().len() + FRAME
}

fn find_tool(of: usize) -> Tool {
    Tool {
        name: FIND_TOOL.to_owned(),
        description: format!(
            "Search all {of} tools where none of those shown fits. What it finds can be called afterwards."
        ),
        schema: json!({
            "type": "object", "additionalProperties": false, "required": ["query"],
            "properties": { "query": { "type": "string", "minLength": 1, "maxLength": 200,
                "description": "What is to be done or known, in a few words: restart a container, disk usage, who did what." } },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::catalogue::Offered, *};

    fn catalogue(many: usize) -> Catalogue {
        let named = ["container.list", "server.run", "incident.list", "container.restart"];
        let kinds = (0..many.saturating_sub(named.len())).map(|at| format!("thing{at}.turn"));
        Catalogue::of(named.into_iter().map(str::to_owned).chain(kinds).take(many).map(|name| Offered {
            description: format!("Does what {name} says."),
            schema: json!({ "type": "object", "properties": {} }),
            looks: name.ends_with("list"),
            name,
        }))
    }

    fn names(toolbox: &Toolbox) -> Vec<String> {
        toolbox.tools().into_iter().map(|tool| tool.name).collect()
    }

    #[test]
    fn few_tools_are_all_shown_and_need_no_search() {
        let mut toolbox = Toolbox::new(catalogue(AT_FIRST));
        toolbox.ask("anything");
        assert_eq!(toolbox.tools().len(), AT_FIRST);
        assert!(!names(&toolbox).contains(&FIND_TOOL.to_owned()));
    }

    #[test]
    fn of_many_a_question_is_given_a_few_and_a_search_for_the_rest() {
        let mut toolbox = Toolbox::new(catalogue(200));
        toolbox.ask("bounce the container");
        let first = names(&toolbox);
        for name in ["container_restart", "container_list", "server_run", FIND_TOOL] {
            assert!(first.iter().any(|one| one == name), "{name} is not among {first:?}");
        }
        assert!(first.len() <= AT_FIRST + 1, "{first:?}");
        assert!(!first.contains(&"thing77_turn".to_owned()));
        let said = toolbox.find("thing77");
        assert!(said.contains("`thing77_turn`"), "{said}");
        assert!(names(&toolbox).contains(&"thing77_turn".to_owned()));
        assert!(toolbox.find("xyzzy").starts_with("No tool"));
        let kept = Toolbox::new(catalogue(200)).showing(toolbox.shown().to_vec());
        assert_eq!(names(&kept), names(&toolbox), "it is written down and read again");
    }

    #[test]
    fn a_small_model_is_shown_few_and_those_that_fit_best() {
        let mut toolbox = Toolbox::new(catalogue(200)).within(400);
        toolbox.ask("bounce the container");
        let few = names(&toolbox);
        assert!((2..AT_FIRST).contains(&few.len()), "{few:?}");
        assert!(few.contains(&"container_restart".to_owned()) && few.contains(&FIND_TOOL.to_owned()), "{few:?}");
        toolbox.find("thing77");
        assert!(names(&toolbox).contains(&"thing77_turn".to_owned()), "what was found is shown first");
    }

    #[test]
    fn what_was_called_often_and_by_either_of_its_names_is_shown_once() {
        let called = ["container_list", "server_run", "container.list", "container_list", "nothing_such"];
        let toolbox = Toolbox::new(catalogue(200)).showing(called.map(str::to_owned));
        assert_eq!(toolbox.shown(), ["server_run", "container_list"]);
    }

    #[test]
    fn however_much_is_found_a_model_is_shown_so_many_and_the_last_stay() {
        let mut toolbox = Toolbox::new(catalogue(200));
        toolbox.ask("bounce the container");
        for at in 0..100 {
            toolbox.find(&format!("thing{at}"));
        }
        let shown = names(&toolbox);
        assert_eq!(shown.len(), MOST + 1);
        assert!(shown.contains(&"thing99_turn".to_owned()) && !shown.contains(&"thing1_turn".to_owned()), "{shown:?}");
        let gone = Toolbox::new(catalogue(4)).showing(toolbox.shown().to_vec());
        assert!(gone.shown().is_empty(), "what is no longer offered is not shown");
    }
}
