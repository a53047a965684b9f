//! Turns: of each probe, one question at a time, whoever asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Who is asked just now, by id.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for its turn, which lasts until it is dropped.
    pub(crate) async fn take(&self, id: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.get(id).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(id.to_owned(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_probe_is_asked_one_question_at_a_time_and_another_does_not_wait_for_it() {
        let turns = Turns::default();
        let first = turns.take("one").await;
        assert!(turns.take("one").now_or_never().is_none());
        assert!(turns.take("other").now_or_never().is_some());
        let mut waits = Box::pin(turns.take("one"));
        assert!(futures::poll!(&mut waits).is_pending());
        drop(first);
        drop(waits.await);
        drop(turns.take("other").await);
        assert_eq!(turns.0.lock().unwrap().len(), 1, "whoever is not asked is not kept");
    }
}
