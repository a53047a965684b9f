//! What a guild wants to hear of, and nothing else: of what kind a stream is, what it is called and tagged, and whose it is.

use std::{sync::Arc, time::Duration};

use base::{RoleId, UserId};
use store::streams::{Filters, Kind, NewFollow, Source};
use streams::{Members, Reply};

use super::{events::subscribed, own::Said, scene::Scene};

on_both_databases! {
    a_rerun_and_a_premiere_stay_what_their_event_said_however_often_it_is_looked
    a_stream_that_a_look_found_first_is_what_its_event_says
    a_tag_that_is_wanted_and_comes_later_is_told_of_once_it_is_there
    a_title_that_says_what_is_wanted_is_told_of_and_no_other
    a_role_that_is_required_lets_through_who_holds_it_and_nobody_else
    whose_roles_nobody_could_say_is_asked_again_while_the_stream_is_young
    streams_of_which_somebody_is_in_doubt_hold_up_no_other
    premieres_are_told_of_where_they_are_wanted_and_nowhere_else
}

/// An event says that what is shown now began.
async fn began(scene: &mut Scene, message: &str) {
    let event = scene.clouds.twitch.online("1", message).unwrap();
    assert_eq!(scene.twitch_says(&event).await, Reply::Taken);
    scene.streams.hear_all().await.unwrap();
    scene.post().await;
}

/// Of what kind that is which goes on.
async fn kind(scene: &Scene, guild: base::GuildId) -> Vec<Kind> {
    scene.store.streams_going_on(guild).await.unwrap().into_iter().map(|live| live.kind).collect()
}

async fn a_rerun_and_a_premiere_stay_what_their_event_said_however_often_it_is_looked(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    for (stream, said, known) in [("stream-1", "rerun", Kind::Rerun), ("stream-2", "premiere", Kind::Premiere)] {
        scene.clouds.twitch.go_live("1", stream, "Hello", "Chess", scene.at());
        scene.clouds.twitch.shows("1", said);
        began(&mut scene, stream).await;
        // Its platform says `live` of whatever is shown.
        for title in ["Hello", "Hello again"] {
            scene.clouds.twitch.go_live("1", stream, title, "Chess", scene.at());
            scene.minutes(5).await;
            scene.restart();
            assert_eq!((scene.told(guild), kind(&scene, guild).await), (0, vec![known]), "{:?}", scene.posted);
        }
        scene.clouds.twitch.go_off("1");
        scene.minutes(8).await;
    }
    // Who wants reruns is told of one, as what it is.
    scene.guild(1, |set| set.filters.reruns = true).await;
    scene.clouds.twitch.go_live("1", "stream-3", "Hello", "Chess", scene.at());
    scene.clouds.twitch.shows("1", "rerun");
    began(&mut scene, "stream-3").await;
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 1);
    assert!(scene.posted[&1][0].starts_with("Ada is showing a rerun on Twitch"), "{:?}", scene.posted);
}

async fn a_stream_that_a_look_found_first_is_what_its_event_says(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    let other = scene.guild(2, |set| set.channel = None).await;
    scene.follow(other, Source::Twitch, "1", "Ada").await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.clouds.twitch.shows("1", "rerun");
    scene.minutes(1).await;
    assert_eq!((scene.told(guild), kind(&scene, guild).await), (1, vec![Kind::Live]), "who asks cannot know");
    began(&mut scene, "message-1").await;
    assert_eq!(kind(&scene, guild).await, [Kind::Rerun]);
    // Whoever was not told by then is not told of it as of something else.
    scene.guild(2, |_| {}).await;
    scene.minutes(3).await;
    assert_eq!((scene.told(guild), scene.told(other)), (1, 0));
    assert_eq!(kind(&scene, guild).await, [Kind::Rerun]);
}

async fn a_tag_that_is_wanted_and_comes_later_is_told_of_once_it_is_there(mut scene: Scene) {
    let guild = scene.guild(1, |set| set.filters.tags = vec!["charity".to_owned()]).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 0);
    scene.clouds.twitch.tag("1", &["English", "Charity"]);
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
    // In another order they are the same: nothing is drawn for that.
    let version = scene.store.streams_going_on(guild).await.unwrap()[0].version;
    scene.clouds.twitch.tag("1", &["Charity", "English"]);
    scene.minutes(2).await;
    assert_eq!(scene.store.streams_going_on(guild).await.unwrap()[0].version, version);
}

async fn a_title_that_says_what_is_wanted_is_told_of_and_no_other(mut scene: Scene) {
    let words = vec!["speedrun*".to_owned(), "any%".to_owned()];
    let guild = scene.guild(1, |set| set.filters.words = words).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    let started = scene.at();
    for title in ["Running fast", "A speed run", "anyone home"] {
        scene.clouds.twitch.go_live("1", "stream-1", title, "Celeste", started);
        scene.minutes(2).await;
        assert_eq!(scene.told(guild), 0, "{title}");
    }
    scene.clouds.twitch.go_live("1", "stream-1", "Now SPEEDRUNNING it", "Celeste", started);
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
    // It was told, and stays so whatever it is called after that.
    scene.clouds.twitch.go_live("1", "stream-1", "Talking", "Celeste", started);
    scene.minutes(2).await;
    scene.clouds.twitch.go_live("1", "stream-1", "any% again", "Celeste", started);
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
}

async fn a_role_that_is_required_lets_through_who_holds_it_and_nobody_else(mut scene: Scene) {
    let filters = Filters { role: Some(5), ..Filters::default() };
    let (guild, other) = (scene.guild(1, |set| set.filters = filters.clone()).await, scene.guild(2, |_| {}).await);
    let said = Arc::new(Said::default());
    scene.streams.know_members(Arc::clone(&said) as Arc<dyn Members>);
    for (id, name) in [("1", "Ada"), ("2", "Bob")] {
        scene.clouds.twitch.add_channel(id, &name.to_lowercase(), name);
        scene.follow(other, Source::Twitch, id, name).await;
    }
    // Ada's channel is said to be a member's, Bob's nobody's.
    let channel = scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.follow_as(guild, &channel, NewFollow { member: Some(UserId(77)), ..NewFollow::default() }).await;
    scene.follow(guild, Source::Twitch, "2", "Bob").await;
    scene.look().await;
    for (round, roles, told) in [(0, vec![], 0), (1, vec![RoleId(4)], 0), (2, vec![RoleId(4), RoleId(5)], 1)] {
        *said.0.lock().unwrap() = Some(roles);
        for id in ["1", "2"] {
            scene.clouds.twitch.go_live(id, &format!("stream-{id}-{round}"), "Hello", "Chess", scene.at());
        }
        scene.minutes(2).await;
        assert_eq!((scene.told(guild), scene.told(other)), (told, 2 * (round + 1)), "{round}");
    }
    assert!(scene.posted[&1][0].starts_with("Ada is live"), "{:?}", scene.posted);
}

async fn whose_roles_nobody_could_say_is_asked_again_while_the_stream_is_young(mut scene: Scene) {
    let guild = scene.guild(1, |set| set.filters.role = Some(5)).await;
    let said = Arc::new(Said::default());
    scene.streams.know_members(Arc::clone(&said) as Arc<dyn Members>);
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    let channel = scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.follow_as(guild, &channel, NewFollow { member: Some(UserId(77)), ..NewFollow::default() }).await;
    scene.look().await;
    // Discord says nothing for a while, and then that they hold it.
    for (stream, silent, before, after) in [("stream-1", 5, 0, 1), ("stream-2", 20, 1, 1)] {
        *said.0.lock().unwrap() = None;
        scene.clouds.twitch.go_live("1", stream, "Hello", "Chess", scene.at());
        scene.minutes(silent).await;
        assert_eq!(scene.told(guild), before, "{stream}");
        *said.0.lock().unwrap() = Some(vec![RoleId(5)]);
        scene.minutes(3).await;
        assert_eq!(scene.told(guild), after, "{stream}: what is no news any more is told by nobody");
        scene.clouds.twitch.go_off("1");
        scene.minutes(8).await;
    }
}

async fn streams_of_which_somebody_is_in_doubt_hold_up_no_other(mut scene: Scene) {
    let unsure = scene.guild(1, |set| set.filters.role = Some(5)).await;
    let other = scene.guild(2, |_| {}).await;
    let said = Arc::new(Said::default());
    scene.streams.know_members(Arc::clone(&said) as Arc<dyn Members>);
    for number in 1..=121 {
        let (id, login) = (number.to_string(), format!("ada-{number}"));
        scene.clouds.twitch.add_channel(&id, &login, &login);
        let (guild, own) = match number {
            1..=120 => (unsure, NewFollow { member: Some(UserId(77)), ..NewFollow::default() }),
            _ => (other, NewFollow::default()),
        };
        let channel = scene.follow(guild, Source::Twitch, &id, &login).await;
        scene.follow_as(guild, &channel, own).await;
    }
    scene.minutes(1).await;
    let goes_live = |scene: &Scene, number: usize| {
        scene.clouds.twitch.go_live(&number.to_string(), &format!("stream-{number}"), "Hello", "Chess", scene.at());
    };
    for number in 1..=120 {
        goes_live(&scene, number);
    }
    scene.minutes(3).await;
    goes_live(&scene, 121);
    scene.minutes(1).await;
    scene.look().await;
    assert_eq!((scene.told(unsure), scene.told(other)), (0, 1));
    // Once it is known, each is told of, a few at a time.
    *said.0.lock().unwrap() = Some(vec![RoleId(5)]);
    for _ in 0..60 {
        scene.pass(Duration::from_secs(5));
        scene.look().await;
    }
    assert_eq!(scene.told(unsure), 120);
}

async fn premieres_are_told_of_where_they_are_wanted_and_nowhere_else(mut scene: Scene) {
    let guild = subscribed(&mut scene).await;
    let other = scene.guild(2, |set| set.filters.premieres = true).await;
    scene.follow(other, Source::Twitch, "1", "Ada").await;
    scene.clouds.youtube.add_channel("UC1", "bob", "Bob");
    for guild in [guild, other] {
        scene.follow(guild, Source::YouTube, "UC1", "Bob").await;
    }
    scene.look().await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.clouds.twitch.shows("1", "premiere");
    began(&mut scene, "message-1").await;
    scene.clouds.youtube.publish("UC1", "video-1", "The film", Some(scene.at()));
    scene.clouds.youtube.premieres("video-1");
    scene.clouds.youtube.go_live("video-1", scene.at());
    scene.minutes(5).await;
    assert_eq!((scene.told(guild), scene.told(other)), (0, 2), "{:?}", scene.posted);
    let mut told: Vec<&str> = scene.posted[&2].iter().map(|text| text.split(". ").next().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["Ada is showing a premiere on Twitch", "Bob is showing a premiere on YouTube"]);
}
