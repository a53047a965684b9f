//! The tour: a conversation that uses every command with every option, and the command reference that is made of it.

use std::collections::BTreeSet;

use peers::{Docker, IMAGE};
use sandbox::script::{self, PlayOptions};
use serde_json::Value;

use crate::{
    reference::{self, Leaf},
    world::World,
};

const TOUR: &str = include_str!("data/scripts/tour.txt");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_uses_every_command_with_every_option_and_the_reference_shows_it() {
    let Some(docker) = Docker::start() else { return };
    docker.busybox();
    for (name, line) in [("web", "echo GET / 200; echo GET /nothing 404; exec sleep 1000"), ("job", "echo done")] {
        let run = ["run", "--detach", "--init", "--network", "none", "--name", name, IMAGE, "/bin/sh", "-c", line];
        docker.run(&run);
    }
    docker.run(&["volume", "create", "data"]);
    let mut world = World::start().await;
    let sshd = peers::Sshd::start_at_home();
    let address = format!("{}:{}", sshd.address(), sshd.port());
    for (file, secret) in [("id", sshd.private_key()), ("password", sshd.password().to_owned())] {
        std::fs::write(world.path(file), &secret).unwrap();
        world.never_show(&secret);
    }

    std::fs::write(world.path("face.png"), b"\x89PNG\r\n\x1a\n a small picture").unwrap();
    std::fs::write(world.path("ssh_config"), "Host cellar\n  HostName cellar.example\n  IdentityFile ~/.ssh/id\n")
        .unwrap();

    std::fs::write(world.path("app.yml"), "port: 80\n").unwrap();
    let open = tempfile::Builder::new().prefix("nebula-tour-").tempdir().unwrap();
    std::fs::set_permissions(open.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();

    // Before somebody switches a feature off.
    let leaves: Vec<Leaf> = world.sandbox.commands().iter().flat_map(reference::leaves).collect();
    let tour = script::parse(
        &TOUR
            .replace("ADDRESS", &address)
            .replace("FOLDER", &shop(&docker))
            .replace("SOCKET", &docker.socket().display().to_string())
            .replace("OPEN", open.path().to_str().unwrap()),
    )
    .unwrap();
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
        let different = drawn.lines().zip(kept.lines().chain(std::iter::repeat(""))).find(|(new, old)| new != old);
        let is_the_same = different.is_none() && drawn.len() == kept.len();
        assert!(is_the_same, "docs/commands.md is not what the tour shows; `make docs` writes it anew: {different:#?}");
    }
    world.end().await;
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
