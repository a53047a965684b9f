//! The names on engines, for completion: read once, then kept as the engine's events tell.
//!
//! **Invariant:** whoever completes a name never waits for an engine. One that nobody has used for a while is left alone.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{GuildId, ServerName};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListVolumesOptions};
use tokio::time::Instant;

use crate::{
    Containers,
    engine::{Engine, Refusal},
    events::Events,
    look,
};

/// Discord shows no more.
const OFFERED: usize = 25;
/// More names of a kind are not kept.
const KEPT: usize = 2_000;
/// An engine whose names nobody used for so long is left alone.
const UNUSED: Duration = Duration::from_mins(30);
/// What happens together is read once.
const TOGETHER: Duration = Duration::from_millis(50);
/// An engine that does not answer is asked again after this long.
const AGAIN: Duration = Duration::from_secs(10);
/// Events after which there is another name, or one less.
const TOLD_BY: [&str; 12] =
    ["create", "destroy", "rename", "start", "die", "pull", "tag", "untag", "delete", "import", "load", "remove"];

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// A container.
    Containers,
    /// An image.
    Images,
    /// A project of Compose.
    Projects,
    /// A volume.
    Volumes,
    /// A network.
    Networks,
}

/// The names on engines that were used lately.
#[derive(Default)]
pub(crate) struct Names(Mutex<HashMap<(GuildId, ServerName), Known>>);

struct Known {
    used: Instant,
    names: HashMap<Of, BTreeSet<String>>,
}

impl Names {
    fn with<T>(&self, key: &(GuildId, ServerName), change: impl FnOnce(&mut Known) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(key).map(change)
    }

    /// Notes that an engine is used; the answer is whether it was not known.
    fn touch(&self, key: &(GuildId, ServerName)) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !all.contains_key(key);
        all.entry(key.clone()).or_insert_with(|| Known { used: Instant::now(), names: HashMap::new() }).used =
            Instant::now();
        is_new
    }

    /// Forgets an engine that nobody used lately; the answer is whether it did.
    fn let_go(&self, key: &(GuildId, ServerName)) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = all.get(key).is_none_or(|known| known.used.elapsed() > UNUSED);
        if unused {
            all.remove(key);
        }
        unused
    }
}

impl Containers {
    /// The names on an engine that go on like this, then those that contain it; at most 25, from memory. What is not known yet
    /// is read for the next time.
    pub fn complete(self: &Arc<Self>, guild: GuildId, server: &ServerName, of: Of, typed: &str) -> Vec<String> {
        self.keep_names(guild, server);
        let typed = typed.trim().to_lowercase();
        let key = (guild, server.clone());
        let fitting = self.names.with(&key, |known| {
            let names = known.names.get(&of).into_iter().flatten();
            names.filter(|name| name.to_lowercase().contains(&typed)).cloned().collect::<Vec<_>>()
        });
        let mut names = fitting.unwrap_or_default();
        names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
        names.truncate(OFFERED);
        names
    }

    /// Keeps the names on an engine from now on.
    pub(crate) fn keep_names(self: &Arc<Self>, guild: GuildId, server: &ServerName) {
        let key = (guild, server.clone());
        if self.names.touch(&key) {
            let this = Arc::clone(self);
            tokio::spawn(async move {
                while !this.names.let_go(&key) {
                    // One that does not exist, or may not be used, is not asked for its names either.
                    let Ok((engine, _)) = this.engine_of(key.0, &key.1).await else { break };
                    if let Err(refusal) = this.follow_names(&engine, &key).await {
                        tracing::debug!(server.name = %key.1, ?refusal, "an engine's names are not known");
                    }
                    tokio::time::sleep(AGAIN).await;
                }
                this.names.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            });
        }
    }

    async fn follow_names(&self, engine: &Engine, key: &(GuildId, ServerName)) -> Result<(), Refusal> {
        // Before they are read: what happens in between is told.
        let mut events = Events::of(engine, &["container", "image", "volume", "network"], &TOLD_BY, None).await?;
        loop {
            let names = read(engine).await?;
            self.names.with(key, |known| known.names = names);
            let next = tokio::time::timeout(UNUSED, events.next()).await;
            if self.names.let_go(key) || matches!(next, Ok(Ok(None))) {
                return Ok(());
            }
            if let Ok(told) = next {
                told?;
            }
            // The rest of what happens together.
            let more = tokio::time::sleep(TOGETHER);
            tokio::pin!(more);
            loop {
                tokio::select! {
                    () = &mut more => break,
                    told = events.next() => if told?.is_none() { return Ok(()) },
                }
            }
        }
    }
}

async fn read(engine: &Engine) -> Result<HashMap<Of, BTreeSet<String>>, Refusal> {
    let containers = engine.ask(|docker| async move {
        docker.list_containers(Some(ListContainersOptionsBuilder::new().all(true).build())).await
    });
    let images =
        engine.ask(|docker| async move { docker.list_images(Some(ListImagesOptionsBuilder::new().build())).await });
    let volumes = engine.ask(|docker| async move { docker.list_volumes(None::<ListVolumesOptions>).await });
    let networks = engine.ask(|docker| async move { docker.list_networks(None).await });
    let (containers, images, volumes, networks) = tokio::try_join!(containers, images, volumes, networks)?;
    let projects = containers.iter().filter_map(|container| container.labels.as_ref()?.get(look::PROJECT).cloned());
    let few = |names: &mut dyn Iterator<Item = String>| names.take(KEPT).collect::<BTreeSet<_>>();
    Ok(HashMap::from([
        (Of::Projects, few(&mut projects.into_iter())),
        (Of::Containers, few(&mut containers.iter().map(look::name))),
        (
            Of::Images,
            few(&mut images.into_iter().flat_map(|image| image.repo_tags).filter(|tag| tag != "<none>:<none>")),
        ),
        (Of::Volumes, few(&mut volumes.volumes.into_iter().flatten().map(|volume| volume.name))),
        (Of::Networks, few(&mut networks.into_iter().filter_map(|network| network.name))),
    ]))
}
