//! Accounts at platforms: connected in a browser or by a code, refused in every way that is not theirs, renewed once, ended by the
//! platform's word alone, given back.

pub(crate) mod browser;
mod code;
mod killed;
mod lent;
mod managed;
mod own;
mod refused;
mod renewed;
mod revoked;
mod told;

use peers::clouds::{Clouds, Twitch};

use self::browser::{connects, opens};
use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    accounts_of_every_platform_are_connected_in_the_browser_tested_and_given_back
    an_account_is_connected_by_a_code_where_there_is_no_address_of_ours
    who_disconnects_gives_back_at_the_platform_too_and_hears_where_that_failed
    a_wrong_door_says_what_is_missing_and_keeps_nothing
    that_others_are_heard_over_an_account_is_said_only_where_nobody_reaches_the_bot
}

/// The end of a story with platforms: nothing they ever gave is anywhere.
async fn end(mut world: World, clouds: &Clouds) {
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}

/// One account of whoever asks, as they see it.
async fn look(person: &Person, platform: &str) -> Shown {
    let list = person.ask("/connections").await;
    list.until("Connections").await;
    assert!(list.is_private());
    list.press(person, platform).await;
    list.until("connected <t:").await;
    list
}

async fn accounts_of_every_platform_are_connected_in_the_browser_tested_and_given_back(mut world: World) {
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(member.ask("/connections").await.masked(), @r"
    **Connections** none yet
    Connect Twitch
    Connect YouTube
    Connect Kick
    Connect Spotify
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let (shown, _) = browser::link(&member, "twitch").await;
    assert_shown!(shown.masked(), @r"
    ◐ **Connect Twitch**
    ends <t:…:R>
    Cancel
    I ask to see who you are, and nothing else.
    The link is for you alone: whoever opens it would connect their account in your name.
    Open Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    shown.press(&member, "Cancel").await;
    shown.until("It was stopped").await;

    assert_shown!(connects(&world, &member, "twitch").await.masked(), @r"
    ✓ **Connected** `Ada` on Twitch
    I may see who you are, and nothing else.
    Twitch finds no way to me here: over your account I also hear when up to 5 other channels go live that servers follow.
    `/connections` tests it, or gives it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(connects(&world, &member, "kick").await.masked(), @r"
    ✓ **Connected** `AdaK` on Kick
    I may see your channel; see who you are.
    `/connections` tests it, or gives it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    connects(&world, &member, "youtube").await;
    connects(&world, &member, "spotify").await;
    let list = member.ask("/connections").await;
    assert_shown!(list.masked(), @r"
    **Connections**
    4 connected
    ✓ Kick  `AdaK`  checked <t:…:R>
    Kick
    ✓ Spotify  `Ada S`  checked <t:…:R>
    Spotify
    ✓ Twitch  `Ada`  checked <t:…:R>
    Twitch
    ✓ YouTube  `Ada on YouTube`  checked <t:…:R>
    YouTube
    Twitch finds no way to me here: over your account I also hear when up to 5 other channels go live that servers follow.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // What is connected is nobody else's.
    admin.ask("/connections").await.until("none yet").await;

    let shown = look(&member, "YouTube").await;
    assert_shown!(shown.masked(), @r"
    ✓ **YouTube** `Ada on YouTube`
    checked <t:…:R> · connected <t:…:R>
    Channel
    I may see your channel and your broadcasts.
    Test
    Reconnect
    Disconnect
    All
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(opens(&shown), "https://www.youtube.com/channel/UCada0000000000000000000");
    shown.press(&member, "Test").await;
    shown.until("You are `Ada on YouTube` there.").await;
    for (platform, said) in [
        ("YouTube", "good for nothing any more"),
        ("Twitch", "good for nothing"),
        ("Kick", "good for nothing"),
        ("Spotify", "only you take it back"),
    ] {
        let shown = look(&member, platform).await;
        shown.press(&member, "Disconnect").await;
        shown.until("Disconnected").await.until(said).await;
    }
    assert_eq!([clouds.twitch.lent("1001"), clouds.youtube.lent("g-2001"), clouds.kick.lent("3001")], [1, 0, 0]);
    member.ask("/connections").await.until("none yet").await;
    end(world, &clouds).await;
}

async fn an_account_is_connected_by_a_code_where_there_is_no_address_of_ours(mut world: World) {
    let twitch = Twitch::start("public-app", None);
    twitch.person("1001", "ada", "Ada");
    world.set_environment("TWITCH_CLIENT_ID", "public-app");
    world.set_environment("NEBULA_TWITCH_URL", &twitch.url());
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let member = world.member().await;
    let shown = member.ask("/connect twitch").await;
    shown.until("and type").await;
    assert!(shown.is_private());
    assert_eq!(opens(&shown), "https://www.twitch.tv/activate");
    let text = shown.text();
    let code = text.split("type `").nth(1).unwrap().split('`').next().unwrap();
    assert!(!twitch.types("ABCD9999", "1001"));
    assert!(twitch.types(code, "1001"));
    assert_shown!(shown.until("Connected").await.masked(), @r"
    ✓ **Connected** `Ada` on Twitch
    I may see who you are, and nothing else.
    Twitch finds no way to me here: over your account I also hear when up to 5 other channels go live that servers follow.
    `/connections` tests it, or gives it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Its refresh token is of one use: the one after it outlives the process that got it.
    twitch.tokens_last(std::time::Duration::from_secs(1));
    for round in 1..=2 {
        twitch.take_access();
        let shown = look(&member, "Twitch").await;
        shown.press(&member, "Test").await;
        shown.until("You are `Ada` there.").await;
        assert!(twitch.renewals() >= round);
        assert!(world.stop_bot().await);
        world.start_bot().await;
    }
    for secret in twitch.words() {
        world.never_show(&secret);
    }
    world.end().await;
}

async fn who_disconnects_gives_back_at_the_platform_too_and_hears_where_that_failed(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    connects(&world, &member, "kick").await;
    assert_eq!(clouds.kick.lent("3001"), 2);
    clouds.kick.break_next("/id/oauth/revoke", 1, peers::clouds::Fault::Status(503, Vec::new()));
    let shown = look(&member, "Kick").await;
    shown.press(&member, "Disconnect").await;
    assert_shown!(shown.until("Disconnected").await.masked(), @r"
    ! **Disconnected** `AdaK` on Kick
    Nothing of it is left here, but it was **not given back**: Kick could not be asked: it has trouble of its own. Take it back yourself: https://kick.com/settings
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/connections").await.until("none yet").await;
    connects(&world, &member, "kick").await;
    let shown = look(&member, "Kick").await;
    let before = clouds.kick.lent("3001");
    shown.press(&member, "Disconnect").await;
    shown.until("Disconnected").await.until("good for nothing any more").await;
    assert_eq!(before - clouds.kick.lent("3001"), 2, "both tokens are given back");
    end(world, &clouds).await;
}

async fn a_wrong_door_says_what_is_missing_and_keeps_nothing(mut world: World) {
    let member = world.member().await;
    assert_shown!(member.ask("/connect kick").await.masked(), @r"
    ✕ **Kick** is not set up here
    `KICK_CLIENT_ID` and `KICK_CLIENT_SECRET` are not set. Whoever runs me registers an app at Kick and sets them. Nothing was done.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let clouds = Clouds::start();
    for (name, value) in clouds.environment() {
        world.set_environment(name, &value);
    }
    assert!(world.stop_bot().await);
    world.start_bot().await;
    assert_shown!(member.ask("/connect youtube").await.masked(), @r"
    ✕ **YouTube** asks people in their browser, and I have no address
    `NEBULA_WEB_URL` is not set: it is where a browser comes back to. Whoever runs me sets it. Nothing was done.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // There is no secret that is used where none is set.
    world.set("NEBULA_SECRET", "");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    for platform in ["twitch", "spotify"] {
        let refused = member.ask(&format!("/connect {platform}")).await;
        refused.until("`NEBULA_SECRET` is not set").await;
    }
    assert!(clouds.twitch.asked("/").is_empty() && clouds.spotify.asked("/").is_empty());
    end(world, &clouds).await;
}

async fn that_others_are_heard_over_an_account_is_said_only_where_nobody_reaches_the_bot(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    connects(&world, &member, "kick").await;
    let list = member.ask("/connections").await;
    assert!(!list.text().contains("other channels"), "only at Twitch: {}", list.text());
    let said = connects(&world, &member, "twitch").await;
    assert!(said.text().contains("up to 5 other channels"), "{}", said.text());
    member.ask("/connections").await.until("up to 5 other channels").await;
    // With an address of its own it is told there.
    world.set("NEBULA_WEB_URL", "https://nebula.example");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let list = member.ask("/connections").await;
    list.until("2 connected").await;
    assert!(!list.text().contains("other channels"), "{}", list.text());
    end(world, &clouds).await;
}
