//! What people see of streams, from the setup to the last word.

use std::{sync::Arc, time::Duration};

use base::{Clock, Millis, Redactor};
use reqwest::Method;
use sandbox::{Fault, client::message_text};
use serde_json::{Value, json};
use store::Vault;
use streams::Streams;

use super::scene::{Clouds, SECRET, now};
use crate::world::{SOON, World};

on_both_worlds! {
    a_stream_is_announced_drawn_again_and_summed_up
    killed_between_the_claim_and_the_post_a_stream_is_told_once
    the_button_gives_and_takes_the_role_and_no_other
    whoever_is_live_has_the_role_for_as_long
    what_a_stream_is_called_pings_and_formats_nothing
    a_name_that_is_nobodys_is_said_to_be
    what_comes_to_the_web_is_answered_at_once_and_told_and_what_is_forged_is_refused
}

/// The bot beside three platforms, and a channel #live.
pub(super) async fn beside(world: &mut World) -> Clouds {
    let clouds = Clouds::start();
    assert!(world.stop_bot().await);
    for (name, value) in clouds.environment() {
        world.set_environment(name, &value);
    }
    world.never_show(SECRET);
    world.start_bot().await;
    clouds.twitch.add_channel("1", "ada", "Ada");
    let (admin, guild) = (world.admin().await, world.guild());
    let channels = format!("/guilds/{guild}/channels");
    admin.client.rest(Method::POST, &channels, Some(&json!({ "name": "live" }))).await.unwrap();
    clouds
}

pub(super) async fn role(world: &World, name: &str) -> String {
    let admin = world.admin().await;
    let body = json!({ "name": name, "permissions": "0", "mentionable": true });
    let made = admin.client.rest(Method::POST, &format!("/guilds/{}/roles", world.guild()), Some(&body)).await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

pub(super) fn live(world: &World) -> Vec<Value> {
    world.sandbox.messages(&world.sandbox.channel_id("live").unwrap())
}

/// Waits until the newest message in #live says this.
pub(super) async fn says(world: &World, text: &str) -> Value {
    let found = async {
        loop {
            if let Some(message) = live(world).into_iter().rev().find(|message| message_text(message).contains(text)) {
                return message;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, found).await.unwrap_or_else(|_| {
        panic!("nothing says {text:?}: {:?}\n{}", live(world).iter().map(message_text).collect::<Vec<_>>(), world.log())
    })
}

/// Whom the last message or edit pings that says this. What is sent is put down once it is answered, and seen before that.
pub(super) async fn pings(world: &World, method: &str, text: &str) -> Value {
    let says = |sent: &sandbox::RecordedRequest| {
        sent.method == method && sent.path.starts_with("/channels/") && sent.body.to_string().contains(text)
    };
    let mut found = None;
    world
        .until("it is sent", |world| {
            found = world.sandbox.requests().into_iter().rfind(says);
            found.is_some()
        })
        .await;
    found.unwrap().body["allowed_mentions"].clone()
}

/// Who looks so much later: what time brings is there.
async fn later(world: &World, clouds: &Clouds, by: Duration) {
    let clock = Clock::manual(Millis(now()).plus(by));
    let store = world.store_at(clock.clone()).await;
    let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a story".into())));
    let streams = Streams::new(store.clone(), vault, (clock.clone(), Redactor::default()), clouds.platforms(&clock));
    streams.look().await.unwrap();
    store.close().await;
}

async fn a_stream_is_announced_drawn_again_and_summed_up(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    role(&world, "Fans").await;
    let wanted = admin
        .ask("/stream setup channel:#live mention:@Fans template:\"{user} plays {game}\" cooldown:10m quiet:none games:none")
        .await;
    assert!(wanted.is_private());
    assert_shown!(wanted.masked(), @r"
    ! **Streams** would be announced like this
    announced in <#…>
    pings <@…>
    at most once in 10 min for each channel
    > **Ada** is live on Twitch
    > since <t:…:R> · 1,234 watching · Just Chatting
    > <@…> Ada plays Just Chatting
    > **An example, and no stream**
    Keep
    -# nothing is changed yet · ref REFERENCE · by <@…> · <t:…:R>
    ");
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    let followed = admin.ask("/stream follow name:twitch.tv/ada").await;
    assert_shown!(followed.masked(), @r"
    ✓ **Following** Ada on Twitch
    announced in <#…>
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    clouds.twitch.go_live("1", "stream-1", "Hello there", "Chess", now());
    let told = says(&world, "is live on Twitch").await;
    assert_shown!(crate::people::mask(&message_text(&told)), @r"
    **Ada** is live on Twitch
    since <t:…:R> · 7 watching · Chess
    <@…> Ada plays Chess
    **Hello there**
    What Ada shows
    Watch
    Notify me
    ");
    let fans = world.sandbox.role_id("Fans").unwrap();
    let pinged = pings(&world, "POST", "is live on Twitch").await;
    assert_eq!(pinged, json!({ "parse": [], "roles": [fans], "users": [] }));
    // Another title is drawn at once, on the same message.
    clouds.twitch.go_live("1", "stream-1", "Something else", "Go", now() - 60_000);
    let drawn = says(&world, "Something else").await;
    assert_eq!(drawn["id"], told["id"]);
    let list = admin.ask("/stream list").await;
    assert!(list.text().contains("live since"), "{}", list.text());
    clouds.twitch.watch("1", 4_321);
    says(&world, "Something else").await;
    let peak = async {
        loop {
            let store = world.store().await;
            let going_on = store.streams_going_on(world.guild()).await.unwrap();
            store.close().await;
            if going_on.iter().any(|live| live.peak == Some(4_321)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(SOON, peak).await.unwrap();
    clouds.twitch.go_off("1");
    let gone = async {
        loop {
            let store = world.store().await;
            let going_on = store.streams_going_on(world.guild()).await.unwrap();
            store.close().await;
            if going_on.iter().all(|live| live.gone.is_some()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.unwrap();
    later(&world, &clouds, Duration::from_mins(6)).await;
    let over = says(&world, "was live on Twitch").await;
    assert_eq!(over["id"], told["id"]);
    let text = crate::people::mask(&message_text(&over));
    assert!(text.contains("4,321 watching at most") && text.contains("Watch again"), "{text}");
    assert_eq!(live(&world).len(), 1);
    world.end().await;
}

async fn killed_between_the_claim_and_the_post_a_stream_is_told_once(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    let wanted = admin.ask("/stream setup channel:#live").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    for round in 0..4_u64 {
        let id = (10 + round).to_string();
        clouds.twitch.add_channel(&id, &format!("kate{round}"), &format!("Kate{round}"));
        admin.ask(&format!("/stream follow name:kate{round}")).await.until("Following").await;
        if round % 2 == 1 {
            let fault = Fault::lost_answer().on("POST /channels/{channel_id}/messages").times(1);
            world.sandbox.inject(fault).unwrap();
        }
        clouds.twitch.go_live(&id, &format!("stream-{round}"), "Hello", "Chess", now());
        // From the claim on, it is cut off somewhere.
        let claimed = async {
            loop {
                let store = world.store().await;
                let is_claimed = !store.untold_streams(None, 10).await.unwrap().is_empty()
                    || store.streams_going_on(world.guild()).await.unwrap().len() > usize::try_from(round).unwrap();
                store.close().await;
                if is_claimed {
                    return;
                }
            }
        };
        tokio::time::timeout(SOON, claimed).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30 * round)).await;
        world.kill_bot();
        world.start_bot().await;
        says(&world, &format!("Kate{round}")).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let texts: Vec<String> = live(&world).iter().map(message_text).collect();
    for round in 0..4 {
        let name = format!("Kate{round}");
        assert_eq!(texts.iter().filter(|text| text.contains(&name)).count(), 1, "{texts:#?}");
    }
    world.end().await;
}

async fn the_button_gives_and_takes_the_role_and_no_other(mut world: World) {
    let clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let fans = role(&world, "Fans").await;
    let wanted = admin.ask("/stream setup channel:#live mention:@Fans").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:ada").await.until("Following").await;
    clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", now());
    says(&world, "is live on Twitch").await;
    let channel = world.sandbox.channel_id("live").unwrap();
    member.client.read_history(&channel).await.unwrap();
    let card = member.sees_in(&channel, "is live on Twitch").await;
    let path = format!("/guilds/{}/members/{}", world.guild(), member.id());
    for (has_it, says) in [(true, "Notified"), (false, "Not notified")] {
        let answer = card.try_press(&member, "Notify me").await.unwrap().answer().await;
        answer.until(says).await;
        let roles = admin.client.rest(Method::GET, &path, None).await.unwrap()["roles"].clone();
        assert_eq!(roles.as_array().unwrap().iter().any(|role| *role == json!(fans)), has_it);
    }
    // The same role with a permission is given to nobody.
    let body = json!({ "permissions": "8" });
    admin.client.rest(Method::PATCH, &format!("/guilds/{}/roles/{fans}", world.guild()), Some(&body)).await.unwrap();
    let answer = card.try_press(&member, "Notify me").await.unwrap().answer().await;
    answer.until("comes with permissions").await;
    world.end().await;
}

async fn whoever_is_live_has_the_role_for_as_long(mut world: World) {
    let clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let on_air = role(&world, "OnAir").await;
    let wanted = admin.ask("/stream setup channel:#live live_role:@OnAir games:Chess").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:ada member:@member").await.until("Following").await;
    let path = format!("/guilds/{}/members/{}", world.guild(), member.id());
    let has_it = async || {
        let roles = admin.client.rest(Method::GET, &path, None).await.unwrap()["roles"].clone();
        roles.as_array().unwrap().iter().any(|role| *role == json!(on_air))
    };
    let until = async |wanted: bool| {
        let held = async {
            while has_it().await != wanted {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(SOON, held).await.unwrap_or_else(|_| panic!("{wanted}: {}", world.log()));
    };
    // What the filters do not let through gives no role.
    clouds.twitch.go_live("1", "stream-1", "Hello", "Just Chatting", now());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!has_it().await);
    clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", now());
    until(true).await;
    clouds.twitch.go_off("1");
    tokio::time::sleep(Duration::from_secs(3)).await;
    later(&world, &clouds, Duration::from_mins(6)).await;
    until(false).await;
    world.end().await;
}

async fn what_a_stream_is_called_pings_and_formats_nothing(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    let wanted = admin.ask("/stream setup channel:#live template:\"{user}: {title} {url}\"").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    clouds.twitch.add_channel("2", "eve", "@everyone");
    admin.ask("/stream follow name:eve").await.until("Following").await;
    clouds.twitch.go_live("2", "stream-2", "@here **free** [x](https://evil.example) {url} <@&1>", "# Big", now());
    let told = says(&world, "is live on Twitch").await;
    let text = message_text(&told);
    assert!(
        text.contains(r"\@everyone") && text.contains(r"\@here \*\*free\*\* \[x\]\(https\:\/\/evil.example\)"),
        "{text}"
    );
    assert!(
        text.contains(r"\{url\}") && text.contains(r"\<\@&1\>"),
        "what is filled in is not looked through again: {text}"
    );
    assert!(told["mention_roles"].as_array().is_none_or(Vec::is_empty) && told["mention_everyone"] != json!(true));
    world.end().await;
}

async fn what_comes_to_the_web_is_answered_at_once_and_told_and_what_is_forged_is_refused(mut world: World) {
    world.set_environment("NEBULA_WEB_URL", "https://nebula.example");
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    let wanted = admin.ask("/stream setup channel:#live").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:ada").await.until("Following").await;
    world.until("it asks to be told", |_| clouds.twitch.subscribed().len() == 2).await;
    let (http, to) = (reqwest::Client::new(), format!("{}/hooks/twitch", world.web()));
    let send = async |event: &peers::clouds::twitch::Event| {
        let mut request = http.post(&to).body(event.body.clone());
        for (name, value) in &event.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for challenge in clouds.twitch.challenges() {
        let (status, told) = send(&challenge).await;
        assert!(status == 200 && challenge.body.contains(&told) && told.starts_with("word-of-"), "{status} {told}");
    }
    clouds.twitch.proven();
    clouds.twitch.go_live("1", "stream-1", "Hello", "Chess", now());
    let event = clouds.twitch.online("1", "message-1").unwrap();
    let mut forged = event.clone();
    forged.body.push(' ');
    assert_eq!(send(&forged).await.0, 403);
    for _ in 0..3 {
        assert_eq!(send(&event).await.0, 204);
    }
    says(&world, "is live on Twitch").await;
    forged.body = "x".repeat(1024 * 1024 + 1);
    assert_eq!(send(&forged).await.0, 413);
    for (path, status) in [("kick", 403), ("youtube", 404), ("youtube/UC1/00", 404)] {
        let place = format!("{}/hooks/{path}", world.web());
        assert_eq!(http.post(place).body("{}").send().await.unwrap().status().as_u16(), status, "{path}");
    }
    for path in ["youtube", "youtube/UC1/00"] {
        let place = format!("{}/hooks/{path}?hub.mode=subscribe&hub.topic=x&hub.challenge=y", world.web());
        assert_eq!(http.get(place).send().await.unwrap().status().as_u16(), 404, "{path}");
    }
    assert_eq!(live(&world).len(), 1);
    // Thousands of them at the door change nothing, and hold up nobody.
    let store = world.store().await;
    let before = store.deliveries_known().await.unwrap();
    let forged = futures::future::join_all((0..32).map(|line| {
        let (http, web, event) = (&http, world.web(), &event);
        async move {
            for number in 0..100 {
                for (path, status) in [("twitch", 403), ("kick", 403), ("youtube/UC1/00", 404)] {
                    let mut request = http.post(format!("{web}/hooks/{path}")).body(event.body.clone());
                    for (name, value) in &event.headers {
                        let is_id = name.ends_with("Message-Id");
                        let value = if is_id { format!("forged-{line}-{number}") } else { value.clone() };
                        request = request.header(*name, value);
                    }
                    assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{path}");
                }
            }
        }
    }));
    assert!(tokio::time::timeout(Duration::from_mins(1), forged).await.is_ok(), "thousands are answered in a minute");
    assert_eq!(store.deliveries_known().await.unwrap(), before);
    store.close().await;
    assert_eq!(send(&event).await.0, 204);
    world.end().await;
}

async fn a_name_that_is_nobodys_is_said_to_be(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    for (line, says) in [
        ("/stream follow name:nobody", "Twitch knows nobody called `nobody`"),
        ("/stream follow name:kick.com/nobody", "Kick knows nobody called `nobody`"),
        ("/stream follow name:@nobody", "YouTube knows nobody called `@nobody`"),
        ("/stream follow name:\"not a name\"", "names no channel"),
        ("/stream unfollow name:ada", "No channel called `ada` is followed here"),
        ("/stream setup template:{nothing}", "is nothing that can be filled in"),
    ] {
        let answer = admin.ask(line).await;
        assert!(answer.is_private() && answer.text().contains(says), "{line}: {}", answer.text());
    }
    clouds.twitch.break_next("/helix/", 10, peers::clouds::Fault::Status(500, Vec::new()));
    let answer = admin.ask("/stream follow name:ada").await;
    assert!(answer.text().contains("could not be asked"), "{}", answer.text());
    clouds.twitch.mend();
    admin.ask("/stream follow name:ada").await.until("Following").await;
    assert_eq!(admin.offered("/stream unfollow name:a").await, ["Ada · Twitch"]);
    assert_eq!(admin.offered("/stream follow name:bo").await, ["twitch.tv/bo", "youtube.com/@bo", "kick.com/bo"]);
    let sent = admin.ask("/stream test name:ada").await;
    assert!(sent.text().contains("There is no channel yet"), "{}", sent.text());
    admin.ask("/stream unfollow name:ada").await.until("Unfollowed").await;
    assert!(admin.ask("/stream list").await.text().contains("None is followed yet"));
    world.end().await;
}
