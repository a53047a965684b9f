//! Who looks at what: a room for each overlay that is open somewhere, and one broadcast for all of its pages.
//!
//! **Invariants:** a page that does not keep up is let go, never waited for: it comes back for what it missed. What is told in a room is told
//! in the order of its numbers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use base::GuildId;
use store::overlays::{Overlay, OverlayKind};
use tokio::sync::broadcast;

use crate::event::shows_what_plays;

/// Pages of one overlay, and of all of them.
const OF_ONE: usize = 200;
const OF_ALL: usize = 2_000;
/// A page that is further behind is let go.
const BEHIND: usize = 64;

/// Something for every page of a room.
#[derive(Debug, Clone)]
pub(crate) enum Frame {
    /// What is shown once, under its number.
    Numbered(i64, Arc<[u8]>),
    /// How it looks or stands now.
    Now(Arc<[u8]>),
    /// Its key opens nothing any more.
    End,
}

/// How much of an overlay was told in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) event: i64,
    pub(crate) version: i64,
}

/// The pages of one overlay.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) guild: GuildId,
    pub(crate) id: String,
    pub(crate) kind: OverlayKind,
    /// Whether its pages show what plays.
    pub(crate) plays: AtomicBool,
    /// What is kept of the key that opened them.
    pub(crate) key_hash: Option<String>,
    pub(crate) frames: broadcast::Sender<Frame>,
    /// Whoever tells holds it, so numbers are told in their order.
    pub(crate) told: tokio::sync::Mutex<Told>,
}

impl Room {
    /// Tells it to every page. Where there is none any more, nobody hears.
    pub(crate) fn tell(&self, frame: Frame) {
        let _ = self.frames.send(frame);
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    all: Mutex<HashMap<String, (Arc<Room>, usize)>>,
}

/// A page's place in a room, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Seat {
    rooms: Arc<Rooms>,
    pub(crate) room: Arc<Room>,
    pub(crate) frames: broadcast::Receiver<Frame>,
}

impl Rooms {
    fn open(&self) -> MutexGuard<'_, HashMap<String, (Arc<Room>, usize)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more page; none where there are too many.
    pub(crate) fn sit(self: &Arc<Self>, overlay: &Overlay) -> Option<Seat> {
        let mut all = self.open();
        if all.values().map(|(_, pages)| pages).sum::<usize>() >= OF_ALL {
            return None;
        }
        // Whoever came with another key is in a room that ends.
        if all.get(&overlay.id).is_some_and(|(room, _)| room.key_hash != overlay.key_hash)
            && let Some((old, _)) = all.remove(&overlay.id)
        {
            old.tell(Frame::End);
        }
        let (room, pages) = all.entry(overlay.id.clone()).or_insert_with(|| {
            let room = Room {
                guild: overlay.guild,
                id: overlay.id.clone(),
                kind: overlay.kind,
                plays: AtomicBool::new(shows_what_plays(overlay)),
                key_hash: overlay.key_hash.clone(),
                frames: broadcast::Sender::new(BEHIND),
                told: tokio::sync::Mutex::new(Told { event: overlay.last_event, version: overlay.version }),
            };
            (Arc::new(room), 0)
        });
        if *pages >= OF_ONE {
            return None;
        }
        *pages += 1;
        let room = Arc::clone(room);
        Some(Seat { rooms: Arc::clone(self), frames: room.frames.subscribe(), room })
    }

    /// The room of an overlay, where any page is open.
    pub(crate) fn of(&self, overlay: &str) -> Option<Arc<Room>> {
        self.open().get(overlay).map(|(room, _)| Arc::clone(room))
    }

    /// Every room, or those of one guild.
    pub(crate) fn all(&self, guild: Option<GuildId>) -> Vec<Arc<Room>> {
        let all = self.open();
        let rooms = all.values().map(|(room, _)| room).filter(|room| guild.is_none_or(|guild| room.guild == guild));
        rooms.cloned().collect()
    }

    /// How many pages of an overlay are open.
    pub(crate) fn pages(&self, overlay: &str) -> usize {
        self.open().get(overlay).map_or(0, |(_, pages)| *pages)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.rooms.open();
        let Some((room, pages)) = all.get_mut(&self.room.id) else { return };
        // A room that ended was replaced, and is counted no more.
        if !Arc::ptr_eq(room, &self.room) {
            return;
        }
        *pages = pages.saturating_sub(1);
        if *pages == 0 {
            all.remove(&self.room.id);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use base::{Millis, UserId};

    use super::*;

    pub(crate) fn overlay(key: &str) -> Overlay {
        Overlay {
            id: "o".to_owned(),
            guild: GuildId(1),
            name: "o".to_owned(),
            kind: OverlayKind::Alerts,
            made_by: UserId(1),
            made_at: Millis(0),
            settings: "{}".to_owned(),
            previous: None,
            state: "{}".to_owned(),
            value: 0,
            version: 1,
            key_hash: Some(key.to_owned()),
            hook_hash: None,
            last_event: 0,
        }
    }

    #[test]
    fn there_are_at_most_so_many_pages_and_a_page_that_goes_makes_room() {
        let rooms = Arc::new(Rooms::default());
        let mut seats: Vec<Seat> = (0..OF_ONE).map(|_| rooms.sit(&overlay("k")).unwrap()).collect();
        assert!(rooms.sit(&overlay("k")).is_none());
        seats.pop();
        assert!(rooms.sit(&overlay("k")).is_some());
        drop(seats);
        assert!(rooms.pages("o") == 0 && rooms.all(None).is_empty());
    }

    #[tokio::test]
    async fn whoever_came_with_a_key_that_was_rotated_is_told_that_it_ended() {
        let rooms = Arc::new(Rooms::default());
        let mut old = rooms.sit(&overlay("old")).unwrap();
        let new = rooms.sit(&overlay("new")).unwrap();
        assert!(matches!(old.frames.recv().await, Ok(Frame::End)));
        drop(old);
        assert_eq!(rooms.pages("o"), 1);
        drop(new);
        assert_eq!(rooms.pages("o"), 0);
    }
}
