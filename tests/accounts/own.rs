//! Members' own streams: told of with their connected account as the proof, and no longer than that, their membership and their role last.

use std::time::Duration;

use peers::clouds::Clouds;
use reqwest::Method;
use sandbox::client::message_text;
use serde_json::{Value, json};

use super::{browser::connects, end};
use crate::{
    people::{Person, mask},
    world::World,
};

on_both_worlds! {
    a_member_has_their_own_stream_told_of_and_it_ends_with_their_account
    an_own_stream_ends_with_the_role_the_membership_and_the_word_of_an_administrator
    what_an_administrator_follows_is_not_followed_twice_and_nobody_names_a_channel
}

/// The bot beside the platforms, with a channel #live and two roles.
async fn beside(world: &mut World) -> Clouds {
    world.set_environment("NEBULA_STREAMS_EVERY", "1");
    let clouds = world.with_clouds().await;
    clouds.twitch.add_channel("1001", "ada", "Ada");
    clouds.kick.add_channel(3001, "ada-k");
    let (admin, guild) = (world.admin().await, world.guild());
    let channels = format!("/guilds/{guild}/channels");
    admin.client.rest(Method::POST, &channels, Some(&json!({ "name": "live" }))).await.unwrap();
    for name in ["Streamers", "Live"] {
        let body = json!({ "name": name, "permissions": "0" });
        admin.client.rest(Method::POST, &format!("/guilds/{guild}/roles"), Some(&body)).await.unwrap();
    }
    clouds
}

async fn sets_up(admin: &Person, line: &str) {
    let wanted = admin.ask(&format!("/stream setup {line}")).await;
    wanted.press(admin, "Keep").await;
    wanted.until("are announced like this").await;
}

/// Waits until somebody has a role, or has it no longer.
async fn until_role(world: &World, person: &Person, role: &str, has: bool) {
    let (admin, role) = (world.admin().await, world.sandbox.role_id(role).unwrap());
    let path = format!("/guilds/{}/members/{}", world.guild(), person.id());
    let held = async {
        loop {
            let member = admin.client.rest(Method::GET, &path, None).await.unwrap();
            let roles = member["roles"].as_array().unwrap().clone();
            if roles.iter().any(|one| *one == Value::String(role.clone())) == has {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, held).await.unwrap_or_else(|_| panic!("{}", world.log()));
}

/// What the bot told somebody alone of their own streams, the oldest first.
fn told(world: &World, direct: &str) -> Vec<String> {
    let all = world.sandbox.messages(direct);
    all.iter().map(message_text).filter(|text| text.contains("Announced no longer")).collect()
}

async fn until_told(world: &World, direct: &str, count: usize) -> String {
    world.until("somebody is told", |world| told(world, direct).len() == count).await;
    mask(told(world, direct).last().unwrap())
}

async fn a_member_has_their_own_stream_told_of_and_it_ends_with_their_account(mut world: World) {
    let clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let direct = super::told::direct(&member).await;
    admin.ask("/log setup channel:#general kinds:\"stream.*\"").await.until("Set up").await;
    assert_shown!(member.ask("/stream mine follow").await.masked(), @r"
    ! **Not now**
    Members' own streams are not announced here. An administrator switches that on with `/stream setup members:True`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Everybody holds the role of that name.
    sets_up(&admin, "channel:#live live_role:@Live members:true members_role:@everyone").await;
    member.ask("/stream mine follow").await.until("You have connected no").await;
    sets_up(&admin, "members_role:@Streamers").await;
    member.ask("/stream mine follow").await.until("Only holders of").await;
    admin.give(&member, "Streamers").await;
    assert_shown!(member.ask("/stream mine follow on:Twitch").await.masked(), @r"
    ✕ **Nothing is connected**
    You have connected no Twitch account.
    It is the proof that a channel is yours. Nothing was changed.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    connects(&world, &member, "twitch").await;
    let mine = member.ask("/stream mine show").await;
    assert!(mine.is_private());
    assert_shown!(mine.masked(), @r"
    **Your own streams** here
    announced in <#…>
    – Twitch  `Ada`  not announced
    Follow
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(member.ask("/stream mine follow").await.masked(), @r"
    ✓ **Following** your own stream
    announced in <#…>
    ✓ Twitch  `Ada`
    It ends when you disconnect the account, leave, or say so.
    Unfollow
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let list = admin.ask("/stream list").await;
    assert!(list.masked().contains("announced in <#…> · <@…>'s own"), "{}", list.masked());
    let now = base::Clock::system().now().0;
    clouds.twitch.go_live("1001", "stream-1", "Hello", "Chess", now);
    until_role(&world, &member, "Live", true).await;
    let live = world.sandbox.channel_id("live").unwrap();
    world.until("it is told", |world| world.sandbox.messages(&live).len() == 1).await;
    // Disconnected, it is nobody's any more: the role goes, and both are told.
    let card = super::look(&member, "Twitch").await;
    card.press(&member, "Disconnect").await;
    card.until("Disconnected").await;
    assert_shown!(until_told(&world, &direct, 1).await, @r"
    ! **Announced no longer** in `Crew`: `Ada` on Twitch
    The account on Twitch is connected no longer. Nobody there is told any more when you go live.
    `/stream mine follow` follows it again, where the server lets you.
    Server
    ");
    until_role(&world, &member, "Live", false).await;
    admin.ask("/stream list").await.until("None is followed yet").await;
    let general = world.sandbox.channel_id("general").unwrap();
    let shown =
        |world: &World| world.sandbox.messages(&general).iter().map(message_text).collect::<Vec<_>>().join("\n");
    world.until("the log", |world| shown(world).contains("own stream ended")).await;
    let all = mask(&shown(&world));
    for line in [
        "✓ live `Ada on Twitch` · <t:…:T>",
        "! own stream ended `Ada on Twitch`: The account on Twitch is connected no longer · <@…> · <t:…:T>",
    ] {
        assert_eq!(all.matches(line).count(), 1, "{line} in\n{all}");
    }
    // Killed and started, it is told once.
    world.kill_bot();
    world.start_bot().await;
    member.ask("/stream mine show").await.until("You have connected no account").await;
    assert_eq!(told(&world, &direct).len(), 1);
    end(world, &clouds).await;
}

async fn an_own_stream_ends_with_the_role_the_membership_and_the_word_of_an_administrator(mut world: World) {
    let clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let direct = super::told::direct(&member).await;
    sets_up(&admin, "channel:#live members:true members_role:@Streamers").await;
    connects(&world, &member, "twitch").await;
    let follows = async || {
        admin.give(&member, "Streamers").await;
        member.ask("/stream mine follow on:Twitch").await.until("**Following** your own stream").await;
    };
    follows().await;
    admin.take(&member, "Streamers").await;
    assert_shown!(until_told(&world, &direct, 1).await, @r"
    ! **Announced no longer** in `Crew`: `Ada` on Twitch
    They no longer hold the role that it takes. Nobody there is told any more when you go live.
    `/stream mine follow` follows it again, where the server lets you.
    Server
    ");
    follows().await;
    admin.ask("/stream unfollow name:Ada").await.until("Unfollowed").await;
    assert_shown!(until_told(&world, &direct, 2).await, @r"
    ! **Announced no longer** in `Crew`: `Ada` on Twitch
    An administrator of the server ended it. Nobody there is told any more when you go live.
    `/stream mine follow` follows it again, where the server lets you.
    Server
    ");
    follows().await;
    sets_up(&admin, "members:false").await;
    assert_shown!(until_told(&world, &direct, 3).await, @r"
    ! **Announced no longer** in `Crew`: `Ada` on Twitch
    The server no longer tells of members' own streams. Nobody there is told any more when you go live.
    `/stream mine follow` follows it again, where the server lets you.
    Server
    ");
    sets_up(&admin, "members:true without:\"members' role\"").await;
    member.ask("/stream mine follow").await.until("**Following** your own stream").await;
    // Their own word ends it, and nobody is told what they said themselves.
    assert_shown!(member.ask("/stream mine unfollow").await.masked(), @r"
    ✓ **Unfollowed** your own stream
    – Twitch  `Ada`
    What was announced stays.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/stream mine unfollow").await.until("No stream is followed here as your own").await;
    member.ask("/stream mine follow").await.until("**Following** your own stream").await;
    admin.kick(&member).await;
    let (store, guild) = (world.store().await, world.guild());
    let gone = async {
        while !store.stream_follows(guild).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, gone).await.unwrap();
    store.close().await;
    end(world, &clouds).await;
}

async fn what_an_administrator_follows_is_not_followed_twice_and_nobody_names_a_channel(mut world: World) {
    let clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    sets_up(&admin, "channel:#live members:true").await;
    admin.ask("/stream follow name:ada").await.until("Following").await;
    connects(&world, &member, "twitch").await;
    connects(&world, &member, "kick").await;
    assert_shown!(member.ask("/stream mine follow").await.masked(), @r"
    ✓ **Following** your own stream
    announced in <#…>
    ✓ Kick  `AdaK`
    – Twitch  `Ada`  the server follows it already
    It ends when you disconnect the account, leave, or say so.
    Unfollow
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/stream mine unfollow on:Twitch").await.until("No stream is followed here as your own").await;
    admin.ask("/stream list").await.until("2 channels").await;
    // What an administrator takes over is the server's from then on, and does not end with the account.
    admin.ask("/stream follow name:kick.com/ada-k").await.until("followed by the server itself from now on").await;
    assert_shown!(member.ask("/stream mine show").await.masked(), @r"
    **Your own streams** here
    announced in <#…>
    ✓ Kick  `AdaK`  announced, and followed by the server itself
    ✓ Twitch  `Ada`  announced, and followed by the server itself
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let card = super::look(&member, "Kick").await;
    card.press(&member, "Disconnect").await;
    card.until("Disconnected").await;
    admin.ask("/stream list").await.until("2 channels").await;
    end(world, &clouds).await;
}
