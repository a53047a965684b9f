//! Overlays: what a streamer's software lays over the picture, at an address for ever, without a refresh.
//!
//! **Invariants:** what is to be shown is a row before any page is told, so a page that was away shows it once when it is back. A key opens
//! one overlay and only its hash is kept. What others write is a text on a page, and never markup. Nothing here talks to Discord, or HTTP.

mod actions;
mod bound;
mod event;
pub mod fields;
mod files;
mod hook;
mod key;
pub mod layout;
mod pages;
mod people;
mod preview;
mod rooms;
mod settings;
mod show;
mod span;
mod state;
mod watch;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use base::{Clock, Error, GuildId, Redactor, Result, Run};
use futures::future::BoxFuture;
use rooms::Rooms;
use store::{
    Store,
    overlays::{Overlay, OverlayFile, OverlayKind},
};
use tokio::sync::watch as signal;
use uuid::Uuid;

pub use actions::{
    AddOverlaySource, AddToOverlay, Address, CreateOverlay, EditOverlay, ExportLayout, ListOverlaySources,
    ListOverlays, OverlayName, PreviewOverlay, RemoveOverlay, RemoveOverlaySource, RevokeOverlay, RotateOverlay,
    SetOverlay, StartOverlay, StopOverlay, TestOverlay, UndoOverlay,
};
pub use event::{Event, Happened, Said};
pub use files::{LARGEST as LARGEST_FILE, NewFile, Part, too_large};
pub use hook::{Heard, LARGEST as LARGEST_DONATION, read as read_donation};
pub use pages::{PageFile, file as page_file, page};
pub use people::{Accounts, Feeding};
pub use settings::Settings;
pub use watch::Watch;

/// Whether overlays are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// Overlays of a guild: what somebody can still find by its name.
pub(crate) const OVERLAYS: i64 = 50;

/// The overlays of all guilds.
pub struct Overlays {
    store: Store,
    clock: Clock,
    redactor: Redactor,
    switch: OnceLock<Switch>,
    accounts: OnceLock<Arc<dyn Accounts>>,
    /// What feeds overlays was changed here.
    fed: signal::Sender<()>,
    /// Where pages are opened, and whether anybody but this machine reaches that.
    address: OnceLock<(String, Reach)>,
    rooms: Arc<Rooms>,
    pace: hook::Pace,
    /// What plays in each guild where something does, as pages say it.
    playing: Mutex<BTreeMap<GuildId, String>>,
    /// Files that were fetched, and whose they are to be is not said yet.
    pending: Mutex<Vec<(GuildId, Uuid, OverlayFile)>>,
}

/// Who reaches an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Whoever has it.
    Everybody,
    /// What runs on this machine.
    ThisMachine,
}

impl Overlays {
    /// The overlays of this database.
    pub fn new(store: Store, clock: Clock, redactor: Redactor) -> Self {
        let (switch, address, rooms) = (OnceLock::new(), OnceLock::new(), Arc::default());
        let (pace, playing, pending) = (hook::Pace::default(), Mutex::default(), Mutex::default());
        let (accounts, fed) = (OnceLock::new(), signal::Sender::new(()));
        Self { store, clock, redactor, switch, accounts, fed, address, rooms, pace, playing, pending }
    }

    /// Tells it where overlays are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Tells it who keeps people's accounts. Until then nobody's feeds anything.
    pub fn know_accounts(&self, accounts: Arc<dyn Accounts>) {
        // A process says so once.
        let _ = self.accounts.set(accounts);
    }

    /// Tells of every change that this process made to what feeds overlays.
    pub fn sources_change(&self) -> signal::Receiver<()> {
        self.fed.subscribe()
    }

    /// Tells it where its pages are opened.
    pub fn know_address(&self, address: &str, reach: Reach) {
        // A process says so once.
        let _ = self.address.set((address.trim_end_matches('/').to_owned(), reach));
    }

    /// Whether overlays are on in a guild.
    pub async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    /// The overlay that a key opens. A key that never was, was revoked or was rotated is looked for in the same way, and opens none.
    pub async fn at(&self, key: &str) -> Result<Option<Overlay>> {
        match self.store.overlay_at(&key::hash(key)).await? {
            Some(overlay) if self.is_on(overlay.guild).await? => Ok(Some(overlay)),
            _ => Ok(None),
        }
    }

    /// A file of an overlay, by its hash.
    pub async fn file(&self, overlay: &Overlay, hash: &str) -> Result<Option<OverlayFile>> {
        self.store.overlay_file(overlay.guild, &overlay.id, hash).await
    }

    /// Forgets what was shown long ago.
    pub async fn tidy(&self) -> Result<()> {
        self.store.forget_overlay_events(actions::SHOWN_FOR, actions::TOLD_FOR, actions::KEPT).await
    }

    /// The names of a guild's overlays.
    pub async fn names(&self, guild: GuildId) -> Result<Vec<String>> {
        Ok(self.store.overlays(guild).await?.into_iter().map(|overlay| overlay.name).collect())
    }

    /// A guild's overlay of this name.
    async fn find(&self, guild: GuildId, name: &OverlayName) -> Result<Overlay> {
        self.store.overlay(guild, name.as_str()).await?.ok_or_else(|| {
            Error::Invalid(format!(
                "There is no overlay `{name}` here. `/overlay list` shows them all. Nothing was changed."
            ))
        })
    }

    /// Changes what an overlay stands at, however many others change it at the same time.
    async fn change_state(
        &self,
        overlay: &Overlay,
        change: impl Fn(state::State, &Settings) -> Result<state::State>,
    ) -> Result<Overlay> {
        let mut now = overlay.clone();
        for _ in 0..TRIES {
            let next = change(state::State::of(&now), &Settings::of(&now))?;
            if let Some(changed) = self.store.set_overlay_state(&now, &next.kept()).await? {
                self.changed(&changed, show::What::State).await?;
                return Ok(changed);
            }
            now = self.store.overlay_of_row(now.guild, &now.id).await?.ok_or_else(gone)?;
        }
        Err(busy())
    }
}

/// So often what somebody else changed meanwhile is read again.
const TRIES: usize = 8;

fn gone() -> Error {
    Error::Busy("That overlay was removed just now. Nothing was changed.".to_owned())
}

fn busy() -> Error {
    Error::Busy("Somebody changes that overlay just now. Nothing was changed; try again.".to_owned())
}

/// What a kind is called.
pub fn kind_name(kind: OverlayKind) -> &'static str {
    match kind {
        OverlayKind::Alerts => "alerts",
        OverlayKind::Chat => "chat box",
        OverlayKind::NowPlaying => "now playing",
        OverlayKind::Goal => "goal",
        OverlayKind::Counter => "counter",
        OverlayKind::Timer => "timer",
        OverlayKind::Recent => "recent events",
        OverlayKind::Poll => "poll",
        OverlayKind::LowerThird => "lower third",
        OverlayKind::StartingSoon => "starting soon",
        OverlayKind::Canvas => "canvas",
    }
}

/// What is typed here is shown to everybody who watches.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and everybody would see it. Nothing was changed.".to_owned()))
}
