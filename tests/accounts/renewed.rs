//! Tokens are renewed by their own end, by one process at a time, and kept before they are used; silence disconnects nobody.
//!
//! Processes here are services of their own on one database, so that it is the story that says what time it is.

use std::{sync::Arc, time::Duration};

use accounts::{Accounts, Back, Lent, Refusal};
use base::{Clock, GuildId, Millis, Redactor, Secret, UserId};
use peers::clouds::{Clouds, Fault};
use platforms::{Apps, Failure, Platform, Platforms, Settings};
use sha2::{Digest, Sha256};
use store::{
    Kind, Store, Vault,
    accounts::{Came, NewAccount, NewConsent, Tokens},
};

use crate::lent::connected;

const ADA: UserId = UserId(77);
const CREW: GuildId = GuildId(1);
const HOUR: Duration = Duration::from_hours(1);

/// What a story of this file has: a database, platforms, and a time of its own.
pub(super) struct Scene {
    _home: tempfile::TempDir,
    url: String,
    pub(super) clouds: Clouds,
    pub(super) clock: Clock,
    redactor: Redactor,
}

/// A process on it.
pub(super) struct Process {
    pub(super) store: Store,
    vault: Arc<Vault>,
    pub(super) accounts: Arc<Accounts>,
}

impl Scene {
    pub(super) async fn set(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let url = crate::world::database(kind, home.path()).await;
        // The same time on both sides, so that it can be moved on both.
        let clock = Clock::manual(Clock::system().now());
        Self { _home: home, url, clouds: Clouds::start(), clock, redactor: Redactor::default() }
    }

    pub(super) async fn process(&self) -> Process {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = self.clouds.environment();
        let set = |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let apps = Apps::new(&Settings {
            twitch: (set("TWITCH_CLIENT_ID"), set("TWITCH_CLIENT_SECRET")),
            youtube: (set("YOUTUBE_CLIENT_ID"), set("YOUTUBE_CLIENT_SECRET")),
            kick: (set("KICK_CLIENT_ID"), set("KICK_CLIENT_SECRET")),
            spotify: (set("SPOTIFY_CLIENT_ID"), set("SPOTIFY_CLIENT_SECRET")),
            twitch_url: set("NEBULA_TWITCH_URL"),
            youtube_url: set("NEBULA_YOUTUBE_URL"),
            kick_url: set("NEBULA_KICK_URL"),
            spotify_url: set("NEBULA_SPOTIFY_URL"),
            ..Settings::default()
        });
        let platforms = Arc::new(Platforms::new(apps.unwrap(), &self.clock, &self.redactor));
        let store = Store::open(&self.url, self.clock.clone()).await.unwrap();
        let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a story".into())));
        let accounts =
            Accounts::new(store.clone(), Arc::clone(&vault), self.clock.clone(), self.redactor.clone(), platforms);
        Process { store, vault, accounts: Arc::new(accounts) }
    }

    /// Time passes, here and at the platforms.
    pub(super) fn passes(&self, span: Duration) {
        self.clock.advance(span);
        self.clouds.twitch.advance(span);
        self.clouds.youtube.advance(span);
        self.clouds.kick.advance(span);
        self.clouds.spotify.advance(span);
    }

    fn renewals(&self, platform: Platform) -> usize {
        match platform {
            Platform::Twitch => self.clouds.twitch.renewals(),
            Platform::YouTube => self.clouds.youtube.renewals(),
            Platform::Kick => self.clouds.kick.renewals(),
            Platform::Spotify => self.clouds.spotify.renewals(),
        }
    }
}

impl Process {
    /// Somebody's account, as it is after connecting.
    pub(super) async fn has(&self, stage: &Scene, platform: Platform) {
        let id = match platform {
            Platform::Twitch => "1001",
            Platform::YouTube => "g-2001",
            Platform::Kick => "3001",
            Platform::Spotify => "ada.s",
        };
        self.somebody_has(stage, ADA, (platform, id)).await;
    }

    /// The same of whoever it is.
    pub(super) async fn somebody_has(&self, stage: &Scene, user: UserId, (platform, id): (Platform, &str)) {
        let (clouds, hours) = (&stage.clouds, HOUR);
        let (lasts, (access, refresh)) = match platform {
            Platform::Twitch => (hours * 4, clouds.twitch.lends(id, &[])),
            Platform::YouTube => (hours, clouds.youtube.lends(id, &[])),
            Platform::Kick => (hours * 2, clouds.kick.lends(id, &["user:read", "channel:read"])),
            Platform::Spotify => (hours, clouds.spotify.lends(id, &[])),
        };
        let now = stage.clock.now();
        let new = NewAccount {
            user,
            guild: CREW,
            platform: platform.as_str(),
            subject: id,
            login: "ada",
            name: "Ada",
            scopes: &[],
            expires: Some(now.plus(lasts)),
            due: now.plus(Duration::from_mins(1)),
        };
        let tokens = Tokens { access: Secret::new(access), refresh: Some(Secret::new(refresh)) };
        connected(&self.store, &self.vault, &new, &tokens).await;
    }

    async fn lends(&self, platform: Platform) -> Result<Lent, Refusal> {
        self.accounts.lend(ADA, platform, &[]).await
    }

    /// Whether the platform knows who lends this.
    async fn works(&self, platform: Platform) -> bool {
        let who = |lent: Lent| async move { self.accounts.platforms().who(platform, &lent.token).await };
        matches!(self.accounts.ask(ADA, platform, &[], who).await, Ok(Some(_)))
    }
}

on_both_databases! {
    processes_that_renew_an_account_at_once_renew_it_once
    a_rotated_token_is_used_by_whoever_comes_next_and_by_nobody_twice
    a_token_that_was_renewed_and_never_heard_of_ends_the_account_once
    a_platform_that_is_silent_or_broken_disconnects_nobody
    a_day_of_tokens_is_renewed_by_their_own_end_and_twitch_is_asked_at_least_hourly
    trouble_with_our_own_app_disconnects_nobody
    what_was_renewed_too_late_is_not_kept_over_what_came_after
    what_was_replaced_is_masked_for_an_hour_and_then_forgotten
    a_token_of_our_own_app_is_masked_from_the_moment_it_is_there
    a_link_leads_on_for_ten_minutes_and_what_comes_back_later_is_nothing
}

async fn a_token_of_our_own_app_is_masked_from_the_moment_it_is_there(stage: Scene) {
    let process = stage.process().await;
    let kick = process.accounts.platforms().kick().unwrap();
    stage.clouds.kick.add_channel(3, "ada");
    let asked = async || {
        kick.called("ada").await.unwrap();
        let token = stage.clouds.kick.asked("/api/public/v1/channels").last().unwrap().bearer().unwrap().to_owned();
        assert!(stage.redactor.finds(&token));
        token
    };
    let first = asked().await;
    // It ends, and another comes.
    stage.passes(HOUR * 24 * 90);
    let second = asked().await;
    assert_ne!(first, second);
    stage.redactor.forget(stage.clock.now());
    assert!(stage.redactor.finds(&first), "it may still be on its way somewhere");
    stage.passes(HOUR);
    stage.redactor.forget(stage.clock.now());
    assert!(!stage.redactor.finds(&first) && stage.redactor.finds(&second));
}

async fn what_was_replaced_is_masked_for_an_hour_and_then_forgotten(stage: Scene) {
    let process = stage.process().await;
    process.has(&stage, Platform::Kick).await;
    let mut before = process.lends(Platform::Kick).await.unwrap().token;
    let is_masked = |token: &Secret| stage.redactor.finds(&format!("a line with {} in it", token.expose()));
    for round in 0..12 {
        stage.passes(HOUR * 2);
        process.accounts.look().await.unwrap();
        let now = process.lends(Platform::Kick).await.unwrap().token;
        assert!(is_masked(&now) && now.expose() != before.expose(), "round {round}");
        // It may still be on its way somewhere.
        assert!(is_masked(&before), "round {round}");
        stage.passes(HOUR);
        stage.redactor.forget(stage.clock.now());
        assert!(is_masked(&now) && !is_masked(&before), "round {round}");
        before = now;
    }
    // A process that begins knows what is in use, and nothing of before.
    process.accounts.learn().await.unwrap();
    assert!(is_masked(&before));
}

async fn a_link_leads_on_for_ten_minutes_and_what_comes_back_later_is_nothing(stage: Scene) {
    let process = stage.process().await;
    process.accounts.know_address("http://127.0.0.1:1");
    let begun = async |word: &str| {
        let link = hex::encode(Sha256::digest(word.as_bytes()));
        let new = NewConsent {
            user: ADA,
            user_name: "ada",
            guild: CREW,
            platform: "kick",
            scopes: &[],
            link: &link,
            entry: word,
        };
        process.store.begin_consent(&new, Duration::from_mins(10)).await.unwrap()
    };
    let kick = Platform::Kick;
    let first = begun("first").await;
    stage.passes(Duration::from_secs(599));
    assert!(process.accounts.behind(kick, "first").await.unwrap().is_some());
    stage.passes(Duration::from_secs(1));
    assert!(process.accounts.behind(kick, "first").await.unwrap().is_none());
    assert!(process.accounts.go_on(kick, "first").await.unwrap().is_none());
    let came = process.store.consent_came(ADA, &first, Duration::from_mins(1)).await.unwrap();
    assert_eq!(came, Came::Expired);
    // Gone on with in time, and come back with too late.
    begun("second").await;
    stage.passes(Duration::from_secs(599));
    let asks = process.accounts.go_on(kick, "second").await.unwrap().unwrap();
    stage.passes(Duration::from_secs(2));
    let word = asks.address.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let back = process.accounts.come_back(kick, word, Some(&asks.browser), (Some("code"), None)).await.unwrap();
    assert_eq!(back, Back::Nothing);
    assert!(stage.clouds.kick.asked("/id/oauth/token").is_empty());
}

async fn processes_that_renew_an_account_at_once_renew_it_once(stage: Scene) {
    let (one, two) = (stage.process().await, stage.process().await);
    for platform in Platform::ALL {
        one.has(&stage, platform).await;
    }
    stage.passes(HOUR * 5);
    stage.clouds.kick.break_next("/id/oauth/token", 1, Fault::AnswerLate(Duration::from_millis(400)));
    for platform in Platform::ALL {
        let asked = (0..8).map(|at| if at % 2 == 0 { one.lends(platform) } else { two.lends(platform) });
        let lent = futures::future::join_all(asked).await;
        let tokens: Vec<String> = lent.into_iter().map(|lent| lent.unwrap().token.expose().to_owned()).collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{platform}: {tokens:?}");
        assert_eq!(stage.renewals(platform), 1, "{platform}");
        assert!(one.works(platform).await && two.works(platform).await, "{platform}");
    }
}

async fn a_rotated_token_is_used_by_whoever_comes_next_and_by_nobody_twice(stage: Scene) {
    for round in 1..=5 {
        // Each is another process than the one before.
        let process = stage.process().await;
        if round == 1 {
            process.has(&stage, Platform::Kick).await;
        }
        stage.passes(HOUR * 2);
        assert!(process.works(Platform::Kick).await, "round {round}");
        assert_eq!(stage.renewals(Platform::Kick), round);
        process.store.close().await;
    }
}

async fn a_token_that_was_renewed_and_never_heard_of_ends_the_account_once(stage: Scene) {
    let process = stage.process().await;
    process.has(&stage, Platform::Kick).await;
    stage.passes(HOUR * 2);
    stage.clouds.kick.break_next("/id/oauth/token", 1, Fault::AnswerLost);
    assert!(matches!(process.lends(Platform::Kick).await, Err(Refusal::Failed(Failure::Unreachable(_)))));
    // It gave two new ones, and nobody has them: that is found out at the next try, and said.
    assert!(matches!(process.lends(Platform::Kick).await, Err(Refusal::Ended(_))));
    let asked = stage.clouds.kick.asked("/id/oauth/token").len();
    for _ in 0..5 {
        stage.passes(HOUR);
        assert_eq!(process.accounts.look().await.unwrap(), 0);
        assert!(
            matches!(process.lends(Platform::Kick).await, Err(Refusal::Ended(why)) if why.contains("does not renew"))
        );
    }
    assert_eq!(stage.clouds.kick.asked("/id/oauth/token").len(), asked, "it is not tried over and over");
    assert_eq!(process.store.accounts_untold().await.unwrap().len(), 1);
}

async fn a_platform_that_is_silent_or_broken_disconnects_nobody(stage: Scene) {
    let process = stage.process().await;
    for platform in Platform::ALL {
        process.has(&stage, platform).await;
    }
    stage.passes(HOUR * 5);
    for fault in [
        Fault::Cut,
        Fault::Status(500, Vec::new()),
        Fault::Status(503, Vec::new()),
        Fault::Status(429, vec![("Retry-After", "600".to_owned())]),
    ] {
        for (cloud, path) in [("twitch", "/id/"), ("kick", "/id/")] {
            let fault = fault.clone();
            match cloud {
                "twitch" => stage.clouds.twitch.break_next(path, 100, fault),
                _ => stage.clouds.kick.break_next(path, 100, fault),
            }
        }
        stage.clouds.youtube.break_next("/oauth2/", 100, fault.clone());
        stage.clouds.spotify.break_next("/accounts/", 100, fault);
        for _ in 0..3 {
            process.accounts.look().await.unwrap();
            stage.passes(HOUR);
        }
        for platform in Platform::ALL {
            assert!(
                matches!(process.lends(platform).await, Err(Refusal::Failed(failure)) if failure.passes()),
                "{platform}"
            );
        }
        stage.clouds.twitch.mend();
        stage.clouds.kick.mend();
        stage.clouds.youtube.mend();
        stage.clouds.spotify.mend();
    }
    for platform in Platform::ALL {
        assert!(process.works(platform).await, "{platform}");
    }
    assert!(process.store.accounts_untold().await.unwrap().is_empty());
}

async fn a_day_of_tokens_is_renewed_by_their_own_end_and_twitch_is_asked_at_least_hourly(stage: Scene) {
    let process = stage.process().await;
    for platform in Platform::ALL {
        process.has(&stage, platform).await;
    }
    let minute = Duration::from_mins(1);
    let mut asked_at: Vec<Millis> = vec![stage.clock.now()];
    for _ in 0..24 * 60 {
        stage.passes(minute);
        let before = stage.clouds.twitch.asked("/id/").len();
        process.accounts.look().await.unwrap();
        if stage.clouds.twitch.asked("/id/").len() > before {
            asked_at.push(stage.clock.now());
        }
    }
    // What looked a day ahead would renew each of them at every look.
    assert!((6..=7).contains(&stage.renewals(Platform::Twitch)), "{}", stage.renewals(Platform::Twitch));
    assert!((12..=14).contains(&stage.renewals(Platform::Kick)), "{}", stage.renewals(Platform::Kick));
    assert!((24..=27).contains(&stage.renewals(Platform::YouTube)), "{}", stage.renewals(Platform::YouTube));
    let longest = asked_at.windows(2).map(|two| two[1].since(two[0])).max().unwrap();
    assert!(longest <= HOUR && asked_at.len() >= 25, "{longest:?} {}", asked_at.len());
    for platform in Platform::ALL {
        assert!(process.works(platform).await, "{platform}");
    }
}

async fn trouble_with_our_own_app_disconnects_nobody(stage: Scene) {
    let process = stage.process().await;
    process.has(&stage, Platform::Twitch).await;
    process.has(&stage, Platform::YouTube).await;
    stage.passes(HOUR * 5);
    // Whoever runs the bot changed the secrets there, and not yet here.
    stage.clouds.twitch.knows_app("twitch-app", "another-secret");
    stage.clouds.youtube.knows_app("youtube-app", "another-secret");
    for platform in [Platform::Twitch, Platform::YouTube] {
        assert!(matches!(process.lends(platform).await, Err(Refusal::Failed(Failure::Refused { .. }))), "{platform}");
    }
    process.accounts.look().await.unwrap();
    stage.clouds.twitch.knows_app("twitch-app", &stage.clouds.secrets()[0]);
    stage.clouds.youtube.knows_app("youtube-app", &stage.clouds.secrets()[1]);
    assert!(process.works(Platform::Twitch).await && process.works(Platform::YouTube).await);
}

async fn what_was_renewed_too_late_is_not_kept_over_what_came_after(stage: Scene) {
    let process = stage.process().await;
    process.has(&stage, Platform::Spotify).await;
    stage.passes(HOUR);
    stage.clouds.spotify.break_next("/accounts/api/token", 1, Fault::AnswerLate(Duration::from_millis(500)));
    let late = {
        let accounts = Arc::clone(&process.accounts);
        tokio::spawn(async move { accounts.lend(ADA, Platform::Spotify, &[]).await.map(|lent| lent.account.version) })
    };
    while stage.clouds.spotify.asked("/accounts/api/token").is_empty() {
        tokio::task::yield_now().await;
    }
    // It is connected anew meanwhile: that counts.
    process.has(&stage, Platform::Spotify).await;
    let anew = process.accounts.at(ADA, Platform::Spotify).await.unwrap().unwrap();
    late.await.unwrap().unwrap();
    let now = process.accounts.at(ADA, Platform::Spotify).await.unwrap().unwrap();
    assert_eq!((now.version, now.expires), (anew.version, anew.expires));
    assert!(process.works(Platform::Spotify).await);
}
