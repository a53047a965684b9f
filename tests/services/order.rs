//! A map is planned and taken, and what it says starts and stops in its order; also across a kill.

use std::fs;

use super::Rack;
use crate::world::World;

on_both_worlds! {
    a_map_is_planned_taken_and_its_services_start_and_stop_in_order
    killed_in_mid_start_it_goes_on_and_nothing_is_started_twice
}

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn a_map_is_planned_taken_and_its_services_start_and_stop_in_order(mut world: World) {
    let rack = Rack::set(&mut world).await;
    let admin = &rack.admin;
    rack.calls();

    let none = admin.ask("/service status").await;
    assert!(none.text().contains("There is no service map here yet."), "{}", none.text());

    let plan = rack.import(&rack.map()).await;
    plan.until("Plan").await;
    assert_shown!(rack.masked(&plan), @r"
    **Plan** take service map `rack`
    3 services · on 1 node
    + `web` `api` `db`
    6 lines that may be run from now on, new or changed
    ```
    web start: sh HOME/svc start web WEB
    web stop: sh HOME/svc stop web
    api start: sh HOME/svc start api API
    api stop: sh HOME/svc stop api
    db start: sh HOME/svc start db DB
    db stop: sh HOME/svc stop db
    ```
    Take this map
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    plan.press(admin, "Take this map").await;
    let taken = admin.sees("**Took**").await;
    assert_shown!(rack.masked(&taken), @r"
    ✓ **Took** service map `rack`
    version 1 · 3 services
    Graph
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Pressed once more it is what stands already.
    plan.press(admin, "Take this map").await;
    admin.sees("not kept any more").await;
    assert_eq!(admin.offered("/service start service:d").await, ["db"]);

    let status = admin.ask("/service status").await;
    status.until("3 down").await;
    assert_shown!(rack.masked(&status), @r"
    ! **Services** of `rack`
    3 down
    ✕ `web` on `box`  nothing listens on port WEB
    ✕ `api` on `box`  nothing listens on port API
    ✕ `db` on `box`  nothing listens on port DB
    Look again
    Graph
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let started = admin.ask("/service start service:web with:dependencies").await;
    started.until("Started").await;
    assert_shown!(rack.masked(&started), @r"
    ✓ **Started** `web` and what it needs
    took TIME
    ✓ start `db`  up after TIME · port DB answers
    ✓ start `api`  up after TIME · port API answers
    ✓ start `web`  up after TIME · HTTP 200
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(rack.calls(), ["start db", "start api", "start web"]);
    let one = admin.ask("/service status service:api").await;
    one.until("is up").await;
    assert_shown!(rack.masked(&one), @r"
    ✓ **`api` is up**
    on `box` · port API answers · 1 service stands on it
    needs
    ✓ `db` on `box`  port DB answers
    needed by  `web`
    Restart
    Stop
    Graph
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let graph = admin.ask("/service graph").await;
    graph.until("3 services; web (up) needs api; api (up) needs db; db (up)").await;
    let png = graph.file().await;
    assert!(png.starts_with(b"\x89PNG"));
    if let Some(shots) = std::env::var_os("SCREENSHOTS") {
        fs::write(std::path::Path::new(&shots).join("service-map.png"), png).unwrap();
    }

    // What stands on it goes down before and comes up after; what cannot start again keeps what stands on it down.
    fs::write(rack.path("api.slow"), "").unwrap();
    let restarted = admin.ask("/service restart service:db with:dependants").await;
    world.until("api starts", |_| fs::read_to_string(rack.path("calls")).unwrap().contains("start api")).await;
    fs::write(rack.path("web.broken"), "").unwrap();
    fs::remove_file(rack.path("api.slow")).unwrap();
    restarted.until("5 of 6 went as asked").await;
    assert_shown!(rack.masked(&restarted), @r"
    ✕ **Restart** `db` and what needs it
    5 of 6 went as asked · took TIME
    ✓ stop `web`  down after TIME · nothing listens on port WEB
    ✓ stop `api`  down after TIME · nothing listens on port API
    ✓ stop `db`  down after TIME · nothing listens on port DB
    ✓ start `db`  up after TIME · port DB answers
    ✓ start `api`  up after TIME · port API answers
    ✕ start `web`  exit 1
    ```ansi
    web: no such unit
    ```
    Try again
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(rack.calls(), ["stop web", "stop api", "stop db", "start db", "start api", "start web"]);
    fs::remove_file(rack.path("web.broken")).unwrap();
    fs::write(rack.path("api.broken"), "").unwrap();
    admin.ask("/service start service:web").await.until("Started").await;
    rack.calls();

    let stopped = admin.ask("/service stop service:db with:dependants").await;
    stopped.until("1 of 3 went as asked").await;
    assert_shown!(rack.masked(&stopped), @r"
    ✕ **Stop** `db` and what needs it
    1 of 3 went as asked · took TIME
    ✓ stop `web`  down after TIME · nothing listens on port WEB
    ✕ stop `api`  exit 1
    – stop `db`  not begun: `api` did not go well
    ```ansi
    api: no such unit
    ```
    Try again
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(rack.calls(), ["stop web", "stop api"], "what still stands on it needs it");

    let rows = world.audited().await;
    assert!(rows.contains(&"admin service.stop db: failed".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"admin server.run box: failed".to_owned()), "each line has an entry of its own: {rows:#?}");

    // Another map says what it changes; the one that stood can be taken again.
    let changed = rack.map().replace("name: rack", "name: shelf").replace("  db:\n", "  cache: {}\n  db:\n");
    let plan = rack.import(&changed).await;
    plan.until("+ `cache`").await.press(admin, "Take this map").await;
    admin.sees("version 2").await;
    let back = admin.ask("/service import version:1").await;
    back.until("− `cache`").await.press(admin, "Take this map").await;
    admin.sees("version 3").await;
    let file = admin.ask("/service map").await;
    file.until("version 3").await;
    assert_eq!(String::from_utf8(file.file().await).unwrap(), rack.map());
    admin.ask("/service forget").await.until("Forgot").await;
    admin.ask("/service map").await.until("no service map").await;
    world.end().await;
}

async fn killed_in_mid_start_it_goes_on_and_nothing_is_started_twice(mut world: World) {
    let rack = Rack::set(&mut world).await;
    rack.take().await;
    rack.calls();
    fs::write(rack.path("api.slow"), "").unwrap();
    let started = rack.admin.ask("/service start service:web with:dependencies").await;
    world.until("api starts", |_| fs::read_to_string(rack.path("calls")).unwrap().contains("start api")).await;
    started.until("1 of 3 · running").await;
    world.kill_bot();
    fs::remove_file(rack.path("api.slow")).unwrap();
    world.start_bot().await;
    started.until("Started").await;
    assert_eq!(rack.calls(), ["start db", "start api", "start web"]);
    let rows = world.audited().await;
    let lines = rows.iter().filter(|row| *row == "admin server.run box: done").count();
    assert_eq!(lines, 3, "each line is told of once: {rows:#?}");
    world.end().await;
}
