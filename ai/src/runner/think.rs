//! Asks a model: what it is shown, what it says while it speaks, and what there is to its calls.

use std::{collections::BTreeMap, sync::Arc};

use base::{Actor, UserId, card::code};
use base64::Engine;
use conversations::{DEEPEST, Mode};
use store::conversations::Conversation as Row;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Runner, above,
    brief::{self, Known},
    deed,
    hands::Hands,
    kit::{Kit, Lending},
};
use crate::{
    Call, Chunk, Failure, Image, Message, Prompt, Reply,
    conversation::{Aside, Checked, Conversation, Entry, Event, Tools, messages},
    models::{Answered, Asker, Asks, Line},
    tools::Fence,
};

/// An answer has at most so many tokens …
const LONGEST: u32 = 2_048;
/// … and no more than this part of what a model reads and writes in all: a small one must have room for the question.
const PART: u64 = 4;
/// What is kept in fewer words has at most so many.
const SHORTER: u32 = 700;
/// A model that says more than this at once says the rest to nobody, in characters.
const MOST: usize = 100_000;
/// Pieces that wait to be shown.
const QUEUE: usize = 256;

/// What a model is to be asked.
pub(super) struct Question {
    pub(super) row: Row,
    pub(super) ask: u64,
    pub(super) tools: Tools,
    pub(super) ready: Preparing,
}

/// What a model is shown, as it is made ready. Dropped, it is not.
pub(super) struct Preparing(JoinHandle<Result<Ready, String>>);

impl Drop for Preparing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes ready what a model is shown of this. Nothing is asked, and nothing written.
pub(super) fn prepare(runner: &Arc<Runner>, row: &Row, state: &Conversation, tools: Tools) -> Preparing {
    let (runner, row, state) = (Arc::clone(runner), row.clone(), state.clone());
    Preparing(tokio::spawn(async move {
        let Some(turn) = state.turn.clone() else { return Err("Nobody is to be answered.".to_owned()) };
        let ready = ready(&runner, &row, &state, UserId(turn.author), tools).await;
        ready.map_err(|error| error.to_string())
    }))
}

/// Has a model answer; what it says meanwhile is told to `says`.
pub(super) async fn ask(
    runner: &Arc<Runner>,
    question: Question,
    says: watch::Sender<String>,
    cancel: &CancellationToken,
) -> Event {
    let ask = question.ask;
    match thought(runner, question, says, cancel).await {
        Ok(event) => event,
        Err(why) => Event::Failed { ask, why },
    }
}

async fn thought(
    runner: &Arc<Runner>,
    question: Question,
    says: watch::Sender<String>,
    cancel: &CancellationToken,
) -> Result<Event, String> {
    let Question { row, ask, tools, mut ready } = question;
    let ready = (&mut ready.0).await.map_err(|_| "What it is shown could not be made ready.".to_owned())?;
    let Ready { asker, line, prompt, mut kit, sees, wish } = ready?;
    let line = line.map_err(|failure| why(&failure))?;
    let (chunks, pieces) = mpsc::channel(QUEUE);
    let asks = Asks { tools: !prompt.tools.is_empty(), images: sees };
    let answer = ask_whole(runner, &asker, (line, asks), &prompt, chunks, cancel);
    let (answer, ()) = tokio::join!(answer, relay(pieces, &says));
    let answer = answer.map_err(|failure| why(&failure))?;
    if !answer.reply.calls.is_empty() {
        // Whatever it calls is done as who they are now: Discord is asked while the reply is written down.
        drop(deed::ask_anew(runner, row.guild, asker.user));
    }
    let (held, keeper, used) = (runner.hub.hold(), Arc::clone(runner), answer.used.clone());
    // Nobody waits for it; what is written after it, and the next question, find it there.
    tokio::spawn(async move {
        keeper.models.keep(&used).await;
        drop(held);
    });
    let model = label(&answer);
    let aside = wish.zip(answer.instead).map(|(wish, why)| wish.unmet(&model, why));
    let mut reply = answer.reply;
    // Their own names for calls are theirs: here each has one that no other call of the conversation has.
    for (at, call) in reply.calls.iter_mut().enumerate() {
        call.id = format!("c{ask}_{at}");
    }
    let looks = |call: &Call| match tools {
        Tools::Offered => kit.check(call, runner.clock.id()),
        Tools::Withheld => Checked::Wrong("There are no tools any more: answer with what you know.".to_owned()),
    };
    let checked = reply.calls.iter().map(looks).collect();
    Ok(Event::Replied { ask, reply, model, checked, aside })
}

/// Asks; when it is over, nobody waits for more pieces.
async fn ask_whole(
    runner: &Runner,
    asker: &Asker,
    (line, asks): (Line, Asks),
    prompt: &Prompt,
    chunks: mpsc::Sender<Chunk>,
    cancel: &CancellationToken,
) -> Result<Answered, Failure> {
    runner.models.ask(asker, line, asks, prompt, &chunks, cancel).await
}

/// The model as people read it under an answer.
fn label(answer: &Answered) -> String {
    let place = if answer.is_cloud { "cloud" } else { "local" };
    format!("{} · {}, {place}", answer.model, answer.provider)
}

/// Tells what is said as it comes.
async fn relay(mut pieces: mpsc::Receiver<Chunk>, says: &watch::Sender<String>) {
    let mut said = String::new();
    while let Some(piece) = pieces.recv().await {
        if let Chunk::Text(text) = piece
            && said.len() < MOST
        {
            said.push_str(&text);
            says.send_replace(said.clone());
        }
    }
}

/// Everything a model is shown, and on whose behalf.
struct Ready {
    asker: Asker,
    line: Result<Line, Failure>,
    prompt: Prompt,
    kit: Kit,
    /// There are pictures in it.
    sees: bool,
    wish: Option<Wish>,
}

/// An agent's wish for a model.
struct Wish {
    agent: String,
    model: String,
}

impl Wish {
    /// What people are told where another one spoke.
    fn unmet(&self, spoke: &str, why: String) -> Aside {
        let Self { agent, model } = self;
        let text = format!("Agent {} wants the model {}; {} spoke instead.", code(agent), code(model), code(spoke));
        Aside { text, said: Some(why) }
    }
}

async fn ready(
    runner: &Arc<Runner>,
    row: &Row,
    state: &Conversation,
    author: UserId,
    tools: Tools,
) -> base::Result<Ready> {
    let gone = || base::Error::Busy("Whoever asked is no longer in this guild.".to_owned());
    let known = runner.asides.known(row.guild, author, row.agent.as_deref());
    let (actor, known, ()) = tokio::try_join!(
        deed::actor_lately(runner, row.guild, author),
        known,
        runner.hub.guilds().refuse_off(row.guild, "jarvis.ask")
    )?;
    let actor = actor.ok_or_else(gone)?;
    let mode = Mode::parse(&row.mode);
    let narrowing = above::narrowing(runner, row, &known).await?;
    let wish = known.agent.as_ref().and_then(|agent| {
        let model = agent.model.clone()?;
        Some(Wish { agent: agent.name.clone(), model })
    });
    let wanted = wish.as_ref().map(|wish| wish.model.as_str());
    let asker = asker(row, state, &actor);
    let line = async {
        let line = runner.models.line(&asker, wanted).await;
        let window = runner.models.window(line.as_ref().ok()).await;
        Ok((line, window))
    };
    let ((line, window), held) = tokio::try_join!(line, runner.hub.held(&actor))?;
    let fence = Fence::new(&state.mark);
    let lending = Lending { lent: &known.lent, fence: &fence };
    let hands = hands(row, state, &known);
    let kit = Kit::of((&runner.hub, &runner.shelf), (row.guild, &held), &narrowing, hands, lending, window).await?;
    let kit = kit.for_question(state);
    let sees = match &line {
        Ok(line) => runner.models.first(line, Asks { tools: false, images: true }).await.is_some(),
        Err(_) => false,
    };
    let pictures = if sees { pictures(runner, row).await? } else { BTreeMap::new() };
    let room = u32::try_from(window / PART).unwrap_or(LONGEST);
    let prompt = prompt(runner, &actor, mode, &known, state, &pictures, (&kit, tools));
    let prompt = Prompt { longest_answer: LONGEST.min(room), ..prompt };
    Ok(Ready { asker, line, prompt, kit, sees: sees && !pictures.is_empty(), wish })
}

/// Whom the agent that speaks may hand work to.
fn hands(row: &Row, state: &Conversation, known: &Known) -> Hands {
    let may = row.depth() < DEEPEST;
    let agents = known.agent.as_ref().filter(|_| may).map(|agent| agent.sub_agents.clone()).unwrap_or_default();
    Hands { from: row.number, turn: state.turns, agents }
}

/// On whose behalf, and whose names are people's.
pub(super) fn asker(row: &Row, state: &Conversation, actor: &Actor) -> Asker {
    let names = state.entries.iter().filter_map(|entry| match entry {
        Entry::Said(said) => Some(said.name.clone()),
        _ => None,
    });
    let mut people: Vec<String> = names.collect();
    people.sort_unstable();
    people.dedup();
    let (guild, user, roles) = (row.guild, actor.user, actor.roles.clone());
    Asker { guild, user, roles, people, conversation: Some(row.id.to_string()) }
}

fn prompt(
    runner: &Runner,
    actor: &Actor,
    mode: Mode,
    known: &Known,
    state: &Conversation,
    pictures: &BTreeMap<Uuid, Image>,
    (kit, tools): (&Kit, Tools),
) -> Prompt {
    let fence = Fence::new(&state.mark);
    let redactor = runner.hub.redactor(actor.guild);
    let now = runner.clock.now().utc();
    let wrap = |what: &str, text: &str| fence.wrap(what, text);
    let messages = messages(state, actor.user.0, &wrap, pictures);
    // What became a secret since it was said is masked, too.
    let messages = messages.into_iter().map(|message| unled(masked(message, &redactor), &fence)).collect();
    let system = brief::system(actor, mode, known, &fence, &now);
    let system = redactor.mask(&system).into_owned();
    let tools = if tools == Tools::Offered { kit.tools() } else { Vec::new() };
    Prompt { system, messages, tools, longest_answer: LONGEST }
}

/// Without what is secret by now.
pub(super) fn masked(message: Message, redactor: &base::Redactor) -> Message {
    let mask = |text: String| redactor.mask(&text).into_owned();
    match message {
        Message::Person { text, images } => Message::Person { text: mask(text), images },
        Message::Model { text, calls } => Message::Model {
            text: mask(text),
            calls: calls.into_iter().map(|call| Call { arguments: mask(call.arguments), ..call }).collect(),
        },
        Message::Tool { call, name, text, failed } => Message::Tool { call, name, text: mask(text), failed },
    }
}

/// A model that was made to repeat what begins another's turn must not have begun one when it reads itself again.
fn unled(message: Message, fence: &Fence) -> Message {
    match message {
        Message::Model { text, calls } => Message::Model { text: fence.harmless(&text), calls },
        other => other,
    }
}

async fn pictures(runner: &Runner, row: &Row) -> base::Result<BTreeMap<Uuid, Image>> {
    let all = runner.hub.store().conversation_pictures(row.guild, row.id).await?;
    let image = |picture: store::conversations::Picture| {
        let base64 = base64::prelude::BASE64_STANDARD.encode(picture.bytes);
        (picture.id, Image { media_type: picture.media_type, base64: base64.into() })
    };
    Ok(all.into_iter().map(image).collect())
}

/// An answer of which nobody sees how it comes.
pub(super) async fn whole(
    runner: &Runner,
    asker: &Asker,
    prompt: &Prompt,
    cancel: &CancellationToken,
) -> Result<Reply, String> {
    let answer = runner.models.whole(asker, prompt, cancel).await.map_err(|failure| why(&failure))?;
    Ok(answer.reply)
}

/// Has what was said before the turn put in fewer words.
pub(super) async fn summarise(
    runner: &Runner,
    row: Row,
    state: Conversation,
    ask: u64,
    cancel: &CancellationToken,
) -> Event {
    let shorter = async {
        let Some(turn) = &state.turn else { return Err("Nobody is to be answered.".to_owned()) };
        let actor = deed::actor(runner, row.guild, UserId(turn.author)).await.map_err(|error| error.to_string())?;
        let actor = actor.ok_or_else(|| "Whoever asked is no longer in this guild.".to_owned())?;
        let last = state.entries.iter().rposition(|entry| matches!(entry, Entry::Over { .. })).map_or(0, |at| at + 1);
        let before = Conversation { entries: state.entries[..last].to_vec(), ..state.clone() };
        let fence = Fence::new(&state.mark);
        let redactor = runner.hub.redactor(row.guild);
        let wrap = |what: &str, text: &str| fence.wrap(what, text);
        let mut messages: Vec<Message> = messages(&before, turn.author, &wrap, &BTreeMap::new())
            .into_iter()
            .map(|message| masked(message, &redactor))
            .collect();
        messages.push(Message::Person { text: "Now put all of that in fewer words.".to_owned(), images: Vec::new() });
        let system = format!("{}\n\n{}", brief::SUMMARY.trim(), fence.explanation());
        let prompt = Prompt { system, messages, tools: Vec::new(), longest_answer: SHORTER };
        let asker = asker(&row, &state, &actor);
        let reply = whole(runner, &asker, &prompt, cancel).await?;
        let tokens = reply.usage.prompt_tokens.saturating_add(reply.usage.reply_tokens);
        Ok(Event::Summarised { ask, text: reply.text, tokens })
    };
    shorter.await.unwrap_or_else(|why| Event::Failed { ask, why })
}

fn why(failure: &Failure) -> String {
    failure.to_string()
}
