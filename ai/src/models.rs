//! Who is asked: the house's models before any cloud's, the next one only while nothing was shown, a cloud only where the guild lets it.
//!
//! **Invariants:** where a guild lets nothing leave the house, nothing does, whatever fails. What is shown comes from one model. Every
//! answer, and every try that came to nothing, is a row.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::models::{Candidate, Cloud, Coming, Known, NewUsage, Providers, Wish, wire::Trouble};
use base::{Clock, GuildId, RoleId, UserId, action::Retry};
use futures::future::BoxFuture;
use tokio::sync::mpsc::{self, Sender};
use tokio_util::sync::CancellationToken;

use crate::{
    Chunk, Failure, Prompt, Reply, Usage,
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
/// What fits where nobody is there to say.
const WINDOW: u64 = 8_192;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Where.
    pub guild: GuildId,
    /// Who.
    pub user: UserId,
    /// What they are, for what they may use.
    pub roles: Vec<RoleId>,
    /// In which conversation.
    pub conversation: Option<String>,
    /// The names of those who take part: a cloud that sees stand-ins does not see them.
    pub people: Vec<String>,
}

/// What a question takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// It has tools.
    pub tools: bool,
    /// It has pictures.
    pub images: bool,
}

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

/// What a question to a model used. A row of it is owed until [`Models::keep`] has it.
#[derive(Debug, Clone)]
#[must_use = "what was used and is not kept is given away"]
pub struct Used {
    guild: GuildId,
    user: UserId,
    conversation: Option<String>,
    one: (String, String),
    is_cloud: bool,
    usage: Usage,
    took: Duration,
    failure: Option<&'static str>,
}

/// Who would be asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Whose model.
    pub provider: String,
    /// Which.
    pub model: String,
    /// Whether the question leaves the house.
    pub is_cloud: bool,
    /// What a cloud would see of it.
    pub sees: Cloud,
    /// How many tokens it reads.
    pub window: u64,
}

/// What is called by name in a guild, as others know it.
pub type KnowsNames = Box<dyn Fn(GuildId) -> BoxFuture<'static, Vec<String>> + Send + Sync>;

/// The models of every guild.
pub struct Models {
    providers: Arc<Providers>,
    clock: Clock,
    hosts: OnceLock<KnowsNames>,
}

impl Models {
    /// Nobody is asked yet.
    pub fn new(providers: Arc<Providers>, clock: Clock) -> Self {
        Self { providers, clock, hosts: OnceLock::new() }
    }

    /// Who knows the names of a guild's servers, and their addresses.
    pub fn know_hosts(&self, hosts: KnowsNames) {
        let _ = self.hosts.set(hosts);
    }

    /// Whom somebody's question may go to, as it is set up now: looked up once for everything that depends on it.
    ///
    /// # Errors
    /// When they have none left, or it is not known whom to ask.
    pub async fn line(&self, who: &Asker, wish: Option<&str>) -> Result<Line, Failure> {
        tokio::try_join!(self.line_of(who.guild, wish), self.refuse_over_quota(who)).map(|(line, ())| line)
    }

    /// How many tokens fit the model that a guild's questions go to first.
    pub async fn usual_window(&self, guild: GuildId, wish: Option<&str>) -> u64 {
        match self.line_of(guild, wish).await {
            Ok(line) => self.window(Some(&line)).await,
            Err(_) => WINDOW,
        }
    }

    async fn line_of(&self, guild: GuildId, wish: Option<&str>) -> Result<Line, Failure> {
        let sees = self.providers.cloud(guild);
        let (sees, candidates) =
            tokio::try_join!(sees, self.providers.candidates(guild)).map_err(|error| ours(&error))?;
        let order = self.in_order(guild, candidates, sees, wish).await?;
        Ok(Line { sees, order })
    }

    /// How many tokens fit the model that would be asked first.
    pub async fn window(&self, line: Option<&Line>) -> u64 {
        match line {
            Some(line) => self.first(line, Asks::default()).await.map_or(WINDOW, |first| first.window),
            None => WINDOW,
        }
    }

    /// Who would be asked first, to be shown before anything leaves the house.
    pub async fn first(&self, line: &Line, asks: Asks) -> Option<First> {
        for one in &line.order.candidates {
            let known = self.providers.describe(&one.provider, &one.model).await;
            if lacks(&known, asks).is_none() && !one.model.is_empty() {
                let window = ::models::window(&one.provider, &known);
                let (provider, is_cloud) = (one.provider.name.clone(), one.provider.is_cloud());
                return Some(First { provider, model: one.model.clone(), is_cloud, sees: line.sees, window });
            }
        }
        None
    }

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

    async fn refuse_over_quota(&self, who: &Asker) -> Result<(), Failure> {
        let left = self.providers.left(who.guild, who.user, &who.roles).await.map_err(|error| ours(&error))?;
        match left {
            Some(left) if left.used >= left.of => Err(Failure::NoneLeft(format!(
                "You have used {} of your {} tokens in the last 24 hours. Ask again later; an administrator gives more with `/ai quota`.",
                left.used, left.of
            ))),
            _ => Ok(()),
        }
    }

    /// Those that may be asked, the one that is wished for before all others. Those that were down a moment ago come last among those of
    /// the same place.
    async fn in_order(
        &self,
        guild: GuildId,
        mut candidates: Vec<Candidate>,
        sees: Cloud,
        wish: Option<&str>,
    ) -> Result<Order, Failure> {
        let all = candidates.len();
        candidates.retain(|one| !one.provider.is_cloud() || sees != Cloud::Nothing);
        let kept_home = candidates.len() < all;
        let each = candidates.into_iter().map(async |one| {
            let is_down = self.providers.health(&one.provider).await.found.is_err();
            ((one.provider.is_cloud(), is_down), one)
        });
        let mut each = futures::future::join_all(each).await;
        each.sort_by_key(|(order, _)| *order);
        let candidates = each.into_iter().map(|(_, one)| one).collect();
        let order = Order { candidates, kept_home, wished: false, instead: None };
        let Some(wish) = wish else { return Ok(order) };
        let wish = self.providers.wished(guild, wish).await.map_err(|error| ours(&error))?;
        Ok(order.with(wish))
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

    /// Keeps what a question used.
    pub async fn keep(&self, used: &Used) {
        let row = NewUsage {
            guild: used.guild,
            user: used.user,
            conversation: used.conversation.as_deref(),
            provider: &used.one.0,
            model: &used.one.1,
            is_cloud: used.is_cloud,
            prompt_tokens: used.usage.prompt_tokens,
            reply_tokens: used.usage.reply_tokens,
            took_ms: u64::try_from(used.took.as_millis()).unwrap_or(u64::MAX),
            failure: used.failure,
        };
        self.providers.used(&row).await;
    }
}

fn used(who: &Asker, one: &Candidate, prompt: &Prompt, took: Duration, asked: &Result<Reply, Failure>) -> Used {
    let usage = match asked {
        // Who does not count is counted.
        Ok(reply) if reply.usage == Usage::default() => {
            Usage { prompt_tokens: size::estimate(prompt), reply_tokens: (reply.text.len() as u64).div_ceil(3) }
        }
        Ok(reply) => reply.usage,
        Err(_) => Usage::default(),
    };
    Used {
        guild: who.guild,
        user: who.user,
        conversation: who.conversation.clone(),
        one: (one.provider.name.clone(), one.model.clone()),
        is_cloud: one.provider.is_cloud(),
        usage,
        took,
        failure: asked.as_ref().err().map(word),
    }
}

/// Whom a question may go to, and what may leave the house with it.
#[derive(Debug)]
pub struct Line {
    sees: Cloud,
    order: Order,
}

/// Who is asked, in this order.
#[derive(Debug)]
struct Order {
    candidates: Vec<Candidate>,
    /// There are others, which may not be asked.
    kept_home: bool,
    /// The first is the one that was wished for.
    wished: bool,
    /// Why none of them is.
    instead: Option<String>,
}

impl Order {
    fn with(mut self, wish: Wish) -> Self {
        match wish {
            Wish::Granted(wished) => {
                self.candidates.retain(|one| one.provider.id != wished.provider.id || one.model != wished.model);
                self.candidates.insert(0, wished);
                Self { wished: true, ..self }
            }
            Wish::Unmet(why) => Self { instead: Some(why), ..self },
        }
    }
}

struct To<'a> {
    one: &'a Candidate,
    known: &'a Known,
    sees: Cloud,
    is_last: bool,
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

/// What a question takes that a model is known not to have. What is not known is tried.
fn lacks(known: &Known, asks: Asks) -> Option<&'static str> {
    if asks.tools && known.tools == Some(false) {
        Some("tools")
    } else if asks.images && known.images == Some(false) {
        Some("pictures")
    } else {
        None
    }
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

fn ours(error: &base::Error) -> Failure {
    tracing::error!("who to ask is not known: {error}");
    Failure::NoneLeft(error.to_string())
}

/// The word its row keeps.
fn word(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable { .. } => "unreachable",
        Failure::Key { .. } => "key",
        Failure::NoModel { .. } => "no_model",
        Failure::Busy { .. } => "busy",
        Failure::Quota { .. } => "quota",
        Failure::TooLong { .. } => "too_long",
        Failure::Cannot { .. } => "cannot",
        Failure::Garbled { .. } => "garbled",
        Failure::TimedOut { .. } => "timed_out",
        Failure::Broke { .. } => "broke",
        Failure::Rejected { .. } => "rejected",
        Failure::NoneLeft(_) => "none_left",
        Failure::Cancelled => "cancelled",
    }
}
