//! What does not stop when it is asked to, what takes a graphics card, and what comes up with its server.

use std::fs;

use super::Rack;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_stop_is_forced_to_by_the_maps_own_line_after_a_person_confirmed_it() {
    let mut world = World::start().await;
    let rack = Rack::set(&mut world).await;
    let admin = &rack.admin;
    let pid = rack.path("db.pid").display().to_string();
    let force = format!("      force_stop: kill -9 $(cat {pid})\n");
    let map = rack.map() + &force;
    rack.import(&map).await.until("Plan").await.press(admin, "Take this map").await;
    admin.sees("**Took**").await;
    admin.ask("/service start service:db").await.until("Started").await;
    fs::write(rack.path("db.broken"), "").unwrap();
    let stopped = admin.ask("/service stop service:db").await;
    stopped.until("0 of 1 went as asked").await;
    insta::assert_snapshot!(rack.masked(&stopped), @r"
    ✕ **Stop** `db`
    0 of 1 went as asked · took TIME
    ✕ stop `db`  exit 1
    ```ansi
    db: no such unit
    ```
    The map has a line that forces `db` to end; it asks once more.
    Try again
    Force-stop db
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    stopped.press(admin, "Force-stop db").await;
    let question = admin.sees("Really?").await;
    insta::assert_snapshot!(rack.masked(&question), @r"
    ! **Really?** Force-stop service `db`
    In this order: run `kill -9 $(cat HOME/db.pid)` on `box`.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    // It still runs: nothing is forced before somebody confirmed it.
    admin.ask("/service status service:db").await.until("is up").await;
    question.press(admin, "Confirm").await;
    question.until("Force-stopped").await;
    admin.ask("/service force-stop service:db").await.until("Really?").await.press(admin, "Confirm").await;
    admin.sees("**Nothing to do**").await;
    // What the map has no line for is not forced in another way.
    let none = admin.ask("/service force-stop service:api").await;
    none.until("Really?").await.press(admin, "Confirm").await;
    none.until("nothing in the map force-stops it").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_a_gpu_is_not_started_where_none_is_seen() {
    let mut world = World::start().await;
    let rack = Rack::set(&mut world).await;
    let admin = &rack.admin;
    let map = rack.map().replace("  db:\n", "  db:\n    gpu_required: true\n");
    rack.import(&map).await.until("Plan").await.press(admin, "Take this map").await;
    admin.sees("**Took**").await;
    // Nobody looked yet, so nobody knows; that is no reason.
    admin.ask("/service start service:db").await.until("Started").await;
    admin.ask("/service stop service:db").await.until("Stopped").await;
    world.set("NEBULA_LOOK_EVERY", "1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let store = world.store().await;
    let looked = async {
        while store.latest_looks().await.unwrap().iter().all(|look| look.sample.is_none()) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, looked).await.expect("it is looked at");
    store.close().await;
    rack.calls();
    let refused = admin.ask("/service start service:db").await;
    insta::assert_snapshot!(rack.masked(refused.until("Nothing was done").await), @r"
    ✕ **That will not work**
    `db`: it takes a GPU, and metrics see none on `box`. Nothing was done.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // What needs it is not begun either, and says why.
    let started = admin.ask("/service start service:api with:dependencies").await;
    insta::assert_snapshot!(rack.masked(started.until("0 of 2 went").await), @r"
    ✕ **Start** `api` and what it needs
    0 of 2 went as asked · took TIME
    ✕ start `db`  it takes a GPU, and metrics see none on `box`
    – start `api`  not begun: `db` did not go well
    Try again
    Status
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(rack.calls(), Vec::<String>::new());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_to_come_up_with_its_server_does_so_once_for_each_return_and_only_where_that_is_on() {
    let mut world = World::start().await;
    let mut rack = Rack::set(&mut world).await;
    let admin = rack.admin.clone();
    let store = world.store().await;
    let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
    let map = rack.map().replace("  api:\n", "  api:\n    autostart: true\n");
    let map = map.replace("  db:\n", "  db:\n    autostart: true\n");
    rack.import(&map).await.until("Plan").await.press(&admin, "Take this map").await;
    admin.sees("**Took**").await;
    world.set("NEBULA_LOOK_EVERY", "1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let answers = async |wanted: bool| {
        let looked = async {
            let is = |look: &store::metrics::Look| look.sample.is_some() == wanted;
            while !store.latest_looks().await.unwrap().iter().any(is) {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(crate::world::SOON, looked).await.expect("it is looked at");
    };
    answers(true).await;
    // Off unless somebody switches it on, and then for the next return.
    rack.calls();
    let set = admin.ask("/service autostart switch:on").await;
    insta::assert_snapshot!(set.until("Switched on").await.masked(), @r"
    ✓ **Switched on**: 2 services come up with their servers
    `api` `db`
    Once for each time it comes back, after what it needs, as <@…>; what this guild's policy asks of automations is asked in the ops channel.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let own = store.servers().await.unwrap().remove(0).id;
    let seen = async {
        while !store.is_new_return(world.guild(), &own, base::Millis(i64::MAX)).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, seen).await.expect("how it is now is noted");
    rack.sshd.stop();
    answers(false).await;
    assert_eq!(rack.calls(), Vec::<String>::new(), "that it is there is no return");
    rack.sshd.start_again();
    let back = admin.sees("is back**").await;
    insta::assert_snapshot!(rack.masked(&back), @r"
    ! **`box` is back**
    since <t:…:R>
    ! `api`  waits for a yes
    -# `/service autostart` switches this off
    ");
    // Nobody is there by hand: what the policy asks of automations is asked.
    assert_eq!(rack.calls(), Vec::<String>::new(), "nothing is done before the yes");
    let question = admin.sees("Approve?").await;
    insta::assert_snapshot!(rack.masked(&question), @r"
    ! **Approve?** Start service `api` and what it needs
    asked by `Autostart` for <@…> · changes something, asked by an automation
    Details
    In this order: run `sh HOME/svc start db DB` on `box`, run `sh HOME/svc start api API` on `box`.
    Approve
    Deny
    -# a person who may do `service.start` on `api` and `server.run` on `the server of db` and `service.start` on `api` · plan HASH · expires <t:…:R>
    ");
    question.press(&admin, "Approve").await;
    question.until("**Started**").await;
    assert_eq!(rack.calls(), ["start db", "start api"], "what it needs first, and each once");
    // A restart of the bot is no return of anything.
    world.kill_bot();
    world.start_bot().await;
    answers(true).await;
    admin.ask("/service autostart switch:off").await.until("Switched off").await;
    assert_eq!(rack.calls(), Vec::<String>::new());
    store.close().await;
    world.end().await;
}
