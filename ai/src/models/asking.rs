//! One after another is asked, until one answers or has begun to.
//!
//! **Invariant:** what is shown comes from one model.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use ::models::{Candidate, Cloud, Coming, Known, wire::Trouble};
use base::action::Retry;
use tokio::sync::mpsc::{self, Sender};
use tokio_util::sync::CancellationToken;

use super::{Asker, Asks, Line, Models, Used, lacks, line::Order, ours, used::used};
use crate::{
    Chunk, Failure, Prompt, Reply,
    providers::{self, Asked, size},
    veil::{Lifting, Names, Veil},
};

/// What may pass is tried again so often, and that soon.
const RETRY: Retry = Retry { attempts: 3, first: Duration::from_millis(400), longest: Duration::from_secs(8) };
/// Who asks to be left alone for longer is left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// An answer that takes longer is none.
const WHOLE: Duration = Duration::from_mins(10);
/// Pieces on their way.
const PIECES: usize = 64;

/// An answer, and who gave it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What came.
    pub reply: Reply,
    /// Whose model spoke.
    pub provider: String,
    /// Which.
    pub model: String,
    /// Whether it left the house.
    pub is_cloud: bool,
    /// How long it took.
    pub took: Duration,
    /// Why it was not the model that was wished for, as people read it.
    pub instead: Option<String>,
    /// What it used, to be kept by whoever has it: beside what they begin with it.
    pub used: Used,
}

struct To<'a> {
    one: &'a Candidate,
    known: &'a Known,
    sees: Cloud,
    is_last: bool,
}

impl Models {
    /// Asks the first of a line that answers. What it says comes in `chunks` meanwhile.
    ///
    /// # Errors
    /// Why nobody answered, or why the one that had begun to did not end.
    pub async fn ask(
        &self,
        who: &Asker,
        line: Line,
        asks: Asks,
        prompt: &Prompt,
        chunks: &Sender<Chunk>,
        cancel: &CancellationToken,
    ) -> Result<Answered, Failure> {
        let mut failed: Vec<(String, Failure)> = Vec::new();
        let Line { sees, order: Order { candidates, kept_home, mut wished, mut instead } } = line;
        let last = candidates.len().saturating_sub(1);
        for (at, one) in candidates.into_iter().enumerate() {
            let name = format!("{}/{}", one.provider.name, one.model);
            let known = self.providers.describe(&one.provider, &one.model).await;
            let failure = if let Some(failure) = self.unfit(who, asks, (&one, &known), prompt).await? {
                failure
            } else {
                let shown = AtomicBool::new(false);
                let to = To { one: &one, known: &known, sees, is_last: at == last };
                match self.one(who, &to, prompt, chunks, &shown, cancel).await {
                    Ok(answered) => return Ok(Answered { instead, ..answered }),
                    Err(failure) if failure == Failure::Cancelled || shown.load(Ordering::Acquire) => {
                        return Err(failure);
                    }
                    Err(failure) => failure,
                }
            };
            // It comes first.
            if std::mem::take(&mut wished) {
                instead = Some(failure.to_string());
            }
            failed.push((name, failure));
        }
        Err(none_left(failed, kept_home))
    }

    /// The same where nobody sees how it comes; what it used is kept.
    ///
    /// # Errors
    /// Why nobody answered.
    pub async fn whole(&self, who: &Asker, prompt: &Prompt, cancel: &CancellationToken) -> Result<Answered, Failure> {
        let line = self.line(who, None).await?;
        let (chunks, mut pieces) = mpsc::channel(PIECES);
        let asking = async move { self.ask(who, line, Asks::default(), prompt, &chunks, cancel).await };
        let (answered, ()) = tokio::join!(asking, async { while pieces.recv().await.is_some() {} });
        let answered = answered?;
        self.keep(&answered.used).await;
        Ok(answered)
    }

    /// Why a model is not even asked.
    async fn unfit(
        &self,
        who: &Asker,
        asks: Asks,
        (one, known): (&Candidate, &Known),
        prompt: &Prompt,
    ) -> Result<Option<Failure>, Failure> {
        if let Some(what) = lacks(known, asks) {
            return Ok(Some(Failure::Cannot { model: one.model.clone(), what }));
        }
        if !one.provider.is_cloud() {
            return Ok(None);
        }
        let coming = Coming {
            guild: who.guild,
            user: who.user,
            roles: &who.roles,
            conversation: who.conversation.as_deref(),
            model: &one.model,
            prompt_tokens: size::estimate(prompt),
            reply_tokens: u64::from(prompt.longest_answer),
        };
        let why = self.providers.too_dear(&coming).await.map_err(|error| ours(&error))?;
        Ok(why.map(Failure::NoneLeft))
    }

    /// One model, until it answers or what went wrong does not pass.
    async fn one(
        &self,
        who: &Asker,
        to: &To<'_>,
        prompt: &Prompt,
        chunks: &Sender<Chunk>,
        shown: &AtomicBool,
        cancel: &CancellationToken,
    ) -> Result<Answered, Failure> {
        let (provider, began) = (&to.one.provider, self.clock.now());
        let veil = match to.sees {
            Cloud::Redacted if provider.is_cloud() => Some(self.veil(who, prompt).await),
            _ => None,
        };
        let hidden = veil.as_ref().map(|veil| veil.hide_all(prompt));
        let prompt = hidden.as_ref().unwrap_or(prompt);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let asked = self.once(to, prompt, veil.as_ref(), chunks, shown, cancel).await;
            let took = self.clock.now().since(began);
            let used = used(who, to.one, prompt, took, &asked);
            let failure = match asked {
                Ok(reply) => {
                    let (provider, model) = (provider.name.clone(), to.one.model.clone());
                    let is_cloud = to.one.provider.is_cloud();
                    return Ok(Answered { reply, provider, model, is_cloud, took, instead: None, used });
                }
                Err(failure) => failure,
            };
            self.keep(&used).await;
            if let Failure::Unreachable { .. } = failure {
                self.providers.went_down(provider, Trouble::Unreachable("nothing answers at its address"));
            }
            let wait = match &failure {
                // Who has nobody else to ask waits for it; others go on.
                Failure::Unreachable { .. } if !to.is_last => None,
                Failure::TimedOut { .. } => None,
                Failure::Busy { after: Some(after), .. } if *after > LONGEST_WAIT => None,
                Failure::Busy { after: Some(after), .. } if attempts < RETRY.attempts => Some(*after),
                failure if failure.may_pass() => RETRY.wait(attempts, self.clock.chance()),
                _ => None,
            };
            let Some(wait) = wait.filter(|_| !shown.load(Ordering::Acquire)) else { return Err(failure) };
            tokio::select! {
                () = cancel.cancelled() => return Err(Failure::Cancelled),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn once(
        &self,
        to: &To<'_>,
        prompt: &Prompt,
        veil: Option<&Veil>,
        chunks: &Sender<Chunk>,
        shown: &AtomicBool,
        cancel: &CancellationToken,
    ) -> Result<Reply, Failure> {
        let Candidate { provider, model } = to.one;
        if model.is_empty() {
            // Nobody chose one, and its list did not come.
            let why = match &self.providers.health(provider).await.found {
                Err(trouble) => trouble.to_string(),
                Ok(_) => "it has no model".to_owned(),
            };
            return Err(Failure::Unreachable { provider: provider.name.clone(), why });
        }
        let speaks = providers::of(provider.clone(), self.providers.wire().clone(), self.clock.clone());
        let (pieces, coming) = mpsc::channel(PIECES);
        let window = ::models::window(provider, to.known);
        let asking = async move {
            let asked = Asked { model, window, prompt, chunks: &pieces, cancel };
            let answered = tokio::time::timeout(WHOLE, speaks.ask(asked)).await;
            answered.unwrap_or_else(|_| Err(Failure::TimedOut { provider: provider.name.clone(), after: WHOLE }))
        };
        let (reply, ()) = tokio::join!(asking, hand_on(coming, veil, chunks, shown));
        let reply = reply?;
        Ok(match veil {
            Some(veil) => veil.lift_all(&reply),
            None => reply,
        })
    }

    async fn veil(&self, who: &Asker, prompt: &Prompt) -> Veil {
        let hosts = match self.hosts.get() {
            Some(hosts) => hosts(who.guild).await,
            None => Vec::new(),
        };
        Veil::over(prompt, &Names { hosts, people: who.people.clone() })
    }
}

/// Hands on what comes, lifted; what it says is seen to be shown.
async fn hand_on(mut coming: mpsc::Receiver<Chunk>, veil: Option<&Veil>, chunks: &Sender<Chunk>, shown: &AtomicBool) {
    let mut lifting = veil.map(Veil::lifting);
    let text = async |text: String| {
        if !text.is_empty() {
            shown.store(true, Ordering::Release);
            let _ = chunks.send(Chunk::Text(text)).await;
        }
    };
    while let Some(chunk) = coming.recv().await {
        match (chunk, &mut lifting) {
            (Chunk::Text(piece), Some(lifting)) => text(lifting.push(&piece)).await,
            (Chunk::Text(piece), None) => text(piece).await,
            (Chunk::Thought, _) => drop(chunks.send(Chunk::Thought).await),
        }
    }
    text(lifting.as_mut().map(Lifting::end).unwrap_or_default()).await;
}

fn none_left(mut failed: Vec<(String, Failure)>, kept_home: bool) -> Failure {
    const KEPT_HOME: &str = "No model in the cloud was asked: this guild lets nothing leave the house. An administrator changes that with `/ai cloud`.";
    if failed.len() == 1 && !kept_home {
        return failed.remove(0).1;
    }
    let mut sentences = Vec::new();
    match failed.as_slice() {
        [] if kept_home => {}
        [] => sentences.push(
            "There is no model to ask. An administrator adds one with `/ai providers add`, and chooses with `/ai use`."
                .to_owned(),
        ),
        [(_, first), rest @ ..] => {
            sentences.push(first.to_string());
            let (unasked, silent): (Vec<_>, Vec<_>) =
                rest.iter().partition(|(_, failure)| matches!(failure, Failure::NoneLeft(_)));
            let silent: Vec<String> = silent.iter().map(|(name, _)| base::card::code(name)).collect();
            if !silent.is_empty() {
                sentences.push(format!("Nor did {} answer. `/ai status` says how each is.", silent.join(", ")));
            }
            sentences.extend(unasked.iter().map(|(_, why)| why.to_string()));
        }
    }
    if kept_home {
        sentences.push(KEPT_HOME.to_owned());
    }
    Failure::NoneLeft(sentences.join(" "))
}
