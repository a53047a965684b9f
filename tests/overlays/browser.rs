//! A real browser that opens overlays as OBS does, and is told what happens meanwhile.

use std::{path::Path, process::Stdio, time::Duration};

use peers::page::{MODULES, PROGRAMS};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::world::World;

/// A browser takes its time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// A browser that does one thing, and waits for what it is told.
pub(crate) struct Browser {
    node: Child,
    says: Lines<BufReader<ChildStdout>>,
    hears: ChildStdin,
}

impl Browser {
    /// Opens one that goes the way of that name in `overlays.mjs`, with these pages: their names and addresses.
    pub(crate) fn opens(world: &World, way: &str, pages: &[(&str, &str)]) -> Self {
        assert!(Path::new(MODULES).exists(), "playwright-core is missing: `tests/peers/install.sh page` installs it");
        let pages: Vec<_> = pages.iter().map(|(name, url)| json!({ "name": name, "url": url })).collect();
        let mut node = Command::new("node");
        node.arg("overlays.mjs").current_dir(PROGRAMS).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        node.env("MODULES", MODULES)
            .env("PAGE_URL", world.sandbox.page_url())
            .env("WAY", way)
            .env("PAGES", json!(pages).to_string());
        let mut node = node.spawn().expect("node is missing: `tests/peers/install.sh page` installs it");
        let says = BufReader::new(node.stdout.take().unwrap()).lines();
        let hears = node.stdin.take().unwrap();
        Self { node, says, hears }
    }

    /// What it says next.
    pub(crate) async fn hear(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.says.next_line()).await.expect("it says something");
        line.unwrap().unwrap_or_default()
    }

    /// Waits until it says this.
    pub(crate) async fn says(&mut self, wanted: &str) {
        let line = self.hear().await;
        assert_eq!(line, wanted, "{}", line.replace(" ⏎ ", "\n"));
    }

    pub(crate) async fn tell(&mut self, line: &str) {
        self.hears.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    pub(crate) async fn ends(mut self) {
        self.says("done").await;
        assert!(self.node.wait().await.unwrap().success());
    }
}
