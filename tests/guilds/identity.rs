//! How the bot looks in a guild.

use reqwest::Method;

use super::as_the_bot;
use crate::{people::Person, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_looks_as_a_guild_wants_it_and_back() {
    let world = World::start().await;
    let admin = world.admin().await;
    std::fs::write(world.path("face.png"), b"\x89PNG\r\n\x1a\n a small picture").unwrap();
    std::fs::write(world.path("face.txt"), b"no picture at all").unwrap();
    let (picture, text) = (world.path("face.png"), world.path("face.txt"));
    let me = format!("/guilds/{}/members/{}", world.guild(), world.sandbox.application_id());

    assert_snapshot_of(&admin, "/setup identity").await;
    let line = format!(r#"/setup identity nickname:Ops avatar:"@{}" bio:"Here to help""#, picture.display());
    let changed = admin.ask(&line).await;
    changed.until("Changed").await;
    assert_shown!(changed.masked(), @r"
    ✓ **Changed** how I look here
    nickname  my own name → `Ops`
    avatar  as everywhere → another one
    bio  `Here to help`
    Discord does not keep the bio of before.
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let now = as_the_bot(&world, Method::GET, &me).await;
    assert!(now["nick"] == "Ops" && now["avatar"].is_string() && now["banner"].is_null(), "{now}");
    let undone = changed.try_press(&admin, "Undo").await.unwrap().answer().await;
    assert_shown!(undone.until("my own name").await.masked(), @r"
    ✓ **Changed** how I look here
    nickname  `Ops` → my own name
    avatar  one of its own → as everywhere
    Discord does not keep the avatar of before.
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let now = as_the_bot(&world, Method::GET, &me).await;
    assert!(now["nick"].is_null() && now["avatar"].is_null(), "{now}");

    let wrong = admin.ask(&format!(r#"/setup identity banner:"@{}""#, text.display())).await;
    wrong.until("must be a PNG").await;
    admin.ask("/setup identity reset:everything").await.until("banner  as everywhere").await;
    world.end().await;
}

async fn assert_snapshot_of(admin: &Person, line: &str) {
    assert_shown!(admin.ask(line).await.masked(), @r"
    ✕ **That will not work**
    Say what to change: a nickname, an avatar, a banner or a bio. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
}
