//! What is done in these stories, and how it goes: work that ends at once, waits until it may go on, fails, or breaks.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{
    Action, Assessment, Card, Error, Live, Permit, Report, Result, Risk, Run, Secret,
    action::{Ending, Retry},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// What has happened in the mill so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What was begun, in order.
    pub(super) begun: Vec<String>,
    /// What was done to its end, or given up by itself.
    pub(super) over: usize,
    /// What was dropped before it came to its end.
    pub(super) dropped: usize,
    /// What is going on now, for each wheel; under no name what needs none.
    pub(super) now: HashMap<String, usize>,
    /// The most that went on at once, for each wheel.
    pub(super) most: HashMap<String, usize>,
    /// What was noted too late, and refused.
    pub(super) refused: usize,
}

impl Seen {
    pub(super) fn times(&self, name: &str) -> usize {
        self.begun.iter().filter(|begun| *begun == name).count()
    }
}

/// A mill, as one process has it.
pub(super) struct Mill {
    seen: Arc<watch::Sender<Seen>>,
    open: watch::Sender<bool>,
}

impl Mill {
    /// Another process's, of which the same is seen; what waits there is let go by itself.
    pub(super) fn beside(other: Option<&Self>) -> Self {
        let seen = other.map_or_else(|| Arc::new(watch::Sender::default()), |other| Arc::clone(&other.seen));
        Self { seen, open: watch::Sender::new(false) }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until something has happened.
    pub(super) async fn until(&self, what: &str, happened: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.subscribe();
        let seen = tokio::time::timeout(Duration::from_secs(30), seen.wait_for(happened)).await;
        seen.unwrap_or_else(|_| panic!("it never happened that {what}: {:?}", self.seen())).unwrap().clone()
    }

    /// What waits goes on.
    pub(super) fn let_go(&self) {
        self.open.send_replace(true);
    }

    fn begin(&self, work: &Work) -> Going {
        let wheel = work.on.clone().unwrap_or_default();
        self.seen.send_modify(|seen| {
            seen.begun.push(work.name.clone());
            let now = seen.now.entry(wheel.clone()).or_default();
            *now += 1;
            let now = *now;
            let most = seen.most.entry(wheel.clone()).or_default();
            *most = now.max(*most);
        });
        Going { seen: Arc::clone(&self.seen), wheel, over: false }
    }

    async fn opened(&self) {
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }

    async fn grind(&self, work: &Work, run: &Run) -> Result<Ground> {
        let mut going = self.begin(work);
        run.show(Arc::new(Grinding));
        let done = self.go(work, run).await;
        going.over = true;
        done
    }

    async fn go(&self, work: &Work, run: &Run) -> Result<Ground> {
        let stopped = async {
            tokio::select! {
                () = run.cancel().cancelled() => true,
                () = self.opened() => false,
            }
        };
        let ended = |stopped| if stopped { Ending::Cancelled } else { Ending::Done };
        let ended = match work.how {
            How::Soon => {
                for _ in 0..work.name.len() * 7 % 50 {
                    tokio::task::yield_now().await;
                }
                Ending::Done
            }
            How::Waits => ended(stopped.await),
            How::Deaf => {
                self.opened().await;
                Ending::Done
            }
            How::Notes => {
                if run.noted::<String>("begun")?.is_none() {
                    run.note("begun", &work.name).await?;
                }
                let ended = ended(stopped.await);
                if let Err(error) = run.note("ends", &work.name).await {
                    self.seen.send_modify(|seen| seen.refused += 1);
                    return Err(error);
                }
                ended
            }
            How::NotesAndFails => {
                if run.cancel().is_cancelled() {
                    return Ok(Ground { name: work.name.clone(), ending: Ending::Cancelled, how: work.how });
                }
                run.note("begun", &work.name).await?;
                return Err(Error::Busy("The mill stands still.".to_owned()));
            }
            How::Fails => return Err(Error::Busy("The mill stands still.".to_owned())),
            How::FailsWhenStopped => {
                run.cancel().cancelled().await;
                return Err(Error::Busy("The wheel broke.".to_owned()));
            }
            How::FailsUntilOpen if !*self.open.borrow() => {
                return Err(Error::Busy("The mill stands still.".to_owned()));
            }
            How::AtOnce | How::FailsUntilOpen | How::CannotBeShown => Ending::Done,
            How::Breaks => panic!("the stone broke"),
            How::Tells => {
                let secret = work.secret.as_ref().map(Secret::expose).unwrap_or_default();
                self.seen.send_modify(|seen| seen.begun.push(secret.to_owned()));
                ended(stopped.await)
            }
        };
        Ok(Ground { name: work.name.clone(), ending: ended, how: work.how })
    }
}

/// Counts what goes on, however it ends.
struct Going {
    seen: Arc<watch::Sender<Seen>>,
    wheel: String,
    over: bool,
}

impl Drop for Going {
    fn drop(&mut self) {
        self.seen.send_modify(|seen| {
            *seen.now.get_mut(&self.wheel).unwrap() -= 1;
            if self.over { seen.over += 1 } else { seen.dropped += 1 }
        });
    }
}

struct Grinding;

impl Live for Grinding {
    fn card(&self) -> Card {
        Card::working("**Grinding**")
    }
}

/// How it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) enum How {
    AtOnce,
    /// After a few turns, by its name.
    Soon,
    /// Until it is let go, or cancelled.
    Waits,
    /// Until it is let go, whoever wants it stopped.
    Deaf,
    /// The same as what waits, and it notes that it began, and that it ends.
    Notes,
    /// Notes that it began and fails; what was cancelled it undoes.
    NotesAndFails,
    Fails,
    FailsWhenStopped,
    FailsUntilOpen,
    Breaks,
    CannotBeShown,
    /// Says its secret.
    Tells,
}

/// Grind something.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Work {
    pub(super) name: String,
    /// The wheel it needs for itself.
    pub(super) on: Option<String>,
    pub(super) how: How,
    /// In seconds.
    pub(super) deadline: u64,
    pub(super) secret: Option<Secret>,
}

impl Work {
    pub(super) fn new(name: impl Into<String>, how: How) -> Self {
        Self { name: name.into(), on: None, how, deadline: 600, secret: None }
    }

    pub(super) fn on(self, wheel: &str) -> Self {
        Self { on: Some(wheel.to_owned()), ..self }
    }

    pub(super) fn grind(self) -> Grind {
        Grind(self)
    }

    pub(super) fn within(self, seconds: u64) -> Self {
        Self { deadline: seconds, ..self }
    }
}

#[derive(Serialize)]
pub(super) struct Ground {
    name: String,
    #[serde(skip)]
    ending: Ending,
    #[serde(skip)]
    how: How,
}

impl Report for Ground {
    fn card(&self) -> Card {
        assert!(self.how != How::CannotBeShown, "nothing to be seen in that dust");
        match self.ending {
            Ending::Done => Card::ok(format!("**Ground** `{}`", self.name)).fact("1 sack"),
            _ => Card::quiet(format!("**Left** `{}`", self.name)).fact("half a sack"),
        }
    }

    fn ending(&self) -> Ending {
        self.ending
    }
}

/// Two actions that do the same work: one is begun once, the other again when it failed.
macro_rules! action {
    ($(#[$doc:meta])* $name:ident, $action:literal, $retry:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        pub(super) struct $name(pub(super) Work);

        impl Action for $name {
            const NAME: &'static str = $action;
            const RISK: Risk = Risk::Observe;
            const DURABLE: bool = true;
            const RETRY: Retry = $retry;
            type Service = Mill;
            type Report = Ground;

            fn plan(&self) -> String {
                format!("Grind `{}`", self.0.name)
            }

            fn refusal(&self) -> String {
                "use the mill".to_owned()
            }

            fn target(&self) -> Option<String> {
                None
            }

            fn lease(&self, _: Risk) -> Option<String> {
                self.0.on.clone()
            }

            fn deadline(&self) -> Duration {
                Duration::from_secs(self.0.deadline)
            }

            async fn assess(&self, _: &Mill, _: &base::Actor) -> Result<Assessment> {
                Ok(Assessment::of(Self::RISK))
            }

            async fn run(permit: Permit<Self>, mill: &Mill, run: &Run) -> Result<Ground> {
                mill.grind(&permit.action().0, run).await
            }
        }
    };
}

/// The first wait, which each further one doubles.
pub(super) const FIRST: Duration = Duration::from_millis(200);
/// How often the second of the two is begun in all.
pub(super) const ATTEMPTS: u32 = 4;

action!(
    /// Grind something.
    Grind, "mill.grind", Retry::NEVER
);
action!(
    /// Grind something, again and again.
    Regrind,
    "mill.regrind",
    Retry { attempts: ATTEMPTS, first: FIRST, longest: Duration::from_millis(600) }
);
