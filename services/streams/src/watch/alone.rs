//! Which platforms want to be left alone, and until when: whatever hastens a look there waits for that, too.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use base::Millis;
use store::streams::Source;

/// Until when each is left alone.
#[derive(Debug, Default)]
pub(crate) struct Alone(Mutex<BTreeMap<Source, Millis>>);

impl Alone {
    /// Until when it is, where it is now.
    pub(super) fn until(&self, source: Source, now: Millis) -> Option<Millis> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&source).copied().filter(|until| *until > now)
    }

    /// It is until then.
    pub(super) fn leave(&self, source: Source, until: Millis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(source, until);
    }
}
