//! What Twitch tells over connections: heard once whatever else tells it, and nothing is lost or doubled however a connection ends.

use std::time::Duration;

use peers::clouds::{Clouds, Fault};
use store::streams::Source;

use super::scene::Scene;
use crate::{accounts::browser::connects, world::World};

on_both_databases! {
    what_is_told_over_a_connection_is_told_once_though_a_look_and_an_address_tell_it_too
    a_connection_that_falls_silent_is_opened_anew_and_nothing_is_lost_or_doubled
    a_connection_that_goes_on_elsewhere_takes_along_what_was_subscribed_to
    a_connection_that_is_closed_is_subscribed_to_anew
    others_channels_are_heard_as_far_as_they_may_cost_and_the_rest_is_asked_about
    whatever_code_a_connection_is_closed_under_what_is_wanted_is_heard_over_another
    a_connection_over_which_nothing_may_be_asked_for_is_not_opened_over_and_over
    what_twitch_has_no_room_for_is_asked_about_and_not_tried_over_and_over
    a_connection_that_is_full_tells_of_ones_own_and_of_what_fits
}

on_both_worlds! {
    what_twitch_tells_of_by_itself_and_what_not_is_said_in_the_list
}

const ONE: Duration = Duration::from_secs(1);

/// A guild that follows Ada, whose own account is connected.
async fn following(scene: &mut Scene) -> base::GuildId {
    let guild = scene.guild(1, |_| {}).await;
    scene.clouds.twitch.person("1", "ada", "Ada");
    scene.clouds.twitch.add_channel("1", "ada", "Ada");
    scene.follow(guild, Source::Twitch, "1", "Ada").await;
    scene.connects(7, Source::Twitch, "1", &[]).await;
    guild
}

/// It hears what it wants to.
async fn heard(scene: &mut Scene, topics: usize) {
    scene.until("nothing stands from before", |scene| scene.clouds.twitch.standing() == 0).await;
    scene.hears();
    scene.until("it hears", |scene| scene.clouds.twitch.heard_by().len() == topics).await;
}

/// How often anything was asked for.
fn asked(scene: &Scene) -> usize {
    scene.clouds.twitch.asked("/helix/eventsub").iter().filter(|one| one.method == "POST").count()
}

async fn what_is_told_over_a_connection_is_told_once_though_a_look_and_an_address_tell_it_too(mut scene: Scene) {
    let guild = following(&mut scene).await;
    // Once it had an address, and Twitch tells there still.
    scene.streams.know_address("https://nebula.example");
    scene.look().await;
    scene.clouds.twitch.proven();
    scene.restart();
    heard(&mut scene, 2).await;
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    assert_eq!(scene.clouds.twitch.tells_online("1", "over-a-connection"), 1);
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1, "without a look");
    assert!(scene.posted[&1][0].contains("Hello"), "{:?}", scene.posted);
    let event = scene.clouds.twitch.online("1", "to-an-address").unwrap();
    assert_eq!(scene.twitch_says(&event).await, streams::Reply::Taken);
    // The same message once more, and then after a restart.
    scene.clouds.twitch.tells_online("1", "over-a-connection");
    scene.comes(2).await;
    scene.restart();
    heard(&mut scene, 2).await;
    scene.clouds.twitch.tells_online("1", "over-another");
    scene.comes(3).await;
    scene.minutes(5).await;
    assert_eq!(scene.told(guild), 1);
    assert_eq!(scene.clouds.twitch.was_told(), 0, "nothing is ever sent there");
}

async fn a_connection_that_falls_silent_is_opened_anew_and_nothing_is_lost_or_doubled(mut scene: Scene) {
    let guild = following(&mut scene).await;
    scene.clouds.twitch.alive_every(ONE);
    heard(&mut scene, 2).await;
    scene.clouds.twitch.falls_silent();
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.clouds.twitch.tells_online("1", "lost");
    scene.until("it is opened anew", |scene| scene.clouds.twitch.opened() == 2).await;
    scene
        .until("it hears again", |scene| {
            scene.clouds.twitch.standing() == 1 && scene.clouds.twitch.heard_by().len() == 2
        })
        .await;
    assert_eq!(scene.told(guild), 0, "nobody told");
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 1, "what nobody told is found");
    scene.clouds.twitch.tells_online("1", "again");
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1);
    scene.clouds.twitch.go_off("1");
    scene.minutes(8).await;
    scene.clouds.twitch.go_live("1", "stream-2", "Once more", "Chess", scene.at());
    scene.clouds.twitch.tells_online("1", "another");
    scene.comes(2).await;
    assert_eq!(scene.told(guild), 2);
}

async fn a_connection_that_goes_on_elsewhere_takes_along_what_was_subscribed_to(mut scene: Scene) {
    let guild = following(&mut scene).await;
    heard(&mut scene, 2).await;
    for round in 1..=4 {
        if round > 2 {
            // It may be closed before the other one says a word.
            scene.clouds.twitch.hurries();
        }
        scene.clouds.twitch.moves();
        scene
            .until("it went along", |scene| {
                let twitch = &scene.clouds.twitch;
                twitch.opened() == round + 1 && twitch.standing() == 1 && twitch.closed().len() == round
            })
            .await;
    }
    assert_eq!((asked(&scene), scene.clouds.twitch.heard_by().len()), (2, 2), "nothing was asked for anew");
    assert_eq!(scene.clouds.twitch.closed(), [4004; 4]);
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    assert_eq!(scene.clouds.twitch.tells_online("1", "m-1"), 1);
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1);
}

async fn a_connection_that_is_closed_is_subscribed_to_anew(mut scene: Scene) {
    let guild = following(&mut scene).await;
    heard(&mut scene, 2).await;
    for (round, code) in (1..).zip([Some(4000), Some(4006), None]) {
        match code {
            Some(code) => scene.clouds.twitch.hangs_up(code),
            None => scene.clouds.twitch.breaks_off(),
        }
        scene
            .until("it hears again", |scene| {
                scene.clouds.twitch.opened() == round + 1 && scene.clouds.twitch.heard_by().len() == 2
            })
            .await;
        assert_eq!(asked(&scene), 2 + 2 * round);
    }
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.clouds.twitch.tells_online("1", "m-1");
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1);
}

async fn others_channels_are_heard_as_far_as_they_may_cost_and_the_rest_is_asked_about(mut scene: Scene) {
    let guild = following(&mut scene).await;
    for number in 50..60 {
        let id = number.to_string();
        scene.clouds.twitch.add_channel(&id, &format!("other{id}"), "Other");
        scene.follow(guild, Source::Twitch, &id, &format!("Other{id}")).await;
        scene.pass(ONE);
    }
    // Its own cost nothing; five others with two kinds each are all that it may cost.
    heard(&mut scene, 12).await;
    assert_eq!(asked(&scene), 12, "nothing was asked for in vain");
    for id in ["50", "59"] {
        scene.clouds.twitch.go_live(id, &format!("stream-{id}"), "Hello", "Chess", scene.at());
    }
    assert_eq!(scene.clouds.twitch.tells_online("50", "m-50"), 1);
    assert_eq!(scene.clouds.twitch.tells_online("59", "m-59"), 0);
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1);
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 2);
    // What is followed no longer is heard no longer, and makes room.
    let all = scene.store.stream_follows(guild).await.unwrap();
    let first = all.iter().find(|(_, channel)| channel.platform_id == "50").unwrap();
    scene.store.unfollow_stream(guild, &first.1).await.unwrap();
    scene
        .until("it is another one's turn", |scene| {
            let heard = scene.clouds.twitch.heard_by();
            heard.len() == 12 && heard.iter().all(|(_, user, _)| user != "50")
        })
        .await;
    // Who disconnects is heard for no longer.
    let account = scene.store.account(base::UserId(7), "twitch").await.unwrap().unwrap();
    assert!(scene.store.remove_account(&account).await.unwrap());
    scene.until("nothing is heard", |scene| scene.clouds.twitch.standing() == 0).await;
}

async fn whatever_code_a_connection_is_closed_under_what_is_wanted_is_heard_over_another(mut scene: Scene) {
    let guild = following(&mut scene).await;
    for (round, code) in (1..).zip(4000..=4007) {
        scene.deafens();
        heard(&mut scene, 2).await;
        let opened = scene.clouds.twitch.opened();
        scene.clouds.twitch.hangs_up(code);
        scene
            .until("it hears again", |scene| {
                scene.clouds.twitch.opened() == opened + 1 && scene.clouds.twitch.heard_by().len() == 2
            })
            .await;
        assert_eq!(asked(&scene), round * 4, "{code}");
    }
    assert_eq!(scene.clouds.twitch.closed(), (4000..=4007).collect::<Vec<u16>>());
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    assert_eq!(scene.clouds.twitch.tells_online("1", "m-1"), 1);
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1);
    assert_eq!(scene.clouds.twitch.was_told(), 0, "nothing is ever sent there");
}

async fn a_connection_over_which_nothing_may_be_asked_for_is_not_opened_over_and_over(mut scene: Scene) {
    let guild = following(&mut scene).await;
    scene.clouds.twitch.unused_after(ONE);
    scene.clouds.twitch.break_next("/helix/eventsub", 1_000, Fault::Status(403, Vec::new()));
    scene.hears();
    scene.until("it is closed", |scene| scene.clouds.twitch.closed() == [4003]).await;
    assert_eq!((asked(&scene), scene.clouds.twitch.opened()), (2, 1));
    // Something else is wanted: that may be asked for, and what was refused a moment ago is not.
    scene.clouds.twitch.mend();
    scene.clouds.twitch.add_channel("50", "bob", "Bob");
    scene.follow(guild, Source::Twitch, "50", "Bob").await;
    scene.until("it hears the other", |scene| scene.clouds.twitch.heard_by().len() == 2).await;
    assert_eq!((asked(&scene), scene.clouds.twitch.opened()), (4, 2));
    assert!(scene.clouds.twitch.heard_by().iter().all(|(_, user, _)| user == "50"));
    // What nobody tells is found.
    scene.clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", scene.at());
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 1);
}

/// The guild follows these too.
async fn follows(scene: &mut Scene, guild: base::GuildId, others: &[&str]) {
    for id in others {
        scene.clouds.twitch.add_channel(id, &format!("other{id}"), "Other");
        scene.follow(guild, Source::Twitch, id, &format!("Other{id}")).await;
        scene.pass(ONE);
    }
}

async fn what_twitch_has_no_room_for_is_asked_about_and_not_tried_over_and_over(mut scene: Scene) {
    let guild = following(&mut scene).await;
    follows(&mut scene, guild, &["50", "51", "52", "53"]).await;
    // Somebody else with the same app has spent most of what other people's channels may cost.
    scene.clouds.twitch.has_room_for(300, 4);
    heard(&mut scene, 6).await;
    scene.until("one more is tried", |scene| asked(scene) == 7).await;
    scene.clouds.twitch.go_live("50", "stream-50", "Hello", "Chess", scene.at());
    assert_eq!(scene.clouds.twitch.tells_online("50", "m-50"), 1, "what is heard is heard whole");
    scene.comes(1).await;
    assert_eq!(scene.told(guild), 1, "without a look");
    scene.clouds.twitch.go_live("53", "stream-53", "Hello", "Chess", scene.at());
    assert_eq!(scene.clouds.twitch.tells_online("53", "m-53"), 0);
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 2, "what nobody tells is found");
    assert_eq!(asked(&scene), 7, "nothing else was tried meanwhile");
    // What is followed no longer makes room for another one.
    let all = scene.store.stream_follows(guild).await.unwrap();
    let first = all.iter().find(|(_, channel)| channel.platform_id == "50").unwrap();
    scene.store.unfollow_stream(guild, &first.1).await.unwrap();
    scene
        .until("it is another one's turn", |scene| {
            let heard = scene.clouds.twitch.heard_by();
            heard.len() == 6 && heard.iter().filter(|(_, user, _)| user == "52").count() == 2
        })
        .await;
}

async fn a_connection_that_is_full_tells_of_ones_own_and_of_what_fits(mut scene: Scene) {
    let guild = following(&mut scene).await;
    follows(&mut scene, guild, &["50", "51"]).await;
    // As where there are three hundred already.
    scene.clouds.twitch.has_room_for(3, 10);
    heard(&mut scene, 3).await;
    scene.until("one more is tried", |scene| asked(scene) == 4).await;
    let mut told: Vec<(String, String)> =
        scene.clouds.twitch.heard_by().into_iter().map(|(kind, user, _)| (user, kind)).collect();
    told.sort();
    let of = |user: &str, kind: &str| (user.to_owned(), format!("stream.{kind}"));
    assert_eq!(told, [of("1", "offline"), of("1", "online"), of("50", "online")], "half of one is that it begins");
    for id in ["50", "51"] {
        scene.clouds.twitch.go_live(id, &format!("stream-{id}"), "Hello", "Chess", scene.at());
    }
    scene.minutes(1).await;
    assert_eq!(scene.told(guild), 2);
}

async fn what_twitch_tells_of_by_itself_and_what_not_is_said_in_the_list(mut world: World) {
    let clouds: Clouds = world.with_clouds().await;
    let admin = world.admin().await;
    for id in ["50", "51", "52"] {
        clouds.twitch.add_channel(id, &format!("other{id}"), &format!("Other{id}"));
    }
    clouds.twitch.has_room_for(300, 4);
    for id in ["50", "51", "52"] {
        admin.ask(&format!("/stream follow name:twitch.tv/other{id}")).await.until("Following").await;
    }
    let list = admin.ask("/stream list").await;
    assert!(!list.text().contains("tells me by itself"), "nobody's account hears anything: {}", list.text());
    connects(&world, &admin, "twitch").await;
    world.until("it hears what fits", |_| clouds.twitch.heard_by().len() == 4).await;
    let said = async {
        loop {
            let list = admin.ask("/stream list").await;
            if list.text().contains("by itself of 2 of") {
                return list.masked();
            }
        }
    };
    let said = tokio::time::timeout(crate::world::SOON, said).await.unwrap();
    let line = said.lines().find(|line| line.contains("by itself")).unwrap();
    assert_eq!(
        line,
        "Twitch tells me by itself of 2 of the 3 channels there, as many as members' accounts have room for. I ask about the others."
    );
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}
