//! Whatever comes to the doors for signed events, signed or not: nothing panics, nothing hangs, and nothing is kept that is not signed.
//!
//! Each `fuzz_of_…` goes through the very function that its address calls. `PROPTEST_CASES` says how many cases it tries: some for
//! everybody, as many as a night takes for whoever wants that.

use std::time::Duration;

use base::Millis;
use peers::clouds::sign;
use platforms::youtube::websub::LEASE;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use store::streams::Source;
use streams::{Came, Reply};

use super::{
    forged::{Forger, Of},
    scene::{Headers, Scene, place},
};

on_both_databases! {
    fuzz_of_twitchs_events
    fuzz_of_kicks_events
    fuzz_of_the_hubs_pushes
    fuzz_of_the_hubs_questions
    whoever_forges_is_answered_without_a_look_into_the_database
}

/// Cases where nobody says how many.
const CASES: u32 = 1_500;
/// One is answered by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Forged requests: the figures try a million.
const FORGED: u32 = 63_000;

/// Tries a property, on as many cases as are wanted.
fn tries<S: Strategy>(strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let given = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config { failure_persistence: None, ..Config::default() };
    let config = if given { config } else { Config { cases: CASES, ..config } };
    TestRunner::new(config).run(strategy, property).unwrap();
}

/// Waits for something, within a property.
fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
}

/// The answer, in time and without an error.
fn answered(work: impl Future<Output = base::Result<Reply>>) -> Result<Reply, TestCaseError> {
    match wait(async { tokio::time::timeout(PATIENCE, work).await }) {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(TestCaseError::fail(format!("it is not answered: {error}"))),
        Err(_) => Err(TestCaseError::fail("it is not answered in time")),
    }
}

fn known(scene: &Scene) -> i64 {
    wait(scene.store.deliveries_known()).unwrap()
}

/// Something that is near what is real: pieces of it are left out, doubled, or in place of others.
fn near(real: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0_u8..6, any::<u8>()), 0..6);
    (prop::sample::select(real), edits).prop_map(|(real, edits)| {
        let mut body = real.as_bytes().to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(body.len() + 1);
            match kind {
                0 => body.truncate(at),
                1 => body.insert(at, byte),
                2 if at < body.len() => body[at] = byte,
                3 => {
                    let tail = body.split_off(at);
                    body.extend_from_slice(&tail);
                    body.extend_from_slice(&tail);
                }
                4 if at < body.len() => {
                    body.remove(at);
                }
                5 => body.splice(at..at, br"\u0000".iter().copied()).for_each(drop),
                _ => {}
            }
        }
        body
    })
}

fn bodies(real: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => near(real), 1 => prop::collection::vec(any::<u8>(), 0..1_500)]
}

/// A header: mostly what is usual there.
fn header(usual: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(usual).prop_map(str::to_owned), 1 => ".{0,40}", 1 => "[ -~]{0,200}"]
}

/// When it is said to be, in seconds from now; none is no time at all.
fn times() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![6 => (-500_i64..500).prop_map(Some), 1 => (-1_000_000_i64..1_000_000).prop_map(Some), 1 => Just(None)]
}

fn time(scene: &Scene, seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "soon".to_owned(), |seconds| Millis(scene.at() + seconds * 1_000).utc())
}

const TWITCH: [&str; 5] = [
    r#"{"subscription":{"id":"s-1","status":"enabled","type":"stream.online","condition":{"broadcaster_user_id":"1"}},"event":{"id":"42","broadcaster_user_id":"1","broadcaster_user_name":"Ada","type":"live","started_at":"2026-11-22T10:00:00Z"}}"#,
    r#"{"subscription":{"id":"s-2","type":"stream.offline","condition":{"broadcaster_user_id":"1"}},"event":{"broadcaster_user_id":"1"}}"#,
    r#"{"challenge":"word","subscription":{"id":"s-1","type":"stream.online","condition":{"broadcaster_user_id":"1"}}}"#,
    r#"{"subscription":{"id":"s-1","status":"authorization_revoked","type":"stream.online","condition":{"broadcaster_user_id":"1"}}}"#,
    r#"{"subscription":{"id":"s-3","type":"user.authorization.revoke","condition":{"client_id":"app"}},"event":{"client_id":"app","user_id":"1","user_login":null}}"#,
];
const TWITCH_SAYS: [&str; 3] = ["notification", "webhook_callback_verification", "revocation"];
const TWITCH_KINDS: [&str; 6] = [
    "stream.online",
    "stream.offline",
    "user.authorization.revoke",
    "channel.cheer",
    "channel.chat.message",
    "channel.raid",
];

/// A guild that follows somebody everywhere, of whom every platform tells.
async fn told(scene: &mut Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.clouds.kick.add_channel(2, "bob");
    scene.clouds.youtube.add_channel("UC3", "cat", "Cat");
    for (source, id) in [(Source::Twitch, "1"), (Source::Kick, "2"), (Source::YouTube, "UC3")] {
        scene.follow(guild, source, id, "Ada").await;
    }
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
}

/// What was signed is kept at most once, what was not is not; and what was kept is heard without harm.
fn judged(scene: &Scene, reply: &Reply, is_signed: bool, before: i64) -> Result<(), TestCaseError> {
    let more = known(scene) - before;
    if is_signed {
        prop_assert!((0..=1).contains(&more));
        let heard = wait(async { tokio::time::timeout(PATIENCE, scene.streams.hear_all()).await });
        prop_assert!(matches!(heard, Ok(Ok(()))), "{heard:?}");
        prop_assert!(wait(scene.store.open_deliveries(10)).unwrap().is_empty());
    } else {
        prop_assert_eq!(more, 0, "{:?}", reply);
    }
    Ok(())
}

async fn fuzz_of_twitchs_events(mut scene: Scene) {
    told(&mut scene).await;
    let secret = scene.signed_by(Source::Twitch).await;
    let signs =
        prop_oneof![2 => Just(None), 1 => ".{0,80}".prop_map(Some), 1 => "sha256=[0-9a-f]{0,70}".prop_map(Some)];
    let case =
        (bodies(&TWITCH), header(&["m-1", "m-2", ""]), times(), header(&TWITCH_SAYS), header(&TWITCH_KINDS), signs);
    tries(&case, |(body, id, seconds, says, kind, forged)| {
        let time = time(&scene, seconds);
        let is_signed = forged.is_none();
        let said = forged.unwrap_or_else(|| sign::twitch(secret.expose(), &id, &time, &body));
        let headers = Headers(vec![
            ("Twitch-Eventsub-Message-Id", id),
            ("Twitch-Eventsub-Message-Timestamp", time),
            ("Twitch-Eventsub-Message-Signature", said),
            ("Twitch-Eventsub-Message-Type", says),
            ("Twitch-Eventsub-Subscription-Type", kind),
        ]);
        let before = known(&scene);
        let reply = answered(scene.streams.heard_from_twitch(Came { header: &headers, body: &body }))?;
        prop_assert!(is_signed || reply == Reply::Refused, "{reply:?}");
        judged(&scene, &reply, is_signed, before)
    });
}

const KICK: [&str; 4] = [
    r#"{"broadcaster":{"user_id":2,"username":"bob","channel_slug":"bob"},"is_live":true,"title":"Hello","started_at":"2026-11-22T10:00:00Z","ended_at":null}"#,
    r#"{"broadcaster":{"user_id":2,"username":"bob"},"metadata":{"title":"Hello","category":{"id":1,"name":"Chess"}}}"#,
    r##"{"broadcaster":{"user_id":2},"message_id":"c-1","content":"hi [emote:1:KEKW]","sender":{"username":"x","identity":{"username_color":"#75FD46"}}}"##,
    r#"{"broadcaster":{"user_id":2},"sender":{"username":"x"},"gift":{"amount":500,"message":"w"}}"#,
];
const KICK_KINDS: [&str; 5] = [
    "livestream.status.updated",
    "livestream.metadata.updated",
    "chat.message.sent",
    "kicks.gifted",
    "channel.followed",
];

async fn fuzz_of_kicks_events(mut scene: Scene) {
    told(&mut scene).await;
    let signs = prop_oneof![2 => Just(None), 1 => ".{0,80}".prop_map(Some), 1 => "[A-Za-z0-9+/]{342}==".prop_map(Some)];
    let case = (bodies(&KICK), header(&["01A", "01B", ""]), times(), header(&KICK_KINDS), signs);
    tries(&case, |(body, id, seconds, kind, forged)| {
        let time = time(&scene, seconds);
        let is_signed = forged.is_none();
        let said = forged.unwrap_or_else(|| scene.clouds.kick.signs(&id, &time, &body));
        let headers = Headers(vec![
            ("Kick-Event-Message-Id", id),
            ("Kick-Event-Message-Timestamp", time),
            ("Kick-Event-Signature", said),
            ("Kick-Event-Type", kind),
        ]);
        let before = known(&scene);
        let reply = answered(scene.streams.heard_from_kick(Came { header: &headers, body: &body }))?;
        prop_assert!(is_signed || reply == Reply::Refused, "{reply:?}");
        judged(&scene, &reply, is_signed, before)
    });
}

const FEEDS: [&str; 3] = [
    r#"<?xml version="1.0"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><title>Cat</title><entry><yt:videoId>video-1</yt:videoId><yt:channelId>UC3</yt:channelId><title>&lt;b&gt;</title></entry></feed>"#,
    r#"<feed xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom"><at:deleted-entry ref="yt:video:x"/></feed>"#,
    r#"<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><feed xmlns="http://www.w3.org/2005/Atom">&c;</feed>"#,
];

/// The address at which the hub tells of the channel that is followed, and others near it.
fn places(real: &str) -> impl Strategy<Value = String> + use<> {
    let real = real.to_owned();
    let (head, proof) = real.rsplit_once('/').unwrap();
    let (head, proof) = (head.to_owned(), proof.to_owned());
    let wrong = (".{0,70}", any::<prop::sample::Index>()).prop_map(move |(other, at)| match at.index(3) {
        0 => format!("{head}/{other}"),
        1 => format!("{head}/{}", &proof[..at.index(proof.len())]),
        _ => format!("https://nebula.example/hooks/youtube/{}/{proof}", other.replace('/', "")),
    });
    prop_oneof![2 => Just(real), 1 => wrong]
}

async fn fuzz_of_the_hubs_pushes(mut scene: Scene) {
    told(&mut scene).await;
    let wanted = scene.clouds.youtube.wanted().remove(0);
    let signs = prop_oneof![2 => Just(None), 1 => ".{0,80}".prop_map(Some), 1 => "sha1=[0-9a-f]{0,44}".prop_map(Some)];
    tries(&(bodies(&FEEDS), places(&wanted.place), signs), |(body, at, forged)| {
        let secret = wait(scene.signed_by(Source::YouTube));
        let is_signed = forged.is_none() && at == wanted.place;
        let said = forged.unwrap_or_else(|| sign::hub(secret.expose(), &body));
        let headers = Headers(vec![("X-Hub-Signature", said)]);
        let before = known(&scene);
        let came = Came { header: &headers, body: &body };
        let reply = answered(scene.streams.heard_from_hub(place(&at), came))?;
        prop_assert_eq!(reply == Reply::Unknown, at != wanted.place, "{} {:?}", at, reply);
        judged(&scene, &reply, is_signed, before)
    });
}

async fn fuzz_of_the_hubs_questions(mut scene: Scene) {
    told(&mut scene).await;
    let wanted = scene.clouds.youtube.wanted().remove(0);
    let topic = wanted.topic.clone();
    let part = |name: &'static str, usual: Vec<String>| {
        let usual = prop::sample::select(usual);
        prop::option::weighted(
            0.95,
            prop_oneof![6 => usual, 1 => ".{0,600}"].prop_map(move |said| (name.to_owned(), said)),
        )
    };
    let lease = ["60", "432000", "31536000", "-1", "18446744073709551615", "1e9"].map(str::to_owned).to_vec();
    let case = (
        places(&wanted.place),
        part("hub.mode", ["subscribe", "unsubscribe", "denied"].map(str::to_owned).to_vec()),
        part("hub.topic", vec![topic.clone(), topic.replace("UC3", "UC4")]),
        part("hub.challenge", vec!["word".to_owned()]),
        part("hub.lease_seconds", lease),
        prop::collection::vec((".{0,20}", ".{0,20}"), 0..3),
    );
    let channel = scene.store.stream_channel_at(Source::YouTube, "UC3").await.unwrap().unwrap();
    let standing = || wait(scene.store.subscription_of(&channel, "feed")).unwrap().unwrap();
    tries(&case, |(at, mode, of, word, lease, more)| {
        let query: Vec<_> = more.into_iter().chain([mode, of, word, lease].into_iter().flatten()).collect();
        let before = standing();
        let reply = answered(scene.streams.asked_by_hub(place(&at), &query))?;
        let said = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, said)| said.as_str());
        let after = standing();
        if let Reply::Word(word) = &reply {
            prop_assert!(at == wanted.place && said("hub.mode") == Some("subscribe"));
            prop_assert_eq!((said("hub.topic"), said("hub.challenge")), (Some(topic.as_str()), Some(word.as_str())));
            prop_assert!(after.is_on && after.until <= Some(scene.clock.now().plus(LEASE)));
        } else {
            prop_assert_eq!(&reply, &Reply::Unknown);
            prop_assert_eq!(after, before);
        }
        Ok(())
    });
}

#[test]
fn of_many_forged_requests_none_is_taken() {
    let forger = Forger::new();
    for of in super::forged::ALL {
        assert!(forger.is_taken(of, forger.real(of)), "{of:?}");
    }
    assert_eq!(forger.taken(FORGED), 0);
    // And what Kick signs by another key is nothing of this one's.
    let by_another = forger.kick().signs("id-1", "now", b"{}");
    let real = forger.real(Of::Kick).clone();
    assert!(!forger.is_taken(Of::Kick, &super::forged::Request { said: by_another, ..real }));
}

async fn whoever_forges_is_answered_without_a_look_into_the_database(mut scene: Scene) {
    told(&mut scene).await;
    let wanted = scene.clouds.youtube.wanted().remove(0);
    scene.clouds.twitch.proven();
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    // A real one of each comes first: what is known by then is known.
    let (event, status) = (scene.clouds.twitch.online("1", "m-1").unwrap(), scene.clouds.kick.status(2, "01A"));
    assert_eq!((scene.twitch_says(&event).await, scene.kick_says(&status).await), (Reply::Taken, Reply::Taken));
    assert_eq!(scene.hub_pushes(&wanted.place, "sha1=00", "<feed/>").await, Reply::Taken);
    // Whoever would read or write anything now fails.
    scene.store.close().await;
    let another = scene.clouds.twitch.online("1", "m-2").unwrap();
    let header = Headers(another.headers);
    let kept = scene.streams.heard_from_twitch(Came { header: &header, body: another.body.as_bytes() }).await;
    assert!(kept.is_err(), "the database is shut: {kept:?}");
    let elsewhere = wanted.place.replace("/UC3/", "/UC4/");
    for number in 0..1_000_u32 {
        let (mut event, mut status) = (event.clone(), status.clone());
        for header in event.headers.iter_mut().chain(&mut status.headers) {
            if header.0.ends_with("Message-Id") {
                header.1 = format!("forged-{number}");
            }
        }
        assert_eq!(scene.twitch_says(&event).await, Reply::Refused);
        assert_eq!(scene.kick_says(&status).await, Reply::Refused);
        assert_eq!(scene.hub_pushes(&wanted.place, &format!("sha1={number:040x}"), "<feed/>").await, Reply::Taken);
        assert_eq!(scene.hub_pushes(&elsewhere, &wanted.sign("<feed/>"), "<feed/>").await, Reply::Unknown);
        let question = [("hub.mode", "subscribe"), ("hub.topic", &*wanted.topic), ("hub.challenge", "word")];
        assert_eq!(scene.hub_asks(&elsewhere, &question).await, Reply::Unknown);
    }
}
