//! What the time asks for, while the process lives.

use std::{sync::Arc, time::Duration};

use hub::Hub;
use poise::serenity_prelude::Http;
use schedules::Schedules;

/// How late something may be noticed.
const EVERY: Duration = Duration::from_secs(1);

/// Looks what is due, for ever.
pub(crate) async fn tick(http: Arc<Http>, hub: Hub, schedules: Arc<Schedules>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = commands::tend::questions(&http, &hub).await {
            tracing::warn!("questions that wait could not be looked through: {error}");
        }
        if let Err(error) = commands::scheduled::due(&hub, &schedules).await {
            tracing::warn!("schedules could not be looked through: {error}");
        }
        if let Err(error) = commands::scheduled::tell(&http, &hub).await {
            tracing::warn!("how schedules went could not be told: {error}");
        }
    }
}
