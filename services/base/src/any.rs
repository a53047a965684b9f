//! An action without its type: what carries it to its end is compiled once, and not for each of some three hundred.
//!
//! **Invariant:** it is run by nobody but the [gate](crate::gate), which alone makes the permit for it.

use std::{pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, action::Ending, gate::Admitted,
};

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// An action together with what does it.
pub struct AnyAction(Box<dyn Erased>);

impl AnyAction {
    /// Forgets the type.
    pub fn of<A: Action>(action: A, service: Arc<A::Service>) -> Self {
        Self(Box::new(Whole { action, service }))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.fields().name()
    }

    /// Whether it may last longer than this process.
    pub fn is_durable(&self) -> bool {
        self.0.fields().is_durable()
    }

    /// After this long it is stopped.
    pub fn deadline(&self) -> Duration {
        self.0.fields().deadline()
    }

    /// What is known of it now. See [`Action::assess`].
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn assess(&self, actor: &Actor) -> Result<Assessment> {
        self.0.assess(actor).await
    }

    /// Whether what it acts on is there. See [`Action::exists`].
    ///
    /// # Errors
    /// When it is not, or that cannot be found out.
    pub async fn exists(&self, actor: &Actor) -> Result<()> {
        self.0.exists(actor).await
    }

    /// What it says of itself.
    pub(crate) fn fields(&self) -> &dyn Fields {
        self.0.fields()
    }

    /// Does it.
    pub(crate) fn run(self, admitted: Admitted, run: &Run) -> Later<'_, Box<dyn AnyReport>> {
        self.0.run(admitted, run)
    }
}

/// What came of an action, without its type.
pub trait AnyReport: Send {
    /// The face of the report.
    fn card(&self) -> Card;
    /// How it ended.
    fn ending(&self) -> Ending;
    /// The report as data; null where it cannot be written as JSON.
    fn value(&self) -> Value;
}

impl<R: Report> AnyReport for R {
    fn card(&self) -> Card {
        Report::card(self)
    }

    fn ending(&self) -> Ending {
        Report::ending(self)
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What an action says of itself by its fields alone.
pub(crate) trait Fields: Send + Sync {
    fn name(&self) -> &'static str;
    fn is_free_form(&self) -> bool;
    fn is_durable(&self) -> bool;
    fn deadline(&self) -> Duration;
    fn lease(&self, risk: Risk) -> Option<String>;
    /// All of it as JSON.
    fn json(&self) -> Result<Value>;
    /// Its words; with other fields in place of its own, where they can be read as such.
    fn words(&self, instead: Option<&Value>) -> Words;
}

/// What an action says to people.
pub(crate) struct Words {
    pub(crate) plan: String,
    pub(crate) refusal: String,
    pub(crate) target: Option<String>,
}

impl<A: Action> Fields for A {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn is_free_form(&self) -> bool {
        A::FREE_FORM
    }

    fn is_durable(&self) -> bool {
        A::DURABLE
    }

    fn deadline(&self) -> Duration {
        Action::deadline(self)
    }

    fn lease(&self, risk: Risk) -> Option<String> {
        Action::lease(self, risk)
    }

    fn json(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|error| Error::internal("writing an action down", error))
    }

    fn words(&self, instead: Option<&Value>) -> Words {
        let other: Option<A> = instead.and_then(|fields| A::deserialize(fields).ok());
        let shown = other.as_ref().unwrap_or(self);
        Words { plan: shown.plan(), refusal: shown.refusal(), target: shown.target() }
    }
}

trait Erased: Send + Sync {
    fn fields(&self) -> &dyn Fields;
    fn assess<'a>(&'a self, actor: &'a Actor) -> Later<'a, Assessment>;
    fn exists<'a>(&'a self, actor: &'a Actor) -> Later<'a, ()>;
    fn run(self: Box<Self>, admitted: Admitted, run: &Run) -> Later<'_, Box<dyn AnyReport>>;
}

struct Whole<A: Action> {
    action: A,
    service: Arc<A::Service>,
}

impl<A: Action> Erased for Whole<A> {
    fn fields(&self) -> &dyn Fields {
        &self.action
    }

    fn assess<'a>(&'a self, actor: &'a Actor) -> Later<'a, Assessment> {
        Box::pin(self.action.assess(&self.service, actor))
    }

    fn exists<'a>(&'a self, actor: &'a Actor) -> Later<'a, ()> {
        Box::pin(self.action.exists(&self.service, actor))
    }

    fn run(self: Box<Self>, admitted: Admitted, run: &Run) -> Later<'_, Box<dyn AnyReport>> {
        Box::pin(async move {
            let Self { action, service } = *self;
            let report = A::run(Permit::of(action, admitted), &service, run).await?;
            Ok(Box::new(report) as Box<dyn AnyReport>)
        })
    }
}
