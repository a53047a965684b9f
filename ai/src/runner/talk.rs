//! One conversation, for as long as something is to be done in it.

use std::{sync::Arc, time::Duration};

use base::{Action, Millis, Result, UserId};
use conversations::{DelegateTask, answer::PIECE};
use store::conversations::{Conversation as Row, Step};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Runner,
    budget::{self, Budget},
    deed, prove, think,
};
use crate::{
    conversation::{Attached, Conversation, Doing, Effect, Entry, Event, Limits, Phase, Said, Stand, shown},
    tools::{Fence, plain},
};

/// What comes is shown so often at most.
const SHOWS: Duration = Duration::from_millis(150);
/// What was not kept is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// So often in a row.
const TRIES: u32 = 30;
/// What comes of a call is told in at least so many bytes …
const TOLD_LEAST: usize = 1_500;
/// … and at most so many.
const TOLD_MOST: usize = 12_000;
/// Events that wait to be heard.
const QUEUE: usize = 64;

/// Attends to it until nothing is to be done in it.
pub(super) async fn attend(runner: Arc<Runner>, row: Row) {
    let id = row.id;
    let number = row.number;
    let mut tries = 0;
    let mut row = row;
    loop {
        match Talk::begin(&runner, row).await.attend().await {
            Ok(()) => break,
            Err(error) => {
                tries += 1;
                tracing::warn!(conversation = number, tries, "a conversation stands still: {error}");
                if tries >= TRIES {
                    break;
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
        match runner.hub.store().busy_conversations().await.map(|all| all.into_iter().find(|one| one.id == id)) {
            Ok(Some(again)) => row = again,
            _ => break,
        }
    }
    runner.conversations.comes(id, None);
}

/// A conversation as this process knows it.
struct Talk {
    runner: Arc<Runner>,
    row: Row,
    state: Conversation,
    limits: Limits,
    /// A turn may take so long.
    longest: Duration,
    /// What models and calls tell.
    events: mpsc::Receiver<Event>,
    tell: mpsc::Sender<Event>,
    /// What the model is saying.
    coming: watch::Receiver<String>,
    says: watch::Sender<String>,
    /// When what it is saying is shown next: what comes at once is one drawing.
    shows: Option<Instant>,
    /// Models that are asked, and calls that are done. They end with it.
    work: JoinSet<()>,
    /// Ends what the model is asked.
    asking: CancellationToken,
    /// When the turn is too late.
    late: Option<(u64, Instant)>,
}

impl Talk {
    async fn begin(runner: &Arc<Runner>, row: Row) -> Self {
        let state: Conversation = match serde_json::from_str(&row.body) {
            Ok(state) => state,
            Err(error) => {
                // What cannot be read must not keep people from being answered.
                tracing::error!(%error, conversation = row.number, "what was said before cannot be read");
                Conversation::default()
            }
        };
        let mut state = state;
        if state.mark.is_empty() {
            state.mark = runner.clock.key();
        }
        let Budget { limits, longest } = budget::of(runner, &row, &state).await;
        let (tell, events) = mpsc::channel(QUEUE);
        let (says, coming) = watch::channel(String::new());
        let (work, asking) = (JoinSet::new(), CancellationToken::new());
        let runner = Arc::clone(runner);
        Self { runner, row, state, limits, longest, events, tell, coming, says, shows: None, work, asking, late: None }
    }

    async fn attend(mut self) -> Result<()> {
        let mut said = self.runner.conversations.said();
        if self.state.turn.is_some() {
            self.step(vec![Event::Woken], &[], false).await?;
        }
        loop {
            said.mark_unchanged();
            if !self.hear().await? {
                return Ok(());
            }
            if self.state.turn.is_none() && self.is_idle().await? {
                return Ok(());
            }
            self.time();
            let (late, shows) = (self.late.map(|(_, at)| at), self.shows);
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => {
                    if !self.step(vec![event], &[], false).await? {
                        return Ok(());
                    }
                }
                Ok(()) = said.changed() => {}
                Ok(()) = self.coming.changed() => self.shows = shows.or_else(|| Some(Instant::now() + SHOWS)),
                () = until(shows) => self.show_coming(),
                () = until(late) => {
                    let turn = self.late.map_or(0, |(turn, _)| turn);
                    let after = base::measure::span(self.longest);
                    if !self.step(vec![Event::Late { turn, after }], &[], false).await? {
                        return Ok(());
                    }
                }
                () = tokio::time::sleep(super::LOOKS) => {}
                // Its pieces are reaped as they end.
                Some(_) = self.work.join_next(), if !self.work.is_empty() => {}
            }
        }
    }

    /// Hears what people said and whether they want it stopped. The answer is whether the conversation is still there.
    async fn hear(&mut self) -> Result<bool> {
        let store = self.runner.hub.store();
        let Some(now) = store.conversation(self.row.guild, self.row.id).await? else {
            self.asking.cancel();
            return Ok(false);
        };
        self.row = Row { version: self.row.version, body: String::new(), ..now };
        let unheard = store.unheard(self.row.guild, self.row.id).await?;
        let stop = self.row.stop_by.take();
        if unheard.is_empty() && stop.is_none() {
            return Ok(true);
        }
        let heard: Vec<String> = unheard.iter().map(|said| said.id.clone()).collect();
        let stopped = stop.as_ref().map(|by| {
            // What was said before somebody said stop is not answered; nobody knows the order of what came at once.
            let by = if by == "0" { "a restore from a backup".to_owned() } else { format!("<@{by}>") };
            Event::Stop { by }
        });
        let said = unheard.into_iter().map(|said| Event::Said(read(said)));
        let events: Vec<Event> = if self.row.below.is_some() {
            // A task is said once, before anybody could stop it.
            said.chain(stopped).collect()
        } else {
            stopped.into_iter().chain(said).collect()
        };
        self.step(events, &heard, stop.is_some()).await
    }

    async fn is_idle(&self) -> Result<bool> {
        Ok(self.runner.hub.store().unheard(self.row.guild, self.row.id).await?.is_empty())
    }

    /// Takes a step: what happened, what follows from it, and all of it kept before anything else is done. The answer is whether
    /// this process still attends to the conversation.
    async fn step(&mut self, events: Vec<Event>, heard: &[String], stopped: bool) -> Result<bool> {
        let before = self.state.turns;
        let mut next = self.state.clone();
        let effects: Vec<Effect> = events.into_iter().flat_map(|event| next.on(event, &self.limits)).collect();
        let first = before.max(1);
        let answers = (first..=next.turns).filter(|turn| *turn > 0).map(|turn| {
            let answer = shown(&next, turn, "", &fit(&next));
            (i64::try_from(turn).unwrap_or(i64::MAX), serde_json::to_string(&answer).unwrap_or_default())
        });
        let step = Step {
            body: serde_json::to_string(&next)
                .map_err(|error| base::Error::internal("keeping a conversation", error))?,
            busy: next.turn.is_some(),
            heard: heard.to_vec(),
            stopped,
            // What was handed on is seen where it came from.
            answers: if self.row.below.is_some() { Vec::new() } else { answers.collect() },
        };
        // What a model is shown is made ready while it is written down what it is asked for; it is asked after that.
        let mut ready = effects.iter().find_map(|effect| match effect {
            Effect::AskModel { tools, .. } => Some(think::prepare(&self.runner, &self.row, &next, *tools)),
            _ => None,
        });
        let store = self.runner.hub.store();
        if !store.step_conversation(self.row.guild, self.row.id, self.row.version, &step).await? {
            // Somebody deleted it, or another process goes on with it.
            self.asking.cancel();
            return Ok(false);
        }
        self.row.version += 1;
        self.state = next;
        if self.state.turns != before || self.state.turn.is_none() {
            self.late = None;
        }
        self.says.send_replace(String::new());
        self.coming.mark_unchanged();
        self.shows = None;
        self.runner.conversations.comes(self.row.id, None);
        for effect in effects {
            self.perform(effect, &mut ready);
        }
        Ok(true)
    }

    fn perform(&mut self, effect: Effect, ready: &mut Option<think::Preparing>) {
        let (runner, tell, row) = (Arc::clone(&self.runner), self.tell.clone(), self.row.clone());
        match effect {
            Effect::AskModel { ask, tools } => {
                self.asking = CancellationToken::new();
                let ready = ready.take().unwrap_or_else(|| think::prepare(&runner, &row, &self.state, tools));
                let question = think::Question { row, ask, tools, ready };
                let (says, cancel) = (self.says.clone(), self.asking.clone());
                self.work.spawn(async move {
                    let event = think::ask(&runner, question, says, &cancel).await;
                    // Who does not listen any more has let go of it.
                    let _ = tell.send(event).await;
                });
            }
            Effect::Summarise { ask } => {
                self.asking = CancellationToken::new();
                let (state, cancel) = (self.state.clone(), self.asking.clone());
                self.work.spawn(async move {
                    let event = think::summarise(&runner, row, state, ask, &cancel).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Do { call, author, entry, action, arguments } => {
                let deed = deed::Deed { guild: row.guild, author: UserId(author), entry, action, arguments };
                let voice = self.voice();
                self.work.spawn(async move {
                    let event = deed::perform(&runner, call, deed, voice).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Await { call, author, approval } => {
                let voice = self.voice();
                self.work.spawn(async move {
                    let event = deed::wait(&runner, &row, call, UserId(author), approval, voice).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Prepare { ask } => {
                let state = self.state.clone();
                self.work.spawn(async move {
                    let event = prove::prepare(&runner, &row, &state, ask).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Look { author, look } => {
                let fence = Fence::new(&self.state.mark);
                self.work.spawn(async move {
                    let event = prove::look(&runner, &row, UserId(author), look, &fence).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Judge { ask } => {
                self.asking = CancellationToken::new();
                let (state, cancel) = (self.state.clone(), self.asking.clone());
                self.work.spawn(async move {
                    let event = prove::judge(&runner, row, state, ask, &cancel).await;
                    let _ = tell.send(event).await;
                });
            }
            Effect::Halt { calls } => {
                self.asking.cancel();
                let held = runner.hub.hold();
                // It goes on although the conversation is over.
                tokio::spawn(async move {
                    for doing in calls {
                        deed::halt(&runner, row.guild, &doing).await;
                    }
                    drop(held);
                });
            }
        }
    }

    /// How what comes of calls is told: no call takes more than a third of what can be read.
    fn voice(&self) -> deed::Voice {
        let budget = usize::try_from(self.limits.readable).unwrap_or(TOLD_MOST).clamp(TOLD_LEAST, TOLD_MOST);
        deed::Voice { fence: Fence::new(&self.state.mark), budget }
    }

    /// Shows what the model is saying, with what was said before.
    fn show_coming(&mut self) {
        self.shows = None;
        let text = self.coming.borrow_and_update().clone();
        let Some(turn) = &self.state.turn else { return };
        if !text.trim().is_empty() {
            let answer = shown(&self.state, turn.number, &text, &fit(&self.state));
            self.runner.conversations.comes(self.row.id, Some(answer));
        }
    }

    /// Sets when the turn is too late. While people are asked, or others work on it, no time passes.
    fn time(&mut self) {
        let Some(turn) = &self.state.turn else { return };
        // What was handed on has a time of its own.
        let lasts = |doing: &Doing| {
            matches!(doing.stand, Stand::Asked(_))
                || (doing.stand == Stand::Begun && doing.action == DelegateTask::NAME)
        };
        let waits = matches!(&turn.phase, Phase::Calling(calls) if calls.iter().any(lasts));
        match self.late {
            Some((number, _)) if number == turn.number && !waits => {}
            _ if waits => self.late = None,
            _ => self.late = Some((turn.number, Instant::now() + self.longest)),
        }
    }
}

/// Makes a model's text safe, in pieces that fit. An address may be followed only if a person of the conversation wrote it.
fn fit(state: &Conversation) -> impl Fn(&str) -> Vec<String> {
    let wrote = |address: &str| {
        state.entries.iter().any(|entry| matches!(entry, Entry::Said(said) if said.text.contains(address)))
    };
    move |text| plain::pieces(&plain::inert(text, wrote), PIECE)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn read(said: store::conversations::Said) -> Said {
    let files: Vec<Attached> = serde_json::from_str(&said.files).unwrap_or_default();
    let Millis(at) = said.at;
    Said { id: said.id, author: said.author.0, name: said.name, text: said.text, files, at }
}
