//! Discord's REST API: every request of ours goes through here, in its turn.
//!
//! **Invariants:** nothing is sent without a turn of the budget's. A 429 that comes all the same is obeyed, and tried again while
//! there is time. A live card is asked for what it shows when its turn has come, so what waits folds into the newest.
//!
//! serenity's own limiter is off: it counts all interactions as one resource and knows nothing of urgency. What serenity still sends
//! by itself meets no limit of ours: the gateway's address at the start, and the answers to autocompletion, which Discord does not
//! limit.

mod budget;
mod call;
mod counter;
mod headers;
mod sliding;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use base::Secret;
use poise::serenity_prelude as serenity;
use serde::de::DeserializeOwned;
use serenity::{
    ApplicationId, UserId,
    http::{ErrorResponse, HttpError, LightMethod, Request, Route},
};
use tokio::{
    runtime::Handle,
    sync::{SetOnce, oneshot},
    time::Instant,
};

pub(crate) use self::{budget::Rank, call::id_at};
use self::{
    budget::{Budget, End, Granted},
    call::Call,
    headers::{Limit, Told},
};

pub(crate) type Sent<T = ()> = Result<T, serenity::Error>;

/// Whoever asks waits this long for a turn and an answer, where nothing shorter is said.
const PATIENCE: Duration = Duration::from_mins(1);
/// Reading takes no longer, or is of no use.
const READING: Duration = Duration::from_secs(30);
/// All commands, at Discord's pace.
const DEFINING: Duration = Duration::from_mins(10);

/// Discord's REST API. Cloning shares it.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    token: Secret,
    me: SetOnce<Me>,
    desk: Arc<Desk>,
}

/// Who we are to Discord.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Me {
    pub(crate) application: ApplicationId,
    pub(crate) user: UserId,
}

/// Something of which only the number matters.
#[derive(serde::Deserialize)]
struct Named {
    id: UserId,
}

/// Where turns are handed out.
struct Desk {
    budget: Mutex<Budget<oneshot::Sender<Turn>>>,
    /// When somebody looks next, if nothing happens before.
    alarm: Mutex<Option<Instant>>,
    myself: Weak<Desk>,
}

/// The right to send one request now. One that is dropped unused is handed back.
pub(crate) struct Turn {
    desk: Arc<Desk>,
    granted: Granted,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unsent,
    Sent,
    Over,
}

/// What came of one attempt.
enum Attempt {
    Done(reqwest::Response),
    /// Discord says to wait.
    Again(Instant),
}

impl Rest {
    /// Requests go over this client, as the bot with this token.
    pub fn new(client: reqwest::Client, token: &str) -> Self {
        let desk = |myself: &Weak<Desk>| Desk {
            budget: Mutex::new(Budget::new()),
            alarm: Mutex::new(None),
            myself: Weak::clone(myself),
        };
        let token = Secret::new(format!("Bot {}", token.trim().trim_start_matches("Bot ")));
        Self(Arc::new(Inner { client, token, me: SetOnce::new(), desk: Arc::new_cyclic(desk) }))
    }

    /// Who we are, as soon as Discord said so.
    pub(crate) async fn me(&self) -> Me {
        *self.0.me.wait().await
    }

    /// Discord said who we are.
    pub(crate) fn introduce(&self, application: ApplicationId, user: UserId) {
        // The same every time.
        let _ = self.0.me.set(Me { application, user });
    }

    /// Asks who we are, where no gateway says so.
    pub async fn ask_who_we_are(&self) -> Sent {
        let user: Named = self.fetch(Route::UserMe, None, Rank::Answer).await?;
        let application: Named = self.fetch(Route::Oauth2ApplicationCurrent, None, Rank::Answer).await?;
        self.introduce(ApplicationId::new(application.id.get()), user.id);
        Ok(())
    }

    /// Our application. Nobody has asked us for anything before Discord said which it is.
    #[expect(clippy::result_large_err, reason = "serenity's error is that large")]
    pub(crate) fn application(&self) -> Sent<ApplicationId> {
        let unknown = serenity::Error::Http(HttpError::ApplicationIdMissing);
        self.0.me.get().map(|me| me.application).ok_or(unknown)
    }

    /// Ourselves, once Discord said who that is.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.0.me.get().map(|me| me.user)
    }

    /// Waits for a turn to send this.
    pub(crate) async fn turn(&self, method: LightMethod, route: &Route<'_>, rank: Rank) -> Turn {
        self.0.desk.turn(Call::of(method.reqwest_method().as_str(), &route.path()), rank).await
    }

    /// Sends something people will see, in its turn. A 429 is tried again, within `patience`.
    pub(crate) async fn send<T: DeserializeOwned>(&self, request: Request<'_>, rank: Rank) -> Sent<T> {
        read(self.within(request, rank, PATIENCE).await?).await
    }

    /// The same, where nothing comes back.
    pub(crate) async fn send_only(&self, request: Request<'_>, rank: Rank) -> Sent {
        self.within(request, rank, PATIENCE).await.map(drop)
    }

    /// Sends something in a turn one has: whoever waited for it knows by now what is to be said.
    pub(crate) async fn send_in<T: DeserializeOwned>(&self, turn: Turn, request: Request<'_>) -> Sent<T> {
        match self.attempt(turn, request).await? {
            Attempt::Done(response) => read(response).await,
            Attempt::Again(_) => Err(told_to_wait()),
        }
    }

    /// Asks Discord for something.
    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        route: Route<'_>,
        params: Option<Vec<(&'static str, String)>>,
        rank: Rank,
    ) -> Sent<T> {
        let request = Request::new(route, LightMethod::Get).params(params);
        read(self.within(request, rank, READING).await?).await
    }

    /// Tells Discord of our commands.
    pub(crate) async fn define(&self, method: LightMethod, route: Route<'_>, body: Option<Vec<u8>>) -> Sent {
        let request = Request::new(route, method).body(body);
        self.within(request, Rank::Background, DEFINING).await.map(drop)
    }

    /// Tells Discord how we want to look.
    pub(crate) async fn look_like(&self, request: Request<'_>) -> Sent {
        self.within(request, Rank::Answer, PATIENCE).await.map(drop)
    }

    async fn within(&self, request: Request<'_>, rank: Rank, patience: Duration) -> Sent<reqwest::Response> {
        let until = Instant::now() + patience;
        loop {
            let turn = self.turn(*request.method_ref(), request.route_ref(), rank);
            let turn = tokio::time::timeout_at(until, turn).await.map_err(|_| told_to_wait())?;
            match self.attempt(turn, request.clone()).await? {
                Attempt::Done(response) => return Ok(response),
                Attempt::Again(at) if at < until => tokio::time::sleep_until(at).await,
                Attempt::Again(_) => return Err(told_to_wait()),
            }
        }
    }

    async fn attempt(&self, mut turn: Turn, request: Request<'_>) -> Sent<Attempt> {
        let method = request.method_ref().reqwest_method();
        let request = request.build(&self.0.client, self.0.token.expose(), None)?.build()?;
        turn.stage = Stage::Sent;
        let response = self.0.client.execute(request).await?;
        let limit = Limit::of(response.headers());
        if response.status() == reqwest::StatusCode::TOO_MANY_REQUESTS {
            let headers = response.headers().clone();
            let body = response.bytes().await.unwrap_or_default();
            let told = Told::of(&headers, &body);
            tracing::warn!(route = turn.granted.call.route, ?told, "Discord's limit was met");
            turn.end(&End::Refused(limit.as_ref(), told));
            return Ok(Attempt::Again(Instant::now() + told.wait));
        }
        turn.end(&End::Answered(limit.as_ref()));
        if response.status().is_success() {
            return Ok(Attempt::Done(response));
        }
        Err(serenity::Error::Http(ErrorResponse::from_response(response, method).await.into()))
    }
}

/// No refusal: the same is worth another try.
fn told_to_wait() -> serenity::Error {
    serenity::Error::Other("Discord's limits left no time for it")
}

async fn read<T: DeserializeOwned>(response: reqwest::Response) -> Sent<T> {
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}

impl Desk {
    async fn turn(&self, call: Call, rank: Rank) -> Turn {
        let (hears, mine) = oneshot::channel();
        self.budget().join(call, rank, hears);
        self.hand_out();
        match mine.await {
            Ok(turn) => turn,
            // The desk outlives whoever waits at it.
            Err(_) => std::future::pending().await,
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget<oneshot::Sender<Turn>>> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out every turn there is, and comes back when there may be more.
    fn hand_out(&self) {
        let (grants, next) = self.budget().hand_out(Instant::now());
        for (hears, granted) in grants {
            let Some(desk) = self.myself.upgrade() else { return };
            // Whoever has just gone hands it back by dropping it.
            drop(hears.send(Turn { desk, granted, stage: Stage::Unsent }));
        }
        if let Some(next) = next {
            self.wake_at(next);
        }
    }

    fn wake_at(&self, at: Instant) {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        if alarm.is_some_and(|set| set <= at) {
            return;
        }
        *alarm = Some(at);
        drop(alarm);
        let desk = Weak::clone(&self.myself);
        // Outside a runtime everything is over.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            tokio::time::sleep_until(at).await;
            let Some(desk) = desk.upgrade() else { return };
            {
                let mut alarm = desk.alarm.lock().unwrap_or_else(PoisonError::into_inner);
                // An earlier one was set meanwhile, and has looked.
                if alarm.is_some_and(|set| set <= at) {
                    *alarm = None;
                }
            }
            desk.hand_out();
        });
    }
}

impl Turn {
    fn end(&mut self, end: &End<'_>) {
        self.stage = Stage::Over;
        self.desk.budget().over(&self.granted, end, Instant::now());
        self.desk.hand_out();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        match self.stage {
            Stage::Unsent => self.end(&End::Unsent),
            Stage::Sent => self.end(&End::Lost),
            Stage::Over => {}
        }
    }
}
