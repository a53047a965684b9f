//! Reads a `service-map.yml` in either of its shapes: services that say where they run, or nodes that say what runs on them.
//!
//! **Invariants:** everything that is wrong is said at once, each with its line; a map with mistakes is none. What is not known is
//! said too, and left out.

mod check;
mod service;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    map::{Map, Node, is_name},
    near::meant,
    placeholder::{self, Values},
    yaml::{self, Field, Item, Value},
};

/// More services are no map that a person reads.
const MOST: usize = 200;
/// More is not said at a time.
const SAID: usize = 50;

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weight {
    /// The map cannot be used like this.
    Mistake,
    /// It can, without this.
    Note,
}

/// What is to be said of a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    pub(crate) line: u64,
    pub(crate) weight: Weight,
    pub(crate) words: String,
}

/// What came of reading.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) map: Map,
    /// By line.
    pub(crate) findings: Vec<Finding>,
}

impl Read {
    /// Whether the map can be used.
    pub(crate) fn is_fit(&self) -> bool {
        self.findings.iter().all(|finding| finding.weight == Weight::Note)
    }
}

/// How a text is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Which of the hosts of a service is meant: `production` unless told.
    pub(crate) environment: Option<String>,
    pub(crate) values: Values,
}

/// Reads a text.
pub(crate) fn read(text: &str, reading: &Reading) -> Read {
    let mut reader = Reader { reading, findings: Vec::new(), map: Map::default(), suffix: String::new() };
    if text.len() > yaml::LONGEST {
        reader.mistake(1, format!("a map has at most {}", base::measure::bytes(yaml::LONGEST as u64)));
    } else {
        match yaml::read(text) {
            Ok(root) => reader.root(root),
            Err((line, why)) => reader.mistake(line, format!("this is no YAML: {why}")),
        }
    }
    if reader.findings.iter().all(|finding| finding.weight == Weight::Note) {
        let found = check::check(&reader.map);
        reader.findings.extend(found);
    }
    reader.findings.sort();
    reader.findings.dedup();
    reader.findings.sort_by_key(|finding| (finding.weight, finding.line));
    reader.findings.truncate(SAID);
    Read { map: reader.map, findings: reader.findings }
}

struct Reader<'a> {
    reading: &'a Reading,
    findings: Vec<Finding>,
    map: Map,
    /// What the chosen environment puts behind the names of hosts.
    suffix: String,
}

/// What a map may have at its top; the later ones are known, and not for us.
const TOP: [&str; 9] =
    ["version", "name", "description", "environments", "services", "nodes", "overrides", "remote_access", "tailscale"];
const NODE: [&str; 11] = [
    "description",
    "tailscale_ip",
    "local_ip",
    "hostname",
    "host",
    "access",
    "services",
    "os",
    "role",
    "location",
    "gpu",
];

impl Reader<'_> {
    fn mistake(&mut self, line: u64, words: impl Into<String>) {
        self.findings.push(Finding { line, weight: Weight::Mistake, words: words.into() });
    }

    fn note(&mut self, line: u64, words: impl Into<String>) {
        self.findings.push(Finding { line, weight: Weight::Note, words: words.into() });
    }

    fn root(&mut self, mut root: Item) {
        if !matches!(root.value, Value::Fields(_)) {
            return self.mistake(
                root.line,
                format!("a map begins with fields such as `services:`, and this is {}", root.kind()),
            );
        }
        self.unknown(&root, &TOP, "at the top of a map");
        if let Some(version) = root.field("version").and_then(|field| self.word(field)) {
            let known = ["1", "1.0"].contains(&version.trim_start_matches('v'));
            if !known {
                let line = root.field("version").map_or(1, |field| field.line);
                self.note(line, format!("version `{version}` is read as 1.0"));
            }
        }
        self.map.name = root.field("name").and_then(|field| self.word(field)).unwrap_or_default();
        self.environment(&root);
        self.overlay(&mut root);
        if let Some(nodes) = root.field("nodes").cloned() {
            self.nodes(&nodes);
        }
        if let Some(services) = root.field("services").cloned() {
            for field in self.entries(&services) {
                self.service(&field, None);
            }
        }
        if self.map.services.is_empty() && self.findings.iter().all(|finding| finding.weight == Weight::Note) {
            self.mistake(
                root.line,
                "there is no service in it: a map has `services:`, or `nodes:` with `services:` in them",
            );
        }
        if self.map.services.len() > MOST {
            self.mistake(1, format!("it has {} services, and a map at most {MOST}", self.map.services.len()));
        }
        self.tell_apart();
    }

    /// The environment that is meant, and what it puts behind the names of hosts.
    fn environment(&mut self, root: &Item) {
        let Some(environments) = root.field("environments").cloned() else { return };
        let wanted = self.reading.environment.as_deref().unwrap_or("production");
        let found = environments.item.fields().iter().find(|field| same_environment(&field.name, wanted));
        match found {
            Some(field) => {
                self.unknown(&field.item, &["host_suffix", "tailscale_enabled", "description"], "of an environment");
                let suffix = field.item.field("host_suffix").and_then(|suffix| self.word(suffix));
                self.suffix = suffix.unwrap_or_default();
            }
            None if self.reading.environment.is_some() => {
                let names = environments.item.fields().iter().map(|field| field.name.as_str());
                let meant = meant(wanted, names);
                self.mistake(environments.line, format!("there is no environment `{wanted}`{meant}"));
            }
            None => {}
        }
    }

    /// Puts the overrides of the environment over the services: by environment, or by service.
    fn overlay(&mut self, root: &mut Item) {
        let Some(overrides) = root.field("overrides").cloned() else { return };
        let wanted = self.reading.environment.as_deref().unwrap_or("production");
        let Value::Fields(fields) = &mut root.value else { return };
        let Some(services) = fields.iter_mut().find(|field| field.name == "services") else { return };
        let mut odd = Vec::new();
        for field in overrides.item.fields() {
            if services.item.field(&field.name).is_some() {
                services.item.overlay(&Item { line: field.line, value: Value::Fields(vec![field.clone()]) });
            } else if same_environment(&field.name, wanted) {
                let of = field.item.field("services").map_or(&field.item, |field| &field.item);
                services.item.overlay(of);
            } else if !["production", "development", "staging"].iter().any(|known| same_environment(&field.name, known))
            {
                odd.push((field.line, field.name.clone()));
            }
        }
        for (line, name) in odd {
            self.note(line, format!("`{name}` is neither a service nor an environment; it overrides nothing"));
        }
    }

    fn nodes(&mut self, nodes: &Field) {
        for field in self.entries(nodes) {
            if !is_name(&field.name) {
                self.mistake(field.line, format!("`{}` is no node's name", field.name));
                continue;
            }
            self.unknown(&field.item, &NODE, "of a node");
            let mut node = Node { name: field.name.clone(), addresses: Vec::new() };
            for key in ["tailscale_ip", "local_ip", "hostname", "host"] {
                if let Some(address) = field.item.field(key).and_then(|field| self.word(field)) {
                    node.addresses.push(address);
                }
            }
            let place = self.map.nodes.len();
            self.map.nodes.push(node);
            if let Some(services) = field.item.field("services") {
                for service in self.entries(services) {
                    self.service(&service, Some(place));
                }
            }
        }
    }

    /// A name that stands on several nodes means several services: they are told apart by their node.
    fn tell_apart(&mut self) {
        let mut often: BTreeMap<String, usize> = BTreeMap::new();
        for service in &self.map.services {
            *often.entry(service.name.clone()).or_default() += 1;
        }
        let map = &mut self.map;
        let qualified = |name: &str, node: Option<usize>, nodes: &[Node]| match node.and_then(|node| nodes.get(node)) {
            Some(node) => format!("{}/{name}", node.name),
            None => name.to_owned(),
        };
        let several: Vec<bool> = map.services.iter().map(|service| often[&service.name] > 1).collect();
        let own: Vec<(String, Option<usize>)> =
            map.services.iter().map(|service| (service.name.clone(), service.node)).collect();
        let mut ambiguous = Vec::new();
        for service in &mut map.services {
            for (line, need) in &mut service.depends_on {
                let here = own.iter().any(|(name, node)| name == need && *node == service.node);
                match often.get(need) {
                    Some(2..) if here => *need = qualified(need, service.node, &map.nodes),
                    Some(2..) => {
                        let all: Vec<String> = own
                            .iter()
                            .filter(|(name, _)| name == need)
                            .map(|(name, node)| format!("`{}`", qualified(name, *node, &map.nodes)))
                            .collect();
                        ambiguous.push((*line, format!("`{need}` runs on several nodes: say {}", all.join(" or "))));
                    }
                    // `node/service` also names what needs no telling apart.
                    None => {
                        let plain = own.iter().find(|(name, node)| qualified(name, *node, &map.nodes) == *need);
                        if let Some((name, _)) = plain.filter(|(name, _)| often[name] == 1) {
                            name.clone_into(need);
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        for (service, several) in map.services.iter_mut().zip(several) {
            if several {
                service.name = qualified(&service.name, service.node, &map.nodes);
            }
        }
        for (line, words) in ambiguous {
            self.mistake(line, words);
        }
    }

    /// The fields of a field that must have some.
    fn entries(&mut self, field: &Field) -> Vec<Field> {
        match &field.item.value {
            Value::Fields(fields) => return fields.clone(),
            Value::Nothing => {}
            _ => self.mistake(field.line, format!("`{}` must have fields, and is {}", field.name, field.item.kind())),
        }
        Vec::new()
    }

    /// Says which fields are not known.
    fn unknown(&mut self, item: &Item, known: &[&str], whose: &str) {
        let odd: Vec<(u64, String)> = item
            .fields()
            .iter()
            .filter(|field| !known.contains(&field.name.as_str()))
            .map(|field| {
                let meant = meant(&field.name, known.iter().copied());
                (field.line, format!("`{}` is no field {whose} that I know, and is left out{meant}", field.name))
            })
            .collect();
        for (line, words) in odd {
            self.note(line, words);
        }
    }

    /// A word with its placeholders filled in; none where it is empty, or stands for nothing known.
    fn word(&mut self, field: &Field) -> Option<String> {
        let word = match &field.item.value {
            Value::Word(word) => word.trim(),
            Value::Nothing => return None,
            _ => {
                self.mistake(field.line, format!("`{}` must be a word, and is {}", field.name, field.item.kind()));
                return None;
            }
        };
        let (filled, unknown) = placeholder::fill(word, &self.reading.values);
        if let Some(name) = unknown.first() {
            self.note(
                field.line,
                format!("`${{{name}}}` is not known, so `{}` is left out; `values:{name}=…` gives it", field.name),
            );
            return None;
        }
        if filled.chars().any(base::card::is_hidden) || filled.len() > 500 {
            self.mistake(field.line, format!("`{}` is too long or holds signs that nobody sees", field.name));
            return None;
        }
        (!filled.is_empty()).then_some(filled)
    }
}

/// `prod` and `production` are one.
fn same_environment(one: &str, other: &str) -> bool {
    let short = |name: &str| match name.to_lowercase().as_str() {
        "prod" => "production".to_owned(),
        "dev" => "development".to_owned(),
        other => other.to_owned(),
    };
    short(one) == short(other)
}

#[cfg(test)]
mod tests;
