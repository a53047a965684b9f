//! What the gate asks of the hub: permission, approval, audit.

use std::time::Duration;

use base::{
    Actor, Error, Redactor, Result, Risk,
    gate::{Ports, Record, Request, Stop, Verdict, Waiting},
};
use store::{approvals::Decision, audit::NewEntry};
use uuid::Uuid;

use crate::Hub;

/// How long "really?" stays open: whoever asked is there, and what it is about may be another thing tomorrow.
const QUESTION_LASTS: Duration = Duration::from_hours(1);

pub(crate) struct Checks<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) redactor: &'a Redactor,
}

/// A guild's administrators hold everything, everybody else nothing.
pub(crate) fn holds(actor: &Actor) -> bool {
    actor.administrator
}

impl Ports for Checks<'_> {
    fn redactor(&self) -> &Redactor {
        self.redactor
    }

    async fn permission(&self, actor: &Actor, request: &Request) -> Result<()> {
        if self.hub.parts.running.is_shutting_down() {
            return Err(Error::Busy("I am being stopped and take nothing new. Ask again in a minute.".to_owned()));
        }
        if request.own || holds(actor) {
            return Ok(());
        }
        Err(Error::Forbidden { action: request.refusal.clone(), grant: request.grant() })
    }

    async fn approval(&self, actor: &Actor, request: &Request, given: Option<Uuid>) -> Result<Verdict> {
        let store = &self.hub.parts.store;
        match (request.risk, given) {
            (Risk::Observe | Risk::Change, _) => Ok(Verdict::Go),
            (Risk::Destroy, None) => {
                let (approval, expires) = store.ask(actor, request, QUESTION_LASTS).await?;
                Ok(Verdict::Wait(Waiting { approval, plan: request.plan.clone(), expires }))
            }
            // The digest in the row and the one of what is about to run must be the same, in one compare-and-set.
            (Risk::Destroy, Some(given)) => {
                if store.decide(actor, given, &request.digest, Decision::Granted).await? {
                    Ok(Verdict::Go)
                } else {
                    Err(Error::Busy("That question is no longer open.".to_owned()))
                }
            }
        }
    }

    async fn begin(&self, actor: &Actor, request: &Request, given: Option<Uuid>) -> Result<Record> {
        self.write(actor, request, "started", given, None).await
    }

    async fn stop(&self, actor: &Actor, request: &Request, why: &Stop<'_>) -> Result<Record> {
        match why {
            Stop::Refused(error) => self.write(actor, request, error.outcome(), None, Some(error.to_string())).await,
            Stop::Waits(waiting) => self.write(actor, request, "waiting", Some(waiting.approval), None).await,
        }
    }
}

impl Checks<'_> {
    async fn write(
        &self,
        actor: &Actor,
        request: &Request,
        outcome: &'static str,
        approval: Option<Uuid>,
        detail: Option<String>,
    ) -> Result<Record> {
        let detail = detail.map(|detail| self.redactor.mask(&detail).into_owned());
        // People choose their names; the request is masked already.
        let actor = &Actor { name: self.redactor.mask(&actor.name).into_owned(), ..actor.clone() };
        let entry = NewEntry { actor, request, approval, outcome, detail };
        let (id, reference) = self.hub.parts.store.write_audit(entry).await?;
        Ok(Record { id, reference })
    }
}
