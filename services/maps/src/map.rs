//! A service map as it was read: what runs where, what needs what, and by which lines it is started and stopped. Pure.

use base::{Error, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::graph::Graph;

/// Longest name of a service or a node.
pub(crate) const NAME_LIMIT: usize = 64;

/// A service's name: 1 to 64 letters, digits, `-`, `_`, `.` and `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ServiceName(String);

impl ServiceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ServiceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim();
        if is_name(name) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::Invalid(format!(
            "{} is no service's name: it takes 1 to {NAME_LIMIT} letters, digits, `-`, `_`, `.` or `/`, such as `web`. \
             Nothing was done.",
            code(text)
        )))
    }
}

impl TryFrom<String> for ServiceName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ServiceName> for String {
    fn from(name: ServiceName) -> Self {
        name.0
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this can be a name in a map.
pub(crate) fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    (1..=NAME_LIMIT).contains(&name.len()) && name.chars().all(fits)
}

/// A map that is fit to be used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Map {
    pub(crate) name: String,
    pub(crate) nodes: Vec<Node>,
    /// In the order of the file.
    pub(crate) services: Vec<Service>,
}

/// A machine, as the map calls it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// Where it may answer.
    pub(crate) addresses: Vec<String>,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) line: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The place of its node in [`Map::nodes`].
    pub(crate) node: Option<usize>,
    pub(crate) port: Option<u16>,
    pub(crate) health: Option<Health>,
    /// What it needs, as the file says it, with the line.
    pub(crate) depends_on: Vec<(u64, String)>,
    pub(crate) commands: Commands,
    pub(crate) container: Option<String>,
    pub(crate) compose: Option<String>,
    /// Without a graphics card it is of no use.
    pub(crate) gpu_required: bool,
    /// It comes up by itself when its server comes back, where the guild switched that on.
    pub(crate) autostart: bool,
}

/// Where a service says that it is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) port: u16,
    pub(crate) path: String,
}

/// The lines a map gives for a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    pub(crate) start: Option<String>,
    pub(crate) stop: Option<String>,
    pub(crate) restart: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) force_stop: Option<String>,
}

impl Commands {
    /// Each line, with its name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("start", &self.start),
            ("stop", &self.stop),
            ("restart", &self.restart),
            ("status", &self.status),
            ("force_stop", &self.force_stop),
        ];
        all.into_iter().filter_map(|(name, line)| Some((name, line.as_deref()?)))
    }
}

impl Map {
    /// The place of the service of this name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.services.iter().position(|service| service.name == name)
    }

    /// The node a service runs on.
    pub(crate) fn node_of(&self, service: &Service) -> Option<&Node> {
        self.nodes.get(service.node?)
    }

    /// Who needs whom. What is not in the map is left out: a map that is used names nothing else.
    pub(crate) fn graph(&self) -> Graph {
        let needs = self
            .services
            .iter()
            .map(|service| service.depends_on.iter().filter_map(|(_, name)| self.place(name)).collect::<Vec<_>>());
        Graph::new(needs.collect())
    }
}
