//! What runs and what does not, and every way to change that.

use insta::assert_snapshot;
use peers::Sshd;

use super::{Yard, masked};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_is_listed_shown_stopped_started_and_restarted() {
    let Some(yard) = Yard::of("power") else { return };
    let world = World::with_docker(&yard.docker).await;
    let admin = world.admin().await;
    yard.run("web", &["--init"], "echo ready; exec sleep 1000");
    let broken = yard.run("broken", &[], "echo no database; exit 3");
    world
        .until("it ended", |_| yard.docker.run(&["inspect", "--format", "{{.State.Status}}", &broken]) == "exited")
        .await;

    let list = admin.ask("/container list server:local").await;
    list.until("Containers").await;
    let text = list.text();
    let ours: Vec<&str> = text.lines().filter(|line| line.contains("`power-")).collect();
    assert_snapshot!(masked(&ours.join("\n")), @r"
    ✕ `power-broken`  exited (3) TIME · `busybox:local`
    ✓ `power-web`  up TIME · `busybox:local`
    ");

    let shown = admin.ask("/container show server:local container:power-web").await;
    assert_snapshot!(masked(&shown.until("power-web").await.text()), @r"
    ✓ **`power-web`** on `local` running
    since <t:…:R> · `busybox:local`
    Restart
    Logs
    Follow
    Stop
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    shown.press(&admin, "Stop").await;
    let stopped = admin.sees("**Stopped**").await;
    assert_snapshot!(masked(&stopped.text()), @r"
    ✓ **Stopped** `power-web` on `local`
    took TIME
    Show
    Logs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(yard.docker.run(&["inspect", "--format", "{{.State.Running}}", "power-web"]), "false");
    let again = admin.ask("/container stop server:local container:power-web").await;
    assert_snapshot!(masked(&again.until("Nothing to do").await.text()), @r"
    – **Nothing to do**: `power-web` on `local` does not run
    Show
    Logs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/container start server:local container:power-web").await.until("**Started** `power-web`").await;
    let restarted = admin.ask("/container restart server:local container:power-web").await;
    assert_snapshot!(masked(&restarted.until("Restarted").await.text()), @r"
    ✓ **Restarted** `power-web` on `local`
    took TIME
    Show
    Logs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let killed = admin.ask("/container kill server:local container:power-web").await;
    assert_snapshot!(masked(&killed.until("Killed").await.text()), @r"
    ✓ **Killed** `power-web` on `local`
    took TIME
    Show
    Logs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // An engine that takes a start says nothing of what became of it.
    let failed = admin.ask("/container restart server:local container:power-broken").await;
    assert_snapshot!(masked(&failed.until("at once").await.text()), @r"
    ✕ **`power-broken` ended at once** on `local`
    exit 3 · it was restarted
    ```ansi
    no database
    no database
    ```
    Show
    Logs
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let missing = admin.ask("/container stop server:local container:power-nothing").await;
    assert_snapshot!(masked(&missing.until("No such").await.text()), @r"
    ✕ **No such container**
    I know no container called `power-nothing`. Nothing was changed.
    `/container list` shows them all.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let wrong = admin.ask("/container stop server:local container:\"../images/x; reboot\"").await;
    assert_snapshot!(masked(&wrong.until("will not work").await.text()), @r"
    ✕ **That will not work**
    `../images/x; reboot` is no name that Docker gives: it takes 1 to 100 letters, digits, `_`, `.` or `-`, such as `web`. Nothing was done.
    -# by <@…> · <t:…:R>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_engine_is_reached_through_its_ssh_connection_alone() {
    let Some(yard) = Yard::of("ssh") else { return };
    let mut world = World::start().await;
    let _sshd: Sshd = world.with_server("box").await;
    let admin = world.admin().await;
    yard.run("web", &["--init", "--label", "com.docker.compose.project=shop"], "echo ready; exec sleep 1000");

    let none = admin.ask("/container list server:box").await;
    assert_snapshot!(masked(&none.until("No Docker").await.text()), @r"
    ✕ **No Docker engine answers** on `box`
    The server does not open `/var/run/docker.sock` for whoever logs in: nothing listens there, or they are not in the group `docker`.
    Nothing was done. Is Docker installed and running there? `systemctl status docker` tells.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let socket = yard.docker.socket().display().to_string();
    let wrong = admin.ask("/container socket server:box path:docker.sock").await;
    assert_snapshot!(masked(&wrong.until("will not work").await.text()), @r"
    ✕ **That will not work**
    A socket is a whole path of at most 107 bytes, such as `/run/user/1000/docker.sock`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let found = admin.ask(&format!("/container socket server:box path:{socket}")).await;
    found.until("Found").await;
    assert!(found.text().contains("API `1."), "{}", found.text());
    let shown = admin.ask("/container show server:box container:ssh-web").await;
    assert_snapshot!(masked(&shown.until("ssh-web").await.text()), @r"
    ✓ **`ssh-web`** on `box` running
    since <t:…:R> · `busybox:local`
    Compose project  `shop`
    Restart
    Logs
    Follow
    Stop
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/container restart server:box container:ssh-web").await.until("**Restarted** `ssh-web` on `box`").await;

    // Who may nothing is offered nothing; who may is offered it as soon as an engine was used.
    let offered = || admin.offered("/container show server:box container:web");
    while !offered().await.contains(&"ssh-web".to_owned()) {
        tokio::task::yield_now().await;
    }
    yard.run("web-2", &["--init"], "exec sleep 1000");
    while offered().await.len() < 2 {
        tokio::task::yield_now().await;
    }
    let member = world.member().await;
    assert!(member.offered("/container show server:box container:web").await.is_empty());
    let refused = member.ask("/container list server:box").await;
    assert_snapshot!(masked(&refused.until("may not").await.text()), @r"
    ✕ **You may not** list the containers on `box`
    It takes `container.list` on `box`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // This machine's own engine is there for nobody whom its owner did not name.
    let closed = admin.ask("/container list server:local").await;
    assert_snapshot!(masked(&closed.until("local").await.text()).replace(&world.guild().to_string(), "GUILD"), @r"
    ✕ **`local` is not open** to this guild
    It is the machine the bot itself runs on, and its engine is root there. Nothing was done.
    Whoever runs the bot opens it with `NEBULA_LOCAL_GUILDS=GUILD` in its settings.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}
