//! Signed events: heard once, in whatever order they come, and nothing forged.

use std::time::Duration;

use serde_json::json;
use store::streams::Source;
use streams::Reply;

use super::scene::Scene;

on_both_databases! {
    an_event_of_twitchs_is_told_at_once_and_once
    events_that_come_late_twice_or_in_another_order_change_nothing
    kicks_events_and_its_answers_are_one_stream
    a_title_that_changes_on_kick_comes_by_its_event
    what_twitch_revokes_is_asked_for_again_later
    who_takes_back_what_they_gave_twitch_is_told_of_by_twitch_and_once
    what_a_hub_pushes_is_asked_about_and_a_lease_is_renewed_in_time
    forged_stale_and_odd_events_are_refused_and_nothing_of_them_is_kept
}

/// A Twitch that tells, and a guild that follows Ada.
pub(super) async fn subscribed(scene: &mut Scene) -> base::GuildId {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    let challenges = scene.clouds.twitch.challenges();
    assert_eq!(challenges.len(), 2, "online and offline");
    for challenge in challenges {
        assert_eq!(challenge.place, "https://nebula.example/hooks/twitch");
        let Reply::Word(word) = scene.twitch_says(&challenge).await else { panic!("it asks for a word") };
        assert!(word.starts_with("word-of-"), "{word}");
    }
    scene.clouds.twitch.proven();
    scene.streams.hear_all().await.unwrap();
    guild
}

async fn an_event_of_twitchs_is_told_at_once_and_once(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    let event = scene.clouds.twitch.online("1", "message-1").unwrap();
    for _ in 0..5 {
        assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
        scene.streams.hear_all().await.unwrap();
        scene.restart();
    }
    scene.post().await;
    assert_eq!(scene.told(guild), 1, "without a look");
    assert!(scene.posted[&1][0].contains("Hello") && scene.posted[&1][0].contains("Chess"), "{:?}", scene.posted);
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 1);
}

async fn events_that_come_late_twice_or_in_another_order_change_nothing(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    let (online, again) =
        (scene.clouds.twitch.online("1", "m-1").unwrap(), scene.clouds.twitch.online("1", "m-2").unwrap());
    let offline = scene.clouds.twitch.offline("1", "m-3").unwrap();
    // The end comes before the beginning, and the beginning twice.
    for event in [&offline, &again, &online] {
        assert_eq!(scene.twitch_says(event).await, Reply::Taken);
        scene.streams.hear_all().await.unwrap();
    }
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
    scene.clouds.twitch.go_off("1");
    scene.minutes(7).await;
    assert!(scene.store.streams_going_on(guild).await.unwrap().is_empty());
    // One that was on its way for long brings nothing back.
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at() - 600_000);
    let late = scene.clouds.twitch.online("1", "m-4").unwrap();
    scene.clouds.twitch.go_off("1");
    assert_eq!(scene.twitch_says(&late).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    scene.minutes(1).await;
    assert!(scene.store.streams_going_on(guild).await.unwrap().is_empty());
    assert_eq!(scene.told(guild), 1);
}

async fn kicks_events_and_its_answers_are_one_stream(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.kick.add_channel(2, "bob");
    scene.follow(guild, Source::Kick, "2", "Bob").await;
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    let mut tells = scene.clouds.kick.tells();
    tells.sort();
    assert_eq!(tells, ["livestream.metadata.updated", "livestream.status.updated"].map(|kind| (2, kind.to_owned())));
    scene.clouds.kick.go_live(2, "Hello", "Chess", scene.at());
    let event = scene.clouds.kick.status(2, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(scene.kick_says(&event).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    scene.post().await;
    assert_eq!(scene.told(guild), 1);
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 1, "its answers write the time in another way");
    let going_on = scene.store.streams_going_on(guild).await.unwrap();
    assert_eq!((going_on.len(), going_on[0].game.as_str()), (1, "Chess"));
    // Another key signs nothing.
    let mut forged = scene.clouds.kick.status(2, "01ARZ3NDEKTSV4RRFFQ69G5FAW");
    forged.body = forged.body.replace("Hello", "Hallo");
    assert_eq!(scene.kick_says(&forged).await, Reply::Refused);
}

async fn a_title_that_changes_on_kick_comes_by_its_event(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.kick.add_channel(2, "bob");
    let channel = scene.follow(guild, Source::Kick, "2", "Bob").await;
    scene.streams.know_address("https://nebula.example");
    let started = scene.at();
    scene.clouds.kick.go_live(2, "Hello", "Chess", started);
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 1);
    scene.clouds.kick.go_live(2, "Hello again", "Go", started);
    let body = json!({
        "broadcaster": { "user_id": 2, "username": "bob", "channel_slug": "bob" },
        "metadata": { "title": "Hello again", "language": "en", "has_mature_content": false,
            "category": { "id": 1, "name": "Go", "thumbnail": "" } },
    });
    let event = scene.clouds.kick.event("livestream.metadata.updated", "01M", &body);
    let asked = scene.clouds.kick.asked("/api/public/v2/livestreams").len();
    assert_eq!(scene.kick_says(&event).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    // Not a minute later: at once.
    scene.look().await;
    let lives = scene.store.stream_lives_of(&channel.id, base::Millis(0)).await.unwrap();
    assert_eq!((lives.len(), lives[0].title.as_str(), lives[0].game.as_str()), (1, "Hello again", "Go"));
    assert_eq!(scene.clouds.kick.asked("/api/public/v2/livestreams").len(), asked + 1);
    assert_eq!(scene.told(guild), 1);
}

async fn what_twitch_revokes_is_asked_for_again_later(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    let why = ("notification_failures_exceeded", "message-1");
    let event = scene.clouds.twitch.revocation("1", "stream.online", why).unwrap();
    let mut forged = event.clone();
    forged.body = forged.body.replace("online", "offline");
    assert_eq!(scene.twitch_says(&forged).await, Reply::Refused);
    for _ in 0..2 {
        assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
        scene.streams.hear_all().await.unwrap();
    }
    let kinds = |scene: &Scene| scene.clouds.twitch.subscribed().len();
    scene.minutes(9).await;
    assert_eq!(kinds(&scene), 1, "it is left alone for a while");
    scene.minutes(1).await;
    assert_eq!(kinds(&scene), 2);
    for challenge in scene.clouds.twitch.challenges() {
        assert!(matches!(scene.twitch_says(&challenge).await, Reply::Word(_)));
    }
    scene.clouds.twitch.proven();
    scene.streams.hear_all().await.unwrap();
    // It tells as before.
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    assert_eq!(scene.twitch_says(&scene.clouds.twitch.online("1", "message-2").unwrap()).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    scene.post().await;
    assert_eq!((scene.told(guild), kinds(&scene)), (1, 2));
}

async fn who_takes_back_what_they_gave_twitch_is_told_of_by_twitch_and_once(mut scene: Scene) {
    const REVOKED: &str = "user.authorization.revoke";
    scene.clouds.twitch.person("1001", "ada", "Ada");
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    assert!(scene.clouds.twitch.subscribed().is_empty(), "nobody has connected anything");
    scene.connects(7, Source::Twitch, "1001", &[]).await;
    scene.look().await;
    scene.restart();
    scene.streams.know_address("https://nebula.example");
    scene.minutes(2).await;
    let asked = |scene: &Scene| {
        let all = scene.clouds.twitch.subscribed();
        all.iter().filter(|(kind, of, _)| kind == REVOKED && of == "app").count()
    };
    assert_eq!((asked(&scene), scene.clouds.twitch.subscribed().len()), (1, 1), "once for everybody");
    for challenge in scene.clouds.twitch.challenges() {
        assert!(matches!(scene.twitch_says(&challenge).await, Reply::Word(_)));
    }
    scene.clouds.twitch.proven();
    let ended = async |scene: &Scene| {
        scene.streams.hear_all().await.unwrap();
        let untold = scene.store.accounts_untold().await.unwrap();
        untold.into_iter().map(|account| account.ended.unwrap_or_default()).collect::<Vec<_>>()
    };
    // What Twitch says is asked first, and of somebody else it means nothing.
    for (user, message) in [("1001", "m-1"), ("1002", "m-2")] {
        let event = scene.clouds.twitch.taken_back(user, message).unwrap();
        assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
    }
    assert!(ended(&scene).await.is_empty());
    scene.clouds.twitch.take_back("1001");
    for message in ["m-3", "m-4"] {
        let event = scene.clouds.twitch.taken_back("1001", message).unwrap();
        assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
        assert_eq!(ended(&scene).await, ["You took back at Twitch what you gave me."]);
    }
    // What it tells no longer is asked for again.
    scene.connects(8, Source::Twitch, "1003", &[]).await;
    let why = ("notification_failures_exceeded", "m-5");
    let event = scene.clouds.twitch.revocation("app", REVOKED, why).unwrap();
    assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    scene.minutes(9).await;
    assert_eq!(asked(&scene), 0);
    scene.minutes(2).await;
    assert_eq!(asked(&scene), 1);
}

async fn what_a_hub_pushes_is_asked_about_and_a_lease_is_renewed_in_time(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    let wanted = scene.clouds.youtube.wanted().remove(0);
    assert!(wanted.place.starts_with("https://nebula.example/hooks/youtube/UC1/"), "{}", wanted.place);
    let word = ("hub.challenge", "word");
    let question = [("hub.mode", "subscribe"), ("hub.topic", &*wanted.topic), word, ("hub.lease_seconds", "1000")];
    assert_eq!(scene.hub_asks(&wanted.place, &question).await, Reply::Word("word".to_owned()));
    // It is pushed, and asked about without its feed.
    scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
    scene.clouds.youtube.go_live("video-1", scene.at());
    let body = scene.clouds.youtube.push_of("video-1");
    for (signature, videos) in [("sha1=00".to_owned(), 0), (wanted.sign(&body), 1)] {
        let reply = scene.hub_pushes(&wanted.place, &signature, &body).await;
        assert_eq!(reply, Reply::Taken, "a hub that is refused comes again");
        scene.streams.hear_all().await.unwrap();
        let due = scene.store.stream_videos_due(scene.clock.now(), 10).await.unwrap();
        assert_eq!(due.len(), videos);
    }
    scene.pass(Duration::from_secs(10));
    scene.look().await;
    assert_eq!(scene.told(guild), 1);
    // 80 % of 1,000 s.
    scene.pass(Duration::from_mins(13));
    scene.look().await;
    assert_eq!(scene.clouds.youtube.wanted().len(), 1);
    scene.pass(Duration::from_secs(20));
    scene.look().await;
    assert_eq!(scene.clouds.youtube.wanted().len(), 2);
}

async fn forged_stale_and_odd_events_are_refused_and_nothing_of_them_is_kept(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    let good = scene.clouds.twitch.online("1", "message-1").unwrap();
    let mut all = Vec::new();
    for (name, values) in [
        ("Twitch-Eventsub-Message-Signature", vec!["", "sha256=", "sha256=00", "sha1=00", "sha256=zz", "é"]),
        ("Twitch-Eventsub-Message-Id", vec!["", "message-2"]),
        ("Twitch-Eventsub-Message-Timestamp", vec!["", "yesterday", "2020-01-01T00:00:00Z"]),
    ] {
        for value in values {
            let mut event = good.clone();
            for (known, said) in &mut event.headers {
                if *known == name {
                    value.clone_into(said);
                }
            }
            all.push(event);
        }
    }
    let mut other = good.clone();
    other.body = other.body.replace("\"1\"", "\"2\"");
    all.push(other);
    for event in &all {
        assert_eq!(scene.twitch_says(event).await, Reply::Refused, "{event:?}");
    }
    // It is signed, and older than ten minutes; or from a clock that is ahead by as much.
    scene.clock.advance(Duration::from_mins(11));
    assert_eq!(scene.twitch_says(&good).await, Reply::Refused);
    scene.clouds.twitch.advance(Duration::from_mins(22));
    let ahead = scene.clouds.twitch.online("1", "message-3").unwrap();
    assert_eq!(scene.twitch_says(&ahead).await, Reply::Refused);
    assert!(scene.store.open_deliveries(10).await.unwrap().is_empty());
    scene.streams.hear_all().await.unwrap();
    scene.post().await;
    assert_eq!(scene.told(guild), 0);
}
