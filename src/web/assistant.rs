//! Other assistants, let in as the person whose token they have. `nebula mcp` speaks their protocol and asks here.
//!
//! **Invariants:** who they are is asked of Discord at each call, and everything goes through the hub as what a model asks for in that
//! person's name. Who hangs up has what they began stopped.

use std::time::Duration;

use ai::{
    Call,
    tools::{self, Catalogue, Checked, Fence, result},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base::{Actor, Error, Result, Way, action::Ending};
use hub::{Ended, Hub, Outcome, Performing, Progress, runs::CancelJob};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    approvals::State as Stands,
    audit::{Entry, STARTED},
};
use tokio::sync::watch;
use uuid::Uuid;

use super::Pages;

/// The feature that this belongs to is that of this action.
const FEATURE: &str = "mcp.token-create";
/// What became of something is asked by this.
pub(crate) const OUTCOME: &str = "outcome";
/// An answer is no longer than this, in bytes.
const ROOM: usize = 48 * 1024;
/// What is waited for in `outcome`, in seconds.
const LONGEST_WAIT: u64 = 60;
/// What another process does is looked at so often.
const LOOKS: Duration = Duration::from_secs(1);

/// A tool, as the protocol has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tool {
    name: String,
    description: String,
    input_schema: Value,
    annotations: Value,
}

/// What is to be done.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    name: String,
    arguments: Value,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Told {
    text: String,
    failed: bool,
}

pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/assistant/tools", post(list)).route("/assistant/call", post(call))
}

/// What whoever has the token may ask for now.
async fn list(State(pages): State<Pages>, headers: HeaderMap) -> Response {
    let listed = async {
        let Some(actor) = let_in(&pages, &headers).await? else { return Ok(None) };
        let catalogue = catalogue(&pages.hub, &actor).await?;
        let tools = catalogue.entries().iter().map(|entry| Tool {
            name: entry.tool.name.clone(),
            description: entry.tool.description.clone(),
            input_schema: entry.tool.schema.clone(),
            annotations: json!({ "readOnlyHint": entry.looks }),
        });
        Ok(Some(tools.chain([outcome_tool()]).collect::<Vec<_>>()))
    };
    match listed.await {
        Ok(Some(tools)) => Json(tools).into_response(),
        Ok(None) => unknown(),
        Err(error) => refused(&error),
    }
}

fn outcome_tool() -> Tool {
    Tool {
        name: OUTCOME.to_owned(),
        description: "Ask what became of something that waited for a person's yes, or was still going on.".to_owned(),
        input_schema: json!({
            "type": "object", "additionalProperties": false, "required": ["reference"],
            "properties": {
                "reference": { "type": "string", "maxLength": 16, "description": "The reference that was told, such as 7F3KQ2." },
                "seconds": { "type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "description": "How long to wait for it." },
            },
        }),
        annotations: json!({ "readOnlyHint": true }),
    }
}

/// Does something.
async fn call(State(pages): State<Pages>, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    let told = async {
        let Some(actor) = let_in(&pages, &headers).await? else { return Ok(None) };
        let told = if asked.name == OUTCOME {
            outcome(&pages.hub, &actor, &asked.arguments).await?
        } else {
            perform(&pages.hub, actor, asked).await?
        };
        Ok(Some(told))
    };
    match told.await {
        Ok(Some(told)) => Json(told).into_response(),
        Ok(None) => unknown(),
        Err(error) => refused(&error),
    }
}

/// The person whose token it is, as they are at this moment; nobody, where it lets nobody in.
async fn let_in(pages: &Pages, headers: &HeaderMap) -> Result<Option<Actor>> {
    let token = headers.get(header::AUTHORIZATION).and_then(|token| token.to_str().ok());
    let Some(token) = token.and_then(|token| token.strip_prefix("Bearer ")) else { return Ok(None) };
    let Some(token) = pages.mcp.whose(token).await? else { return Ok(None) };
    pages.hub.guilds().refuse_off(token.guild, FEATURE).await?;
    let actor = pages.hub.stand_in(token.guild, token.user, &token.name).await?;
    // What they hold is asked for at each call; that they may have a token at all, too.
    let Some(actor) = actor.map(|actor| Actor { way: Way::Model, ..actor }) else { return Ok(None) };
    let may = pages.hub.held(&actor).await?.allows_any(FEATURE);
    Ok(Some(actor).filter(|_| may))
}

async fn catalogue(hub: &Hub, actor: &Actor) -> Result<Catalogue> {
    ai::runner::catalogue(hub, actor).await
}

async fn perform(hub: &Hub, actor: Actor, asked: Asked) -> Result<Told> {
    let catalogue = catalogue(hub, &actor).await?;
    let call = Call { id: String::new(), name: asked.name, arguments: asked.arguments.to_string() };
    let (entry, arguments) = match tools::check(&catalogue, &call) {
        Checked::Fits { entry, arguments } => (entry, arguments),
        Checked::Refused(why) => return Ok(Told { text: why, failed: true }),
    };
    let mut performing = hub.perform_named(actor.clone(), &entry.action, arguments)?;
    let mut watched = Watched::of(hub, &actor, &performing);
    let ended = performing.ended().await;
    watched.is_over = true;
    drop(watched);
    Ok(told(hub, &actor, &entry.action, &entry.narrowing(), ended).await)
}

/// What is stopped when whoever asked hangs up.
struct Watched {
    hub: Hub,
    actor: Actor,
    progress: watch::Receiver<Progress>,
    is_over: bool,
}

impl Watched {
    fn of(hub: &Hub, actor: &Actor, performing: &Performing) -> Self {
        Self { hub: hub.clone(), actor: actor.clone(), progress: performing.progress.clone(), is_over: false }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (hub, actor, mut progress) = (self.hub.clone(), self.actor.clone(), self.progress.clone());
        tokio::spawn(async move {
            // What has ended by then, or waits for a yes, has nothing to be stopped.
            let running = progress.wait_for(|progress| *progress != Progress::Checking).await;
            let Ok(Progress::Running(record)) = running.map(|progress| progress.clone()) else { return };
            // Who hung up is the person's own program, and no model that wishes for something.
            let actor = Actor { way: Way::Automation, ..actor };
            let cancel = CancelJob { reference: record.reference };
            if let Outcome::Failed(error) = hub.perform(actor, cancel).ended().await.outcome {
                tracing::info!("what another assistant had begun was not told to stop: {error}");
            }
        });
    }
}

/// What came of it, in words: others' words are marked as such.
async fn told(hub: &Hub, actor: &Actor, action: &str, narrowing: &[&str], ended: Ended) -> Told {
    let reference = ended.record.map(|record| record.reference).unwrap_or_default();
    match ended.outcome {
        Outcome::Waits(waiting) => match put(hub, actor, waiting.approval).await {
            Ok(()) => Told {
                text: format!(
                    "Nothing was done yet: it waits for a yes of {}. What waits: {}. It was asked in the ops channel, and expires at {}. \
                     `{OUTCOME}` with the reference {reference} tells what became of it.",
                    waiting.grant.replace('`', ""),
                    waiting.plan,
                    waiting.expires.utc(),
                ),
                failed: false,
            },
            Err(error) => Told { text: error.to_string(), failed: true },
        },
        Outcome::Left => Told {
            text: format!(
                "Nebula is being stopped, and it goes on afterwards. `{OUTCOME}` with the reference {reference} tells."
            ),
            failed: false,
        },
        Outcome::Failed(error) => Told { text: material(hub, action, &error.to_string()), failed: true },
        Outcome::Done { report, ending, .. } => {
            let failed = ending != Ending::Done;
            let report = if failed { json!({ "ended": ending.as_str(), "report": report }) } else { report };
            Told { text: material(hub, action, &result::told(&report, ROOM, narrowing)), failed }
        }
    }
}

/// Marks text from outside as such.
fn material(hub: &Hub, from: &str, text: &str) -> String {
    let fence = Fence::new(&hub.clock().key());
    format!("{}\n{}", fence.explanation(), fence.wrap(from, text))
}

/// Puts a question where people answer it. Where there is no such place, it is over.
async fn put(hub: &Hub, actor: &Actor, approval: Uuid) -> Result<()> {
    if let Some(channel) = hub.store().guild_settings(actor.guild).await?.ops_channel {
        return commands::ask_in(hub, actor.guild, approval, channel).await;
    }
    let why = "there is no ops channel to ask in";
    hub.store().close_approval(actor.guild, approval, Stands::Expired, None, why).await?;
    hub.forget_sealed(actor.guild, approval).await;
    Err(Error::Busy(
        "It takes a person's yes, and this guild has no ops channel to ask for it in: `/setup channel` in Discord chooses one. \
         Nothing was done."
            .to_owned(),
    ))
}

/// What became of something that was asked for in the same person's name.
async fn outcome(hub: &Hub, actor: &Actor, arguments: &Value) -> Result<Told> {
    let reference = arguments["reference"].as_str().unwrap_or_default().trim().to_uppercase();
    let wait = Duration::from_secs(arguments["seconds"].as_u64().unwrap_or_default().min(LONGEST_WAIT));
    let entries = hub.store().audit_entries(actor.guild, &reference).await?;
    let own = |entry: &Entry| entry.actor_id == actor.user.to_string() && entry.agent == actor.agent;
    let Some(entry) = entries.into_iter().find(own) else {
        let text = "I know nothing of that reference that this token asked for.".to_owned();
        return Ok(Told { text, failed: true });
    };
    let mut events = hub.store().events().after(hub.store().last_event().await?);
    let until = tokio::time::Instant::now() + wait;
    loop {
        let (told, is_over) = stand(hub, actor, &entry).await?;
        if is_over || tokio::time::Instant::now() >= until {
            return Ok(told);
        }
        let _ = tokio::time::timeout_at(until.min(tokio::time::Instant::now() + LOOKS), events.next()).await;
    }
}

/// How it stands with something, and whether that is the end of it.
async fn stand(hub: &Hub, actor: &Actor, first: &Entry) -> Result<(Told, bool)> {
    let plain = |text: &str, failed| Told { text: text.to_owned(), failed };
    let store = hub.store();
    let Some(approval) = first.approval_id.as_ref().and_then(|id| id.parse().ok()) else {
        return ended(hub, &first.id).await;
    };
    let Some(asked) = store.approval(actor.guild, approval).await? else {
        return Ok((plain("Its question is gone; it was not done.", true), true));
    };
    Ok(match asked.state {
        Stands::Open => (plain("It still waits for a yes. Nothing was done yet.", false), false),
        Stands::Granted => match store.audit_of_approval(actor.guild, approval, &asked.action).await? {
            Some(done) => return ended(hub, &done.id).await,
            None => (plain("A person said yes; it is just being begun.", false), false),
        },
        Stands::Dismissed => {
            let why = asked.ended.filter(|why| why != "denied");
            let reason =
                why.map(|why| format!(" The reason:\n{}", material(hub, "a person", &why))).unwrap_or_default();
            (plain(&format!("A person said no; it was not done.{reason}"), true), true)
        }
        Stands::Expired => {
            let why = asked.ended.unwrap_or_else(|| store::approvals::IN_TIME.to_owned());
            (plain(&format!("It was not done: {why}."), true), true)
        }
    })
}

/// How something ended that was begun, where it has.
async fn ended(hub: &Hub, id: &str) -> Result<(Told, bool)> {
    let Some(row) = hub.store().audit_entry(id).await? else {
        return Ok((Told { text: "Nobody saw what became of it.".to_owned(), failed: true }, true));
    };
    if row.outcome == STARTED {
        return Ok((Told { text: "It is still going on.".to_owned(), failed: false }, false));
    }
    let failed = row.outcome != "done";
    let report = match row.id.parse() {
        Ok(entry) => hub.report_of(entry).await?,
        Err(_) => None,
    };
    let told = json!({ "plan": row.plan, "ended": row.outcome, "detail": row.detail, "report": report });
    Ok((Told { text: material(hub, &row.action, &result::told(&told, ROOM, &[])), failed }, true))
}

fn unknown() -> Response {
    let why = "This token lets nobody in: it has ended, was revoked, or its person may not have one here any more. \
               `/mcp token create` in Discord makes another.";
    (StatusCode::UNAUTHORIZED, why).into_response()
}

fn refused(error: &Error) -> Response {
    if let Error::Internal { source, .. } = error {
        tracing::error!("another assistant was not answered: {error} {source:#}");
    }
    (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response()
}
