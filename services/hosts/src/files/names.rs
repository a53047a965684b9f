//! Completes paths, from what directories held a moment ago.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use base::GuildId;
use store::servers::Server;

use super::{
    Files,
    path::{is_within, join, split, unspeakable},
};
use crate::ssh::{Entry, Kind};

/// What was seen longer ago is looked at anew.
const FRESH: Duration = Duration::from_secs(30);
/// Directories that are remembered.
const DIRECTORIES: usize = 200;
/// Names of one that are.
const NAMES: usize = 500;
/// Discord's own limit.
const OFFERED: usize = 25;

/// What directories hold, by server and path.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<(String, String), Seen>>);

struct Seen {
    at: Instant,
    /// Directories end in `/`.
    names: Vec<String>,
}

impl Names {
    /// Remembers what a directory holds.
    pub(super) fn learn(&self, server: &str, directory: &str, entries: &[Entry]) {
        let speakable = entries.iter().filter(|entry| unspeakable(&entry.name).is_none());
        let written = speakable.map(|entry| match entry.facts.kind {
            Kind::Directory => format!("{}/", entry.name),
            _ => entry.name.clone(),
        });
        let mut names: Vec<String> = written.take(NAMES).collect();
        names.sort_unstable();
        let mut known = self.known();
        if known.len() >= DIRECTORIES {
            known.retain(|_, seen| seen.at.elapsed() < FRESH);
            if known.len() >= DIRECTORIES {
                known.clear();
            }
        }
        known.insert((server.to_owned(), directory.to_owned()), Seen { at: Instant::now(), names });
    }

    /// Something on a server changed.
    pub(super) fn forget(&self, server: &str) {
        self.known().retain(|(of, _), _| of != server);
    }

    fn of(&self, server: &str, directory: &str) -> Option<Vec<String>> {
        let known = self.known();
        let seen = known.get(&(server.to_owned(), directory.to_owned()));
        seen.filter(|seen| seen.at.elapsed() < FRESH).map(|seen| seen.names.clone())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(String, String), Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    /// The paths that go on like this. A directory that was not looked at lately is looked at now; whoever asks and does not wait
    /// so long is offered it when they type on.
    pub async fn complete(&self, server: &Server, typed: &str) -> Vec<String> {
        let Ok(roots) = self.store.file_roots_of(server.guild, &server.id).await else { return Vec::new() };
        let typed = typed.trim();
        let fitting = |path: &String| path.starts_with(typed) && path.len() > typed.len();
        let inside = roots.iter().any(|root| is_within(typed, root));
        if !inside || roots.iter().any(|root| root == typed) {
            return roots.into_iter().map(|root| format!("{root}/")).filter(fitting).take(OFFERED).collect();
        }
        let (directory, _) = split(typed);
        let names = if let Some(names) = self.names.of(&server.id, directory) {
            names
        } else {
            let found = self.look_into(server, directory, &roots).await;
            if found.is_none() {
                // Who types on does not ask the server for it at each letter.
                self.names.learn(&server.id, directory, &[]);
            }
            found.unwrap_or_default()
        };
        let paths = names.into_iter().map(|name| join(directory, &name));
        paths.filter(fitting).take(OFFERED).collect()
    }

    async fn look_into(&self, server: &Server, directory: &str, roots: &[String]) -> Option<Vec<String>> {
        let sftp = self.session_on(server).await.ok()?;
        let leads = sftp.canonical(directory).await.ok()?;
        if !roots.iter().any(|root| is_within(&leads, root)) {
            return None;
        }
        let (entries, _) = sftp.list(&leads, NAMES).await.ok()?;
        self.names.learn(&server.id, directory, &entries);
        self.names.of(&server.id, directory)
    }

    /// A server of this name, for completion.
    pub fn server(&self, guild: GuildId, name: &str) -> Option<Server> {
        self.hosts.find(guild, &name.parse().ok()?).ok()
    }
}
