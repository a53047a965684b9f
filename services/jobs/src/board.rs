//! Who watches which run, and what it shows: at once where this process does it, from its row where another one does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use base::{Card, Live, Result};
use store::runs::{RunRow, State};
use tokio::sync::watch;
use uuid::Uuid;

use crate::Jobs;

/// How often the row of a run is read that another process does.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The runs somebody watches or does.
#[derive(Default)]
pub(crate) struct Board {
    lines: Mutex<HashMap<Uuid, Weak<Line>>>,
}

/// What connects those who watch a run with whoever does it.
pub(crate) struct Line {
    pub(crate) live: watch::Sender<Option<Arc<dyn Live>>>,
    /// This process does it.
    pub(crate) here: watch::Sender<bool>,
    /// Changed when its row says something new.
    pub(crate) news: watch::Sender<()>,
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
            news: watch::Sender::new(()),
        });
        lines.retain(|_, line| line.strong_count() > 0);
        lines.insert(id, Arc::downgrade(&line));
        line
    }
}

/// A run somebody watches.
pub struct Following {
    jobs: Jobs,
    id: Uuid,
    line: Arc<Line>,
}

impl Jobs {
    /// Watches a run.
    pub fn follow(&self, id: Uuid) -> Following {
        Following { jobs: self.clone(), id, line: self.parts.board.line(id) }
    }
}

impl Following {
    /// How it shows itself.
    pub fn live(&self) -> watch::Receiver<Option<Arc<dyn Live>>> {
        self.line.live.subscribe()
    }

    /// Waits until it has ended; the answer is its row. None where this process lets go of everything first, or there is no such run.
    /// `queued` makes the face it has while it waits for another.
    pub async fn ended(self, queued: impl Fn(&RunRow, Option<String>) -> Arc<dyn Live>) -> Result<Option<RunRow>> {
        let (store, leave) = (&self.jobs.parts.store, &self.jobs.parts.leave);
        let mut news = self.line.news.subscribe();
        let here = self.line.here.subscribe();
        let mut shown = None;
        loop {
            news.borrow_and_update();
            let elsewhere = !*here.borrow();
            if elsewhere || shown.is_none() {
                let Some(row) = store.run(self.id).await? else { return Ok(None) };
                match row.state {
                    State::Queued => {
                        let way = store.run_in_the_way(&row).await?;
                        if shown.is_some() && !*here.borrow() {
                            self.line.live.send_replace(Some(queued(&row, way)));
                        }
                    }
                    State::Running if elsewhere => {
                        if let Some(card) = row.card.as_deref().and_then(|card| serde_json::from_str(card).ok()) {
                            self.line.live.send_replace(Some(Arc::new(Stored(card))));
                        }
                    }
                    State::Running => {}
                    _ => return Ok(Some(row)),
                }
                shown = Some(());
            } else {
                // It said something while this process did it: mostly that it ended.
                let Some(row) = store.run(self.id).await? else { return Ok(None) };
                if !row.state.is_open() {
                    return Ok(Some(row));
                }
            }
            let again = async {
                if *here.borrow() { std::future::pending().await } else { tokio::time::sleep(LOOK_AGAIN).await }
            };
            tokio::select! {
                biased;
                // A line that is closed would be a mistake of ours: the row is looked at again in a moment.
                changed = news.changed() => if changed.is_err() { tokio::time::sleep(LOOK_AGAIN).await },
                () = leave.cancelled() => return Ok(None),
                () = again => {}
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
