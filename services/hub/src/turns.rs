//! One yes to a question at a time: whoever comes after the one that counted only reads that, and asks nobody anything; and
//! its card shows what was answered last.
//!
//! It guarantees nothing of what is done: that a yes is spent once is the database's doing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// One's turn.
pub struct Turn {
    _held: OwnedMutexGuard<()>,
}

/// The questions that are being answered in this process.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Uuid, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for those who came before.
    pub(crate) async fn wait(&self, question: Uuid) -> Turn {
        Turn { _held: self.of(question).lock_owned().await }
    }

    fn of(&self, question: Uuid) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&question).and_then(Weak::upgrade) {
            return turn;
        }
        // Few are answered at once, and each leaves its key behind.
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(question, Arc::downgrade(&turn));
        turn
    }
}
