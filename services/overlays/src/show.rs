//! Shows what happens: a row first, then every page that is open.

use std::{sync::Arc, time::Duration};

use base::{GuildId, Result};
use serde_json::json;
use store::overlays::{Overlay, OverlayKind, Share, Showing, Shows};

use crate::{
    Overlays,
    event::{Event, Happened},
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
        let showing = Showing { event: &text, id: event.id.as_deref(), latest, shares: &shares, most: MOST };
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
        self.tell_canvases(guild).await?;
        Ok(true)
    }

    /// What plays is another track, or none: titles of guilds' overlays say so.
    pub async fn play(&self, guild: GuildId, track: Option<(&str, &str)>) -> Result<()> {
        if !self.is_on(guild).await? {
            return Ok(());
        }
        let redactor = self.redactor.of(guild);
        for overlay in self.store.overlays(guild).await?.into_iter().filter(|one| one.kind == OverlayKind::NowPlaying) {
            let said = track.map(|(title, artist)| {
                let clean = |text: &str| redactor.mask(text).replace('|', "¦");
                format!("{} | {}", clean(title), clean(artist))
            });
            self.change_state(&overlay, |state, _| match &said {
                Some(said) => state.set(overlay.kind, said),
                None => state.stop(overlay.kind, self.clock.now()),
            })
            .await?;
        }
        Ok(())
    }

    /// The guilds where a page is open that says what plays.
    pub fn playing_where(&self) -> Vec<GuildId> {
        let rooms = self.rooms.all(None).into_iter().filter(|room| room.kind == OverlayKind::NowPlaying);
        let mut guilds: Vec<GuildId> = rooms.map(|room| room.guild).collect();
        guilds.sort_unstable_by_key(|guild| guild.0);
        guilds.dedup();
        guilds
    }

    /// Has one overlay show something once.
    pub(crate) async fn show_in(&self, overlay: &Overlay, event: Event) -> Result<()> {
        let event = event.tidied(&self.redactor.of(overlay.guild));
        self.store.show_in_overlay(overlay, &json!(event).to_string()).await?;
        match self.rooms.of(&overlay.id) {
            Some(room) => self.catch_up(&room).await,
            None => Ok(()),
        }
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

    /// An overlay was changed here: its pages are told, and those of canvases that show its number.
    pub(crate) async fn changed(&self, overlay: &Overlay, what: What) -> Result<()> {
        if let Some(room) = self.rooms.of(&overlay.id) {
            self.tell_now(&room, what).await?;
        }
        if matches!(overlay.kind, OverlayKind::Goal | OverlayKind::Counter) {
            self.tell_canvases(overlay.guild).await?;
        }
        Ok(())
    }

    async fn tell_canvases(&self, guild: GuildId) -> Result<()> {
        for room in self.rooms.all(Some(guild)).into_iter().filter(|room| room.kind == OverlayKind::Canvas) {
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
            }
            if head.version > told.version {
                self.tell_now(&room, What::Everything).await?;
            }
        }
        Ok(())
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
