//! The tour: a conversation that uses every command with every option, and the command reference that is made of it.

use std::{collections::BTreeSet, path::Path};

use peers::{Docker, IMAGE, Sshd, clouds::Lanyard, models::Speaker};
use sandbox::script::{self, PlayOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    reference::{self, Leaf},
    world::World,
};

const TOUR: &str = include_str!("data/scripts/tour.txt");
/// Two services that are up while a file is there.
const SERVICES: &str = "\
name: shop
environments: {prod: {host_suffix: '${SUFFIX}'}}
services:
  web:
    hosts: {production: box}
    depends_on: [db]
    commands: {start: touch OPEN/web, stop: mv OPEN/web OPEN/no-web, status: test -e OPEN/web}
  db:
    hosts: {production: box}
    commands: {start: touch OPEN/db, stop: mv OPEN/db OPEN/no-db, status: test -e OPEN/db}
";
const RUNBOOK: &str = "name: Look\nsteps:\n  - name: Look\n    type: ssh\n    params: {server: \"{{server}}\", command: echo all is well}\n";
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");

/// What the tour needs besides a Discord: a server with an engine that has containers, a project, and a directory anybody may use.
pub(crate) struct Stage {
    docker: Docker,
    pub(crate) sshd: Sshd,
    open: TempDir,
    pub(crate) ollama: Speaker,
    pub(crate) lanyard: Lanyard,
}

impl Stage {
    /// None where this machine cannot have an engine of its own.
    pub(crate) fn set() -> Option<Self> {
        let docker = Docker::start()?;
        docker.busybox();
        for (name, line) in [("web", "echo GET / 200; echo GET /nothing 404; exec sleep 1000"), ("job", "echo done")] {
            let run = ["run", "--detach", "--init", "--network", "none", "--name", name, IMAGE, "/bin/sh", "-c", line];
            docker.run(&run);
        }
        docker.run(&["volume", "create", "data"]);
        let open = tempfile::Builder::new().prefix("nebula-tour-").tempdir().unwrap();
        std::fs::set_permissions(open.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let ollama = Speaker::ollama();
        ollama.may_pull("gemma3:4b", 3_300_000_000);
        Some(Self { docker, sshd: Sshd::start_at_home(), open, ollama, lanyard: Lanyard::start() })
    }

    /// The tour, with the names of what stands here, and as patient as stories are: many are told at once.
    pub(crate) fn script(&self) -> String {
        TOUR.replace("\nexpect \"", "\nexpect 60s \"")
            .replace("ADDRESS", &format!("{}:{}", self.sshd.address(), self.sshd.port()))
            .replace("FOLDER", &shop(&self.docker))
            .replace("SOCKET", &self.docker.socket().display().to_string())
            .replace("OPEN", self.open.path().to_str().unwrap())
    }

    /// Lays the files that it attaches into a directory.
    pub(crate) fn lay(&self, beside: &Path) {
        for (name, text) in [
            ("id", self.sshd.private_key().as_str()),
            ("password", self.sshd.password()),
            ("key", "sk-tour-0123456789abcdef"),
            ("ssh_config", "Host cellar\n  HostName cellar.example\n  IdentityFile ~/.ssh/id\n"),
            ("app.yml", "port: 80\n"),
            ("service-map.yml", &SERVICES.replace("OPEN", self.open.path().to_str().unwrap())),
            ("runbook.yaml", RUNBOOK),
            ("canvas.json", r#"[{ "type": "text", "content": "{goal} of 100" }, { "type": "alert", "y": 20 }]"#),
            ("categories.json", r#"[{ "name": "Returns", "description": "Sent back", "buttonStyle": "PRIMARY" }]"#),
        ] {
            std::fs::write(beside.join(name), text).unwrap();
        }
        std::fs::write(beside.join("ping.mp3"), b"ID3\x04 a short sound").unwrap();
        std::fs::write(beside.join("face.png"), b"\x89PNG\r\n\x1a\n a small picture").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_uses_every_command_with_every_option_and_the_reference_shows_it() {
    let Some(stage) = Stage::set() else { return };
    let mut world = World::start_beside(&stage.ollama).await;
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_PRESENCE_GUILDS", &guild);
    world.set_environment("NEBULA_LANYARD_URL", &stage.lanyard.url());
    assert!(world.stop_bot().await);
    world.start_bot().await;
    // What a new guild does not have is shown, too.
    for feature in guilds::ALL.iter().filter(|feature| feature.at_first == guilds::State::Off) {
        world.admin().await.ask(&format!("/feature on feature:{}", feature.name)).await.until("Switched on").await;
    }
    for secret in [stage.sshd.private_key(), stage.sshd.password().to_owned()] {
        world.never_show(&secret);
    }
    stage.lay(&world.path(""));

    // Before somebody switches a feature off.
    let is_typed = |command: &&Value| command["type"].as_u64().unwrap_or(1) == 1;
    let typed = world.sandbox.commands();
    let leaves: Vec<Leaf> = typed.iter().filter(is_typed).flat_map(reference::leaves).collect();
    let tour = script::parse(&stage.script()).unwrap();
    let options = PlayOptions { page_url: world.sandbox.page_url(), json: true, base_dir: world.path("") };
    let mut transcript = Vec::new();
    let outcome = script::play(&tour, &options, &mut transcript).await.unwrap();
    assert!(outcome.held(), "{outcome:#?}\n{}", String::from_utf8_lossy(&transcript));

    let offered: BTreeSet<String> = leaves.iter().flat_map(Leaf::uses).collect();
    let used = used(&world).await;
    let missing: Vec<_> = offered.difference(&used).collect();
    assert!(missing.is_empty(), "tests/data/scripts/tour.txt never uses {missing:?}");

    let lines = std::str::from_utf8(&transcript).unwrap().lines();
    let transcript: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let drawn = reference::draw(&leaves, TOUR, &transcript);
    let kept = std::fs::read_to_string(REFERENCE).unwrap_or_default();
    if std::env::var_os("NEBULA_WRITE_DOCS").is_some() {
        std::fs::write(REFERENCE, drawn).unwrap();
    } else {
        let is_the_same = drawn == kept;
        assert!(
            is_the_same,
            "docs/commands.md is not what the tour shows; `make docs` writes it anew:{}",
            apart(&drawn, &kept)
        );
    }
    world.end().await;
}

/// Where the tour first shows something else than what is kept, with what stands around it.
fn apart(drawn: &str, kept: &str) -> String {
    const AROUND: usize = 8;
    let same = drawn.lines().zip(kept.lines()).take_while(|(new, old)| new == old).count();
    let excerpt = |text: &str| {
        let lines = text.lines().skip(same.saturating_sub(AROUND)).take(2 * AROUND);
        lines.fold(String::new(), |all, line| all + "\n  " + line)
    };
    format!("\nit shows, around line {}:{}\nkept is:{}", same + 1, excerpt(drawn), excerpt(kept))
}

/// A Compose project's folder, beside the engine's own things.
fn shop(docker: &Docker) -> String {
    let folder = docker.socket().with_file_name("shop");
    std::fs::create_dir_all(&folder).unwrap();
    let web = "image: busybox:local\n    command: [sh, -c, 'echo open; exec sleep 1000']\n    init: true";
    let file = format!(
        "version: '2.4'\nservices:\n  web:\n    {web}\n    network_mode: none\n    environment:\n      HINT: quiet\n"
    );
    std::fs::write(folder.join("docker-compose.yml"), file).unwrap();
    folder.display().to_string()
}

/// What people asked of the bot, in the words of [`Leaf::uses`], as the sandbox recorded it.
async fn used(world: &World) -> BTreeSet<String> {
    let requests = format!("{}/sandbox/requests?limit=25000", world.sandbox.page_url());
    let requests: Vec<Value> = reqwest::get(requests).await.unwrap().json().await.unwrap();
    // Type 2 is a command that was sent off; completions are asked with 4 and prove nothing.
    let asked = requests.iter().filter(|request| request["path"] == "/interactions" && request["body"]["type"] == 2);
    asked.flat_map(|request| reference::leaves(&request["body"]["data"])).flat_map(|leaf| leaf.uses()).collect()
}
