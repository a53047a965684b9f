//! What guilds are told of streams that are found by asking.

use std::time::Duration;

use base::{GuildId, RoleId};
use peers::clouds::Fault;
use store::streams::{Filters, Source};

use super::scene::Scene;

on_both_databases! {
    a_stream_is_told_once_through_flaps_restarts_and_another_title
    not_live_and_could_not_ask_are_different_answers
    two_days_of_refusals_take_no_follow_away
    whoever_wants_to_be_left_alone_is_asked_nothing_until_then_and_nothing_ends
    what_was_missed_in_an_outage_is_told_when_it_is_over
    who_is_live_already_is_told_of_while_it_is_young
    one_stream_is_one_in_every_guild_and_a_cooldown_holds
    a_game_that_is_not_wanted_is_told_of_once_it_is
    in_quiet_hours_nobody_is_pinged
    a_hundred_channels_are_asked_about_in_one_question
}

async fn a_stream_is_told_once_through_flaps_restarts_and_another_title(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    let channel = scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    assert_eq!(scene.told(guild), 0);
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    for minute in 0..30 {
        match minute {
            7 => scene.clouds.twitch.go_off("1"),
            10 => scene.clouds.twitch.go_live("1", "stream-1", "Hello again", "Go", scene.at() - 600_000),
            _ => {}
        }
        scene.minutes(1).await;
        scene.restart();
    }
    assert_eq!(scene.told(guild), 1, "{:?}", scene.posted);
    let lives = scene.store.stream_lives_of(&channel.id, base::Millis(0)).await.unwrap();
    assert_eq!((lives.len(), lives[0].title.as_str(), lives[0].ended), (1, "Hello again", None));
    scene.clouds.twitch.watch("1", 99);
    scene.minutes(2).await;
    scene.clouds.twitch.go_off("1");
    let off = scene.at();
    scene.minutes(8).await;
    let lives = scene.store.stream_lives_of(&channel.id, base::Millis(0)).await.unwrap();
    assert!(lives[0].ended.is_some_and(|ended| ended.0 - off <= 61_000), "it ended when it was not seen any more");
    assert_eq!((lives[0].peak, lives[0].vod.as_deref()), (Some(99), Some("https://www.twitch.tv/videos/stream-1")));
    // The next one is another.
    scene.clouds.twitch.go_live("1", "stream-2", "Next", "Chess", scene.at());
    scene.minutes(3).await;
    assert_eq!(scene.told(guild), 2);
}

async fn not_live_and_could_not_ask_are_different_answers(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.clouds.kick.add_channel(2, "bob");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.follow(guild, Source::Kick, "2", "Bob").await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.clouds.kick.go_live(2, "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 2);
    scene.clouds.twitch.break_next("/helix/streams", 12, Fault::Status(503, Vec::new()));
    scene.clouds.kick.break_next("/api/public/v2/livestreams", 12, Fault::Cut);
    scene.minutes(12).await;
    let follows = scene.store.stream_follows(guild).await.unwrap();
    for (_, channel) in &follows {
        assert!(channel.unknown.is_some() && channel.trouble.is_some(), "{channel:?}");
    }
    let going_on = scene.store.streams_going_on(guild).await.unwrap();
    assert!(going_on.len() == 2 && going_on.iter().all(|live| live.gone.is_none()), "nobody said that they ended");
    scene.clouds.twitch.go_off("1");
    scene.clouds.kick.go_off(2);
    scene.minutes(8).await;
    assert!(scene.store.streams_going_on(guild).await.unwrap().is_empty());
    let follows = scene.store.stream_follows(guild).await.unwrap();
    assert!(follows.iter().all(|(_, channel)| channel.unknown.is_none() && channel.quiet.is_some()));
}

async fn whoever_wants_to_be_left_alone_is_asked_nothing_until_then_and_nothing_ends(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.streams.know_address("https://nebula.example");
    for number in 1..=250_u64 {
        let id = number.to_string();
        scene.clouds.twitch.add_channel(&id, &id, &id);
        scene.follow(guild, Source::Twitch, &id, &id).await;
    }
    for number in 1..=60 {
        scene.clouds.kick.add_channel(number, &number.to_string());
        scene.follow(guild, Source::Kick, &number.to_string(), &number.to_string()).await;
    }
    scene.clouds.twitch.go_live("7", "stream-7", "Hello", "Chess", scene.at());
    scene.clouds.kick.go_live(7, "Hello", "Chess", scene.at());
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 2);
    // Twitch names the second at which there is room again, and Kick how many there are until then.
    let asked = |scene: &Scene| {
        (scene.clouds.twitch.asked("/helix/streams").len(), scene.clouds.kick.asked("/api/public/v2/livestreams").len())
    };
    let before = asked(&scene);
    let reset = (scene.at() + 60_000 + 300_000) / 1_000;
    let limited = |name: &'static str, value: i64| Fault::Status(429, vec![(name, value.to_string())]);
    scene.clouds.twitch.break_next("/helix/streams", 1, limited("Ratelimit-Reset", reset));
    scene.clouds.kick.break_next("/api/public/v2/livestreams", 1, limited("Retry-After", 300));
    scene.minutes(1).await;
    assert_eq!(asked(&scene), (before.0 + 1, before.1 + 1), "and not about the others");
    let unknown = async |scene: &Scene| {
        let all = scene.store.stream_follows(guild).await.unwrap();
        all.iter().filter(|(_, channel)| channel.unknown.is_some()).count()
    };
    assert_eq!(unknown(&scene).await, 310);
    for _ in 0..4 {
        // Something that would hasten a look does not.
        if let Some(event) = scene.clouds.twitch.offline("7", &format!("message-{}", scene.at())) {
            assert_eq!(scene.twitch_says(&event).await, streams::Reply::Taken);
            scene.streams.hear_all().await.unwrap();
        }
        scene.minutes(1).await;
        assert_eq!(asked(&scene), (before.0 + 1, before.1 + 1));
        let going_on = scene.store.streams_going_on(guild).await.unwrap();
        assert!(going_on.len() == 2 && going_on.iter().all(|live| live.gone.is_none()), "nobody said that they ended");
    }
    scene.minutes(2).await;
    let after = asked(&scene);
    assert!(after.0 >= before.0 + 4 && after.1 >= before.1 + 3, "{before:?} {after:?}");
    assert_eq!((unknown(&scene).await, scene.told(guild)), (0, 2));
}

async fn two_days_of_refusals_take_no_follow_away(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.clouds.kick.add_channel(2, "bob");
    scene.clouds.youtube.add_channel("UC3", "cat", "Cat");
    for (source, id, name) in
        [(Source::Twitch, "1", "Ada"), (Source::Kick, "2", "Bob"), (Source::YouTube, "UC3", "Cat")]
    {
        scene.follow(guild, source, id, name).await;
    }
    // Everything is refused, in every way there is, for 48 hours.
    for round in 0..48 {
        let status = [500, 502, 503, 404, 401, 403, 400][round % 7];
        for (cloud, path) in [(0, "/helix/"), (1, "/api/"), (2, "/www/"), (0, "/id/"), (1, "/id/")] {
            let fault = Fault::Status(status, Vec::new());
            match cloud {
                0 => scene.clouds.twitch.break_next(path, 1_000, fault),
                1 => scene.clouds.kick.break_next(path, 1_000, fault),
                _ => scene.clouds.youtube.break_next(path, 1_000, fault),
            }
        }
        scene.pass(Duration::from_mins(59));
        scene.minutes(1).await;
        scene.clouds.twitch.mend();
        scene.clouds.kick.mend();
        scene.clouds.youtube.mend();
    }
    let follows = scene.store.stream_follows(guild).await.unwrap();
    assert_eq!(follows.len(), 3);
    assert!(follows.iter().all(|(_, channel)| channel.unknown.is_some()), "{follows:?}");
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
}

async fn what_was_missed_in_an_outage_is_told_when_it_is_over(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.minutes(1).await;
    scene.clouds.twitch.break_next("/helix/", 40, Fault::Status(500, Vec::new()));
    scene.minutes(5).await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(35).await;
    assert_eq!(scene.told(guild), 0);
    // Within ninety seconds of the first answer.
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 1);
}

async fn who_is_live_already_is_told_of_while_it_is_young(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    for (id, age) in [("1", 10), ("2", 20)] {
        scene.clouds.twitch.add_channel(id, id, id);
        scene.clouds.twitch.go_live(id, &format!("stream-{id}"), "Hello", "Chess", scene.at() - age * 60_000);
        scene.follow(guild, Source::Twitch, id, id).await;
    }
    scene.minutes(3).await;
    assert_eq!(scene.posted[&1].len(), 1);
    assert!(scene.posted[&1][0].starts_with("1 is live on Twitch"), "{:?}", scene.posted);
}

async fn one_stream_is_one_in_every_guild_and_a_cooldown_holds(mut scene: Scene) {
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    let mut guilds: Vec<GuildId> = Vec::new();
    for guild in 1..=120 {
        let guild = scene.guild(guild, |set| set.cooldown = Duration::from_mins(30)).await;
        scene.follow(guild, Source::Twitch, "1", "Ada").await;
        guilds.push(guild);
    }
    scene.look().await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert!(guilds.iter().all(|guild| scene.told(*guild) == 1));
    // Another one too soon is not told, and neither later.
    scene.clouds.twitch.go_live("1", "stream-2", "Hello", "Chess", scene.at());
    scene.minutes(40).await;
    assert!(guilds.iter().all(|guild| scene.told(*guild) == 1));
    scene.clouds.twitch.go_live("1", "stream-3", "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert!(guilds.iter().all(|guild| scene.told(*guild) == 2));
}

async fn a_game_that_is_not_wanted_is_told_of_once_it_is(mut scene: Scene) {
    let filters = Filters { games: vec!["Chess".to_owned()], ..Filters::default() };
    let guild = scene.guild(1, |set| set.filters = filters).await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    let started = scene.at();
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Just Chatting", started);
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 0);
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", started);
    scene.minutes(2).await;
    assert_eq!(scene.told(guild), 1);
}

async fn in_quiet_hours_nobody_is_pinged(mut scene: Scene) {
    let minute = scene.at().div_euclid(60_000).rem_euclid(1_440);
    let quiet = Some((minute, (minute + 60) % 1_440));
    let guild = scene
        .guild(1, |set| {
            (set.mention, set.mention_given, set.quiet) = (Some(RoleId(77)), true, quiet);
        })
        .await;
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.look().await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert!(!scene.posted[&1][0].contains("<@&77>"), "{:?}", scene.posted);
    assert!(
        scene.posted[&1][0].contains("[Notify me]"),
        "whoever reads it may want to be next time: {:?}",
        scene.posted
    );
    scene.minutes(61).await;
    scene.clouds.twitch.go_live("1", "stream-2", "Hello", "Chess", scene.at());
    scene.minutes(2).await;
    assert!(scene.posted[&1][1].contains("<@&77>"), "{:?}", scene.posted);
}

async fn a_hundred_channels_are_asked_about_in_one_question(mut scene: Scene) {
    let guild = scene.guild(1, |_| {}).await;
    for id in 0..100 {
        let id = id.to_string();
        scene.clouds.twitch.add_channel(&id, &id, &id);
        scene.follow(guild, Source::Twitch, &id, &id).await;
    }
    scene.minutes(3).await;
    assert_eq!(scene.clouds.twitch.asked("/helix/streams").len(), 3);
    assert_eq!(scene.clouds.twitch.asked("/id/").len(), 1, "a token is asked for once");
}
