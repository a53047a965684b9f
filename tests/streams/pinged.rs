//! Who is pinged: everybody as Discord has it, a role that whoever wants it is given, and one that can only be mentioned.

use reqwest::Method;
use sandbox::client::message_text;
use serde_json::json;

use super::{
    scene::now,
    seen::{beside, live, pings, role, says},
};
use crate::world::World;

on_both_worlds! {
    everybody_is_pinged_by_their_own_name_and_nobody_is_given_a_role_for_that
    a_role_that_can_only_be_mentioned_has_no_button_and_the_setup_says_why
}

/// "Mention @everyone, @here, and All Roles", as Discord counts permissions.
const MENTION_EVERYONE: u64 = 1 << 17;

/// A role of the bot's own gets one more permission.
async fn may_mention(world: &World) {
    let (admin, roles) = (world.admin().await, format!("/guilds/{}/roles", world.guild()));
    let all = admin.client.rest(Method::GET, &roles, None).await.unwrap();
    let ours = all.as_array().unwrap().iter().find(|role| role["managed"] == json!(true)).unwrap();
    let bits: u64 = ours["permissions"].as_str().unwrap().parse().unwrap();
    let body = json!({ "permissions": (bits | MENTION_EVERYONE).to_string() });
    let path = format!("{roles}/{}", ours["id"].as_str().unwrap());
    admin.client.rest(Method::PATCH, &path, Some(&body)).await.unwrap();
}

async fn everybody_is_pinged_by_their_own_name_and_nobody_is_given_a_role_for_that(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    let wanted = admin.ask("/stream setup channel:#live mention:@everyone").await;
    assert_shown!(wanted.masked(), @r"
    ! **Streams** would be announced like this
    announced in <#…>
    pings @everyone
    ! @everyone is named and not pinged: that takes **Mention @everyone, @here, and All Roles** in <#…>
    > **Ada** is live on Twitch
    > since <t:…:R> · 1,234 watching · Just Chatting
    > @everyone
    > **An example, and no stream**
    Keep
    -# nothing is changed yet · ref REFERENCE · by <@…> · <t:…:R>
    ");
    may_mention(&world).await;
    let wanted = admin.ask("/stream setup channel:#live mention:@everyone").await;
    assert!(!wanted.text().contains("named and not pinged"), "{}", wanted.text());
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:twitch.tv/ada").await.until("Following").await;
    clouds.twitch.go_live("1", "stream-1", "Hello there", "Chess", now());
    let told = says(&world, "is live on Twitch").await;
    assert_shown!(crate::people::mask(&message_text(&told)), @r"
    **Ada** is live on Twitch
    since <t:…:R> · 7 watching · Chess
    @everyone
    **Hello there**
    What Ada shows
    Watch
    ");
    assert_eq!(pings(&world, "POST", "Hello there").await, json!({ "parse": ["everyone"], "roles": [], "users": [] }));
    assert_eq!(told["mention_everyone"], json!(true));
    // What it is called pings nobody once more.
    clouds.twitch.go_live("1", "stream-1", "Something else", "Chess", now() - 60_000);
    says(&world, "Something else").await;
    assert_eq!(pings(&world, "PATCH", "Something else").await, json!({ "parse": [] }));
    world.end().await;
}

async fn a_role_that_can_only_be_mentioned_has_no_button_and_the_setup_says_why(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    let (fans, staff) = (role(&world, "Fans").await, role(&world, "Staff").await);
    let roles = format!("/guilds/{}/roles", world.guild());
    for (which, body) in [(&staff, json!({ "permissions": "8192" })), (&fans, json!({ "mentionable": false }))] {
        admin.client.rest(Method::PATCH, &format!("{roles}/{which}"), Some(&body)).await.unwrap();
    }
    admin.ask("/stream follow name:twitch.tv/ada").await.until("Following").await;
    let no_ping = "is named and not pinged: that takes **Mention @everyone, @here, and All Roles** in <#";
    for (round, (name, said, has_button)) in [
        ("Staff", "comes with permissions that not everybody has: it is pinged, and no button gives it", false),
        ("Nebula", "comes with an app, a subscription or a boost, which alone give it: no button gives it", false),
        ("Fans", no_ping, true),
    ]
    .into_iter()
    .enumerate()
    {
        let wanted = admin.ask(&format!("/stream setup channel:#live mention:@{name}")).await;
        assert!(wanted.text().contains(said), "{name}: {}", wanted.text());
        assert_eq!(wanted.text().contains(no_ping), name != "Staff", "{name}: {}", wanted.text());
        wanted.press(&admin, "Keep").await;
        wanted.until("are announced like this").await;
        assert!(wanted.text().contains(said), "what was kept says it too: {}", wanted.text());
        clouds.twitch.go_live("1", &format!("stream-{round}"), &format!("Round {round}"), "Chess", now());
        let told = says(&world, &format!("Round {round}")).await;
        let text = message_text(&told);
        assert_eq!(text.contains("Notify me"), has_button, "{name}: {text}");
        let id = world.sandbox.role_id(name).unwrap();
        assert!(text.contains(&format!("<@&{id}>")), "{text}");
        let mentions = pings(&world, "POST", &format!("Round {round}")).await;
        assert_eq!(mentions, json!({ "parse": [], "roles": [id], "users": [] }));
    }
    assert_eq!(live(&world).len(), 3);
    // Where it is said is gone: nobody is pinged there, which is all that is wrong.
    let gone = format!("/channels/{}", world.sandbox.channel_id("live").unwrap());
    admin.client.rest(Method::DELETE, &gone, None).await.unwrap();
    admin.ask("/stream setup mention:@Fans").await.until("is named and not pinged").await;
    // A setup that names nothing says how it stands by now.
    admin.client.rest(Method::DELETE, &format!("{roles}/{fans}"), None).await.unwrap();
    let answer = admin.ask("/stream setup").await;
    assert!(answer.text().contains("The role that is pinged is gone"), "{}", answer.text());
    world.end().await;
}
