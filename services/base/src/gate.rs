//! The one door every action goes through, and the proof that it did.
//!
//! **Invariant:** a [`Permit`] exists only after feature, permission, approval and the audit row, in that order.

use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Action, Actor, Assessment, Error, Millis, Need, Redactor, Result, Risk, Secret, UserId, action::Part};

/// Proof that this action, by this actor, was admitted and is on record. It cannot be made, copied or kept elsewhere.
#[derive(Debug)]
pub struct Permit<A> {
    action: A,
    actor: Actor,
    record: Record,
}

impl<A> Permit<A> {
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
    pub fn of<A: Action>(action: &A, known: Assessment, redactor: &Redactor) -> Result<Self> {
        let exact = serde_json::to_value(action).map_err(|error| Error::internal("writing an action down", error))?;
        let arguments = redactor.mask_json(exact.clone());
        let whole = Secret::exposed(|| serde_json::to_value(action));
        let whole = whole.map_err(|error| Error::internal("writing an action down", error))?;
        let sealed = (whole != arguments).then(|| Secret::new(whole.to_string()));
        let shown: Option<A> = if arguments == exact { None } else { serde_json::from_value(arguments.clone()).ok() };
        let shown = shown.as_ref().unwrap_or(action);
        let mask = |text: String| redactor.mask(&text).into_owned();
        Ok(Self {
            name: A::NAME,
            risk: known.risk,
            why: known.why.map(mask),
            free_form: A::FREE_FORM,
            plan: mask(shown.plan()),
            refusal: mask(shown.refusal()),
            target: shown.target().map(mask),
            tags: known.tags,
            own: known.own,
            also: known.also,
            each: known.each,
            digest: digest(A::NAME, &exact, known.identity.as_deref()),
            durable: A::DURABLE.then(|| Durable { lease: action.lease(known.risk), deadline: action.deadline() }),
            arguments,
            exact,
            sealed,
        })
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

/// What the gate answered.
#[derive(Debug)]
pub enum Admission<A> {
    /// Do it.
    Go(Permit<A>),
    /// Ask first.
    Waits(Box<Waiting>, Record),
    /// No; the record is missing only where the log itself could not be written.
    Refused(Error, Option<Record>),
}

/// Runs the checks, in this order, for one action.
pub async fn admit<A: Action>(
    ports: &impl Ports,
    service: &A::Service,
    actor: &Actor,
    action: A,
    given: Option<Uuid>,
) -> Admission<A> {
    let known = action.assess(service, actor).await;
    let request = match known.and_then(|known| Request::of(&action, known, ports.redactor())) {
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
            Ok(record) => Admission::Go(Permit { action, actor: actor.clone(), record }),
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
pub async fn pass<A: Action>(ports: &impl Ports, service: &A::Service, actor: &Actor, action: A) -> Result<Pass<A>> {
    let known = action.assess(service, actor).await?;
    let request = Request::of(&action, known, ports.redactor())?;
    let may = async {
        ports.feature(actor, &request).await?;
        ports.permission(actor, &request).await
    };
    let Err(error) = may.await else { return Ok(Pass { action, actor: actor.clone() }) };
    ports.stop(actor, &request, &Stop::Refused(&error)).await?;
    Err(error)
}

/// Lets somebody go on with what was admitted before, maybe by another process: the record is the proof, and it is of exactly
/// this action on exactly that thing. `late`: it has not begun, and waited so long that permission is asked for anew.
pub async fn readmit<A: Action>(
    ports: &impl Ports,
    service: &A::Service,
    actor: &Actor,
    action: A,
    record: Record,
    late: bool,
) -> Result<Permit<A>> {
    let known = action.assess(service, actor).await?;
    let request = Request::of(&action, known, ports.redactor())?;
    ports.admitted(actor, &request, &record, late).await?;
    Ok(Permit { action, actor: actor.clone(), record })
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
