//! What can be done, known by name: how a button, a model or a schedule reaches an action.

use std::any::TypeId;

use base::{Action, AnyAction, Error, Result, Retry, Risk};
use serde_json::Value;

use crate::Hub;

/// An action without its type.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of an action, and none stands for another")]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its risk.
    pub risk: Risk,
    /// One sentence: what it does.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub schema: Value,
    /// Whether what it does is in its text and not in its name.
    pub free_form: bool,
    /// Whether everybody may ask it, as far as it concerns themselves.
    pub own: bool,
    pub(crate) service: TypeId,
    /// Whether it may last longer than the process that began it.
    pub durable: bool,
    /// Whether it only has others done.
    pub(crate) conducts: bool,
    /// How often a durable run is begun anew after it failed, and when.
    pub(crate) retry: Retry,
    read: fn(&Hub, Value) -> Result<AnyAction>,
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
            free_form: A::FREE_FORM,
            own: A::OWN,
            service: TypeId::of::<A::Service>(),
            durable: A::DURABLE,
            conducts: A::CONDUCTS,
            retry: A::RETRY,
            read: |hub, arguments| {
                let action: A = serde_json::from_value(arguments).map_err(|error| unfit(A::NAME, &error))?;
                hub.any(action)
            },
        }
    }

    /// The action of these arguments.
    pub(crate) fn read(&self, hub: &Hub, arguments: Value) -> Result<AnyAction> {
        (self.read)(hub, arguments)
    }
}

fn unfit(name: &str, error: &serde_json::Error) -> Error {
    Error::Invalid(format!("`{name}` cannot be done like that: {error}."))
}
