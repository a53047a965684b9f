//! Keeps panels standing in their channels as they are now.
//!
//! **Invariant:** a panel's message is a post under a key, noted before it is drawn again; what somebody deleted is not put back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{Error, Millis, Result, card::code};
use hub::Hub;
use store::{outbox::Standing, tickets::Panel};
use tickets::Tickets;

use crate::{
    asked::{is_final, status, thread},
    face::Face,
    rest::Rest,
};

/// What changed in another process is seen after this.
const TICK: Duration = Duration::from_secs(2);
/// What Discord does not take is tried again after so long.
const REFUSED: Duration = Duration::from_mins(5);
/// A post that does not stand by then is looked for again.
const ARRIVES: Duration = Duration::from_secs(2);
/// Buttons of this age get new keys.
const WORN: Duration = Duration::from_hours(180 * 24);

/// Shows every panel that was sent, for ever. Only for the process that has the gateway.
pub async fn show(rest: Rest, hub: Hub, tickets: Arc<Tickets>) {
    rest.me().await;
    let mut changes = tickets.changes();
    let mut keeper = Keeper { rest, hub, tickets, faces: HashMap::new() };
    loop {
        changes.mark_unchanged();
        if let Err(error) = keeper.look().await {
            tracing::warn!("panels cannot be looked through: {error}");
        }
        // The sender lives as long as the service; the tick remains.
        let _ = tokio::time::timeout(TICK, changes.changed()).await;
    }
}

/// Whoever keeps them.
struct Keeper {
    rest: Rest,
    hub: Hub,
    tickets: Arc<Tickets>,
    /// A message's buttons keep their keys from one drawing to the next.
    faces: HashMap<String, Face>,
}

impl Keeper {
    async fn look(&mut self) -> Result<()> {
        let now = self.hub.clock().now();
        let worn = Millis(now.0 - i64::try_from(WORN.as_millis()).unwrap_or(i64::MAX));
        for panel in self.hub.store().ticket_panels_behind(worn).await? {
            if let Err(error) = self.step(&panel).await {
                tracing::warn!(panel.name, "a panel is not shown yet: {error}");
            }
        }
        Ok(())
    }

    async fn step(&mut self, panel: &Panel) -> Result<()> {
        let store = self.hub.store().clone();
        let Some(channel) = panel.channel else { return Ok(()) };
        if !self.tickets.is_on(panel.guild).await? {
            return store.ticket_panel_waits(panel, "tickets are off", REFUSED).await;
        }
        let card = self.tickets.panel_card(panel).await?;
        let Some(key) = &panel.post_key else {
            let card = card.redacted(&self.hub.redactor(panel.guild));
            return store.post_ticket_panel(panel, channel, &card).await;
        };
        let Some(message) = panel.message else {
            let arrived = tokio::time::timeout(ARRIVES, store.arrival(panel.guild, key)).await;
            let Ok(arrived) = arrived else { return Ok(()) };
            return match arrived?.map(|posted| posted.standing) {
                Some(Standing::Posted(message)) => store.ticket_panel_stands(panel, message).await,
                Some(Standing::Refused(why)) => store.ticket_panel_is_gone(panel, &code(why), Some(REFUSED)).await,
                Some(Standing::Waiting) => Ok(()),
                None => store.ticket_panel_is_gone(panel, "its message is gone", Some(Duration::ZERO)).await,
            };
        };
        let Some(place) = thread::place(channel, message) else { return Ok(()) };
        let face = self.faces.entry(panel.id.clone()).or_insert_with(|| Face::new(&self.hub));
        match thread::settle(&self.rest, place, &card, face, panel.guild).await {
            Ok(()) => store.ticket_panel_drawn(panel).await,
            // Whoever took it away wanted it away.
            Err(error) if status(&error) == Some(404) => {
                let why = "its message was taken away, and `/ticket panel send` puts another there";
                store.ticket_panel_is_gone(panel, why, None).await
            }
            Err(error) if is_final(&error) => {
                let said = self.hub.redactor(panel.guild).mask(&error.to_string()).into_owned();
                store
                    .ticket_panel_waits(panel, &format!("Discord does not take it, and says {}", code(said)), REFUSED)
                    .await
            }
            Err(error) => Err(Error::internal("drawing a panel", error)),
        }
    }
}
