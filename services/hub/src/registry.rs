//! What can be done, known by name: how a button, a model or a schedule reaches an action.

use std::any::TypeId;

use base::{Action, Actor, Error, Result, Risk, gate::Request};
use futures::{FutureExt, future::BoxFuture};
use jobs::{Carried, Taken};
use serde_json::Value;

use crate::{Hub, Performing, durable, perform::Asked};

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
    /// Whether what it does is in its text and not in its name.
    pub free_form: bool,
    pub(crate) service: TypeId,
    pub(crate) request: for<'a> fn(&'a Hub, &'a Actor, Value) -> BoxFuture<'a, Result<Request>>,
    pub(crate) exists: for<'a> fn(&'a Hub, &'a Actor, Value) -> BoxFuture<'a, Result<()>>,
    /// Whether it may last longer than the process that began it.
    pub durable: bool,
    pub(crate) start: fn(&Hub, Actor, Value, Asked) -> Result<Performing>,
    pub(crate) go_on: fn(Hub, Taken) -> BoxFuture<'static, Carried>,
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
            service: TypeId::of::<A::Service>(),
            request: |hub, actor, arguments| async move { hub.request(actor, &read::<A>(arguments)?).await }.boxed(),
            exists: |hub, actor, arguments| {
                async move { read::<A>(arguments)?.exists(&*hub.service::<A::Service>()?, actor).await }.boxed()
            },
            durable: A::DURABLE,
            start: |hub, actor, arguments, asked| Ok(hub.start(actor, read::<A>(arguments)?, asked)),
            go_on: |hub, taken| durable::go_on::<A>(hub, taken).boxed(),
        }
    }
}

pub(crate) fn read<A: Action>(arguments: Value) -> Result<A> {
    serde_json::from_value(arguments)
        .map_err(|error| Error::Invalid(format!("`{}` cannot be done like that: {error}.", A::NAME)))
}
