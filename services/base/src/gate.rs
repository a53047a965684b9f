//! The one door every action goes through, and the proof that it did.
//!
//! **Invariant:** a [`Permit`] exists only after feature, permission, approval and the audit row, in that order.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Action, Actor, AnyAction, AnyReport, Assessment, Error, Millis, Need, Redactor, Result, Risk, Run, Secret, UserId,
    action::Part, any::Fields,
};

/// Proof that this action, by this actor, was admitted and is on record. It cannot be made, copied or kept elsewhere.
#[derive(Debug)]
pub struct Permit<A> {
    action: A,
    actor: Actor,
    record: Record,
}

impl<A> Permit<A> {
    /// Whoever has this was let in with an action; which one it was, [`Go`] does not let go of.
    pub(crate) fn of(action: A, admitted: Admitted) -> Self {
        let Admitted { actor, record } = admitted;
        Self { action, actor, record }
    }

    /// What was admitted.
    pub fn action(&self) -> &A {
        &self.action
    }

    /// For whom.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The audit row.
    pub fn record(&self) -> &Record {
        &self.record
    }
}

/// Where an action stands in the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The row.
    pub id: Uuid,
    /// What people see of it, such as `7F3KQ2`.
    pub reference: String,
}

/// Proof that somebody may do this at this moment. It begins nothing: with it they take part in what was admitted before, as who
/// types into a terminal that is open.
#[derive(Debug)]
pub struct Pass<A> {
    action: A,
    actor: Actor,
}

impl<A> Pass<A> {
    /// What they may.
    pub fn action(&self) -> &A {
        &self.action
    }

    /// Who.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// An action as the checks see it: without its type, its secrets masked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The action's name.
    pub name: &'static str,
    /// How much it can hurt.
    pub risk: Risk,
    /// Why, in a sentence, where that depends on its fields.
    pub why: Option<String>,
    /// Whether what it does is in its text and not in its name.
    pub free_form: bool,
    /// What exactly will happen.
    pub plan: String,
    /// What they may not do, should they not.
    pub refusal: String,
    /// What it acts on.
    pub target: Option<String>,
    /// The target's tags.
    pub tags: Vec<String>,
    /// Whether whoever asks may in any case: it concerns only themselves.
    pub own: bool,
    /// What must be held besides the action itself, and on what.
    pub also: Vec<(&'static str, String)>,
    /// The things it acts on, where there are several.
    pub each: Vec<Part>,
    /// The whole action as JSON, secrets masked.
    pub arguments: Value,
    /// The whole action as JSON, as it is to be done again after a yes. Secrets typed in forms are masked.
    pub exact: Value,
    /// All of it with its secrets, where it holds any: `exact` must not be kept then.
    pub sealed: Option<Secret>,
    /// SHA-256 of the action's canonical JSON and the identity of its target, in hexadecimal. An approval is bound to it.
    pub digest: String,
    /// How it is done where it may last longer than this process.
    pub durable: Option<Durable>,
}

/// How a durable run is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durable {
    /// What only one of them at a time may change.
    pub lease: Option<String>,
    /// How long it may take from when it is first begun.
    pub deadline: Duration,
}

impl Request {
    /// Describes an action. Its words are made of masked arguments: a plan cuts and tidies what it quotes, and half a secret
    /// is no longer recognised.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of<A: Action>(action: &A, known: Assessment, redactor: &Redactor) -> Result<Self> {
        Self::written(action, known, redactor)
    }

    fn written(action: &dyn Fields, known: Assessment, redactor: &Redactor) -> Result<Self> {
        let exact = action.json()?;
        let arguments = redactor.mask_json(exact.clone());
        let whole = Secret::exposed(|| action.json())?;
        let sealed = (whole != arguments).then(|| Secret::new(whole.to_string()));
        let words = action.words((arguments != exact).then_some(&arguments));
        let mask = |text: String| redactor.mask(&text).into_owned();
        Ok(Self {
            name: action.name(),
            risk: known.risk,
            why: known.why.map(mask),
            free_form: action.is_free_form(),
            plan: mask(words.plan),
            refusal: mask(words.refusal),
            target: words.target.map(mask),
            tags: known.tags,
            own: known.own,
            also: known.also,
            each: known.each,
            digest: digest(action.name(), &exact, known.identity.as_deref()),
            durable: action
                .is_durable()
                .then(|| Durable { lease: action.lease(known.risk), deadline: action.deadline() }),
            arguments,
            exact,
            sealed,
        })
    }

    /// The same of an action whose type is not known, as things are now.
    ///
    /// # Errors
    /// When what is known of it cannot be found out.
    pub async fn now(action: &AnyAction, actor: &Actor, redactor: &Redactor) -> Result<Self> {
        Self::written(action.fields(), action.assess(actor).await?, redactor)
    }

    /// What a person would have to hold: "`server.run` on `web-1`".
    pub fn grant(&self) -> String {
        let own = match &self.each[..] {
            [] => vec![grant(self.name, self.target.as_deref())],
            each => {
                let mut each: Vec<_> = each.iter().map(|one| grant(one.action, Some(&one.chosen_by))).collect();
                each.dedup();
                each
            }
        };
        let also = self.also.iter().map(|(name, target)| grant(name, Some(target)));
        own.into_iter().chain(also).collect::<Vec<_>>().join(" and ")
    }
}

/// What a person would have to hold: "`server.run` on `web-1`".
pub fn grant(name: &str, target: Option<&str>) -> String {
    match target {
        Some(target) => format!("`{name}` on `{target}`"),
        None => format!("`{name}`"),
    }
}

/// What the approval check found.
#[derive(Debug)]
pub enum Verdict {
    /// Nobody needs to be asked, or they said yes to exactly this.
    Go,
    /// Somebody must be asked first.
    Wait(Box<Waiting>),
}

/// A question that waits for an answer.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The question's row.
    pub approval: Uuid,
    /// What they decide on.
    pub plan: String,
    /// All of it as JSON, secrets masked.
    pub arguments: Value,
    /// Whose yes it needs.
    pub need: Need,
    /// Why it is asked.
    pub why: String,
    /// Who wants it.
    pub asked_by: UserId,
    /// Who asked in their name, where they did not ask themselves.
    pub agent: Option<String>,
    /// What whoever answers must hold: "`server.run` on `web-1`".
    pub grant: String,
    /// SHA-256 of exactly what would be done.
    pub digest: String,
    /// Whether something is gone afterwards.
    pub risk: Risk,
    /// What makes it that risky, where that depends on what it is.
    pub because: Option<String>,
    /// Until when.
    pub expires: Millis,
    /// Who said yes so far.
    pub votes: Vec<UserId>,
}

/// The checks, as the hub does them.
pub trait Ports: Send + Sync {
    /// What the words about this action must not show.
    fn redactor(&self) -> &Redactor;
    /// Is what this belongs to on in this guild?
    fn feature(&self, actor: &Actor, request: &Request) -> impl Future<Output = Result<()>> + Send;
    /// May this person do this, now, in this guild?
    fn permission(&self, actor: &Actor, request: &Request) -> impl Future<Output = Result<()>> + Send;
    /// Must somebody be asked? `given` names an answer: it counts once, and only for exactly this request.
    fn approval(
        &self,
        actor: &Actor,
        request: &Request,
        given: Option<Uuid>,
    ) -> impl Future<Output = Result<Verdict>> + Send;
    /// Writes the audit row of something that is about to happen.
    fn begin(
        &self,
        actor: &Actor,
        request: &Request,
        given: Option<Uuid>,
    ) -> impl Future<Output = Result<Record>> + Send;
    /// Was exactly this admitted under this record, and has it not ended? `late`: it waited so long that whoever asked must be
    /// allowed to now, too.
    fn admitted(
        &self,
        actor: &Actor,
        request: &Request,
        record: &Record,
        late: bool,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Writes the audit row of something that will not happen now.
    fn stop(&self, actor: &Actor, request: &Request, why: &Stop<'_>) -> impl Future<Output = Result<Record>> + Send;
}

/// Why something does not happen now.
#[derive(Debug)]
pub enum Stop<'a> {
    /// A check failed.
    Refused(&'a Error),
    /// It waits for an answer.
    Waits(&'a Waiting),
}

/// Who was admitted with something, and where that is on record. Only this module makes one, and never without an action.
pub(crate) struct Admitted {
    actor: Actor,
    record: Record,
}

/// Leave to do exactly this, once. It becomes the action's [`Permit`].
pub struct Go {
    action: AnyAction,
    admitted: Admitted,
}

impl Go {
    /// The audit row.
    pub fn record(&self) -> &Record {
        &self.admitted.record
    }

    /// Does it.
    ///
    /// # Errors
    /// As the action says.
    pub async fn run(self, run: &Run) -> Result<Box<dyn AnyReport>> {
        self.action.run(self.admitted, run).await
    }
}

/// What the gate answered.
pub enum Admission {
    /// Do it.
    Go(Go),
    /// Ask first.
    Waits(Box<Waiting>, Record),
    /// No; the record is missing only where the log itself could not be written.
    Refused(Error, Option<Record>),
}

/// Runs the checks, in this order, for one action.
pub async fn admit(ports: &impl Ports, actor: &Actor, action: AnyAction, given: Option<Uuid>) -> Admission {
    let request = match Request::now(&action, actor, ports.redactor()).await {
        Ok(request) => request,
        Err(error) => return Admission::Refused(error, None),
    };
    let verdict = async {
        ports.feature(actor, &request).await?;
        ports.permission(actor, &request).await?;
        ports.approval(actor, &request, given).await
    };
    let verdict = verdict.await;
    match verdict {
        Ok(Verdict::Go) => match ports.begin(actor, &request, given).await {
            Ok(record) => Admission::Go(Go { action, admitted: Admitted { actor: actor.clone(), record } }),
            Err(error) => Admission::Refused(error, None),
        },
        Ok(Verdict::Wait(waiting)) => match ports.stop(actor, &request, &Stop::Waits(&waiting)).await {
            Ok(record) => Admission::Waits(waiting, record),
            Err(error) => Admission::Refused(error, None),
        },
        Err(error) => {
            let record = ports.stop(actor, &request, &Stop::Refused(&error)).await;
            match record {
                Ok(record) => Admission::Refused(error, Some(record)),
                Err(unwritten) => Admission::Refused(unwritten, None),
            }
        }
    }
}

/// Whether somebody may do this now, without doing it. A refusal is on record, as if it had been asked for.
///
/// # Errors
/// When they may not, or that cannot be found out.
pub async fn may(ports: &impl Ports, actor: &Actor, action: &AnyAction) -> Result<()> {
    let request = Request::now(action, actor, ports.redactor()).await?;
    let may = async {
        ports.feature(actor, &request).await?;
        ports.permission(actor, &request).await
    };
    let Err(error) = may.await else { return Ok(()) };
    ports.stop(actor, &request, &Stop::Refused(&error)).await?;
    Err(error)
}

/// The same, with the proof of it.
///
/// # Errors
/// As [`may`].
pub async fn pass<A: Action>(
    ports: &impl Ports,
    service: Arc<A::Service>,
    actor: &Actor,
    action: A,
) -> Result<Pass<A>> {
    may(ports, actor, &AnyAction::of(action.clone(), service)).await?;
    Ok(Pass { action, actor: actor.clone() })
}

/// Lets somebody go on with what was admitted before, maybe by another process: the record is the proof, and it is of exactly
/// this action on exactly that thing. `late`: it has not begun, and waited so long that permission is asked for anew.
///
/// # Errors
/// When the record is of something else, or they may not any more.
pub async fn readmit(ports: &impl Ports, actor: &Actor, action: AnyAction, record: Record, late: bool) -> Result<Go> {
    let request = Request::now(&action, actor, ports.redactor()).await?;
    ports.admitted(actor, &request, &record, late).await?;
    Ok(Go { action, admitted: Admitted { actor: actor.clone(), record } })
}

/// SHA-256 of an action's name, its canonical JSON (keys sorted at every depth, no blanks), and which very thing it acts on.
pub fn digest(name: &str, arguments: &Value, identity: Option<&str>) -> String {
    let mut text = String::from(name);
    text.push('\n');
    canonical(arguments, &mut text);
    if let Some(identity) = identity {
        text.push('\n');
        text.push_str(identity);
    }
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                canonical(&fields[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                canonical(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_fields_does_not_change_a_digest() {
        let one: Value = serde_json::from_str(r#"{"a":{"x":1,"y":[1,2]},"b":"c"}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":"c","a":{"y":[1,2],"x":1}}"#).unwrap();
        assert_eq!(digest("server.run", &one, None), digest("server.run", &two, None));
    }

    #[test]
    fn anything_else_changes_a_digest() {
        let asked = json!({ "command": "true" });
        let base = digest("server.run", &asked, Some("web-1"));
        assert_ne!(base, digest("server.run", &json!({ "command": "true " }), Some("web-1")));
        assert_ne!(base, digest("server.rm", &asked, Some("web-1")));
        assert_ne!(base, digest("server.run", &json!({ "command": ["true"] }), Some("web-1")));
        assert_ne!(base, digest("server.run", &asked, Some("another web-1")));
        assert_ne!(base, digest("server.run", &asked, None));
    }
}
