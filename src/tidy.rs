//! What can no longer be pressed or is too old goes, at the start and from time to time.

use std::{sync::Arc, time::Duration};

use base::{Millis, Result};
use hosts::Files;
use overlays::Overlays;
use runbooks::Runbooks;
use schedules::Schedules;
use store::{Store, events::Retention};
use workspace::Workspace;

/// Every run leaves a button or two behind.
const EVERY: Duration = Duration::from_hours(1);
/// A run's log can be had again for a week.
const KEEP_LOGS: Duration = Duration::from_hours(7 * 24);
/// A run is listed for a quarter of a year.
const KEEP_RUNS: Duration = Duration::from_hours(90 * 24);
/// So many rows go with one transaction: nobody waits for it.
const AT_ONCE: i64 = 500;

/// Tidies, for ever.
pub(crate) async fn tidy(
    store: Store,
    schedules: Arc<Schedules>,
    files: Arc<Files>,
    (runbooks, workspace, overlays): (Arc<Runbooks>, Arc<Workspace>, Arc<Overlays>),
) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        gone("old buttons", store.forget_buttons().await);
        gone("old posts", store.forget_posts().await);
        gone("old consents", store.forget_consents(EVERY).await);
        gone("old runs", forget_runs(&store).await);
        gone("what old commands printed", store.forget_outputs().await);
        gone("old events", store.trim_events(&Retention::default()).await);
        gone("what was long over of schedules", schedules.tidy().await);
        gone("old versions of files", files.tidy().await);
        gone("what was long over of runbooks", runbooks.tidy().await);
        gone("what was long over of playbooks", workspace.tidy().await);
        gone("what overlays showed long ago", overlays.tidy().await);
    }
}

fn gone<T>(what: &str, deleted: Result<T>) {
    if let Err(error) = deleted {
        tracing::warn!("{what} could not be deleted: {error}");
    }
}

/// What the runs printed goes before the runs themselves; what was asked for, and by whom, stays in the audit log.
async fn forget_runs(store: &Store) -> Result<()> {
    let ago = |span: Duration| Millis(store.now().0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(0)));
    store.forget_run_files(ago(KEEP_LOGS)).await?;
    while store.forget_runs(ago(KEEP_RUNS), AT_ONCE).await? > 0 {}
    Ok(())
}
