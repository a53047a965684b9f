//! Questions and their answers: who may say yes, when it counts, and what it counts for.
//!
//! **Invariants:** only a person's press of a button answers. Whoever says yes holds the action at that moment, and so does
//! everybody whose yes counted before, and whoever asked. A yes is spent once, by the gate, for exactly what was asked.

use base::{
    Actor, Asker, Card, Error, GuildId, Need, Result, UserId, Way,
    card::Answer,
    gate::{Request, Waiting},
};
use serde_json::Value;
use store::approvals::{Approval, IN_TIME, State};
use uuid::Uuid;

use crate::{Hub, Performing, checks::Checks, grants::Held, perform::Asked, policy, turns::Turn};

/// An action of the feature that schedules are.
const SCHEDULES: &str = "schedule.run";

fn switched_off(feature: &str) -> String {
    format!("`{feature}` was switched off here since this was asked")
}

/// What came of an answer.
pub enum Decided {
    /// It is being done.
    Granted {
        /// How that goes.
        performing: Performing,
        /// What was asked.
        asked: Box<Approval>,
        /// Who said yes.
        votes: Vec<UserId>,
    },
    /// It counts, and is not enough yet.
    Counted(Box<Waiting>),
    /// It is left.
    Dismissed(Box<Approval>),
    /// It can no longer be done as it was asked.
    Ended(Error),
}

impl Hub {
    /// Waits until it is one's turn to say yes to a question, or to draw its card; it lasts until it is dropped.
    pub async fn turn(&self, approval: Uuid) -> Turn {
        self.parts.turns.wait(approval).await
    }

    /// Answers a question. A yes does what was asked once there are enough; a no leaves it.
    pub async fn decide(&self, actor: Actor, approval: Uuid, answer: Answer, reason: Option<&str>) -> Result<Decided> {
        let (asked, request) = self.answerable(&actor, approval, answer).await?;
        match answer {
            Answer::No => {
                let why = reason.map(str::trim).filter(|reason| !reason.is_empty());
                let why =
                    why.map_or_else(|| "denied".to_owned(), |why| self.redactor(actor.guild).mask(why).into_owned());
                self.record(&actor, &asked, &request, answer, "done", Some(&why)).await?;
                let store = &self.parts.store;
                if !store.close_approval(actor.guild, approval, State::Dismissed, Some(actor.user), &why).await? {
                    return Err(self.no_longer_open(&actor, approval).await);
                }
                self.forget_sealed(actor.guild, approval).await;
                Ok(Decided::Dismissed(Box::new(Approval { ended: Some(why), ..asked })))
            }
            Answer::Yes => self.count(actor, asked, &request).await,
        }
    }

    /// Whether somebody may say no to a question, before they are asked for the reason.
    pub async fn may_deny(&self, actor: &Actor, approval: Uuid) -> Result<()> {
        self.answerable(actor, approval, Answer::No).await.map(drop)
    }

    /// All of a question, for whoever asked and whoever may answer.
    pub async fn details(&self, actor: &Actor, approval: Uuid) -> Result<Approval> {
        let Some(asked) = self.parts.store.approval(actor.guild, approval).await? else { return Err(unknown()) };
        if actor.user != asked.asked_by {
            let request = self.request_again(actor, &asked).await?;
            self.holds(actor, &request).await?;
        }
        Ok(asked)
    }

    /// A question as its card shows it now.
    pub async fn waiting(&self, asked: &Approval) -> Result<Waiting> {
        let votes = self.parts.store.votes(asked.guild, asked.id).await?;
        Ok(Waiting {
            approval: asked.id,
            plan: asked.plan.clone(),
            arguments: serde_json::from_str(&asked.shown).unwrap_or_default(),
            need: asked.need,
            why: asked.why.clone(),
            because: asked.because.clone(),
            asked_by: asked.asked_by,
            agent: asked.agent.clone(),
            grant: asked.takes.clone(),
            digest: asked.digest.clone(),
            risk: asked.risk,
            expires: asked.expires,
            votes,
        })
    }

    /// An open question that this person may answer like this.
    async fn answerable(&self, actor: &Actor, approval: Uuid, answer: Answer) -> Result<(Approval, Request)> {
        let Some(asked) = self.parts.store.approval(actor.guild, approval).await? else { return Err(unknown()) };
        if asked.state != State::Open || asked.expires <= self.parts.clock.now() {
            return Err(over(&asked));
        }
        let request = self.request_again(actor, &asked).await?;
        let may = self.may_answer(actor, &asked, &request, answer).await;
        if let Err(error) = may {
            self.record(actor, &asked, &request, answer, error.outcome(), Some(&error.to_string())).await?;
            return Err(error);
        }
        Ok((asked, request))
    }

    async fn may_answer(&self, actor: &Actor, asked: &Approval, request: &Request, answer: Answer) -> Result<()> {
        if actor.way.asker() != Asker::Person {
            return Err(aside("**Only a person answers this**", "Nothing was done."));
        }
        let own = actor.user == asked.asked_by;
        match (asked.need, answer) {
            (Need::Confirm, _) if !own => Err(aside(
                "**This is not yours to answer**",
                &format!("Only <@{}>, who asked for it, can. Nothing was changed.", asked.asked_by),
            )),
            (Need::Confirm, _) if request.own => Ok(()),
            // Whoever asked may always take it back.
            (_, Answer::No) if own => Ok(()),
            (Need::Approve | Need::FourEyes, Answer::Yes)
                if own && !self.is_theirs_to_decide(actor, asked, request).await? =>
            {
                Err(aside(
                    "**Somebody else decides this**",
                    &format!(
                        "{}. It takes {} who may do {}. Nothing was changed.",
                        match asked.asker() {
                            Asker::Person => "You asked for it yourself",
                            Asker::Model | Asker::Automation => "It is asked in your name",
                        },
                        if asked.need == Need::FourEyes { "two other people" } else { "another person" },
                        request.grant()
                    ),
                ))
            }
            _ => self.holds(actor, request).await,
        }
    }

    /// Whether somebody's own yes counts for what is asked in their name: only where they could have done it alone. What asks for
    /// them would otherwise be a way around everybody else.
    async fn is_theirs_to_decide(&self, actor: &Actor, asked: &Approval, request: &Request) -> Result<bool> {
        if asked.need == Need::FourEyes || asked.asker() == Asker::Person {
            return Ok(false);
        }
        let directly = Actor { way: Way::Command, agent: None, ..actor.clone() };
        let rules = self.parts.store.rules(actor.guild).await?;
        Ok(policy::ruling(&rules, &directly, request).need <= Need::Confirm)
    }

    /// Counts a yes, and does it once there are enough.
    async fn count(&self, actor: Actor, asked: Approval, request: &Request) -> Result<Decided> {
        let store = &self.parts.store;
        let before = store.votes(asked.guild, asked.id).await?;
        if asked.need != Need::Confirm {
            self.record(&actor, &asked, request, Answer::Yes, "done", None).await?;
        }
        let mut votes = Vec::new();
        for voter in store.vote(&actor, asked.id).await? {
            if (voter == actor.user && asked.need == Need::Confirm) || self.still_counts(&asked, request, voter).await?
            {
                votes.push(voter);
            }
        }
        if !votes.contains(&actor.user) {
            let still_open = store.approval(asked.guild, asked.id).await?.is_some_and(|now| now.state == State::Open);
            return Err(if still_open {
                let (action, grant) = ("decide about this".to_owned(), request.grant());
                Error::Forbidden { action, grant, covered: Vec::new() }
            } else {
                self.no_longer_open(&actor, asked.id).await
            });
        }
        if votes.len() < asked.need.votes() && before.contains(&actor.user) {
            return Err(Error::Busy("You said yes to this already. It takes one more person.".to_owned()));
        }
        if votes.len() < asked.need.votes() {
            return self.waiting(&asked).await.map(|waiting| Decided::Counted(Box::new(Waiting { votes, ..waiting })));
        }
        if let Some(why) = self.asker_is_off(&asked).await? {
            return Ok(Decided::Ended(self.end(&asked, &why).await));
        }
        let Some(author) = self.author_now(&actor, &asked).await? else {
            let why = format!("<@{}>, who asked for it, is no longer in this guild", asked.asked_by);
            return Ok(Decided::Ended(self.end(&asked, &why).await));
        };
        let arguments = self.exactly(&asked).await?;
        let performing =
            self.perform_erased(author, &asked.action, arguments, Asked { given: Some(asked.id), entry: None })?;
        performing.checked().await;
        Ok(Decided::Granted { performing, asked: Box::new(asked), votes })
    }

    /// Why what asked may not ask any more: the feature it belongs to is off, though what it asks for is on.
    async fn asker_is_off(&self, asked: &Approval) -> Result<Option<String>> {
        if !self.parts.store.is_a_schedules(asked.guild, asked.id).await? {
            return Ok(None);
        }
        match self.parts.guilds.refuse_off(asked.guild, SCHEDULES).await {
            Err(Error::Off { feature }) => Ok(Some(switched_off(feature))),
            other => other.map(|()| None),
        }
    }

    /// Whether an earlier yes still counts: its giver may have lost what they held.
    async fn still_counts(&self, asked: &Approval, request: &Request, voter: UserId) -> Result<bool> {
        let Some(standing) = self.standing(asked.guild, voter).await? else { return Ok(false) };
        let actor = standing.actor(asked.guild, voter);
        if voter == asked.asked_by && !self.is_theirs_to_decide(&actor, asked, request).await? {
            return Ok(false);
        }
        let held = Held::by(&actor, &self.parts.store).await?;
        Ok(held.suffices(request))
    }

    /// Whoever asked, as they are now. What comes of it is said where the button was pressed.
    async fn author_now(&self, presser: &Actor, asked: &Approval) -> Result<Option<Actor>> {
        let now = if presser.user == asked.asked_by {
            Some(presser.clone())
        } else {
            self.standing(asked.guild, asked.asked_by)
                .await?
                .map(|standing| standing.actor(asked.guild, asked.asked_by))
        };
        let reply_to = presser.reply_to.clone();
        Ok(now.map(|actor| Actor { way: asked.way, agent: asked.agent.clone(), reply_to, ..actor }))
    }

    /// What was asked, as it would be asked for now.
    async fn request_again(&self, actor: &Actor, asked: &Approval) -> Result<Request> {
        let entry = self.parts.actions.get(asked.action.as_str()).ok_or_else(|| over(asked))?;
        let action = entry.read(self, self.exactly(asked).await?)?;
        self.request(actor, &action).await
    }

    /// The action as it was asked, with its secrets.
    async fn exactly(&self, asked: &Approval) -> Result<Value> {
        let read =
            |text: &str| serde_json::from_str(text).map_err(|error| Error::internal("reading a question again", error));
        match &asked.sealed {
            Some(sealed) => read(self.parts.vault.open(asked.guild, sealed).await?.expose()),
            None => read(&asked.arguments),
        }
    }

    /// Deletes what was sealed for a question that is no longer open. What fails is swept at the next start.
    pub async fn forget_sealed(&self, guild: GuildId, approval: Uuid) {
        let forgotten = async {
            match self.parts.store.unseal_approval(guild, approval).await? {
                Some(sealed) => self.parts.vault.forget(guild, &sealed).await,
                None => Ok(()),
            }
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(approval.id = %approval, "what was sealed for a question could not be deleted: {error}");
        }
    }

    async fn holds(&self, actor: &Actor, request: &Request) -> Result<()> {
        let held = Held::by(actor, &self.parts.store).await?;
        if held.suffices(request) {
            return Ok(());
        }
        Err(held.refuse(request, "decide about this".to_owned()))
    }

    async fn record(
        &self,
        actor: &Actor,
        asked: &Approval,
        request: &Request,
        answer: Answer,
        outcome: &'static str,
        detail: Option<&str>,
    ) -> Result<()> {
        let (name, verb) = match answer {
            Answer::Yes => ("approval.approve", "Approve"),
            Answer::No => ("approval.deny", "Deny"),
        };
        let redactor = self.redactor(actor.guild);
        let request = Request {
            name,
            plan: format!("{verb}: {}", asked.plan),
            arguments: serde_json::json!({ "approval": asked.id }),
            digest: asked.digest.clone(),
            ..request.clone()
        };
        let checks = Checks { hub: self, redactor: &redactor, entry: None };
        checks.write(actor, &request, outcome, Some(asked.id), detail.map(str::to_owned)).await.map(drop)
    }

    /// Why an answer came too late.
    async fn no_longer_open(&self, actor: &Actor, approval: Uuid) -> Error {
        match self.parts.store.approval(actor.guild, approval).await {
            Ok(Some(asked)) => over(&asked),
            Ok(None) => unknown(),
            Err(error) => error,
        }
    }

    /// Ends a question that can no longer be done as it was asked; the answer is what its card says then.
    pub(crate) async fn end(&self, asked: &Approval, why: &str) -> Error {
        match self.parts.store.close_approval(asked.guild, asked.id, State::Expired, None, why).await {
            Ok(true) => {
                self.forget_sealed(asked.guild, asked.id).await;
                let card = Card::failed(format!("**Not done** {}", asked.plan));
                Error::Outside(Box::new(card.text(format!("{why}. Nothing was run; ask again."))))
            }
            Ok(false) => over(asked),
            Err(error) => error,
        }
    }
}

impl Hub {
    /// A yes that came to nothing because whoever asked may no longer, or nobody may: the question is over with it.
    pub(crate) async fn unanswered(&self, actor: &Actor, given: Option<Uuid>, error: Error) -> Error {
        let Some(given) = given.filter(|_| matches!(error, Error::Forbidden { .. } | Error::Off { .. })) else {
            return error;
        };
        let Ok(Some(asked)) = self.parts.store.approval(actor.guild, given).await else { return error };
        let why = match &error {
            Error::Forbidden { grant, .. } => {
                format!("<@{}>, who asked for it, may not any more: it takes {grant}", asked.asked_by)
            }
            Error::Off { feature } => switched_off(feature),
            _ => return error,
        };
        self.end(&asked, &why).await
    }
}

/// Spends a yes: exactly this, under the policy it was asked under, once.
pub(crate) async fn spend(
    hub: &Hub,
    actor: &Actor,
    request: &Request,
    given: Uuid,
    need: Need,
    version: i64,
) -> Result<()> {
    let store = &hub.parts.store;
    let Some(asked) = store.approval(actor.guild, given).await? else { return Err(unknown()) };
    if asked.state != State::Open || asked.asked_by != actor.user {
        return Err(over(&asked));
    }
    if asked.digest != request.digest {
        return Err(hub.end(&asked, "What it would be done to is not what it was when this was asked").await);
    }
    if asked.policy_version != version {
        return Err(hub.end(&asked, "This guild's policy was changed since this was asked").await);
    }
    if need > asked.need {
        return Err(hub.end(&asked, "It takes more than it did when this was asked").await);
    }
    if store.grant_approval(actor.guild, given, &request.digest, version).await? {
        return Ok(());
    }
    Err(hub.no_longer_open(actor, given).await)
}

fn unknown() -> Error {
    Error::Busy("That question is no longer open. Nothing was done.".to_owned())
}

/// One quiet line for whoever comes too late.
fn over(asked: &Approval) -> Error {
    Error::Busy(match asked.state {
        State::Granted => "That question is no longer open: it was answered with yes before.".to_owned(),
        State::Dismissed => "That question is no longer open: it was answered with no. Nothing was done.".to_owned(),
        State::Open | State::Expired => {
            let why = asked.ended.as_deref().unwrap_or(IN_TIME);
            format!("That question is no longer open: {why}. Nothing was done.")
        }
    })
}

fn aside(title: &str, text: &str) -> Error {
    Error::Outside(Box::new(Card::failed(title).text(text)))
}
