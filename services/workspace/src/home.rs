//! What `workspace.yaml` says of a workspace as a whole: its name, what belongs to it, and how its pages are laid out.
//!
//! **Invariant:** what is wrong with it is told with its line, and then none of it counts; nothing else depends on it.

use serde::Serialize;

use crate::{
    fields::{Fields, listed},
    mistake::{Mistake, quoted},
    yaml::{self, Node, Wrong},
};

const KNOWN: [&str; 6] = ["name", "description", "registries", "mcp_servers", "mcp", "perspectives"];
/// What a page is made of.
const COMPONENTS: [&str; 5] = ["stat-cards", "quick-actions", "registry-table", "agent-tree", "event-timeline"];
/// A page is so many columns wide.
const COLUMNS: u64 = 12;

/// A workspace as a whole.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Home {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its registries; others are there all the same.
    pub registries: Vec<String>,
    /// The MCP servers that it works with, by name.
    pub mcp_servers: Vec<String>,
    /// How it is looked at.
    pub perspectives: Vec<Perspective>,
}

/// A way to look at it: pages under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Perspective {
    /// What it is called.
    pub name: String,
    /// Its pages.
    pub pages: Vec<Page>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// What it is called.
    pub name: String,
    /// What it is made of, in order.
    pub components: Vec<Component>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// What it is: `registry-table` and the like.
    pub kind: String,
    /// What stands above it.
    pub title: String,
    /// The registry it shows, where it shows one.
    pub registry: Option<String>,
    /// Of twelve columns it takes so many.
    pub span: u64,
}

/// Reads `workspace.yaml`, which is called so in what is told.
pub(crate) fn read(file: &str, text: &str) -> Result<Home, Vec<Mistake>> {
    let told = |wrong: Wrong| Mistake::new(file, Some(wrong.line), wrong.text);
    let root = yaml::read(text).map_err(|wrong| vec![told(wrong)])?;
    let mut fields = Fields::of(&root, &KNOWN);
    let (perspectives, wrong) = each(&fields, "perspectives", perspective);
    fields.wrong.extend(wrong);
    let servers = if fields.node("mcp_servers").is_some() { "mcp_servers" } else { "mcp" };
    let home = Home {
        name: fields.text("name").unwrap_or_default(),
        description: fields.text("description").unwrap_or_default(),
        registries: fields.texts("registries").unwrap_or_default(),
        mcp_servers: fields.texts(servers).unwrap_or_default(),
        perspectives,
    };
    if fields.wrong.is_empty() { Ok(home) } else { Err(fields.wrong.into_iter().map(told).collect()) }
}

fn perspective(node: &Node) -> Result<Perspective, Vec<Wrong>> {
    let mut fields = Fields::of(node, &["name", "id", "title", "icon", "pages"]);
    let (pages, wrong) = each(&fields, "pages", page);
    fields.wrong.extend(wrong);
    let name = named(&mut fields, node);
    done(fields, Perspective { name, pages })
}

fn page(node: &Node) -> Result<Page, Vec<Wrong>> {
    let mut fields = Fields::of(node, &["name", "id", "title", "icon", "components"]);
    let (components, wrong) = each(&fields, "components", component);
    fields.wrong.extend(wrong);
    let name = named(&mut fields, node);
    done(fields, Page { name, components })
}

fn component(node: &Node) -> Result<Component, Vec<Wrong>> {
    let mut fields = Fields::of(node, &["type", "title", "registry", "span", "config"]);
    let kind = fields.text("type").unwrap_or_default();
    if !COMPONENTS.contains(&kind.as_str()) {
        fields.refuse("type", format!("{} is no part of a page; those are {}", quoted(&kind), COMPONENTS.join(", ")));
    }
    let component = Component {
        kind,
        title: fields.text("title").unwrap_or_default(),
        registry: fields.text("registry").filter(|registry| !registry.is_empty()),
        span: fields.number("span", 1, COLUMNS).unwrap_or(COLUMNS),
    };
    done(fields, component)
}

/// What it is called by any of the words that people use for it.
fn named(fields: &mut Fields<'_>, node: &Node) -> String {
    let name = ["name", "title", "id"].iter().find_map(|key| fields.text(key).filter(|name| !name.is_empty()));
    name.unwrap_or_else(|| {
        fields.wrong.push(Wrong::new(node.line, "this has no `name`"));
        String::new()
    })
}

fn each<T>(fields: &Fields<'_>, key: &str, read: impl Fn(&Node) -> Result<T, Vec<Wrong>>) -> (Vec<T>, Vec<Wrong>) {
    let Some(node) = fields.node(key) else { return (Vec::new(), Vec::new()) };
    let items = match listed(node, key) {
        Ok(items) => items,
        Err(wrong) => return (Vec::new(), vec![wrong]),
    };
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for item in items {
        match read(item) {
            Ok(one) => all.push(one),
            Err(mistakes) => wrong.extend(mistakes),
        }
    }
    (all, wrong)
}

fn done<T>(fields: Fields<'_>, read: T) -> Result<T, Vec<Wrong>> {
    if fields.wrong.is_empty() { Ok(read) } else { Err(fields.wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREW: &str = "name: Crew\nregistries: [domains]\nmcp_servers: [github]\nperspectives:\n  - name: Work\n    pages:\n      - title: Home\n        components:\n          - {type: stat-cards}\n          - {type: registry-table, registry: domains, span: 6}\n";

    #[test]
    fn a_workspace_is_read_down_to_the_parts_of_its_pages() {
        let home = read("workspace/workspace.yaml", CREW).unwrap();
        assert_eq!((home.name.as_str(), home.mcp_servers.as_slice()), ("Crew", &["github".to_owned()][..]));
        let page = &home.perspectives[0].pages[0];
        assert_eq!((page.name.as_str(), page.components[0].span, page.components[1].span), ("Home", 12, 6));
        assert_eq!(page.components[1].registry.as_deref(), Some("domains"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_none_of_it_counts() {
        let wrong = read("w", &CREW.replace("span: 6", "span: 13").replace("stat-cards", "clock")).unwrap_err();
        let told: Vec<String> = wrong.iter().map(Mistake::told).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("`w` line 9: `clock` is no part of a page"), "{told:?}");
        assert!(told[1].contains("line 10: `span` is a whole number from 1 to 12"), "{told:?}");
        assert_eq!(read("w", "name: x").unwrap(), Home { name: "x".to_owned(), ..Home::default() });
    }
}
