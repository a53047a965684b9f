//! Who watches which run, and what it shows: at once where this process does it, from its row where another one does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use base::{Card, Live, Result};
use store::runs::{RunRow, State};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Finished, Jobs};

/// What was asked for here is mostly done here, and says so itself; its row is first read after this.
const SOON: Duration = Duration::from_millis(250);
/// How often the row of a run is read that another process does.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The row of a run that waits is read ever less often, up to this: whoever takes it says so.
const LOOK_SELDOM: Duration = Duration::from_secs(16);

/// The runs somebody watches or does.
#[derive(Default)]
pub(crate) struct Board {
    lines: Arc<Lines>,
}

type Lines = Mutex<HashMap<Uuid, Weak<Line>>>;

/// What connects those who watch a run with whoever does it.
pub(crate) struct Line {
    pub(crate) live: watch::Sender<Option<Arc<dyn Live>>>,
    /// This process does it.
    pub(crate) here: watch::Sender<bool>,
    /// How it ended, if it ended here.
    pub(crate) ended: OnceLock<Finished>,
    /// Changed when its row says something new.
    pub(crate) news: watch::Sender<()>,
    id: Uuid,
    lines: Arc<Lines>,
}

impl Board {
    pub(crate) fn line(&self, id: Uuid) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&id).and_then(Weak::upgrade) {
            return line;
        }
        let line = Arc::new(Line {
            live: watch::Sender::new(None),
            here: watch::Sender::new(false),
            ended: OnceLock::new(),
            news: watch::Sender::new(()),
            id,
            lines: Arc::clone(&self.lines),
        });
        lines.insert(id, Arc::downgrade(&line));
        line
    }

    /// The line of a run that somebody watches or does.
    pub(crate) fn known(&self, id: Uuid) -> Option<Arc<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(&id).and_then(Weak::upgrade)
    }

    /// Has whoever watches this run look at its row.
    pub(crate) fn news(&self, id: Uuid) {
        if let Some(line) = self.known(id) {
            line.news.send_replace(());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        // Another may have begun a new one since.
        if lines.get(&self.id).is_some_and(|line| line.strong_count() == 0) {
            lines.remove(&self.id);
        }
    }
}

/// A run somebody watches.
pub struct Following {
    jobs: Jobs,
    id: Uuid,
    line: Arc<Line>,
    /// Whether it is only about to be asked for.
    expected: bool,
}

/// Where a run ended.
pub enum Over {
    /// In this process, and so. There is no need to read it.
    Here(Box<Finished>),
    /// In another, or before this one began: its row says how.
    There(Box<RunRow>),
}

impl Jobs {
    /// Watches a run.
    pub fn follow(&self, id: Uuid) -> Following {
        Following { jobs: self.clone(), id, line: self.parts.board.line(id), expected: false }
    }

    /// Watches a run that is about to be asked for under this id: whatever it says is heard.
    pub fn expect(&self, id: Uuid) -> Following {
        Following { expected: true, ..self.follow(id) }
    }
}

impl Following {
    /// How it shows itself.
    pub fn live(&self) -> watch::Receiver<Option<Arc<dyn Live>>> {
        self.line.live.subscribe()
    }

    /// Waits until it has ended. None where this process lets go of everything first, or there is no such run. `queued` makes the face
    /// it has while it waits.
    pub async fn ended(self, queued: impl Fn(&RunRow, Option<String>) -> Arc<dyn Live>) -> Result<Option<Over>> {
        let leave = &self.jobs.parts.leave;
        let (mut news, mut here) = (self.line.news.subscribe(), self.line.here.subscribe());
        let mut wait = SOON;
        let mut look = !self.expected;
        loop {
            news.borrow_and_update();
            let done_here = *here.borrow_and_update();
            if let Some(finished) = self.line.ended.get() {
                return Ok(Some(Over::Here(Box::new(finished.clone()))));
            }
            if look && !done_here {
                let row = match self.jobs.parts.store.run(self.id).await {
                    Ok(Some(row)) => row,
                    Ok(None) => return Ok(None),
                    // That nobody can look says nothing of the run.
                    Err(error) if !leave.is_cancelled() => {
                        tracing::warn!(run.id = %self.id, "how a run goes cannot be read just now: {error}");
                        tokio::select! {
                            _ = news.changed() => {}
                            () = leave.cancelled() => {}
                            () = tokio::time::sleep(LOOK_AGAIN) => {}
                        }
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                match row.state {
                    State::Queued => {
                        let way = self.jobs.parts.store.run_in_the_way(&row).await.unwrap_or_default();
                        if !*here.borrow() {
                            self.line.live.send_replace(Some(queued(&row, way)));
                        }
                        wait = (wait * 2).clamp(LOOK_AGAIN, LOOK_SELDOM);
                    }
                    State::Running => {
                        let card = row.card.as_deref().and_then(|card| serde_json::from_str(card).ok());
                        if let Some(card) = card.filter(|_| !*here.borrow()) {
                            self.line.live.send_replace(Some(Arc::new(Stored(card))));
                        }
                        wait = LOOK_AGAIN;
                    }
                    _ => return Ok(Some(Over::There(Box::new(row)))),
                }
            }
            look = true;
            // Whoever does it here says what there is to say; the line itself keeps both ends of its channels.
            tokio::select! {
                biased;
                _ = news.changed() => {}
                _ = here.changed() => look = false,
                () = leave.cancelled() => return Ok(None),
                () = tokio::time::sleep(wait), if !done_here => {}
            }
        }
    }
}

/// What another process last showed of a run.
struct Stored(Card);

impl Live for Stored {
    fn card(&self) -> Card {
        self.0.clone()
    }
}
