//! A container in trouble is told once, however often it happens and whoever was away meanwhile.

use insta::assert_snapshot;

use super::{Yard, masked};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_exits_loops_or_is_unhealthy_is_told_once_on_sqlite() {
    let Some(yard) = Yard::of("alert") else { return };
    let world = World::with_docker(&yard.docker).await;
    told_once(world, &yard).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_exits_loops_or_is_unhealthy_is_told_once_on_postgres() {
    let Some(yard) = Yard::of("alarm") else { return };
    let world = World::with_docker_on_postgres(&yard.docker).await;
    told_once(world, &yard).await;
}

/// Messages about this story's containers, in the order they came.
fn alerts(world: &World, yard: &Yard, says: &str) -> usize {
    let about = format!("**`{}-", yard.story);
    let messages = world.sandbox.messages(&world.sandbox.channel_id("ops").unwrap());
    messages.iter().filter(|message| message.to_string().contains(&about) && message.to_string().contains(says)).count()
}

async fn told_once(mut world: World, yard: &Yard) {
    let admin = world.admin().await;
    let elsewhere = admin.ask("/container watch server:nowhere channel:#ops").await;
    elsewhere.until("No such server").await;
    let watched = admin.ask("/container watch server:local channel:#ops").await;
    watched.until("Watching").await;
    if yard.story == "alert" {
        assert_snapshot!(masked(&watched.text()), @r"
        ✓ **Watching** the containers on `local`
        tells in <#…>
        Who exits unexpectedly, restarts in a loop, runs out of memory or turns unhealthy is told, once.
        `/container unwatch` ends it.
        -# ref REFERENCE · by <@…> · <t:…:R>
        ");
    }

    let web = yard.run("web", &["--init"], "echo serving; exec sleep 1000");
    // What somebody asks for is not told.
    yard.docker.run(&["restart", "--time", "0", &web]);
    yard.docker.run(&["kill", &web]);
    let exited = admin.sees(&format!("`{web}` exited")).await;
    if yard.story == "alert" {
        assert_snapshot!(masked(&exited.text()), @r"
        ✕ **`alert-web` exited** on `local`
        exit 137 by SIGKILL · `busybox:local` · <t:…:R>
        It does not run.
        ```ansi
        serving
        serving
        ```
        Restart
        Logs
        Show
        -# more of this is counted, not told, until it was quiet for 10 min
        ");
    }
    let looping = yard.run("loop", &["--restart", "always"], "echo no database; exit 1");
    let looping = admin.sees(&format!("`{looping}` restarts in a loop")).await;
    assert!(looping.text().contains("no database"), "{}", looping.text());
    let check = ["--init", "--health-cmd", "exit 1", "--health-interval", "1s", "--health-retries", "1"];
    let sick = yard.run("sick", &check, "exec sleep 1000");
    admin.sees(&format!("`{sick}` is unhealthy")).await;

    // While the bot is away a container ends; what was told is not told again.
    assert!(world.stop_bot().await);
    let late = yard.run("late", &[], "exit 4");
    world
        .until("it ended", |_| yard.docker.run(&["inspect", "--format", "{{.State.Running}}", &late]) == "false")
        .await;
    world.start_bot().await;
    admin.sees(&format!("`{late}` exited")).await;
    assert_eq!(alerts(&world, yard, "exited"), 2);
    assert_eq!(alerts(&world, yard, "in a loop"), 1);
    assert_eq!(alerts(&world, yard, "unhealthy"), 1);
    let store = world.store().await;
    let last = store.last_event().await.unwrap();
    let events = store.events_of(world.guild(), 0, last, 1_000).await.unwrap();
    let about = |event: &store::events::Event| event.subject.as_ref().is_some_and(|name| name.starts_with(yard.story));
    let is_of_one = |event: &&store::events::Event| event.kind.group() == "container" && about(event);
    let kinds: Vec<&str> = events.iter().filter(is_of_one).map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["container.exited", "container.looping", "container.unhealthy", "container.exited"]);
    store.close().await;

    exited.press(&admin, "Restart").await;
    admin.sees(&format!("**Restarted** `{web}`")).await;
    admin.ask("/container unwatch server:local").await.until("Ended the watch").await;
    world.end().await;
}
