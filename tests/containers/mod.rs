//! Containers, as people run them: on the bot's own machine and through a server's SSH, on real engines.

mod alerts;
mod by_map;
mod compose;
mod heal;
mod logs;
mod power;
mod rest;
mod watch;

use std::sync::Arc;

use peers::{Docker, IMAGE};

/// Containers of one story, on an engine that stories share.
pub(crate) struct Yard {
    pub(crate) docker: Arc<Docker>,
    /// What tells them from another story's.
    story: &'static str,
}

impl Yard {
    /// None where no engine can run, and the environment says so.
    pub(crate) fn of(story: &'static str) -> Option<Self> {
        Some(Self { docker: Docker::shared()?, story })
    }

    /// The same, on an engine of its own: nobody else's containers are in trouble there.
    fn alone(story: &'static str) -> Option<Self> {
        let docker = Docker::start()?;
        docker.busybox();
        Some(Self { docker: Arc::new(docker), story })
    }

    fn name(&self, container: &str) -> String {
        format!("{}-{container}", self.story)
    }

    /// Starts a container that does this, without any network.
    pub(crate) fn run(&self, container: &str, options: &[&str], line: &str) -> String {
        let name = self.name(container);
        let mut arguments = vec!["run", "--detach", "--network", "none", "--name", &name];
        arguments.extend(options);
        arguments.extend([IMAGE, "/bin/sh", "-c", line]);
        self.docker.run(&arguments);
        name
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let filter = format!("name=^/?{}-", self.story);
        let Ok(found) = self.docker.command(&["ps", "--all", "--quiet", "--filter", &filter]).output() else { return };
        for container in String::from_utf8_lossy(&found.stdout).lines() {
            let _ = self.docker.command(&["rm", "--force", "--volumes", container]).output();
        }
    }
}

/// What differs between two runs, and between what other stories do on the same engine.
pub(crate) fn masked(text: &str) -> String {
    let text = crate::people::mask(text);
    let masks = [
        (r"-[2-9A-Z]{6}\.json", "-REFERENCE.json"),
        (r"(up|exited \(\d+\)) (less than a second|about an? \w+|\d+ \w+)( ago)?", "$1 TIME"),
        (r"(took|after|for) [\d.]+ (ms|s)\b", "$1 TIME"),
    ];
    masks
        .into_iter()
        .fold(text, |text, (from, to)| regex::Regex::new(from).unwrap().replace_all(&text, to).into_owned())
}
