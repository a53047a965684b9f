//! What says the status, without a bot around it, on a clock that a story moves; who sees it is the story itself.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use accounts::Accounts;
use base::{Clock, GuildId, Millis, Redactor, Result, Secret, UserId, redact::Clean};
use futures::future::BoxFuture;
use peers::clouds::{Clouds, Lanyard, Plex};
use platforms::{Apps, Platforms};
use presence::{Face, Named, Presence, Settings, Shown, Stage, Track};
use serde_json::Value;
use store::{
    Kind, Store, Vault,
    accounts::{NewAccount, Tokens},
    overlays::Origin,
    presence::Wish,
    streams::{Channel, Kind as LiveKind, Live, NewChannel, Source},
};

use crate::lent::connected;

/// Guilds whose administrators whoever runs the bot named.
pub(super) const CREW: GuildId = GuildId(1);
pub(super) const FRIENDS: GuildId = GuildId(2);
/// And one that was not named.
pub(super) const STRANGERS: GuildId = GuildId(3);
pub(super) const ADA: UserId = UserId(77);
/// What opens the story's Plex, and must be seen nowhere.
pub(super) const TOKEN: &str = "plex-token-canary-0123456789";

/// Notes what is said, and when.
#[derive(Default)]
pub(super) struct Seen {
    said: Mutex<Vec<(Millis, Shown)>>,
    session: Mutex<u64>,
    clock: Mutex<Option<Clock>>,
}

impl Face for Seen {
    fn say(&self, shown: Clean<Value>) -> BoxFuture<'_, bool> {
        let shown: Shown = serde_json::from_value(shown.into_inner()).unwrap();
        let now = self.clock.lock().unwrap().as_ref().unwrap().now();
        self.said.lock().unwrap().push((now, shown));
        Box::pin(std::future::ready(true))
    }

    fn session(&self) -> u64 {
        *self.session.lock().unwrap()
    }
}

/// Pages that are open, and what they were told.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) open: Mutex<Vec<GuildId>>,
    pub(super) told: Mutex<Vec<(GuildId, Option<String>)>>,
    store: Mutex<Option<Store>>,
}

impl Stage for Pages {
    fn open(&self) -> Vec<GuildId> {
        self.open.lock().unwrap().clone()
    }

    fn listeners(&self) -> BoxFuture<'_, Result<Vec<(GuildId, UserId)>>> {
        let store = self.store.lock().unwrap().clone().unwrap();
        Box::pin(async move {
            let all = store.overlay_sources_at(Origin::Spotify).await?;
            Ok(all.into_iter().map(|source| (source.guild, source.user)).collect())
        })
    }

    fn play<'a>(&'a self, guild: GuildId, track: Option<&'a Track>) -> BoxFuture<'a, Result<()>> {
        let told = track.map(|track| format!("{} by {}", track.title, track.by));
        self.told.lock().unwrap().push((guild, told));
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What a story has.
pub(super) struct Scene {
    pub(super) clouds: Clouds,
    pub(super) plex: Plex,
    pub(super) lanyard: Lanyard,
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) clock: Clock,
    pub(super) presence: Arc<Presence>,
    pub(super) seen: Arc<Seen>,
    pub(super) pages: Arc<Pages>,
    pub(super) redactor: Redactor,
    /// The guilds where the feature is off.
    pub(super) off: Arc<Mutex<Vec<GuildId>>>,
    _home: tempfile::TempDir,
}

impl Scene {
    pub(super) async fn set(kind: Kind) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        let clock = Clock::manual(Clock::system().now());
        let store = Store::open(&url, clock.clone()).await.unwrap();
        let (clouds, plex, lanyard) = (Clouds::start(), Plex::start(TOKEN), Lanyard::start());
        let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a story".into())));
        let environment = clouds.environment();
        let set = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let apps = platforms::Settings {
            spotify: (set("SPOTIFY_CLIENT_ID"), set("SPOTIFY_CLIENT_SECRET")),
            spotify_url: set("NEBULA_SPOTIFY_URL"),
            ..platforms::Settings::default()
        };
        let redactor = Redactor::default();
        let platforms = Arc::new(Platforms::new(Apps::new(&apps).unwrap(), &clock, &redactor));
        let known = (clock.clone(), redactor.clone());
        let accounts = Accounts::new(store.clone(), Arc::clone(&vault), clock.clone(), redactor.clone(), platforms);
        let at = lanyard.url();
        let named = Named { guilds: Some("1,2"), local_guilds: Some("1,2,3"), lanyard_url: Some(&at) };
        let settings = Settings::new(&named).unwrap();
        let presence = Presence::new(store.clone(), Arc::clone(&vault), known, Arc::new(accounts), settings);
        let (seen, pages, off) =
            (Arc::new(Seen::default()), Arc::new(Pages::default()), Arc::<Mutex<Vec<_>>>::default());
        *seen.clock.lock().unwrap() = Some(clock.clone());
        *pages.store.lock().unwrap() = Some(store.clone());
        presence.know_face(Arc::clone(&seen) as Arc<dyn Face>);
        presence.know_stage(Arc::clone(&pages) as Arc<dyn Stage>);
        let is_off = Arc::clone(&off);
        presence.know_switch(Box::new(move |guild| {
            let is_on = !is_off.lock().unwrap().contains(&guild);
            Box::pin(std::future::ready(Ok(is_on)))
        }));
        let presence = Arc::new(presence);
        Self { clouds, plex, lanyard, store, vault, clock, presence, seen, pages, redactor, off, _home: home }
    }

    /// The status is taken from these.
    pub(super) async fn wishes(&self, sources: &[&str], words: &str) {
        let sources = sources.iter().map(|source| (*source).to_owned()).collect();
        let (status, words) = ("online".to_owned(), words.to_owned());
        self.store.keep_presence(&Wish { guild: CREW, by: ADA, status, sources, words }).await.unwrap();
    }

    /// A guild shares this: streams, Plex, Lanyard.
    pub(super) async fn shares(&self, guild: GuildId, what: [bool; 3]) {
        self.store.share_presence(guild, what.map(Some), ADA).await.unwrap();
    }

    /// A guild's Plex is the story's.
    pub(super) async fn has_plex(&self, guild: GuildId, user: &str) {
        self.redactor.of(guild).learn(TOKEN);
        self.vault.set_plex(guild, (&self.plex.url(), user), &Secret::new(TOKEN), ADA).await.unwrap();
    }

    /// A guild follows a channel on Twitch.
    pub(super) async fn follows(&self, guild: GuildId, name: &str) -> Channel {
        let (platform_id, login) = (format!("id-{name}"), name.to_lowercase());
        let new = NewChannel { source: Source::Twitch, platform_id, login, name: name.to_owned() };
        let channel = self.store.stream_channel_of(&new).await.unwrap();
        assert!(self.store.follow_stream(guild, &channel, |own| own, (ADA, 500)).await.unwrap().is_some());
        channel
    }

    /// A channel is live, or is so no longer.
    pub(super) async fn airs(&self, channel: &Channel, is_live: bool) {
        let now = self.clock.now();
        let live = Live {
            id: String::new(),
            stream_channel: channel.id.clone(),
            source: channel.source,
            key: format!("stream of {}", channel.login),
            kind: LiveKind::Live,
            title: "A title that is nobody's business here".to_owned(),
            game: String::new(),
            tags: Vec::new(),
            picture: None,
            vod: None,
            viewers: None,
            peak: None,
            started: now,
            found: now,
            seen: Some(now),
            gone: (!is_live).then_some(now),
            ended: None,
            news: true,
            version: 1,
        };
        self.store.keep_stream_course(channel, &[live]).await.unwrap();
    }

    /// Ada's Spotify is connected, and feeds a guild's overlays.
    pub(super) async fn has_spotify(&self, guilds: &[GuildId]) {
        let scopes = ["user-read-currently-playing"];
        let (access, refresh) = self.clouds.spotify.lends("ada.s", &scopes);
        let now = self.clock.now();
        let new = NewAccount {
            user: ADA,
            guild: CREW,
            platform: "spotify",
            subject: "ada.s",
            login: "ada.s",
            name: "Ada S",
            scopes: &scopes.map(str::to_owned),
            expires: Some(now.plus(Duration::from_hours(1))),
            due: now.plus(Duration::from_mins(50)),
        };
        let tokens = Tokens { access: Secret::new(access), refresh: Some(Secret::new(refresh)) };
        connected(&self.store, &self.vault, &new, &tokens).await;
        for guild in guilds {
            assert!(self.store.add_overlay_source(*guild, ADA, (Origin::Spotify, "ada.s"), 10).await.unwrap());
        }
    }

    /// So much later it is asked, said and shown.
    pub(super) async fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.clouds.spotify.advance(Duration::from_secs(seconds));
        self.looks().await;
    }

    /// It is asked, said and shown.
    pub(super) async fn looks(&self) {
        // Who comes next is asked once it is known that who comes before has nothing to say.
        for _ in 0..3 {
            self.presence.ask().await.unwrap();
        }
        self.presence.say().await.unwrap();
        self.presence.play().await.unwrap();
    }

    /// What the status says now, as people read it; empty where it says nothing.
    pub(super) fn says(&self) -> String {
        let said = self.seen.said.lock().unwrap();
        let last = said.last().and_then(|(_, shown)| shown.activity.clone());
        last.map(|activity| activity.read()).unwrap_or_default()
    }

    /// Every time it was said, and whether it said anything.
    pub(super) fn spoken(&self) -> Vec<(Millis, Shown)> {
        self.seen.said.lock().unwrap().clone()
    }

    /// The connection to Discord is made anew.
    pub(super) fn reconnects(&self) {
        *self.seen.session.lock().unwrap() += 1;
    }

    /// What pages were told since they were asked last.
    pub(super) fn told(&self) -> Vec<(GuildId, Option<String>)> {
        std::mem::take(&mut *self.pages.told.lock().unwrap())
    }
}
