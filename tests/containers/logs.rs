//! Logs: whole, filtered, followed, and gone on with after their engine was away.

use insta::assert_snapshot;
use peers::{Docker, IMAGE};

use super::{Yard, masked};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_read_filtered_and_followed_to_its_last_line_however_fast_it_comes() {
    let Some(yard) = Yard::of("logs") else { return };
    let world = World::with_docker(&yard.docker).await;
    let admin = world.admin().await;
    yard.run("app", &[], "echo out; sleep 0.2; echo Error: no >&2; sleep 0.2; printf 'half'");
    yard.run("tty", &["--tty"], "echo one; printf '\\001\\002\\377\\000binary\\n'; echo three");
    let fast = "read go; i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; yes x | head -c 300000 | tr -d '\\n'; echo; echo last";
    yard.docker.run(&[
        "create",
        "--interactive",
        "--network",
        "none",
        "--name",
        "logs-fast",
        IMAGE,
        "/bin/sh",
        "-c",
        fast,
    ]);

    let has_ended = || yard.docker.run(&["inspect", "--format", "{{.State.Running}}", "logs-app"]) == "false";
    world.until("it has said all", |_| has_ended()).await;
    let read = admin.ask("/container logs server:local container:logs-app").await;
    assert_snapshot!(masked(&read.until("half").await.text()), @r"
    **Log** of `logs-app` on `local`
    3 lines
    ```ansi
    out
    Error: no
    half
    ```
    logs-app-REFERENCE.log
    Follow
    -# ref REFERENCE · by <@…> · <t:…:R>
    logs-app-REFERENCE.log
    ");
    assert_eq!(
        read.file().await,
        b"out
Error: no
half"
    );
    let filtered = admin.ask("/container logs server:local container:logs-app filter:ERROR lines:50").await;
    assert_snapshot!(masked(&filtered.until("Error").await.text()), @r"
    **Log** of `logs-app` on `local`
    1 of 2 lines with `ERROR`
    ```ansi
    Error: no
    ```
    logs-app-REFERENCE.log
    Follow
    -# ref REFERENCE · by <@…> · <t:…:R>
    logs-app-REFERENCE.log
    ");
    // A terminal's bytes come without frames, and some of them look like one's head. What is no text was replaced by the engine.
    let raw = admin.ask("/container logs server:local container:logs-tty").await;
    raw.until("three").await;
    assert_eq!(raw.file().await, "one\r\n\u{1}\u{2}\u{fffd}\0binary\r\nthree\r\n".as_bytes());

    let mut started = yard.docker.command(&["start", "--attach", "--interactive", "logs-fast"]);
    let mut started = started.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let running = || yard.docker.run(&["inspect", "--format", "{{.State.Running}}", "logs-fast"]) == "true";
    world.until("it runs", |_| running()).await;
    let followed = admin.ask("/container logs server:local container:logs-fast follow:5").await;
    followed.until("running").await;
    assert_eq!(followed.buttons(), ["Cancel"]);
    std::io::Write::write_all(&mut started.stdin.take().unwrap(), b"go\n").unwrap();
    followed.until("it ended with exit 0").await;
    let log = String::from_utf8(followed.file().await).unwrap();
    assert_eq!(log.lines().count(), 20_002);
    assert!((0..20_000).zip(log.lines()).all(|(n, line)| line == format!("line {n}")));
    assert_eq!(log.lines().nth(20_000).unwrap().len(), 150_000, "one endless line, without what engines put into it");
    assert!(log.ends_with("\nlast\n"));
    assert!(started.wait().unwrap().success());

    yard.run("endless", &["--init"], "while true; do echo tick; sleep 0.1; done");
    let stopped = admin.ask("/container logs server:local container:logs-endless follow:5 filter:tick").await;
    stopped.until("running").await;
    stopped.press(&admin, "Cancel").await;
    stopped.until("stopped after").await;
    assert!(stopped.text().contains("lines with `tick`"), "{}", stopped.text());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_stops_and_starts_costs_a_followed_log_no_line() {
    let Some(mut docker) = Docker::start() else { return };
    docker.busybox();
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let line = "echo began; trap 'echo ends; exit 0' TERM; while true; do sleep 0.05; done";
    let run =
        ["run", "--detach", "--network", "none", "--restart", "always", "--name", "web", IMAGE, "/bin/sh", "-c", line];
    docker.run(&run);
    let socket = docker.socket().display().to_string();
    admin.ask(&format!("/container socket server:box path:{socket}")).await.until("Found").await;

    let followed = admin.ask("/container logs server:box container:web follow:5").await;
    followed.until("began").await;
    docker.stop();
    followed.until("does not answer just now").await;
    let gone = admin.ask("/container list server:box").await;
    assert_snapshot!(masked(&gone.until("No Docker").await.text()).replace(&socket, "SOCKET"), @r"
    ✕ **No Docker engine answers** on `box`
    The server does not open `SOCKET` for whoever logs in: nothing listens there, or they are not in the group `docker`.
    Nothing was done. Is Docker installed and running there? `systemctl status docker` tells.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    docker.start_again();
    followed.until("began\nends\nbegan").await;
    docker.run(&["rm", "--force", "web"]);
    followed.until("after").await;
    let log = String::from_utf8(followed.file().await).unwrap();
    assert!(log.starts_with("began\nends\nbegan\n"), "{log}");
    world.end().await;
}
