//! What the gate asks of the hub: permission, approval, audit.

use base::{
    Actor, Asker, Error, Need, Redactor, Result,
    gate::{Ports, Record, Request, Stop, Verdict, Waiting},
};
use store::{
    approvals::Question,
    audit::{NewEntry, STARTED},
    runs::NewRun,
};
use uuid::Uuid;

use crate::{
    Hub, approvals,
    grants::Held,
    policy::{self, SetRule},
};

/// How many questions one person may have open in a guild: more would hide the one that matters.
const OPEN_QUESTIONS: i64 = 25;

pub(crate) struct Checks<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) redactor: &'a Redactor,
    /// The id the audit entry is to have, where it was chosen before.
    pub(crate) entry: Option<Uuid>,
}

/// What an audit row says of a request.
struct Written {
    outcome: &'static str,
    approval: Option<Uuid>,
    detail: Option<String>,
    run: Option<NewRun>,
}

impl Ports for Checks<'_> {
    fn redactor(&self) -> &Redactor {
        self.redactor
    }

    async fn feature(&self, actor: &Actor, request: &Request) -> Result<()> {
        self.hub.parts.guilds.refuse_off(actor.guild, request.name).await
    }

    async fn permission(&self, actor: &Actor, request: &Request) -> Result<()> {
        if self.hub.parts.running.is_shutting_down() {
            return Err(Error::Busy("I am being stopped and take nothing new. Ask again in a minute.".to_owned()));
        }
        if request.own {
            return Ok(());
        }
        let held = Held::by(actor, &self.hub.parts.store).await?;
        if held.suffices(request) {
            return Ok(());
        }
        Err(held.refuse(request, request.refusal.clone()))
    }

    async fn approval(&self, actor: &Actor, request: &Request, given: Option<Uuid>) -> Result<Verdict> {
        // What a model wants for somebody is not what they want.
        if request.own && actor.way.asker() != Asker::Model {
            return Ok(Verdict::Go);
        }
        let store = &self.hub.parts.store;
        // Mostly nobody needs to be asked, and then it does not matter under which version.
        if given.is_none() && policy::ruling(&store.rules(actor.guild).await?, actor, request).need == Need::Never {
            return Ok(Verdict::Go);
        }
        // The version first: what changes after it was read makes the answer count for nothing.
        let version = store.policy_version(actor.guild).await?;
        let mut ruling = policy::ruling(&store.rules(actor.guild).await?, actor, request);
        if ruling.need > Need::Confirm
            && request.name == <SetRule as base::Action>::NAME
            && self.is_owner(actor).await?
        {
            // A policy nobody is there to change would be for ever, and the owner can make an administrator of anybody.
            ruling.need = Need::Confirm;
        }
        if let Some(given) = given {
            return approvals::spend(self.hub, actor, request, given, ruling.need, version).await.map(|()| Verdict::Go);
        }
        if ruling.need == Need::Never {
            return Ok(Verdict::Go);
        }
        if request.free_form && request.arguments != request.exact && ruling.need > Need::Confirm {
            return Err(Error::Invalid(
                "Something in that line looks like a secret, so I show none of it, and nobody can say yes to what they cannot \
                 read. Nothing was run. Leave it out, or let an administrator run the line."
                    .to_owned(),
            ));
        }
        let sealed = match &request.sealed {
            Some(whole) => Some(self.hub.parts.vault.seal(actor.guild, whole).await?),
            None => None,
        };
        let question = Question {
            actor,
            request,
            sealed: sealed.as_deref(),
            need: ruling.need,
            why: &ruling.why,
            policy_version: version,
            lasts: ruling.lasts,
            remind_after: (ruling.need > Need::Confirm).then_some(ruling.lasts * 3 / 4),
            most: OPEN_QUESTIONS,
        };
        let Some((approval, expires)) = store.ask(&question).await? else {
            if let Some(sealed) = &sealed {
                self.hub.parts.vault.forget(actor.guild, sealed).await?;
            }
            return Err(Error::Busy(format!(
                "You have {OPEN_QUESTIONS} questions open already. Nothing was done. Deny some of them, or wait for their answers."
            )));
        };
        Ok(Verdict::Wait(Box::new(Waiting {
            approval,
            plan: request.plan.clone(),
            arguments: request.arguments.clone(),
            need: ruling.need,
            because: request.why.clone(),
            why: ruling.why,
            asked_by: actor.user,
            agent: actor.agent.clone(),
            grant: request.grant(),
            digest: request.digest.clone(),
            risk: request.risk,
            expires,
            votes: Vec::new(),
        })))
    }

    async fn begin(&self, actor: &Actor, request: &Request, given: Option<Uuid>) -> Result<Record> {
        let store = &self.hub.parts.store;
        // Both go with the transaction that begins it: what is on record is done, and what is done is on record.
        let sealed = match request.sealed.as_ref().filter(|_| request.durable.is_some()) {
            Some(whole) => Some(self.hub.parts.vault.seal(actor.guild, whole).await?),
            None => None,
        };
        let run = NewRun::of(actor, request, sealed.clone(), store.now());
        let begun = self.add(actor, request, Written { outcome: STARTED, approval: given, detail: None, run }).await;
        if let (Err(_), Some(sealed)) = (&begun, &sealed) {
            // Unless it was written after all: what is used is not forgotten.
            self.hub.parts.vault.forget(actor.guild, sealed).await?;
        }
        begun
    }

    async fn admitted(&self, actor: &Actor, request: &Request, record: &Record, late: bool) -> Result<()> {
        let entry = self.hub.parts.store.audit_entry(&record.id.to_string()).await?;
        let same = entry.is_some_and(|entry| {
            entry.outcome == STARTED
                && entry.guild_id == actor.guild.to_string()
                && entry.actor_id == actor.user.to_string()
                && entry.digest == request.digest
        });
        if !same {
            return Err(Error::Busy(
                "It is no longer what was asked for: what it acts on has changed since. Nothing more was done; ask again."
                    .to_owned(),
            ));
        }
        if late {
            self.feature(actor, request).await?;
            self.permission(actor, request).await?;
        }
        Ok(())
    }

    async fn stop(&self, actor: &Actor, request: &Request, why: &Stop<'_>) -> Result<Record> {
        match why {
            Stop::Refused(error) => self.write(actor, request, error.outcome(), None, Some(error.to_string())).await,
            Stop::Waits(waiting) => self.write(actor, request, "waiting", Some(waiting.approval), None).await,
        }
    }
}

impl Checks<'_> {
    pub(crate) async fn write(
        &self,
        actor: &Actor,
        request: &Request,
        outcome: &'static str,
        approval: Option<Uuid>,
        detail: Option<String>,
    ) -> Result<Record> {
        self.add(actor, request, Written { outcome, approval, detail, run: None }).await
    }

    async fn add(&self, actor: &Actor, request: &Request, written: Written) -> Result<Record> {
        let Written { outcome, approval, detail, run } = written;
        let detail = detail.map(|detail| self.redactor.mask(&detail).into_owned());
        // People choose their names; the request is masked already.
        let actor = &Actor { name: self.redactor.mask(&actor.name).into_owned(), ..actor.clone() };
        let entry = NewEntry { actor, request, approval, outcome, detail, id: self.entry, run };
        let (id, reference) = self.hub.parts.store.write_audit(entry).await?;
        Ok(Record { id, reference })
    }

    async fn is_owner(&self, actor: &Actor) -> Result<bool> {
        if !actor.administrator || actor.way.asker() != Asker::Person {
            return Ok(false);
        }
        Ok(self.hub.standing(actor.guild, actor.user).await?.is_some_and(|standing| standing.owner))
    }
}
