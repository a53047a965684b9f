//! An action is one thing Nebula can do, declared once and reachable from every way in.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Actor, Card, Permit, Result, Run};

/// How much an action can hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It looks and leaves everything as it was.
    Observe,
    /// It changes something that can be changed back.
    Change,
    /// Something is gone afterwards. Always asked twice.
    Destroy,
}

impl Risk {
    /// Every risk, from the smallest.
    pub const ALL: [Self; 3] = [Self::Observe, Self::Change, Self::Destroy];

    /// The word a guild's policy and the audit log keep.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Change => "change",
            Self::Destroy => "destroy",
        }
    }

    /// The risk of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|risk| risk.as_str() == text)
    }

    /// What it does, as a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Observe => "only looks",
            Self::Change => "changes something",
            Self::Destroy => "destroys something",
        }
    }
}

/// How often a durable run is begun anew after it failed, and how long it waits before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often it is begun in all.
    pub attempts: u32,
    /// The wait before the second attempt; each further one is twice as long. Half of a wait is left to chance, so that what
    /// failed together does not come back together.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Retry {
    /// It is begun once.
    pub const NEVER: Self = Self { attempts: 1, first: Duration::ZERO, longest: Duration::ZERO };

    /// How long to wait before the next attempt after `attempts` of them; none if there is none. `chance` is from 0 to 1.
    pub fn wait(&self, attempts: u32, chance: f64) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let whole = self.first.saturating_mul(doubled).min(self.longest);
        Some(whole / 2 + (whole / 2).mul_f64(chance.clamp(0.0, 1.0)))
    }
}

/// What is known of an action at this moment, beyond what its fields say. It is found out again when the action runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// How much it can hurt.
    pub risk: Risk,
    /// Why, in a sentence, where that depends on the fields.
    pub why: Option<String>,
    /// Which very thing the target's name stands for: an approval counts for no other of that name.
    pub identity: Option<String>,
    /// The target's tags, for grants and rules on `tag:…`.
    pub tags: Vec<String>,
    /// Whoever asks may: it concerns only themselves.
    pub own: bool,
    /// What must be held besides the action itself, and on what: `secret.use` on the secret it logs in with.
    pub also: Vec<(&'static str, String)>,
    /// The things it acts on, where there are several: each is judged as if it were asked for alone, and the action itself by
    /// nothing but them. Empty for what acts on one thing or on none.
    pub each: Vec<Part>,
}

/// One of several things an action acts on, as grants and rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is done with it alone: `server.run`.
    pub action: &'static str,
    /// Its name.
    pub target: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it was chosen by, and what a refusal says in its place: one who may not see a name does not hear it.
    pub chosen_by: String,
}

impl Assessment {
    /// This risk, and nothing else to know.
    pub fn of(risk: Risk) -> Self {
        Self { risk, why: None, identity: None, tags: Vec::new(), own: false, also: Vec::new(), each: Vec::new() }
    }
}

/// One thing Nebula can do.
///
/// The struct is the whole request: the audit log, an approval and a model's tool call carry it as it is. Its doc comment
/// is the description of the command and of the tool, the doc comments of its fields describe its options.
pub trait Action: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {
    /// The name grants and the audit log use, such as `container.restart`.
    const NAME: &'static str;
    /// How much it can hurt, where [`Self::assess`] does not say otherwise.
    const RISK: Risk;
    /// What it does is in its text and not in its name, as with a command line: what is not known to only look asks another
    /// person, unless an administrator asks for it.
    const FREE_FORM: bool = false;
    /// It may last longer than this process: it is a durable run, which another process goes on with. `run` is then called
    /// again with what it noted before (see [`Run::note`]), and must be fit to be dropped at any moment.
    const DURABLE: bool = false;
    /// It does nothing itself: it has other things done and waits for them, maybe for days. Such a run takes no place among those that a
    /// process does at a time, or what it waits for might find none.
    const CONDUCTS: bool = false;
    /// Whoever asks may, whatever they hold, in one way of asking it at least: [`Self::assess`] says that it concerns only themselves.
    const OWN: bool = false;
    /// How often a durable run is begun anew after it failed, and when.
    const RETRY: Retry = Retry::NEVER;
    /// What does it.
    type Service: Send + Sync + 'static;
    /// What comes of it.
    type Report: Report;

    /// What exactly will happen, as an approver reads it: one line of markdown, beginning with a verb.
    fn plan(&self) -> String;

    /// What they may not do, should they not: "run commands on `web-1`".
    fn refusal(&self) -> String;

    /// The name of what it acts on, for grants and the audit log; none for what concerns a whole guild.
    fn target(&self) -> Option<String>;

    /// What is known of it now. It must not tell whether the target exists: nothing has been checked yet.
    fn assess(&self, _: &Self::Service, _: &Actor) -> impl Future<Output = Result<Assessment>> + Send {
        std::future::ready(Ok(Assessment::of(Self::RISK)))
    }

    /// Whether what it acts on is there, for whoever sets something up for later. Only who may do it is told.
    fn exists(&self, _: &Self::Service, _: &Actor) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// What only one durable run at a time may change; others wait. None where nothing stands in another's way.
    fn lease(&self, risk: Risk) -> Option<String> {
        let kind = Self::NAME.split_once('.').map_or(Self::NAME, |(kind, _)| kind);
        if risk == Risk::Observe { None } else { self.target().map(|target| format!("{kind}:{target}")) }
    }

    /// After this long it is stopped. A durable run's time begins when it is first begun, and goes on while no process is there.
    fn deadline(&self) -> Duration {
        Duration::from_mins(1)
    }

    /// Does it.
    fn run(
        permit: Permit<Self>,
        service: &Self::Service,
        run: &Run,
    ) -> impl Future<Output = Result<Self::Report>> + Send;
}

/// What came of an action: data for a model, a card for a person.
pub trait Report: Serialize + Send + 'static {
    /// The face of the report.
    fn card(&self) -> Card;

    /// How it ended, for the audit log. Something that ran and reports its own failure says so here.
    fn ending(&self) -> Ending {
        Ending::Done
    }
}

/// How an action that ran came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As asked.
    Done,
    /// It ran, and what it ran failed.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// It did not end before its deadline.
    TimedOut,
    /// Nobody saw how it ended.
    Interrupted,
}

impl Ending {
    /// The word the audit log keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_up_to_the_longest_and_half_of_it_is_chance() {
        let retry = Retry { attempts: 5, first: Duration::from_secs(2), longest: Duration::from_secs(10) };
        let waits = |chance| (0..6).map(move |attempts| retry.wait(attempts, chance).map(|wait| wait.as_millis()));
        assert!(waits(1.0).eq([Some(2_000), Some(2_000), Some(4_000), Some(8_000), Some(10_000), None]));
        assert!(waits(0.0).eq([Some(1_000), Some(1_000), Some(2_000), Some(4_000), Some(5_000), None]));
        assert_eq!(Retry::NEVER.wait(1, 0.5), None);
    }
}
