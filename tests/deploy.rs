//! Everything under `deploy/`, used as its README says.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use peers::Docker;

use crate::world::World;

/// How open systemd holds a unit to be, of 100: what is left is the network, which is what it is for.
const MOST_EXPOSED: u32 = 15;

fn ours(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).trim().to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process that ends with its test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn systemd_understands_the_units_and_holds_them_to_be_safe() {
    let home = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for name in ["nebula.service", "nebula-backup.service", "nebula-backup.timer"] {
        let unit = fs::read_to_string(ours("deploy").join(name)).unwrap();
        let unit = unit.replace("/usr/local/bin/nebula", env!("CARGO_BIN_EXE_nebula"));
        fs::write(home.path().join(name), unit).unwrap();
        units.push(home.path().join(name));
    }
    let verified = Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    assert!(verified.status.success() && said(&verified).is_empty(), "{}", said(&verified));
    for unit in &units[..2] {
        let threshold = format!("--threshold={MOST_EXPOSED}");
        let judged = Command::new("systemd-analyze")
            .args(["security", "--offline=true", &threshold])
            .arg(unit)
            .output()
            .unwrap();
        assert!(judged.status.success(), "{}", said(&judged));
    }
    let calendar = Command::new("systemd-analyze").args(["calendar", "*-*-* 03:00:00"]).output().unwrap();
    assert!(calendar.status.success(), "{}", said(&calendar));
}

#[test]
fn compose_has_no_default_password_and_publishes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("compose.yaml");
    fs::copy(ours("deploy/compose.yaml"), &file).unwrap();
    fs::write(home.path().join("nebula.env"), "DISCORD_TOKEN=token\nNEBULA_SECRET=a passphrase of some length\n")
        .unwrap();
    let config = || Command::new("docker-compose").arg("-f").arg(&file).arg("config").output().unwrap();
    let refused = config();
    assert!(!refused.status.success() && said(&refused).contains("openssl rand -hex 32"), "{}", said(&refused));
    fs::write(home.path().join(".env"), "POSTGRES_PASSWORD=0123456789abcdef\n").unwrap();
    let read = config();
    let text = said(&read);
    assert!(read.status.success(), "{text}");
    for line in [
        "postgres://nebula:0123456789abcdef@postgres/nebula",
        "read_only: true",
        "- ALL",
        "service_healthy",
        "pg_isready",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert!(!text.contains("ports:") && !text.contains("privileged: true"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caddy_serves_what_is_named_and_asks_for_a_password() {
    let world = World::start().await;
    let port = free_port();
    let hash = Command::new("caddy").args(["hash-password", "--plaintext", "correct-horse"]).output().unwrap();
    let caddy = |what: &str| {
        let mut caddy = Command::new("caddy");
        caddy.args([what, "--adapter", "caddyfile", "--config"]).arg(ours("deploy/Caddyfile"));
        // Its own directory, and nobody else's administration port.
        caddy.env("HOME", world.path("")).env("XDG_DATA_HOME", world.path("")).env("XDG_CONFIG_HOME", world.path(""));
        caddy.env("CADDY_ADMIN", format!("unix/{}", world.path("caddy.sock").display()));
        caddy.env("NEBULA_DOMAIN", format!("http://127.0.0.1:{port}")).env("NEBULA_STATUS_USER", "crew");
        caddy.env("NEBULA_STATUS_HASH", said(&hash)).env("NEBULA_WEB", world.web().replace("http://", ""));
        caddy
    };
    let valid = caddy("validate").output().unwrap();
    assert!(valid.status.success(), "{}", said(&valid));
    let open = caddy("validate").env_remove("NEBULA_STATUS_HASH").output().unwrap();
    assert!(!open.status.success(), "without a password nothing is served");

    let _caddy = Ends(caddy("run").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    world.until("caddy listens", |_| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    let client = reqwest::Client::new();
    let at = |path: &str| client.get(format!("http://127.0.0.1:{port}{path}"));
    let alive = at("/healthz").send().await.unwrap();
    assert_eq!(alive.headers()["x-content-type-options"], "nosniff");
    assert!(!alive.headers().contains_key("server"));
    assert_eq!(alive.text().await.unwrap(), "ok\n");
    assert_eq!(at("/").send().await.unwrap().status(), 401);
    assert_eq!(at("/").basic_auth("crew", Some("wrong")).send().await.unwrap().status(), 401);
    let page = at("/").basic_auth("crew", Some("correct-horse")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Nebula"));
    for hidden in ["/readyz", "/metrics", "/nothing", "//", "/healthz/..%2freadyz"] {
        assert_eq!(
            at(hidden).basic_auth("crew", Some("correct-horse")).send().await.unwrap().status(),
            404,
            "{hidden}"
        );
    }
    world.end().await;
}

/// The base that users get from a registry, made of what the program needs here.
fn base(root: &Path) {
    let libraries = Command::new("ldd").arg(env!("CARGO_BIN_EXE_nebula")).output().unwrap();
    let libraries = said(&libraries);
    for library in libraries.split_whitespace().filter(|word| word.starts_with('/')) {
        let place = root.join(&library[1..]);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(library, place).unwrap();
    }
}

/// What the Dockerfile's first stage leaves, without the hour it takes.
fn program(root: &Path) {
    for directory in ["usr/local/bin", "empty/data", "empty/backups"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::copy(env!("CARGO_BIN_EXE_nebula"), root.join("usr/local/bin/nebula")).unwrap();
    fs::set_permissions(root.join("usr/local/bin/nebula"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_image_runs_without_root_on_a_read_only_disk_and_is_backed_up_and_restored() {
    let mut world = World::start().await;
    let Some(docker) = Docker::start() else {
        eprintln!("no Docker here, and the environment says so: the image was not tried");
        return world.end().await;
    };
    let home = tempfile::tempdir().unwrap();
    base(&home.path().join("base"));
    program(&home.path().join("program"));
    docker.image("nebula-base:local", &home.path().join("base"));
    docker.image("nebula-program:local", &home.path().join("program"));
    // A context of only the Dockerfile: nothing else is needed for these stages, and nothing of this machine may go along.
    fs::create_dir(home.path().join("context")).unwrap();
    fs::copy(ours("deploy/Dockerfile"), home.path().join("context/Dockerfile")).unwrap();
    let context = home.path().join("context").display().to_string();
    docker.run(&[
        "build",
        "--network",
        "none",
        "--tag",
        "nebula",
        "--build-arg",
        "BASE=nebula-base:local",
        "--build-arg",
        "PROGRAM=nebula-program:local",
        &context,
    ]);
    assert_eq!(docker.run(&["image", "inspect", "--format", "{{.Config.User}}", "nebula"]), "65532:65532");

    // The world's bot gives its place to one in a container.
    assert!(world.stop_bot().await);
    world.sandbox.advance(std::time::Duration::from_secs(5));
    let web = format!("NEBULA_WEB=127.0.0.1:{}", free_port());
    let authority = format!("{}:/ca.pem:ro", world.path("ca.pem").display());
    let mut settings = vec!["DISCORD_TEST_CA=/ca.pem".to_owned(), web];
    let inside = ["DISCORD_TEST_CA", "NEBULA_WEB", "DATABASE_URL"];
    settings.extend(world.program("run").get_envs().filter_map(|(key, value)| {
        let key = key.to_str().unwrap();
        (!inside.contains(&key)).then(|| format!("{key}={}", value.unwrap().to_str().unwrap()))
    }));
    let locked = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp"];
    let contained = |more: &[&str], command: &[&str]| {
        let mut arguments = vec!["run"];
        arguments.extend(locked);
        arguments.extend(["--network", "host", "--volume", "backups:/backups", "--volume", &authority]);
        arguments.extend(settings.iter().flat_map(|setting| ["--env", setting.as_str()]));
        arguments.extend(more);
        arguments.push("nebula");
        arguments.extend(command);
        docker.run(&arguments)
    };
    contained(&["--detach", "--name", "bot", "--volume", "data:/data", "--health-interval", "1s"], &[]);
    let health = || docker.run(&["inspect", "--format", "{{.State.Health.Status}}", "bot"]);
    world.until("the container is healthy", |_| health() == "healthy").await;
    let admin = world.admin().await;
    admin.ask("/server list").await.until("none yet").await;

    let written = docker.run(&["exec", "bot", "/usr/local/bin/nebula", "backup", "--keep", "2", "/backups"]);
    let file = written.lines().find_map(|line| line.trim().strip_prefix("file ")).unwrap().trim().to_owned();
    assert!(written.contains("✓ sealed"), "{written}");
    docker.run(&["stop", "bot"]);
    assert_eq!(docker.run(&["inspect", "--format", "{{.State.ExitCode}}", "bot"]), "0");
    world.saw("the container's log", docker.run(&["logs", "bot"]));
    let restored = contained(&["--rm", "--volume", "fresh:/data"], &["restore", &file]);
    assert!(restored.contains("✓ restored"), "{restored}");
    let verified = contained(&["--rm", "--volume", "fresh:/data"], &["check", "--audit"]);
    assert!(verified.contains("2 rows, none altered"), "{verified}");
    world.end().await;
}
