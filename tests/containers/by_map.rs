//! Services of a map that are a container or a Compose project, on a real engine that is reached through its server's SSH.

use insta::assert_snapshot;
use peers::Docker;

use super::{Yard, compose::shop, masked};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_are_a_container_and_a_project_start_and_stop_in_the_maps_order() {
    let Some(docker) = Docker::start() else { return };
    docker.busybox();
    let yard = Yard { docker: std::sync::Arc::new(docker), story: "mapped" };
    let web = yard.run("web", &["--init"], "exec sleep 1000");
    yard.docker.run(&["stop", "--time", "0", &web]);
    let mut world = World::start().await;
    world.never_show("plain-words-only");
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let (folder, socket) = (shop(&yard.docker), yard.docker.socket().display().to_string());
    admin.ask(&format!("/container socket server:box path:{socket}")).await.until("Found").await;
    let map = world.path("map.yml");
    let services = "  web: {container: mapped-web, host: box}\n  shop: {compose: shop, host: box, depends_on: [web]}\n";
    std::fs::write(&map, format!("services:\n{services}")).unwrap();
    let plan = admin.ask(&format!(r#"/service import file:"@{}""#, map.display())).await;
    plan.until("Plan").await.press(&admin, "Take this map").await;
    admin.sees("**Took**").await;
    assert_snapshot!(masked(&admin.ask("/service status").await.until("1 down").await.text()), @r"
    ! **Services** of `service-map`
    1 down · 1 not known
    ✕ `web` on `box`  container failed
    – `shop` on `box`  nothing in the map tells how it is
    Look again
    Graph
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // A project is used in the folder that was allowed for it, and nowhere else.
    let started = admin.ask("/service start service:shop with:dependencies").await;
    assert_snapshot!(masked(&started.until("1 of 2 went").await.text()), @r"
    ✕ **Start** `shop` and what it needs
    1 of 2 went as asked · took TIME
    ✓ start `web`  up after TIME · container running
    ✕ start `shop`  `shop` is not allowed on `box`
    Try again
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask(&format!("/compose allow server:box project:shop folder:\"{folder}\"")).await.until("Allowed").await;
    let started = admin.ask("/service start service:shop with:dependencies").await;
    assert_snapshot!(masked(&started.until("**Started**").await.text()), @r"
    ✓ **Started** `shop` and what it needs
    took TIME
    ✓ start `web`  up already · container running
    ✓ start `shop`  ran; nothing in the map tells whether it is up
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let running = || yard.docker.run(&["ps", "--format", "{{.Names}}"]);
    assert!(running().contains("mapped-web") && running().contains("shop"), "{}", running());

    let restarted = admin.ask("/service restart service:web with:dependants").await;
    restarted.until("**Restarted**").await;
    assert!(running().contains("mapped-web") && running().contains("shop"), "{}", running());
    let stopped = admin.ask("/service stop service:web with:dependants").await;
    assert_snapshot!(masked(&stopped.until("**Stopped**").await.text()), @r"
    ✓ **Stopped** `web` and what needs it
    took TIME
    ✓ stop `shop`  ran; nothing in the map tells whether it is down
    ✓ stop `web`  down after TIME · container failed
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(running(), "", "nothing of it runs");
    world.end().await;
}
