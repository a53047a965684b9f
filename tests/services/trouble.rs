//! Maps with mistakes, and servers that could not be asked.

use std::fmt::Write;

use super::Rack;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_with_a_map_is_said_at_once_and_a_secret_in_it_is_not_kept() {
    let mut world = World::start().await;
    let rack = Rack::set(&mut world).await;
    let map = "services:\n  web: {depends_on: [api], port: 80, host: box}\n  api:\n    depends_on: [web, databse]\n    prot: 1\n  \
               database: {port: 80, host: box}\n";
    let wrong = rack.import(map).await;
    wrong.until("mistakes").await;
    assert_eq!(wrong.buttons(), Vec::<String>::new());
    insta::assert_snapshot!(rack.masked(&wrong), @r"
    ✕ **3 mistakes** in this service map
    line 2  these need each other in a circle: `web` → `api` → `web`
    line 4  `api` needs `databse`, and there is no such service; is `database` meant?
    line 6  `database` and `web` both have port 80 on `box`
    besides
    line 5  `prot` is no field of a service that I know, and is left out; is `port` meant?
    Nothing was kept; the map that stands is as it was.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // A bomb costs nothing.
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![format!("*a{}", level - 1); 8].join(", ")).unwrap();
    }
    rack.import(&bomb).await.until("no YAML").await;

    world.never_show("correct-horse-battery");
    let form = rack.admin.slash("/secret set name:DB_PASSWORD").await.form();
    form.fill(&[("Value", "correct-horse-battery")]).await.until("DB_PASSWORD").await;
    let leaky = rack.map().replace("sh ", "PASSWORD=correct-horse-battery sh ");
    let refused = rack.import(&leaky).await;
    refused.until("looks like a secret").await;
    assert!(refused.is_private());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_could_not_be_asked_is_not_down() {
    let mut world = World::start().await;
    let mut rack = Rack::set(&mut world).await;
    let map = rack.map().replace("  db:\n", "  dns: {port: 53, host: nowhere}\n  idea: {}\n  db:\n");
    let plan = rack.import(&map).await;
    plan.until("no server here is called so").await.press(&rack.admin, "Take this map").await;
    rack.admin.sees("**Took**").await;
    rack.sshd.stop();
    let status = rack.admin.ask("/service status").await;
    status.until("5 not known").await;
    insta::assert_snapshot!(rack.masked(&status), @r"
    **Services** of `rack`
    5 not known
    – `web` on `box`  could not be asked: ADDRESS refused the connection.
    – `api` on `box`  could not be asked: ADDRESS refused the connection.
    – `dns` on `nowhere`  `nowhere` is no server here
    – `idea`  the map does not say where it runs
    – `db` on `box`  could not be asked: ADDRESS refused the connection.
    Look again
    Graph
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let start = rack.admin.ask("/service start service:dns").await;
    start.until("Nothing was done").await;
    world.end().await;
}
