//! What one page is sent: how it is, what it missed, and from then on what happens.
//!
//! **Invariants:** a page subscribes before it is told what it missed, and skips what it was told by then: nothing is left out, and nothing
//! comes twice. A page that is opened anew begins now.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use base::Result;
use serde_json::{Value, json};
use store::overlays::{Overlay, OverlayKind};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    Overlays,
    actions::KEPT,
    pages,
    rooms::{Frame, Seat},
    settings::Settings,
    state::State,
};

/// A page that hears nothing for much longer comes back by itself.
const BEAT: Duration = Duration::from_secs(10);
/// A page whose connection broke comes back after so many milliseconds.
const BACK: u32 = 400;

/// What one page is sent.
pub struct Watch {
    overlays: Arc<Overlays>,
    seat: Seat,
    /// The last number it was sent.
    last: i64,
    /// What it is sent next.
    ready: VecDeque<Arc<[u8]>>,
    /// Whether all that it missed was read.
    is_caught_up: bool,
}

impl Overlays {
    /// Begins to tell a page of an overlay, from after a number on; from now on where there is none. None where too many pages are open.
    pub async fn watch(self: &Arc<Self>, overlay: &Overlay, after: Option<i64>) -> Result<Option<Watch>> {
        let Some(seat) = self.rooms.sit(overlay) else { return Ok(None) };
        // What happened between the look at its key and now is in this row.
        let Some(now) = self.store.overlay_of_row(overlay.guild, &overlay.id).await? else { return Ok(None) };
        // After a restored backup a page may know of more than there is.
        let last = after.map_or(now.last_event, |after| after.clamp(0, now.last_event));
        let mut ready = VecDeque::new();
        ready.push_back(frame(&format!("retry: {BACK}\nid: {last}\nevent: hello"), &self.now(&now).await?));
        Ok(Some(Watch { overlays: Arc::clone(self), seat, last, ready, is_caught_up: last == now.last_event }))
    }

    /// How an overlay is now, for its pages.
    pub(crate) async fn now(&self, overlay: &Overlay) -> Result<Value> {
        let settings = Settings::of(overlay);
        let redactor = self.redactor.of(overlay.guild);
        let state = State::of(overlay).page(overlay, &settings);
        let mut page = json!({
            "kind": overlay.kind,
            "epoch": pages::epoch(),
            "version": overlay.version,
            "now": self.clock.now().0,
            "settings": settings.page(overlay.kind),
            "state": redactor.mask_json(state),
        });
        match overlay.kind {
            OverlayKind::Canvas => page["bound"] = redactor.mask_json(self.bound(overlay).await?),
            OverlayKind::Recent => {
                // What is tried out, or left out by now, takes no line from what is to be seen.
                let mut last = self.store.last_overlay_events(overlay.guild, &overlay.id, KEPT).await?;
                last.reverse();
                let events = last.iter().filter_map(|one| {
                    let mut event: Value = serde_json::from_str(&one.event).ok()?;
                    event["number"] = json!(one.number);
                    Some(event)
                });
                page["recent"] = redactor.mask_json(Value::Array(events.collect()));
            }
            _ => {}
        }
        Ok(page)
    }
}

impl Watch {
    /// What the page is sent next; none once it is let go.
    pub async fn next(&mut self) -> Option<Arc<[u8]>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if !self.is_caught_up {
                self.catch_up().await?;
                continue;
            }
            match tokio::time::timeout(BEAT, self.seat.frames.recv()).await {
                Ok(Ok(Frame::Numbered(number, bytes))) if number > self.last => {
                    self.last = number;
                    return Some(bytes);
                }
                // It was told before, among what it had missed.
                Ok(Ok(Frame::Numbered(..))) => {}
                Ok(Ok(Frame::Now(bytes))) => return Some(bytes),
                // It is too far behind, and comes back for the rest; or there is nothing to come back to.
                Ok(Ok(Frame::End) | Err(RecvError::Lagged(_) | RecvError::Closed)) => return None,
                Err(_) => return Some(frame("event: beat", &json!(0))),
            }
        }
    }

    /// Reads more of what it missed.
    async fn catch_up(&mut self) -> Option<()> {
        let room = &self.seat.room;
        let missed = match self.overlays.store.overlay_events(room.guild, &room.id, self.last).await {
            Ok(missed) => missed,
            Err(error) => {
                tracing::warn!("what a page missed cannot be read: {error}");
                return None;
            }
        };
        self.is_caught_up = missed.is_empty();
        for one in missed {
            self.last = one.number;
            self.ready.push_back(numbered(one.number, &one.event));
        }
        Some(())
    }
}

/// What is shown once, as a page is sent it.
pub(crate) fn numbered(number: i64, event: &str) -> Arc<[u8]> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    frame(&format!("id: {number}\nevent: show"), &event)
}

/// Lines of an event stream. JSON has no line breaks of its own.
pub(crate) fn frame(head: &str, data: &Value) -> Arc<[u8]> {
    format!("{head}\ndata: {data}\n\n").into_bytes().into()
}

#[cfg(test)]
mod tests {
    use base::{Clock, GuildId, Redactor, UserId};
    use store::{Store, overlays::NewOverlay};

    use super::*;
    use crate::{Event, Happened};

    const CREW: GuildId = GuildId(1);

    async fn alerts(home: &std::path::Path) -> (Arc<Overlays>, Overlay) {
        let clock = Clock::system();
        let url = format!("sqlite://{}", home.join("nebula.db").display());
        let store = Store::open(&url, clock.clone()).await.unwrap();
        let (kind, by) = (OverlayKind::Alerts, UserId(1));
        let new = NewOverlay { name: "alerts", kind, by, settings: "{}", state: "{}", key_hash: "hash" };
        let overlay = store.add_overlay(CREW, new, 5).await.unwrap().unwrap();
        (Arc::new(Overlays::new(store, clock, Redactor::default())), overlay)
    }

    /// The names that a page is shown until it is let go, or until there are so many.
    async fn names(watch: &mut Watch, most: usize) -> Vec<String> {
        let mut names = Vec::new();
        while names.len() < most {
            let Some(frame) = watch.next().await else { break };
            let frame = String::from_utf8(frame.to_vec()).unwrap();
            if frame.contains("event: show") {
                let (_, data) = frame.split_once("data: ").unwrap();
                let event: Value = serde_json::from_str(data.trim()).unwrap();
                names.push(event["name"].as_str().unwrap().to_owned());
            }
        }
        names
    }

    #[tokio::test]
    async fn a_page_that_does_not_keep_up_is_let_go_and_comes_back_for_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let (overlays, overlay) = alerts(home.path()).await;
        let mut slow = overlays.watch(&overlay, None).await.unwrap().unwrap();
        let all: Vec<String> = (0..250).map(|number| number.to_string()).collect();
        for name in &all {
            overlays.show(CREW, Event::new(Happened::Follow, name)).await.unwrap();
        }
        assert!(names(&mut slow, all.len()).await.len() < all.len(), "it was held for it");
        // It says what it saw last, which is nothing.
        let mut back = overlays.watch(&overlay, Some(0)).await.unwrap().unwrap();
        assert_eq!(names(&mut back, all.len()).await, all);
        drop((slow, back));
        assert_eq!(overlays.rooms.pages(&overlay.id), 0);
    }

    #[tokio::test]
    async fn whatever_happens_while_a_page_comes_back_it_is_shown_once_and_in_order() {
        let home = tempfile::tempdir().unwrap();
        let (overlays, overlay) = alerts(home.path()).await;
        let showing = Arc::clone(&overlays);
        let shown = tokio::spawn(async move {
            for number in 0..300 {
                showing.show(CREW, Event::new(Happened::Follow, number.to_string())).await.unwrap();
            }
        });
        // A page that is cut off after every few.
        let (mut seen, mut last) = (Vec::new(), 0);
        while seen.len() < 300 {
            let mut watch = overlays.watch(&overlay, Some(last)).await.unwrap().unwrap();
            let some = (1 + seen.len() % 7).min(300 - seen.len());
            let more = tokio::time::timeout(Duration::from_secs(20), names(&mut watch, some)).await.unwrap();
            last = watch.last - i64::try_from(watch.ready.len()).unwrap();
            seen.extend(more);
        }
        shown.await.unwrap();
        let wanted: Vec<String> = (0..seen.len()).map(|number| number.to_string()).collect();
        assert_eq!(seen, wanted);
    }
}
