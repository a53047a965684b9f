//! Who took back what they gave is told once, whatever happens to the bot meanwhile; what is sealed outlives its key.

use std::time::Duration;

use base::Clock;
use peers::clouds::Fault;
use reqwest::Method;
use serde_json::json;

use super::{browser::connects, end, look};
use crate::{people::Person, world::World};

on_both_worlds! {
    who_took_back_what_they_gave_is_told_once_and_connects_again
    killed_while_a_token_is_renewed_the_bot_says_connect_again_and_does_not_try_over_and_over
    tokens_are_sealed_with_the_vaults_key_and_change_with_it
}

/// The channel of somebody's direct messages with the bot.
pub(super) async fn direct(person: &Person) -> String {
    let shown = person.ask("/connections").await;
    let bot = shown.message().raw["author"]["id"].as_str().unwrap().to_owned();
    let body = json!({ "recipient_id": bot });
    let channel = person.client.rest(Method::POST, "/users/@me/channels", Some(&body)).await.unwrap();
    channel["id"].as_str().unwrap().to_owned()
}

/// How often they were told.
fn told(world: &World, channel: &str) -> usize {
    world.sandbox.messages(channel).iter().filter(|message| message.to_string().contains("again**")).count()
}

async fn who_took_back_what_they_gave_is_told_once_and_connects_again(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let channel = direct(&member).await;
    connects(&world, &member, "twitch").await;
    connects(&world, &member, "kick").await;
    clouds.twitch.take_back("1001");
    // Twitch is asked of each token at the start.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    assert_shown!(member.sees_in(&channel, "Connect Twitch again").await.masked(), @r"
    ! **Connect Twitch again**
    Twitch does not renew what you gave me any more. Until you connect `Ada` again, I do nothing there for you.
    `/connect twitch` does that, in any server that I am in.
    ");
    // Nobody is told of what is used and found to be gone, but whoever uses it.
    clouds.kick.take_back("3001");
    let shown = look(&member, "Kick").await;
    shown.press(&member, "Test").await;
    shown.until("is to be connected again").await;
    member.sees_in(&channel, "Connect Kick again").await;
    let list = member.ask("/connections").await;
    assert_shown!(list.masked(), @r"
    **Connections**
    0 connected · 2 to be connected again
    ! Kick  `AdaK`  to be connected again
    Kick
    ! Twitch  `Ada`  to be connected again
    Twitch
    Connect YouTube
    Connect Spotify
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Killed and started as often as it likes, it says so once.
    for _ in 0..2 {
        world.kill_bot();
        world.start_bot().await;
    }
    connects(&world, &member, "twitch").await;
    let shown = look(&member, "Twitch").await;
    shown.press(&member, "Test").await;
    shown.until("You are `Ada` there.").await;
    assert_eq!(told(&world, &channel), 2);
    end(world, &clouds).await;
}

async fn killed_while_a_token_is_renewed_the_bot_says_connect_again_and_does_not_try_over_and_over(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    let channel = direct(&member).await;
    connects(&world, &member, "kick").await;
    connects(&world, &member, "youtube").await;
    // Both are renewed next; the answers never arrive.
    for path in ["/id/oauth/token", "/oauth2/token"] {
        clouds.kick.break_next(path, 1, Fault::AnswerLate(Duration::from_secs(3)));
        clouds.youtube.break_next(path, 1, Fault::AnswerLate(Duration::from_secs(3)));
    }
    clouds.kick.take_access();
    clouds.youtube.take_access();
    let exchanged = (clouds.kick.asked("/id/oauth/token").len(), clouds.youtube.asked("/oauth2/token").len());
    for platform in ["Kick", "YouTube"] {
        let shown = look(&member, platform).await;
        shown.press(&member, "Test").await;
    }
    world
        .until("both are being renewed", |_| {
            clouds.kick.asked("/id/oauth/token").len() > exchanged.0
                && clouds.youtube.asked("/oauth2/token").len() > exchanged.1
        })
        .await;
    world.kill_bot();
    world.start_bot().await;
    // What YouTube renews stays as it is: nothing was lost.
    let shown = look(&member, "YouTube").await;
    shown.press(&member, "Test").await;
    shown.until("You are `Ada on YouTube` there.").await;
    // Kick gave two new ones that nobody has.
    let shown = look(&member, "Kick").await;
    shown.press(&member, "Test").await;
    shown.until("is to be connected again").await;
    member.sees_in(&channel, "Connect Kick again").await;
    let asked = clouds.kick.asked("/id/oauth/token").len();
    look(&member, "Kick").await.press(&member, "Test").await;
    world.kill_bot();
    world.start_bot().await;
    connects(&world, &member, "kick").await;
    // One for the code.
    assert_eq!((clouds.kick.asked("/id/oauth/token").len(), told(&world, &channel)), (asked + 1, 1));
    end(world, &clouds).await;
}

async fn tokens_are_sealed_with_the_vaults_key_and_change_with_it(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    connects(&world, &member, "spotify").await;
    let new = Clock::system().key();
    assert!(world.stop_bot().await);
    let rotated = world.program("key").arg("rotate").env("NEBULA_SECRET_NEW", &new).output().unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    world.set_passphrase(&new);
    world.start_bot().await;
    let shown = look(&member, "Spotify").await;
    shown.press(&member, "Test").await;
    shown.until("You are `Ada S` there.").await;
    end(world, &clouds).await;
}
