//! What differs between two maps, as a person reads it. Pure.

use base::card::code;
use serde::Serialize;

use crate::map::{Map, Service};

/// What differs.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Changes {
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
    /// Each, and what of it.
    pub(crate) changed: Vec<(String, Vec<String>)>,
    /// Lines that were not there like this before: service, name, line.
    pub(crate) lines: Vec<(String, &'static str, String)>,
}

/// From one map, if there was any, to another.
pub(crate) fn between(old: Option<&Map>, new: &Map) -> Changes {
    let mut changes = Changes::default();
    let before = |name: &str| old.and_then(|old| Some((old, old.services.get(old.place(name)?)?)));
    for service in &new.services {
        match before(&service.name) {
            None => changes.added.push(service.name.clone()),
            Some((old, was)) => {
                let what = what_differs((old, was), (new, service));
                if !what.is_empty() {
                    changes.changed.push((service.name.clone(), what));
                }
            }
        }
        let was = before(&service.name).map(|(_, was)| was);
        for (name, line) in service.commands.all() {
            if was.is_none_or(|was| !was.commands.all().any(|known| known == (name, line))) {
                changes.lines.push((service.name.clone(), name, line.to_owned()));
            }
        }
    }
    let gone = old.into_iter().flat_map(|old| &old.services).filter(|was| new.place(&was.name).is_none());
    changes.removed = gone.map(|was| was.name.clone()).collect();
    changes
}

impl Changes {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A line for each.
    pub(crate) fn words(&self) -> Vec<String> {
        let names = |names: &[String]| names.iter().map(code).collect::<Vec<_>>().join(" ");
        let mut words = Vec::new();
        if !self.added.is_empty() {
            words.push(format!("+ {}", names(&self.added)));
        }
        if !self.removed.is_empty() {
            words.push(format!("− {}", names(&self.removed)));
        }
        words.extend(self.changed.iter().map(|(name, what)| format!("~ {}  {}", code(name), what.join(", "))));
        words
    }
}

fn what_differs((old, was): (&Map, &Service), (new, is): (&Map, &Service)) -> Vec<String> {
    let mut what = Vec::new();
    let shown = |port: Option<u16>| port.map_or_else(|| "none".to_owned(), |port| port.to_string());
    if was.port != is.port {
        what.push(format!("port {} → {}", shown(was.port), shown(is.port)));
    }
    let node = |map: &Map, service: &Service| {
        map.node_of(service).map_or_else(|| "nowhere".to_owned(), |node| node.name.clone())
    };
    if node(old, was) != node(new, is) {
        what.push(format!("{} → {}", code(node(old, was)), code(node(new, is))));
    }
    let needs = |service: &Service| {
        let mut needs: Vec<String> = service.depends_on.iter().map(|(_, need)| need.clone()).collect();
        needs.sort();
        needs
    };
    if needs(was) != needs(is) {
        what.push("what it needs".to_owned());
    }
    if was.health != is.health {
        what.push("health endpoint".to_owned());
    }
    if (&was.container, &was.compose) != (&is.container, &is.compose) {
        what.push("container".to_owned());
    }
    let line = |service: &Service, name: &str| {
        service.commands.all().find(|(known, _)| *known == name).map(|(_, line)| line.to_owned())
    };
    for name in ["start", "stop", "restart", "status", "force_stop"] {
        match (line(was, name), line(is, name)) {
            (Some(_), None) => what.push(format!("no `{name}` any more")),
            (was, is) if was != is => what.push(format!("`{name}`")),
            _ => {}
        }
    }
    let now = |is: bool| if is { "now" } else { "no longer" };
    if was.gpu_required != is.gpu_required {
        what.push(format!("{} takes a GPU", now(is.gpu_required)));
    }
    if was.autostart != is.autostart {
        what.push(format!("{} comes up with its server", now(is.autostart)));
    }
    if was.description != is.description {
        what.push("description".to_owned());
    }
    what
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Reading, read};

    #[test]
    fn what_is_new_gone_and_different_is_told_and_every_new_line() {
        let map = |text: &str| read(text, &Reading::default()).map;
        let old = map("services:\n  a: {port: 1, host: box, commands: {start: x, stop: y}}\n  b: {depends_on: [a]}\n");
        let new = map("services:\n  a: {port: 2, host: nas, commands: {start: z}}\n  c: {commands: {status: s}}\n");
        let changes = between(Some(&old), &new);
        assert_eq!(
            changes.words(),
            ["+ `c`", "− `b`", "~ `a`  port 1 → 2, `box` → `nas`, `start`, no `stop` any more"]
        );
        let lines: Vec<_> =
            changes.lines.iter().map(|(service, name, line)| format!("{service} {name} {line}")).collect();
        assert_eq!(lines, ["a start z", "c status s"]);
        assert!(between(Some(&new), &new).is_empty());
        assert_eq!(between(None, &new).words(), ["+ `a` `c`"]);
    }
}
