//! What a run remembers beyond its process: rows, and what of them this process has read or written.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use base::{Error, Journal, Result};
use serde_json::Value;
use store::Store;
use uuid::Uuid;

/// The fence of whoever takes a run first.
const FIRST: i64 = 1;

/// A run's notes, written by whoever has it.
pub struct Notes {
    store: Store,
    id: Uuid,
    worker: String,
    fence: i64,
    known: Mutex<HashMap<String, Value>>,
}

impl Notes {
    /// Reads what was noted before. Nobody had what is taken for the first time, so nothing was.
    pub(crate) async fn of(store: &Store, id: Uuid, worker: &str, fence: i64) -> Result<Self> {
        let mut known = HashMap::new();
        let noted = if fence == FIRST { Vec::new() } else { store.run_steps(id).await? };
        for (step, noted) in noted {
            let noted = serde_json::from_str(&noted);
            known.insert(step, noted.map_err(|error| Error::internal("reading what was noted of a step", error))?);
        }
        Ok(Self { store: store.clone(), id, worker: worker.to_owned(), fence, known: Mutex::new(known) })
    }

    /// Whether nothing was begun yet.
    pub fn is_empty(&self) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Journal for Notes {
    fn noted(&self, step: &str) -> Option<Value> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(step).cloned()
    }

    fn note(&self, step: &'static str, what: Value) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(async move {
            self.store.note_run_step((self.id, &self.worker, self.fence), step, &what.to_string()).await?;
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(step.to_owned(), what);
            Ok(())
        })
    }
}
