//! What the time asks for, while the process lives.

use std::{sync::Arc, time::Duration};

use commands::Rest;
use hub::Hub;
use schedules::Schedules;

/// How late something may be noticed.
const EVERY: Duration = Duration::from_secs(1);

/// Looks what is due, for ever.
pub(crate) async fn tick(rest: Rest, hub: Hub, schedules: Arc<Schedules>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = commands::tend::questions(&rest, &hub).await {
            tracing::warn!("questions that wait could not be looked through: {error}");
        }
        if let Err(error) = commands::scheduled::due(&hub, &schedules).await {
            tracing::warn!("schedules could not be looked through: {error}");
        }
        if let Err(error) = commands::scheduled::tell(&hub).await {
            tracing::warn!("how schedules went could not be told: {error}");
        }
    }
}
