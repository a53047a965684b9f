//! A guild's commands at Discord: no more of them a day than it takes, and what somebody changed is put right.

use reqwest::Method;
use serde_json::json;

use super::{COMMANDS, all_but, as_the_bot, here};
use crate::world::World;

on_both_worlds! {
    what_discord_takes_no_more_of_today_is_said_and_counted_across_restarts
}

async fn what_discord_takes_no_more_of_today_is_said_and_counted_across_restarts(mut world: World) {
    let admin = world.admin().await;
    admin.ask("/feature off feature:servers").await.until("Switched off").await;
    let store = world.store().await;
    // So many were made new when the bot joined.
    assert_eq!(store.claim_creations(world.guild(), 500, 200).await.unwrap(), 200 - COMMANDS.len());
    store.close().await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let on = admin.ask("/feature on feature:servers").await;
    assert_shown!(on.until("Switched on").await.masked(), @r"
    ✓ **Switched on** `servers`
    `/server`
    Discord takes 200 new commands a day here, and has had them: `/server` follows <t:…:R>.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(here(&world), all_but(&["server"]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_were_global_become_the_guilds_and_a_list_that_somebody_changed_heals() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let application = world.sandbox.application_id();
    assert!(world.stop_bot().await);
    // As a bot of before left it, and as somebody with the token changes it.
    let global = format!("/applications/{application}/commands");
    let url = format!("{}/api/v10{global}", world.sandbox.page_url());
    let old = json!({ "name": "server", "description": "Servers", "type": 1 });
    let token = format!("Bot {}", world.sandbox.bot_token());
    let sent = reqwest::Client::new().post(url).header("Authorization", token).json(&old).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 201);
    world.start_bot().await;
    let global = as_the_bot(&world, Method::GET, &global).await;
    let names: Vec<&str> = global.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"feature") && !names.contains(&"server"), "{names:?}");

    let own = format!("/applications/{application}/guilds/{}/commands", world.guild());
    let there = as_the_bot(&world, Method::GET, &own).await;
    let id = there.as_array().unwrap().iter().find(|one| one["name"] == "server").unwrap()["id"].clone();
    as_the_bot(&world, Method::DELETE, &format!("{own}/{}", id.as_str().unwrap())).await;
    assert_eq!(here(&world), all_but(&["server"]));
    admin.ask("/setup doctor").await.until("commands: 1 put right").await;
    assert_eq!(here(&world), all_but(&[]));
    world.end().await;
}
