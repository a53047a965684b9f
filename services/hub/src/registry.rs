//! What can be done, known by name: how a button, a model or a schedule reaches an action.

use std::any::TypeId;

use base::{Action, Actor, Error, Result, Risk};
use serde_json::Value;
use uuid::Uuid;

use crate::{Hub, Performing};

/// An action without its type.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its risk.
    pub risk: Risk,
    /// One sentence: what it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub schema: Value,
    pub(crate) service: TypeId,
    pub(crate) start: fn(&Hub, Actor, Value, Option<Uuid>) -> Result<Performing>,
}

impl Entry {
    pub(crate) fn of<A: Action>() -> Self {
        let schema = schemars::schema_for!(A).to_value();
        let description = schema["description"].as_str().unwrap_or_default().to_owned();
        Self {
            name: A::NAME,
            risk: A::RISK,
            description,
            schema,
            service: TypeId::of::<A::Service>(),
            start: |hub, actor, arguments, given| {
                let action: A = serde_json::from_value(arguments)
                    .map_err(|error| Error::Invalid(format!("`{}` cannot be done like that: {error}.", A::NAME)))?;
                Ok(hub.start(actor, action, given))
            },
        }
    }
}
