//! What is in a container, what it takes, what runs in it; images, volumes and networks; and what is removed for good.

use insta::assert_snapshot;
use peers::{Docker, IMAGE};

use super::{Yard, masked};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_in_a_container_is_judged_bounded_and_killed_with_its_group() {
    let Some(yard) = Yard::of("exec") else { return };
    let world = World::with_docker(&yard.docker).await;
    let (admin, member) = (world.admin().await, world.member().await);
    yard.run("web", &["--init"], "exec sleep 1000");

    // Engines keep no order between what is printed and what is complained of at the same moment.
    let ran = admin
        .ask(r#"/container exec server:local container:exec-web command:"echo \"a  b\"; sleep 0.3; echo '$HOME' >&2; exit 3""#)
        .await;
    assert_snapshot!(masked(&ran.until("exit 3 after").await.text()), @r#"
    ✕ **`echo "a b"; sleep 0.3; echo '$HOME' >&2; exit 3`** in `exec-web` on `local`
    exit 3 after TIME · 2 lines
    ```ansi
    a  b
    $HOME
    ```
    exec-web-REFERENCE.log
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    exec-web-REFERENCE.log
    "#);
    // It is in the history of what was run, with what it printed.
    let found = admin.ask("/history search server:local text:echo").await;
    assert!(found.until("newest first").await.text().contains("in `exec-web` on `local` · exit 3"), "{}", found.text());
    found.press(&admin, "Output").await;
    assert_eq!(admin.sees("**Ran**").await.file().await, ran.file().await);
    // Whoever may not change anything may not either in a container; what only looks is done at once.
    admin.ask("/grant person person:@member allow:container.exec on:local").await.until("Granted").await;
    member.ask("/container exec server:local container:exec-web command:uname -s").await.until("Linux").await;
    let asked = member.ask("/container exec server:local container:exec-web command:rm -rf /").await;
    assert_snapshot!(masked(&asked.until("Approve").await.text()), @r"
    ! **Approve?** Run `rm -rf /` in `exec-web` on `local`
    asked by <@…> · destroys something
    Details
    `rm -rf /` can destroy: what it removes or switches off may not come back.
    Approve
    Deny
    -# another person who may do `container.exec` on `local` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    asked.press(&admin, "Deny").await;

    let long =
        admin.ask("/container exec server:local container:exec-web command:sleep 600.5 & sleep 600.5; wait").await;
    long.until("running").await;
    let left = || yard.docker.run(&["exec", "exec-web", "/bin/sh", "-c", "ps | grep -c '[s]leep 600.5' || true"]);
    world.until("it runs there", |_| left() != "0").await;
    long.press(&admin, "Cancel").await;
    assert_snapshot!(masked(&long.until("cancelled after").await.text()), @r"
    – **`sleep 600.5 & sleep 600.5; wait`** in `exec-web` on `local`
    cancelled after TIME · 0 lines · nothing of its process group is left
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(left(), "0");

    let loud = "/container exec server:local container:exec-web command:yes 0123456789 | head -c 20000000";
    loud_is_bounded(&admin.ask(loud).await).await;
    let stopped = yard.run("stopped", &[], "exit 0");
    world
        .until("it ended", |_| yard.docker.run(&["inspect", "--format", "{{.State.Running}}", &stopped]) == "false")
        .await;
    let refused = admin.ask("/container exec server:local container:exec-stopped command:id").await;
    refused.until("Docker did not run a command").await;
    assert!(refused.text().contains("is not running"), "{}", refused.text());
    world.end().await;
}

async fn loud_is_bounded(loud: &crate::people::Shown) {
    loud.until("keeps the beginning and the end").await;
    assert!(loud.text().contains("It printed 20.0 MB"), "{}", loud.text());
    assert!(loud.file().await.len() < 9_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_engine_has_is_looked_at_and_no_value_of_an_environment_is_shown() {
    let Some(yard) = Yard::of("look") else { return };
    let mut world = World::with_docker(&yard.docker).await;
    world.never_show("plain-words-only");
    let admin = world.admin().await;
    yard.docker.run(&["volume", "create", "look-data"]);
    let options = ["--init", "--env", "DB_HINT=plain-words-only", "--volume", "look-data:/data"];
    yard.run("web", &options, "exec sleep 1000");

    let all = admin.ask("/container inspect server:local container:look-web").await;
    assert_snapshot!(masked(&all.until("All of").await.text()), @r"
    **All of** `look-web` on `local`
    Its environment has 2 variables; their values are left out.
    look-web-REFERENCE.json
    -# ref REFERENCE · by <@…> · <t:…:R>
    look-web-REFERENCE.json
    ");
    let file = String::from_utf8(all.file().await).unwrap();
    assert!(file.contains("DB_HINT=‹hidden›") && !file.contains("plain-words"), "{file}");
    let top = admin.ask("/container top server:local container:look-web").await;
    top.until("sleep 1000").await;
    let stats = admin.ask("/container stats server:local container:look-web").await;
    stats.until("look-web").await;
    assert!(stats.text().contains("CPU %"), "{}", stats.text());
    admin.ask("/image list server:local").await.until(IMAGE).await;
    let volume = admin.ask("/volume show server:local volume:look-data").await;
    volume.until("used by `look-web`").await;
    admin.ask("/network show server:local network:none").await.until("`look-web`").await;
    // No image is there to be had: the engine answers that it fetches it, and only then that it does not.
    let pulled = admin.ask("/image pull server:local image:127.0.0.1:9/team/app:1").await;
    pulled.until("did not fetch").await;
    assert!(pulled.text().contains("could not reach the registry"), "{}", pulled.text());
    yard.docker.run(&["rm", "--force", "look-web"]);
    yard.docker.run(&["volume", "rm", "look-data"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nothing_uses_is_removed_after_a_second_yes_and_volumes_stay_unless_named() {
    let Some(docker) = Docker::start() else { return };
    docker.busybox();
    let world = World::with_docker(&docker).await;
    let admin = world.admin().await;
    docker.run(&["volume", "create", "data"]);
    for name in ["one", "two"] {
        docker.run(&["run", "--network", "none", "--name", name, "--volume", "data:/data", IMAGE, "/bin/true"]);
    }
    let volumes = || docker.run(&["volume", "ls", "--quiet"]);

    let remove = admin.ask("/container remove server:local container:one").await;
    assert_snapshot!(masked(&remove.until("Remove container").await.text()), @r"
    ! **Really?** Remove container `one` on `local`, and kill it if it runs
    This cannot be undone.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(docker.run(&["ps", "--all", "--quiet"]).lines().count(), 2, "nothing is gone before a yes");
    remove.press(&admin, &remove.buttons()[0]).await;
    admin.sees("**Removed** `one`").await;
    let prune = admin.ask("/container prune server:local").await;
    assert_snapshot!(masked(&prune.until("volumes stay").await.text()), @r"
    ! **Really?** Remove stopped containers and images without a name on `local`; volumes stay
    This cannot be undone.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    prune.press(&admin, &prune.buttons()[0]).await;
    assert_snapshot!(masked(&admin.sees("**Pruned**").await.text()), @r"
    ✓ **Pruned** `local`
    0 B freed · 1 container · 0 image layers
    Volumes were left alone.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!((docker.run(&["ps", "--all", "--quiet"]).as_str(), volumes().as_str()), ("", "data"));
    let prune = admin.ask("/container prune server:local volumes:True").await;
    prune.until("and volumes that no container has").await;
    prune.press(&admin, &prune.buttons()[0]).await;
    admin.sees("1 volume").await;
    assert_eq!(volumes(), "");
    world.end().await;
}
