//! Shows what happens: a row first, then every page that is open.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use base::{GuildId, Result};
use serde_json::json;
use store::overlays::{Overlay, OverlayKind, Share, Showing, Shows, TakenBack, Words};

use crate::{
    Overlays, bound,
    event::{Event, Happened, shows_chat, shows_what_plays},
    rooms::{Frame, Room},
    watch::{frame, numbered},
};

/// What another process changed is seen after this.
const TICK: Duration = Duration::from_secs(1);
/// No number goes further from nothing.
pub(crate) const MOST: i64 = 1_000_000_000_000;

impl Overlays {
    /// Shows something that happened in a guild's overlays, each of those that want it, once. The answer is whether it was new.
    pub async fn show(&self, guild: GuildId, event: Event) -> Result<bool> {
        if !self.is_on(guild).await? {
            return Ok(false);
        }
        let event = event.tidied(&self.redactor.of(guild));
        let all = self.store.overlays(guild).await?;
        let shares: Vec<Share> = all.iter().filter_map(|overlay| event.share(overlay)).collect();
        let latest = Happened::ALERTS.contains(&event.what).then_some((event.what.as_str(), event.name.as_str()));
        if shares.is_empty() && latest.is_none() {
            return Ok(true);
        }
        let text = json!(event).to_string();
        let said = event.said.as_ref();
        let said = said.map(|said| Words { message: &said.message, author: &said.author, place: &said.place });
        let showing = Showing { event: &text, id: event.id.as_deref(), said, latest, shares: &shares, most: MOST };
        if !self.store.show_in_overlays(guild, showing).await? {
            return Ok(false);
        }
        for share in &shares {
            let Some(room) = self.rooms.of(&share.overlay) else { continue };
            if share.shows == Shows::Once {
                self.catch_up(&room).await?;
            }
            if share.adds != 0 {
                self.tell_now(&room, What::State).await?;
            }
        }
        // What is said in a chat stands on some of them only, and is much.
        let is_said = event.what == Happened::Chat;
        self.tell_canvases(guild, |room| !is_said || shares.iter().any(|share| share.overlay == room.id)).await?;
        Ok(true)
    }

    /// What was said in a chat is taken back under a word: it is seen nowhere any more, also where it was not seen yet. It is known by
    /// `id` that it was.
    pub async fn take_back(&self, guild: GuildId, word: &str, id: &str) -> Result<()> {
        let all = self.store.overlays(guild).await?;
        let from: Vec<&str> =
            all.iter().filter(|overlay| shows_chat(overlay)).map(|overlay| overlay.id.as_str()).collect();
        let event = json!({ "what": "gone", "word": word }).to_string();
        self.store.take_back_in_overlays(guild, TakenBack { word, id, event: &event, from: &from }).await?;
        for room in from.iter().filter_map(|overlay| self.rooms.of(overlay)) {
            self.catch_up(&room).await?;
        }
        self.tell_canvases(guild, |room| from.contains(&room.id.as_str())).await
    }

    /// What plays is another track, or none: titles of guilds' overlays say so.
    pub async fn play(&self, guild: GuildId, track: Option<(&str, &str)>) -> Result<()> {
        let redactor = self.redactor.of(guild);
        let said = track.map(|(title, artist)| {
            let clean = |text: &str| redactor.mask(text).replace('|', "¦");
            format!("{} | {}", clean(title), clean(artist))
        });
        // It is known before the rows are read: one that is made meanwhile reads it, or is among them.
        match &said {
            Some(said) => drop(self.playing().insert(guild, said.clone())),
            None => drop(self.playing().remove(&guild)),
        }
        if !self.is_on(guild).await? {
            return Ok(());
        }
        for overlay in self.store.overlays(guild).await?.into_iter().filter(|one| one.kind == OverlayKind::NowPlaying) {
            self.change_state(&overlay, |state, _| match &said {
                Some(said) => state.set(overlay.kind, said),
                None => state.stop(overlay.kind, self.clock.now()),
            })
            .await?;
        }
        Ok(())
    }

    fn playing(&self) -> MutexGuard<'_, BTreeMap<GuildId, String>> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An overlay was made in the middle of a track: it says so, and not only what comes next.
    async fn joins_what_plays(&self, overlay: &Overlay) -> Result<()> {
        if overlay.kind != OverlayKind::NowPlaying || !self.playing().contains_key(&overlay.guild) {
            return Ok(());
        }
        self.change_state(overlay, |state, _| match self.playing().get(&overlay.guild) {
            Some(said) => state.set(overlay.kind, said),
            None => Ok(state),
        })
        .await
        .map(drop)
    }

    /// The guilds where a page is open that says what plays.
    pub fn playing_where(&self) -> Vec<GuildId> {
        let rooms = self.rooms.all(None).into_iter().filter(|room| room.plays.load(Ordering::Relaxed));
        let mut guilds: Vec<GuildId> = rooms.map(|room| room.guild).collect();
        guilds.sort_unstable_by_key(|guild| guild.0);
        guilds.dedup();
        guilds
    }

    /// Has one overlay show something once. The answer is whether it is still there.
    pub(crate) async fn show_in(&self, overlay: &Overlay, event: Event) -> Result<bool> {
        let event = event.tidied(&self.redactor.of(overlay.guild));
        let is_there = self.store.show_in_overlay(overlay, &json!(event).to_string()).await?;
        if let Some(room) = self.rooms.of(&overlay.id) {
            self.catch_up(&room).await?;
        }
        Ok(is_there)
    }

    /// Tells a room what it was not told yet, in order.
    async fn catch_up(&self, room: &Room) -> Result<()> {
        let mut told = room.told.lock().await;
        loop {
            let missed = self.store.overlay_events(room.guild, &room.id, told.event).await?;
            if missed.is_empty() {
                return Ok(());
            }
            for one in missed {
                told.event = one.number;
                room.tell(Frame::Numbered(one.number, numbered(one.number, &one.event)));
            }
        }
    }

    /// An overlay was changed here: its pages are told, and those of canvases that show what it stands at.
    pub(crate) async fn changed(&self, overlay: &Overlay, what: What) -> Result<()> {
        if let Some(room) = self.rooms.of(&overlay.id) {
            self.tell_now(&room, what).await?;
        }
        if bound::name(overlay.kind).is_some() {
            self.tell_canvases(overlay.guild, |_| true).await?;
        }
        Ok(())
    }

    /// An overlay was made here: it joins what plays, and canvases show a value where there was none.
    pub(crate) async fn came(&self, overlay: &Overlay) {
        let told = match self.joins_what_plays(overlay).await {
            Ok(()) => self.changed(overlay, What::State).await,
            lost => lost,
        };
        noted(overlay, told);
    }

    /// An overlay was removed here: canvases show no value of it any more, or that of the next of its kind.
    pub(crate) async fn went(&self, overlay: &Overlay) {
        noted(overlay, self.changed(overlay, What::State).await);
    }

    async fn tell_canvases(&self, guild: GuildId, which: impl Fn(&Room) -> bool) -> Result<()> {
        let rooms = self.rooms.all(Some(guild)).into_iter();
        for room in rooms.filter(|room| room.kind == OverlayKind::Canvas && which(room)) {
            self.tell_now(&room, What::State).await?;
        }
        Ok(())
    }

    /// Tells a room how its overlay is now.
    async fn tell_now(&self, room: &Room, what: What) -> Result<()> {
        let mut told = room.told.lock().await;
        let Some(overlay) = self.store.overlay_of_row(room.guild, &room.id).await? else { return Ok(()) };
        let mut now = self.now(&overlay).await?;
        if what == What::State
            && let Some(all) = now.as_object_mut()
        {
            all.remove("settings");
        }
        told.version = told.version.max(overlay.version);
        room.plays.store(shows_what_plays(&overlay), Ordering::Relaxed);
        room.tell(Frame::Now(frame("event: now", &now)));
        Ok(())
    }

    /// Its key opens nothing any more: whoever has a page open sees nothing more.
    pub(crate) fn end(&self, overlay: &Overlay) {
        if let Some(room) = self.rooms.of(&overlay.id) {
            room.tell(Frame::End);
        }
    }

    /// Looks what others changed, for ever.
    pub async fn tend(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.look().await {
                tracing::warn!("overlays cannot be looked through: {error}");
            }
        }
    }

    async fn look(&self) -> Result<()> {
        let rooms = self.rooms.all(None);
        if rooms.is_empty() {
            return Ok(());
        }
        let heads = self.store.overlay_heads().await?;
        for room in rooms {
            let head = heads.iter().find(|head| head.id == room.id);
            let Some(head) = head.filter(|head| head.key_hash == room.key_hash && head.key_hash.is_some()) else {
                room.tell(Frame::End);
                continue;
            };
            let told = *room.told.lock().await;
            if head.last_event > told.event {
                self.catch_up(&room).await?;
                // Who was the last of them, and what was said, stands on canvases.
                if room.kind == OverlayKind::Canvas {
                    self.tell_now(&room, What::State).await?;
                }
            }
            if head.version > told.version {
                self.tell_now(&room, What::Everything).await?;
            }
        }
        Ok(())
    }
}

/// What was made or removed is so, whether or not anybody could be told; whatever changes next tells them again.
fn noted(overlay: &Overlay, told: Result<()>) {
    if let Err(error) = told {
        tracing::warn!("nobody could be told of overlay {}: {error}", overlay.id);
    }
}

/// What of an overlay is told anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// What it stands at.
    State,
    /// How it looks, too.
    Everything,
}
