//! The same done on several platforms at once, and what each said.

use accounts::{Lent, Refusal, Right, ask_for};
use base::{
    Action, Card, Clock, Error, Result, UserId,
    action::Ending,
    card::{Choice, Lands, Tone},
};
use futures::future::join_all;
use platforms::{Answered, Platform};
use serde::Serialize;

use super::{Manager, Previous, UndoChange};

/// What came of it on one platform.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Came {
    /// It is done, and this is to be said of it.
    Done(String),
    /// It was not, and this is why.
    Failed(String),
    /// They have not let us do that.
    Lacks(Vec<Right>),
    /// The account is to be connected again.
    Ended(String),
    /// That platform knows no such thing.
    Unknown,
}

/// What came of it on each.
#[derive(Debug, Serialize)]
pub struct Each {
    /// What was done, as a title has it: "**Set** the title".
    #[serde(skip)]
    title: &'static str,
    /// Whose streams they are.
    #[serde(skip)]
    whose: UserId,
    all: Vec<(Platform, Came)>,
    /// What it was before, where it can be put back.
    before: Vec<Previous>,
    /// How it is undone where nothing was there before.
    #[serde(skip)]
    undo: Option<Choice>,
}

/// What one platform is asked to do.
pub(super) enum Done {
    /// It did, and this is to be said of it.
    Yes(String),
    /// The same, and it can be put back.
    WithPrevious(String, Previous),
    /// It did not, and this is why.
    No(String),
}

impl Manager {
    /// Does something on the platforms of whoever asks: on one of them, or on all that know it.
    ///
    /// # Errors
    /// Where they have connected none that knows it.
    pub(super) async fn on_each<F>(
        &self,
        (user, on): (UserId, Option<Platform>),
        (title, right): (&'static str, Right),
        what: impl Fn(Platform, Lent) -> F + Send + Sync,
    ) -> Result<Each>
    where
        F: Future<Output = Answered<Done>> + Send,
    {
        let streams = |platform: &Platform| *platform != Platform::Spotify;
        let connected: Vec<Platform> = if let Some(on) = on {
            vec![on]
        } else {
            let all = self.accounts.of(user).await?;
            all.iter().filter_map(|account| Platform::parse(&account.platform)).filter(streams).collect()
        };
        if connected.is_empty() {
            let card = Card::failed("**Nothing is connected**")
                .text("You have connected no account that you stream with. Nothing was done.")
                .choice(ask_for(Platform::Twitch, &[right]))
                .choice(ask_for(Platform::YouTube, &[right]))
                .choice(ask_for(Platform::Kick, &[right]));
            return Err(Error::Outside(Box::new(card)));
        }
        let what = &what;
        let asked = connected.into_iter().map(|platform| async move {
            if right.scope(platform).is_none() {
                return (platform, Came::Unknown, None);
            }
            let call = |lent: Lent| what(platform, lent);
            let came = self.accounts.ask(user, platform, &[right], call).await;
            let (came, before) = self.judged(platform, came);
            (platform, came, before)
        });
        let mut each = Each { title, whose: user, all: Vec::new(), before: Vec::new(), undo: None };
        for (platform, came, before) in join_all(asked).await {
            each.all.push((platform, came));
            each.before.extend(before);
        }
        each.all.sort_by_key(|(platform, _)| *platform);
        Ok(each)
    }

    fn judged(&self, platform: Platform, came: std::result::Result<Done, Refusal>) -> (Came, Option<Previous>) {
        let clock: &Clock = &self.clock;
        match came {
            Ok(Done::Yes(said)) => (Came::Done(said), None),
            Ok(Done::WithPrevious(said, before)) => (Came::Done(said), Some(before)),
            Ok(Done::No(why)) => (Came::Failed(why), None),
            Err(Refusal::Lacks(rights)) => (Came::Lacks(rights), None),
            Err(refusal @ (Refusal::Ended(_) | Refusal::NotConnected)) => {
                (Came::Ended(refusal.sentence(platform, clock)), None)
            }
            Err(Refusal::Ours(error)) => {
                tracing::error!(platform = platform.as_str(), "a stream could not be managed: {error}");
                (Came::Failed("Something went wrong on my side.".to_owned()), None)
            }
            Err(refusal) => (Came::Failed(refusal.sentence(platform, clock)), None),
        }
    }
}

impl Each {
    /// The same with what came of it elsewhere.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self.before.extend(other.before);
        self
    }

    /// The same with a way to undo it, where it was done.
    pub(super) fn or_undo<A: Action>(self, undo: &A) -> Self {
        let undo = (self.done() > 0).then(|| Choice::perform("Undo", undo, Lands::Here));
        Self { undo, ..self }
    }

    fn done(&self) -> usize {
        self.all.iter().filter(|(_, came)| matches!(came, Came::Done(_))).count()
    }
}

impl base::Report for Each {
    fn card(&self) -> Card {
        let failed = self.all.iter().filter(|(_, came)| !matches!(came, Came::Done(_) | Came::Unknown)).count();
        let tone = match (self.done(), failed) {
            (0, _) => Tone::Failed,
            (_, 0) => Tone::Ok,
            _ => Tone::Attention,
        };
        let mut card =
            Card::new(tone, if self.done() > 0 { self.title.to_owned() } else { format!("{}: not done", self.title) });
        let mut again: Vec<Choice> = Vec::new();
        for (platform, came) in &self.all {
            let line = match came {
                Came::Done(said) => format!("✓ {platform}  {said}"),
                Came::Failed(why) | Came::Ended(why) => format!("✕ {platform}  {why}"),
                Came::Lacks(_) => format!("✕ {platform}  You have not let me do that there yet."),
                Came::Unknown => format!("– {platform}  It has no such thing."),
            };
            card = card.row(line, None);
            match came {
                Came::Lacks(rights) => again.push(ask_for(*platform, rights)),
                Came::Ended(_) => again.push(ask_for(*platform, &[])),
                _ => {}
            }
        }
        if !self.before.is_empty() {
            let undo = UndoChange { to: self.before.clone(), of: Some(self.whose.0) };
            card = card.choice(Choice::perform("Undo", &undo, Lands::Here));
        }
        self.undo.iter().cloned().chain(again).fold(card, Card::choice)
    }

    fn ending(&self) -> Ending {
        if self.done() > 0 { Ending::Done } else { Ending::Failed }
    }
}
