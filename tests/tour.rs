//! The tour: a conversation that uses every command with every option, and the command reference that is made of it.

use std::collections::BTreeSet;

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

    // Before somebody switches a feature off.
    let leaves: Vec<Leaf> = world.sandbox.commands().iter().flat_map(reference::leaves).collect();
    let tour = script::parse(&TOUR.replace("ADDRESS", &address)).unwrap();
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

/// What people asked of the bot, in the words of [`Leaf::uses`], as the sandbox recorded it.
async fn used(world: &World) -> BTreeSet<String> {
    let requests = format!("{}/sandbox/requests?limit=25000", world.sandbox.page_url());
    let requests: Vec<Value> = reqwest::get(requests).await.unwrap().json().await.unwrap();
    // Type 2 is a command that was sent off; completions are asked with 4 and prove nothing.
    let asked = requests.iter().filter(|request| request["path"] == "/interactions" && request["body"]["type"] == 2);
    asked.flat_map(|request| reference::leaves(&request["body"]["data"])).flat_map(|leaf| leaf.uses()).collect()
}
