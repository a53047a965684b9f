//! The hub of YouTube's feeds: it comes only where it was told, and is told yes only of what was asked for.

use std::time::Duration;

use peers::clouds::Fault;
use platforms::youtube::websub::LEASE;
use store::streams::{Channel, Source, Subscription};
use streams::{Reply, signature};

use super::scene::Scene;

on_both_databases! {
    where_the_hub_asks_nobody_guesses_and_what_it_says_is_bounded
    only_what_was_asked_for_is_confirmed
    a_hub_that_fails_for_days_is_asked_less_often_while_feeds_are_read_and_stands_once_it_is_back
    what_is_pushed_elsewhere_is_nothing_and_an_address_tells_of_its_own_channel_only
}

const PLACE: &str = "https://nebula.example";
const WORD: (&str, &str) = ("hub.challenge", "word");

/// A guild that follows somebody, of whom the hub was asked to tell: where, and of what.
async fn asked(scene: &mut Scene) -> (Channel, peers::clouds::youtube::Wanted) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    let channel = scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.streams.know_address(PLACE);
    scene.look().await;
    (channel, scene.clouds.youtube.wanted().remove(0))
}

async fn standing(scene: &Scene, channel: &Channel) -> Subscription {
    scene.store.subscription_of(channel, "feed").await.unwrap().unwrap()
}

/// Where the hub would be told to come of a channel.
async fn place_of(scene: &Scene, channel: &str) -> String {
    let topic = format!("https://www.youtube.com/xml/feeds/videos.xml?channel_id={channel}");
    let secret = scene.signed_by(Source::YouTube).await;
    format!("{PLACE}/hooks/youtube/{channel}/{}", signature::proof(secret.expose(), &topic))
}

async fn where_the_hub_asks_nobody_guesses_and_what_it_says_is_bounded(mut scene: Scene) {
    let (channel, wanted) = asked(&mut scene).await;
    assert_eq!(wanted.place, place_of(&scene, "UC1").await);
    let huge = ("hub.lease_seconds", "31536000");
    let question = [("hub.mode", "subscribe"), ("hub.topic", &*wanted.topic), WORD, huge];
    let before = standing(&scene, &channel).await;
    let last = wanted.place.len() - 1;
    let other = if wanted.place.ends_with('0') { '1' } else { '0' };
    for at in [
        format!("{PLACE}/hooks/youtube/UC1/"),
        format!("{PLACE}/hooks/youtube/UC1/{}", "0".repeat(64)),
        format!("{}{other}", &wanted.place[..last]),
        wanted.place[..last].to_owned(),
        wanted.place.replace("/UC1/", "/UC2/"),
    ] {
        assert_eq!(scene.hub_asks(&at, &question).await, Reply::Unknown, "{at}");
        assert_eq!(scene.hub_pushes(&at, "sha1=00", "<feed/>").await, Reply::Unknown, "{at}");
        assert_eq!(standing(&scene, &channel).await, before, "{at}");
    }
    // One that is another channel's is no address of this one's.
    assert_eq!(scene.hub_asks(&place_of(&scene, "UC2").await, &question).await, Reply::Unknown);
    // It may not stand for longer than was asked for.
    assert_eq!(scene.hub_asks(&wanted.place, &question).await, Reply::Word("word".to_owned()));
    let on = standing(&scene, &channel).await;
    assert_eq!((on.is_on, on.until), (true, Some(scene.clock.now().plus(LEASE))));
    // To be asked once more prolongs nothing.
    scene.pass(Duration::from_hours(24));
    assert_eq!(scene.hub_asks(&wanted.place, &question).await, Reply::Word("word".to_owned()));
    assert_eq!(standing(&scene, &channel).await, on);
    scene.pass(Duration::from_hours(3 * 24));
    scene.look().await;
    assert_eq!(scene.clouds.youtube.wanted().len(), 2, "it is renewed in time, as if it had said so");
}

async fn only_what_was_asked_for_is_confirmed(mut scene: Scene) {
    let (channel, wanted) = asked(&mut scene).await;
    let of = |mode: &'static str, topic: &str| {
        let topic = topic.to_owned();
        let at = wanted.place.clone();
        (at, mode, topic)
    };
    for (at, mode, topic) in [
        of("unsubscribe", &wanted.topic),
        of("denied", &wanted.topic),
        of("", &wanted.topic),
        of("subscribe", ""),
        of("subscribe", &wanted.topic.replace("UC1", "UC2")),
    ] {
        let reply = scene.hub_asks(&at, &[("hub.mode", mode), ("hub.topic", &topic), WORD]).await;
        assert_eq!(reply, Reply::Unknown, "{mode} {topic}");
    }
    let question = [("hub.mode", "subscribe"), ("hub.topic", &*wanted.topic)];
    assert_eq!(scene.hub_asks(&wanted.place, &question).await, Reply::Unknown, "it asks for no word");
    let long = "x".repeat(600);
    let reply = scene.hub_asks(&wanted.place, &[question[0], question[1], ("hub.challenge", &long)]).await;
    assert_eq!(reply, Reply::Unknown);
    assert!(!standing(&scene, &channel).await.is_on);
    // Whoever is followed and was not asked about yet, and whoever nobody follows.
    scene.clouds.youtube.add_channel("UC2", "bob", "Bob");
    scene.follow(base::GuildId(1), Source::YouTube, "UC2", "Bob").await;
    for id in ["UC2", "UC3"] {
        let topic = wanted.topic.replace("UC1", id);
        let question = [("hub.mode", "subscribe"), ("hub.topic", &*topic), WORD];
        assert_eq!(scene.hub_asks(&place_of(&scene, id).await, &question).await, Reply::Unknown, "{id}");
    }
    // What was asked for, and the answer lost, was asked for.
    scene.clouds.youtube.break_next("/hub/", 1, Fault::AnswerLost);
    scene.look().await;
    let second = scene.clouds.youtube.wanted().into_iter().find(|one| one.topic.ends_with("UC2")).unwrap();
    let question = [("hub.mode", "subscribe"), ("hub.topic", &*second.topic), WORD];
    assert_eq!(scene.hub_asks(&second.place, &question).await, Reply::Word("word".to_owned()));
}

async fn what_is_pushed_elsewhere_is_nothing_and_an_address_tells_of_its_own_channel_only(mut scene: Scene) {
    let (_, wanted) = asked(&mut scene).await;
    scene.clouds.youtube.add_channel("UC2", "bob", "Bob");
    scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
    scene.clouds.youtube.publish("UC2", "video-2", "Live", Some(scene.at()));
    let (own, others) = (scene.clouds.youtube.push_of("video-1"), scene.clouds.youtube.push_of("video-2"));
    let elsewhere = wanted.place.replace("/UC1/", "/UC2/");
    assert_eq!(scene.hub_pushes(&elsewhere, &wanted.sign(&own), &own).await, Reply::Unknown);
    assert_eq!(scene.hub_pushes(&wanted.place, &wanted.sign(&others), &others).await, Reply::Taken);
    assert_eq!(scene.store.deliveries_known().await.unwrap(), 0);
    assert_eq!(scene.hub_pushes(&wanted.place, &wanted.sign(&own), &own).await, Reply::Taken);
    assert_eq!(scene.store.deliveries_known().await.unwrap(), 1);
}

async fn a_hub_that_fails_for_days_is_asked_less_often_while_feeds_are_read_and_stands_once_it_is_back(
    mut scene: Scene,
) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.youtube.add_channel("UC1", "ada", "Ada");
    let channel = scene.follow(guild, Source::YouTube, "UC1", "Ada").await;
    scene.streams.know_address(PLACE);
    scene.clouds.youtube.break_next("/hub/", 10_000, Fault::Status(503, Vec::new()));
    let (began, mut asked_at) = (scene.at(), Vec::new());
    for minute in 0..2 * 1_440 {
        scene.look().await;
        if scene.clouds.youtube.asked("/hub/").len() > asked_at.len() {
            asked_at.push((scene.at() - began) / 60_000);
        }
        if minute == 600 {
            scene.clouds.youtube.publish("UC1", "video-1", "Live", Some(scene.at()));
            scene.clouds.youtube.go_live("video-1", scene.at());
        }
        scene.pass(Duration::from_mins(1));
    }
    assert_eq!(scene.clouds.youtube.asked("/hub/").len(), asked_at.len(), "one at a time");
    let waits: Vec<i64> = asked_at.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(waits[..5], [2, 5, 15, 30, 60]);
    assert!(waits[5..].iter().all(|wait| *wait == 60), "{waits:?}");
    assert_eq!(scene.told(guild), 1, "its feed tells");
    assert!(!standing(&scene, &channel).await.is_on, "and no row is lost");
    scene.clouds.youtube.mend();
    scene.minutes(60).await;
    let wanted = scene.clouds.youtube.wanted().remove(0);
    let question = [("hub.mode", "subscribe"), ("hub.topic", &*wanted.topic), WORD, ("hub.lease_seconds", "432000")];
    assert_eq!(scene.hub_asks(&wanted.place, &question).await, Reply::Word("word".to_owned()));
    let again = scene.clouds.youtube.wanted().len();
    scene.minutes(180).await;
    assert_eq!(scene.clouds.youtube.wanted().len(), again, "what stands is not asked for again");
    let stands = standing(&scene, &channel).await;
    assert_eq!((stands.is_on, stands.tries), (true, 0));
}
