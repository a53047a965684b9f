//! Shows what stands on terminals' screens, each in one message of its thread.
//!
//! **Invariants:** a screen is drawn at most once in `PACE`, with what stands there when its turn comes, so fast output costs
//! nothing. A terminal that ended is let go of only after its last card stands, or its thread is gone.

use std::{collections::HashSet, sync::Arc, time::Duration};

use base::Card;
use hosts::{Hosts, Session};
use hub::Hub;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::{
    asked::{Place, is_final, status, thread},
    face::{self, Face},
    perform,
    rest::{Rank, Rest, Sent},
    terminal,
};

/// Discord takes five edits in five seconds in a channel; a little less leaves room for what else is said there.
const PACE: Duration = Duration::from_millis(1_200);
/// After a key, what comes of it is waited for so long, so that one drawing shows all of it.
const SETTLES: Duration = Duration::from_millis(120);
/// Messages older than an hour may be edited far less often: another one shows the screen then.
const MESSAGE_LASTS: Duration = Duration::from_mins(50);
/// So many messages below it, and a phone no longer shows the screen.
const OUT_OF_SIGHT: u32 = 5;
/// The last card is tried again after this long, doubled each time …
const AGAIN: Duration = Duration::from_secs(1);
/// … up to this long.
const AGAIN_AT_MOST: Duration = Duration::from_secs(30);

/// Shows every terminal that has a thread, for ever.
pub async fn show(rest: Rest, hub: Hub, hosts: Arc<Hosts>) {
    rest.me().await;
    let mut changes = hosts.terminals().changes();
    let mut shown = HashSet::new();
    loop {
        let all = hosts.terminals().all();
        shown.retain(|id| all.iter().any(|session| session.id() == *id));
        for session in all {
            let wanted = session.place().0.is_some() || session.is_over();
            if wanted && shown.insert(session.id()) {
                let shower = Shower { rest: rest.clone(), face: Face::new(&hub), hub: hub.clone(), session };
                let hosts = Arc::clone(&hosts);
                tokio::spawn(async move { shower.show(&hosts).await });
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// The number of changes of what a terminal shows.
type Changes = tokio::sync::watch::Receiver<u64>;

/// Who shows one terminal.
struct Shower {
    rest: Rest,
    hub: Hub,
    face: Face,
    session: Arc<Session>,
}

impl Shower {
    async fn show(mut self, hosts: &Hosts) {
        if let Some(channel) = self.session.place().0
            && let Some(place) = self.follow(channel).await
        {
            self.last_word(place).await;
        }
        if let Err(error) = terminal::record_end(&self.hub, &self.session).await {
            tracing::warn!("how a terminal ended is not in the audit log: {error}");
        }
        if let Err(error) = hosts.close_terminal(&self.session).await {
            tracing::error!("a terminal that is over is still on the list: {error}");
        }
    }

    /// Draws the screen until the terminal has ended. None where its thread is gone.
    async fn follow(&mut self, channel: u64) -> Option<Place> {
        let mut changes = self.session.changes();
        let mut place = self.session.place().1.and_then(|message| thread::place(channel, message));
        let (mut since, mut next, mut stale) = (Instant::now(), Instant::now(), true);
        loop {
            let worn = since.elapsed() >= MESSAGE_LASTS || self.session.below() >= OUT_OF_SIGHT;
            let here = match place.filter(|_| !worn) {
                Some(here) => here,
                None => match self.put(channel, &mut changes).await {
                    Ok(now) => {
                        if let Some(before) = place.replace(now)
                            && let Err(error) = thread::take_away(&self.rest, before).await
                        {
                            tracing::debug!(%error, "an older screen still stands");
                        }
                        (since, next, stale) = (Instant::now(), Instant::now() + PACE, false);
                        now
                    }
                    Err(error) if perform::gone(&error) || perform::refused(&error) => {
                        self.session.end_unseen();
                        self.session.over().await;
                        return None;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a screen could not be put up");
                        sleep(AGAIN).await;
                        continue;
                    }
                },
            };
            if self.session.is_over() {
                return Some(here);
            }
            if stale {
                // The end is said at once, and everything that changes until then is one drawing.
                if timeout_at(next, self.session.over()).await.is_err() {
                    self.draw(here, &mut changes).await;
                    (next, stale) = (Instant::now() + PACE, false);
                }
                continue;
            }
            tokio::select! {
                more = changes.changed() => {
                    if more.is_err() {
                        return Some(here);
                    }
                    stale = true;
                    // What comes of a key comes in pieces; if that is the end, it is said at once.
                    let _ = timeout(SETTLES, self.session.over()).await;
                }
                () = sleep_until(since + MESSAGE_LASTS) => {}
            }
        }
    }

    /// Puts the screen up where whoever looks at the thread sees it.
    async fn put(&mut self, channel: u64, changes: &mut Changes) -> Sent<Place> {
        self.session.is_in_sight();
        // What changes from here on is shown by the next drawing.
        changes.mark_unchanged();
        let (card, guild) = (self.card(), self.session.guild());
        let place = thread::post(&self.rest, channel, &card, &mut self.face, guild).await?;
        let message = place.message.get();
        self.session.is_shown_by(message);
        if let Err(error) = self.hub.store().place_terminal(guild, self.session.id(), channel, Some(message)).await {
            tracing::error!("a restart will not find this screen: {error}");
        }
        Ok(place)
    }

    async fn draw(&mut self, place: Place, changes: &mut Changes) {
        let turn = thread::turn(&self.rest, place, Rank::Live).await;
        changes.mark_unchanged();
        let (card, guild) = (self.card(), self.session.guild());
        if let Err(error) = thread::draw(&self.rest, turn, place, &card, &mut self.face, guild).await {
            tracing::debug!(%error, "a screen was not drawn");
            if perform::gone(&error) {
                // Somebody took the message away: another takes its place.
                self.session.is_lost_from_sight();
            }
        }
    }

    fn card(&self) -> Card {
        face::dress(self.session.card(), None, &format!("by <@{}>", self.session.by()), self.session.terminal().opened)
    }

    /// Says how it ended, until that stands.
    async fn last_word(&mut self, place: Place) {
        let mut card = self.session.last_card().small(self.hub.clock().now().relative());
        let (guild, mut wait) = (self.session.guild(), AGAIN);
        loop {
            match thread::settle(&self.rest, place, &card, &mut self.face, guild).await {
                Ok(()) => return,
                Err(error) if card.file.is_some() && matches!(status(&error), Some(400 | 413)) => {
                    tracing::warn!(%error, "a recording could not be attached");
                    card.file = None;
                    card = perform::without_file(card);
                }
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "nobody sees how a terminal ended");
                    return;
                }
                Err(error) => {
                    tracing::debug!(%error, "how a terminal ended is said again");
                    sleep(wait).await;
                    wait = (wait * 2).min(AGAIN_AT_MOST);
                }
            }
        }
    }
}
