//! Discord's own description of its API (OpenAPI 3.1), held against every exchange with the bot and every event it is told.
//!
//! The file is not ours and not here: where `DISCORD_OPENAPI` or [`crate::Options::openapi`] names it, the bot's requests are
//! checked against it, and so are our answers. What it does not describe is not judged.
//!
//! - `document` reads the file and finds operations; `schema`, `union` and `format` hold a value against a schema; `parameters`
//!   reads paths and queries; `events` says which of its schemas hold for the gateway; `leniency` is the only place where less
//!   is asked than the file does.
//!
//! **Invariant:** nothing the file asks is passed over in silence: a keyword that is not understood refuses the whole file.

mod document;
mod events;
mod format;
mod leniency;
#[cfg(test)]
mod libraries;
mod parameters;
#[cfg(test)]
mod routes;
mod schema;
#[cfg(test)]
mod stories;
mod union;

use document::{Document, Operation};
use schema::{Checker, Failure, Side};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Names the file, for whoever starts a sandbox without naming it.
const VARIABLE: &str = "DISCORD_OPENAPI";
/// The largest file that is read. Discord's has 1.2 MB.
const LARGEST: u64 = 16 * 1024 * 1024;
/// The longest description of what is wrong, in characters.
const DETAIL: usize = 600;

/// Why a description of the API cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read it: {0}")]
    Read(#[from] std::io::Error),
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{at}: {what}")]
    Unknown { at: String, what: String },
}

/// A description of the API, ready to be held against what is said.
#[derive(Debug)]
pub(crate) struct OpenApi(Document);

/// A request and its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a str,
    /// Below `/api/v10`, with the query.
    pub(crate) path: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) status: u16,
    pub(crate) answer: Option<&'a Value>,
    /// Whether the request was already accused of a broken rule that has a name of its own, which says more.
    pub(crate) accused: bool,
}

/// Something that is not as the file describes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) rule: &'static str,
    pub(crate) detail: String,
}

impl OpenApi {
    /// The file a sandbox is to use: the one its options name, or else the environment's. `None` if neither does.
    pub(crate) fn chosen(named: Option<&Path>) -> Result<Option<Arc<Self>>, Error> {
        let named = named.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        named.filter(|path| !path.as_os_str().is_empty()).map(|path| Self::load(&path)).transpose()
    }

    /// Reads a file once a process, however many sandboxes use it.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, Error> {
        static READ: Mutex<Option<HashMap<PathBuf, Arc<OpenApi>>>> = Mutex::new(None);
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read.get_or_insert_default();
        if let Some(found) = read.get(path) {
            return Ok(Arc::clone(found));
        }
        if std::fs::metadata(path)?.len() > LARGEST {
            return Err(Error::TooLarge);
        }
        let api = Arc::new(Self::parse(serde_json::from_slice(&std::fs::read(path)?)?)?);
        read.insert(path.to_owned(), Arc::clone(&api));
        Ok(api)
    }

    pub(crate) fn parse(document: Value) -> Result<Self, Error> {
        Document::parse(document).map(Self)
    }

    /// What is wrong with a request of the bot's, and with our answer to it. Nothing where the file has no such operation.
    pub(crate) fn complaints(&self, exchange: &Exchange<'_>) -> Vec<Complaint> {
        let (path, query) = exchange.path.split_once('?').unwrap_or((exchange.path, ""));
        let Some(operation) = self.0.operation(exchange.method, path) else { return Vec::new() };
        let request = if exchange.accused { None } else { self.request(&operation, query, exchange.body) };
        let answer = self.answer(&operation, exchange.status, exchange.answer);
        let request = request.map(|detail| Complaint { rule: "openapi.request", detail });
        let answer = answer.map(|detail| Complaint { rule: "openapi.answer", detail });
        request.into_iter().chain(answer).collect()
    }

    /// What is wrong with an event's data, as far as the file has a schema for it.
    pub(crate) fn event(&self, name: &str, data: &Value) -> Option<Complaint> {
        let failures = events::check(&self.checker(Side::Answer), name, data);
        told(name, &failures).map(|detail| Complaint { rule: "openapi.event", detail })
    }

    fn request(&self, operation: &Operation<'_>, query: &str, body: &Value) -> Option<String> {
        let checker = self.checker(Side::Request);
        let mut failures = parameters::check(&checker, operation, query);
        if let Some(schema) = operation.body() {
            failures.extend(checker.check(schema, body));
        }
        told(operation.id, &failures)
    }

    fn answer(&self, operation: &Operation<'_>, status: u16, answer: Option<&Value>) -> Option<String> {
        if !leniency::is_judged(status) {
            return None;
        }
        let subject = format!("{} answers {status}", operation.id);
        let Some(response) = self.0.response(operation, status) else {
            let declared = operation.statuses().collect::<Vec<_>>().join(", ");
            return Some(format!("{subject}, which is none of {declared}"));
        };
        match (document::json_schema(response), answer) {
            (Some(schema), Some(answer)) => told(&subject, &self.checker(Side::Answer).check(schema, answer)),
            (Some(_), None) => Some(format!("{subject} without the body it has")),
            (None, Some(_)) if response.get("content").is_none() => {
                Some(format!("{subject} with a body, and it has none"))
            }
            (None, _) => None,
        }
    }

    fn checker(&self, side: Side) -> Checker<'_> {
        Checker { schemas: self.0.schemas(), side }
    }
}

/// One line about everything that is wrong; `None` if nothing is.
fn told(subject: &str, failures: &[Failure]) -> Option<String> {
    let place = |failure: &Failure| if failure.at.is_empty() { "it".to_owned() } else { failure.at.clone() };
    let each: Vec<_> = failures.iter().map(|failure| format!("{} {}", place(failure), failure.what)).collect();
    (!each.is_empty()).then(|| format!("{subject}: {}", each.join("; ")).chars().take(DETAIL).collect())
}
