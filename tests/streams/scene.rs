//! Platforms on this machine, and what looks at them on a clock that a story moves; who reads the outbox is the story itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use accounts::Accounts;
use base::{Clock, GuildId, Millis, Redactor, Result, Secret, UserId};
use futures::future::{BoxFuture, FutureExt};
use peers::clouds::{kick::Kick, twitch::Twitch, youtube::YouTube};
use platforms::{Apps, Platforms, Settings as Set};
use store::{
    Kind, Store, Vault,
    accounts::{NewAccount, Tokens},
    streams::{Channel, NewChannel, NewFollow, Settings, Source},
};
use streams::{Came, Happening, Header, Place, Reply, Stage, Streams, TakenBack};
use tokio::task::AbortHandle;

use crate::lent::connected;

/// The app's secret at every platform, which must be seen nowhere.
pub(super) const SECRET: &str = "app-secret-canary-0123456789";
/// By which YouTube is asked for what is everybody's.
pub(super) const KEY: &str = "youtube-key-canary";

/// Three platforms.
pub(super) struct Clouds {
    pub(super) twitch: Twitch,
    pub(super) youtube: YouTube,
    pub(super) kick: Kick,
}

impl Clouds {
    pub(super) fn start() -> Self {
        Self {
            twitch: Twitch::start("app", Some(SECRET)),
            youtube: YouTube::start("app", Some(SECRET)),
            kick: Kick::start("app", Some(SECRET)),
        }
    }

    /// What is set so that they are asked in place of the real ones.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TWITCH_CLIENT_ID", "app".to_owned()),
            ("TWITCH_CLIENT_SECRET", SECRET.to_owned()),
            ("NEBULA_TWITCH_URL", self.twitch.url()),
            ("YOUTUBE_API_KEY", KEY.to_owned()),
            ("NEBULA_YOUTUBE_URL", self.youtube.url()),
            ("KICK_CLIENT_ID", "app".to_owned()),
            ("KICK_CLIENT_SECRET", SECRET.to_owned()),
            ("NEBULA_KICK_URL", self.kick.url()),
            ("NEBULA_STREAMS_EVERY", "1".to_owned()),
        ]
    }

    pub(super) fn platforms(&self, clock: &Clock) -> Arc<Platforms> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (twitch, youtube, kick) = (self.twitch.url(), self.youtube.url(), self.kick.url());
        let set = Set {
            twitch: (Some("app"), Some(SECRET)),
            twitch_url: Some(&twitch),
            youtube_key: Some(KEY),
            youtube_url: Some(&youtube),
            kick: (Some("app"), Some(SECRET)),
            kick_url: Some(&kick),
            ..Set::default()
        };
        Arc::new(Platforms::new(Apps::new(&set).unwrap(), clock, &Redactor::default()))
    }
}

/// What looks, without a bot around it.
pub(super) struct Scene {
    pub(super) clouds: Clouds,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) streams: Arc<Streams>,
    vault: Arc<Vault>,
    /// What was shown, and where.
    pub(super) shown: Shown,
    hearing: Option<AbortHandle>,
    _home: tempfile::TempDir,
    /// Posts that were taken from the outbox: the text of each, by guild.
    pub(super) posted: BTreeMap<u64, Vec<String>>,
    messages: u64,
}

/// Now, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    Clock::system().now().0
}

/// What was shown, and where.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown(Arc<Mutex<Vec<(GuildId, Happening)>>>);

impl Shown {
    /// All of it, as it was told.
    pub(super) fn all(&self) -> Vec<(GuildId, Happening)> {
        self.0.lock().unwrap().clone()
    }
}

impl Stage for Shown {
    fn show(&self, guild: GuildId, happening: &Happening) -> BoxFuture<'_, Result<()>> {
        self.0.lock().unwrap().push((guild, happening.clone()));
        async { Ok(()) }.boxed()
    }

    fn take_back(&self, _: GuildId, _: &TakenBack) -> BoxFuture<'_, Result<()>> {
        async { Ok(()) }.boxed()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.deafens();
    }
}

/// Headers of an event.
#[derive(Debug)]
pub(super) struct Headers(pub(super) Vec<(&'static str, String)>);

impl Header for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.to_lowercase() == name).map(|(_, value)| value.as_str())
    }
}

impl Scene {
    pub(super) async fn set(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        let clock = Clock::manual(Millis(now()));
        let store = Store::open(&url, clock.clone()).await.unwrap();
        let clouds = Clouds::start();
        let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a story".into())));
        let shown = Shown::default();
        let streams = Self::process(&clouds, (&store, &vault), &clock, &shown);
        let (posted, hearing) = (BTreeMap::new(), None);
        Self { clouds, store, clock, streams, vault, shown, hearing, _home: home, posted, messages: 0 }
    }

    fn process(clouds: &Clouds, (store, vault): (&Store, &Arc<Vault>), clock: &Clock, shown: &Shown) -> Arc<Streams> {
        let (platforms, redactor) = (clouds.platforms(clock), Redactor::default());
        let known = (clock.clone(), redactor.clone());
        let streams = Streams::new(store.clone(), Arc::clone(vault), known, Arc::clone(&platforms));
        let accounts = Accounts::new(store.clone(), Arc::clone(vault), clock.clone(), redactor, platforms);
        streams.know_accounts(Arc::new(accounts));
        streams.know_stage(Arc::new(shown.clone()));
        Arc::new(streams)
    }

    /// The process dies, and another takes its place on the same rows.
    pub(super) fn restart(&mut self) {
        self.deafens();
        self.streams = Self::process(&self.clouds, (&self.store, &self.vault), &self.clock, &self.shown);
    }

    /// The process hears what comes over connections.
    pub(super) fn hears(&mut self) {
        self.deafens();
        self.hearing = Some(tokio::spawn(Arc::clone(&self.streams).keep_sockets()).abort_handle());
    }

    /// It hears nothing any more.
    pub(super) fn deafens(&mut self) {
        if let Some(hearing) = self.hearing.take() {
            hearing.abort();
        }
    }

    /// Somebody has connected an account there.
    pub(super) async fn connects(&self, user: u64, source: Source, subject: &str, scopes: &[&str]) {
        let (access, refresh) = match source {
            Source::Kick => self.clouds.kick.lends(subject, scopes),
            _ => self.clouds.twitch.lends(subject, scopes),
        };
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let now = self.clock.now();
        let new = NewAccount {
            user: UserId(user),
            guild: GuildId(1),
            platform: source.as_str(),
            subject,
            login: "ada",
            name: "Ada",
            scopes: &scopes,
            expires: Some(now.plus(Duration::from_hours(1))),
            due: now.plus(Duration::from_hours(1)),
        };
        let tokens = Tokens { access: Secret::new(access), refresh: Some(Secret::new(refresh)) };
        connected(&self.store, &self.vault, &new, &tokens).await;
    }

    /// Waits until something is so, as the platforms or the rows see it.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let waited = async {
            while !is_so(self) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(crate::world::SOON, waited).await;
        assert!(in_time.is_ok(), "{what}: {:?}", self.clouds.twitch.heard_by());
    }

    /// What came is heard; the answer is once there are so many events in all.
    pub(super) async fn comes(&mut self, events: usize) {
        let came = async {
            while self.store.deliveries_known().await.unwrap() < i64::try_from(events).unwrap() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(crate::world::SOON, came).await.expect("they come");
        self.streams.hear_all().await.unwrap();
        self.post().await;
    }

    /// A guild tells of streams in a channel of its own.
    pub(super) async fn guild(&self, guild: u64, change: impl FnOnce(&mut Settings)) -> GuildId {
        let guild = GuildId(guild);
        let mut set = self.streams.settings(guild).await.unwrap();
        set.channel = Some(guild.0 * 10);
        change(&mut set);
        self.store.set_stream_settings(guild, &set).await.unwrap();
        guild
    }

    /// A guild follows a channel.
    pub(super) async fn follow(&self, guild: GuildId, source: Source, id: &str, name: &str) -> Channel {
        let (platform_id, login) = (id.to_owned(), name.to_lowercase());
        let new = NewChannel { source, platform_id, login, name: name.to_owned() };
        let channel = self.store.stream_channel_of(&new).await.unwrap();
        self.follow_as(guild, &channel, NewFollow::default()).await;
        channel
    }

    /// A guild follows it in a way of its own.
    pub(super) async fn follow_as(&self, guild: GuildId, channel: &Channel, own: NewFollow) {
        let followed = self.store.follow_stream(guild, channel, |_| own, (UserId(1), 500)).await.unwrap();
        assert!(followed.is_some());
    }

    /// Time goes by, here and at the platforms, and every minute is looked.
    pub(super) async fn minutes(&mut self, count: u64) {
        for _ in 0..count {
            self.pass(Duration::from_mins(1));
            self.look().await;
        }
    }

    /// Time goes by, and nobody looks.
    pub(super) fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.clouds.twitch.advance(span);
        self.clouds.youtube.advance(span);
        self.clouds.kick.advance(span);
    }

    /// It is looked once, and what is to be posted is.
    pub(super) async fn look(&mut self) {
        self.streams.look().await.unwrap();
        self.post().await;
    }

    /// Everything that waits is posted.
    pub(super) async fn post(&mut self) {
        for line in self.store.lines().await.unwrap() {
            while let Some(head) = self.store.head_of(line).await.unwrap() {
                self.messages += 1;
                assert!(self.store.post_stands(&head, self.messages).await.unwrap());
                let buttons = head.card.choices.iter().map(|choice| format!(" [{}]", choice.label));
                let text = head.card.plain_text() + &buttons.collect::<String>();
                self.posted.entry(line.guild.0).or_default().push(text);
            }
        }
    }

    /// How often a guild was told of anything.
    pub(super) fn told(&self, guild: GuildId) -> usize {
        self.posted.get(&guild.0).map_or(0, Vec::len)
    }

    /// What it is on the story's clock, in milliseconds since 1970.
    pub(super) fn at(&self) -> i64 {
        self.clock.now().0
    }

    /// An event of Twitch's comes in.
    pub(super) async fn twitch_says(&self, event: &peers::clouds::twitch::Event) -> Reply {
        let header = Headers(event.headers.clone());
        self.streams.heard_from_twitch(Came { header: &header, body: event.body.as_bytes() }).await.unwrap()
    }

    /// An event of Kick's comes in.
    pub(super) async fn kick_says(&self, event: &peers::clouds::kick::Event) -> Reply {
        let header = Headers(event.headers.clone());
        self.streams.heard_from_kick(Came { header: &header, body: event.body.as_bytes() }).await.unwrap()
    }

    /// The hub asks at this address whether that is ours.
    pub(super) async fn hub_asks(&self, at: &str, query: &[(&str, &str)]) -> Reply {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.streams.asked_by_hub(place(at), &query).await.unwrap()
    }

    /// The hub pushes something to this address.
    pub(super) async fn hub_pushes(&self, at: &str, signature: &str, body: &str) -> Reply {
        let header = Headers(vec![("X-Hub-Signature", signature.to_owned())]);
        self.streams.heard_from_hub(place(at), Came { header: &header, body: body.as_bytes() }).await.unwrap()
    }

    /// By what a platform signs that we told.
    pub(super) async fn signed_by(&self, source: Source) -> Secret {
        self.vault.hook_secret(source).await.unwrap()
    }
}

/// The last two parts of an address of the hub's.
pub(super) fn place(at: &str) -> Place<'_> {
    let (rest, proof) = at.rsplit_once('/').unwrap();
    Place { channel: rest.rsplit_once('/').unwrap().1, proof }
}
