//! What came of what somebody said yes to, for whoever asked and was not there when it was done.
//!
//! **Invariant:** it is masked, bounded and of this process: without it, the audit log still says how it ended.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use base::Result;
use serde_json::Value;
use uuid::Uuid;

use crate::{Hub, perform::Outcome};

/// So many are kept.
const MOST: usize = 64;
/// A longer report is not, in bytes as JSON.
const LONGEST: usize = 256 * 1024;

/// Reports by their audit entries, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<VecDeque<(Uuid, Value)>>);

impl Kept {
    /// Keeps a report, where there is one.
    pub(crate) fn keep(&self, entry: Uuid, outcome: &Outcome) {
        let Outcome::Done { report, .. } = outcome else { return };
        if report.to_string().len() > LONGEST {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((entry, report.clone()));
    }

    fn of(&self, entry: Uuid) -> Option<Value> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(id, _)| *id == entry).map(|(_, report)| report.clone())
    }
}

impl Hub {
    /// What came of something that has ended, as data; none where only the audit log knows.
    pub async fn report_of(&self, entry: Uuid) -> Result<Option<Value>> {
        if let Some(report) = self.parts.kept.of(entry) {
            return Ok(Some(report));
        }
        let run = self.parts.store.run(entry).await?;
        Ok(run.and_then(|run| serde_json::from_str(run.report.as_deref()?).ok()))
    }
}
