//! How a service is: by its health endpoint, its container, the line that tells, or its port, whichever comes first.
//!
//! **Invariant:** who could not be asked is not down: only an answer, or that nothing listens where it should, says that.

use std::time::Duration;

use base::{
    Error, GuildId, Redactor, ServerName,
    card::{Tone, code},
};
use containers::Name;
use futures::{FutureExt, StreamExt, stream};
use hosts::{
    Port,
    ssh::{Ended, Exec, Stream},
};
use serde::Serialize;

use crate::{
    Maps, http,
    map::{Map, Service},
    place,
};

/// What is not known by then is not known.
const PATIENCE: Duration = Duration::from_secs(12);
/// A line that tells how a service is takes no longer.
const LINE: Duration = Duration::from_secs(8);
/// So many are asked at a time.
const AT_ONCE: usize = 16;

/// How a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not.
    Down,
    /// Nobody could say.
    Unknown,
    /// It is well.
    Up,
}

/// How it is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// How.
    pub(crate) state: State,
    /// In a few words of markdown.
    pub(crate) words: String,
    /// Whether anything in the map tells how it is.
    pub(crate) told: bool,
}

/// Which lines may be run to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Those that the guild holds to be harmless: nobody was asked about the others.
    Harmless,
    /// All of the service's: running them was judged.
    Any,
}

impl State {
    /// What shows it.
    pub(crate) fn glyph(self) -> &'static str {
        match self {
            Self::Up => Tone::Ok.glyph(),
            Self::Down => Tone::Failed.glyph(),
            Self::Unknown => Tone::Quiet.glyph(),
        }
    }
}

impl Seen {
    fn new(state: State, words: impl Into<String>) -> Self {
        Self { state, words: words.into(), told: true }
    }

    fn untold(words: impl Into<String>) -> Self {
        Self { state: State::Unknown, words: words.into(), told: false }
    }
}

impl Maps {
    /// How each of these services is.
    pub(crate) async fn look_at(
        &self,
        guild: GuildId,
        map: &Map,
        services: &[usize],
        redactor: &Redactor,
    ) -> Vec<(usize, Seen)> {
        let mut asked = Vec::with_capacity(services.len());
        for &one in services {
            let Some(service) = map.services.get(one) else { continue };
            let looked = async move { (one, self.look(guild, map, service, Lines::Harmless, redactor).await) };
            asked.push(looked.boxed());
        }
        let mut seen: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        seen.sort_by_key(|(one, _)| *one);
        seen
    }

    /// How a service is.
    pub(crate) async fn look(
        &self,
        guild: GuildId,
        map: &Map,
        service: &Service,
        lines: Lines,
        redactor: &Redactor,
    ) -> Seen {
        let Some((server, _)) = place::server_of(&self.hosts, guild, map, service) else {
            return match map.node_of(service) {
                Some(node) => Seen::new(State::Unknown, format!("{} is no server here", code(&node.name))),
                None => Seen::untold("the map does not say where it runs"),
            };
        };
        let looked = self.look_on(guild, &server, service, lines, redactor);
        match tokio::time::timeout(PATIENCE, looked).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => {
                let why = match &error {
                    Error::Outside(card) => card.texts().next().unwrap_or_default().to_owned(),
                    other => other.to_string(),
                };
                Seen::new(State::Unknown, format!("could not be asked: {}", redactor.mask(&why)))
            }
            Err(_) => Seen::new(State::Unknown, format!("could not be asked within {} s", PATIENCE.as_secs())),
        }
    }

    async fn look_on(
        &self,
        guild: GuildId,
        server: &ServerName,
        service: &Service,
        lines: Lines,
        redactor: &Redactor,
    ) -> Result<Seen, Error> {
        if let Some(health) = &service.health {
            return Ok(match self.hosts.port(guild, server, health.port).await? {
                Port::Open(stream) => match http::status(stream, &health.path).await {
                    Some(status) if status.is_success() || status.is_redirection() => {
                        Seen::new(State::Up, format!("HTTP {}", status.as_u16()))
                    }
                    Some(status) => Seen::new(State::Down, format!("HTTP {}", status.as_u16())),
                    None => Seen::new(State::Down, format!("port {} answers no HTTP", health.port)),
                },
                Port::Shut => Seen::new(State::Down, format!("nothing listens on port {}", health.port)),
                Port::Unknown => Seen::new(State::Unknown, "could not be asked: its sshd forwards nothing"),
            });
        }
        if let Some(name) = service.container.as_deref().and_then(|name| name.parse::<Name>().ok()) {
            return Ok(match self.containers.standing(guild, server, &name).await? {
                Some(stands) if stands.tone == Tone::Ok => Seen::new(State::Up, format!("container {}", stands.word)),
                Some(stands) => Seen::new(State::Down, format!("container {}", stands.word)),
                None => Seen::new(State::Down, format!("no container {}", code(name.as_str()))),
            });
        }
        if let Some(line) = &service.commands.status
            && let Some(seen) = self.ask_line(guild, server, line, lines, redactor).await?
        {
            return Ok(seen);
        }
        if let Some(port) = service.port {
            return Ok(match self.hosts.port(guild, server, port).await? {
                Port::Open(_) => Seen::new(State::Up, format!("port {port} answers")),
                Port::Shut => Seen::new(State::Down, format!("nothing listens on port {port}")),
                Port::Unknown => Seen::new(State::Unknown, "could not be asked: its sshd forwards nothing"),
            });
        }
        Ok(match &service.commands.status {
            Some(_) => Seen::new(State::Unknown, "its `status` line is not on the list of harmless commands"),
            None => Seen::untold("nothing in the map tells how it is"),
        })
    }

    /// By the line that tells; none where it may not be run.
    async fn ask_line(
        &self,
        guild: GuildId,
        server: &ServerName,
        line: &str,
        lines: Lines,
        redactor: &Redactor,
    ) -> Result<Option<Seen>, Error> {
        let class = self.policy.judge(guild, line, redactor).await?.class;
        if lines == Lines::Harmless && class != base::Risk::Observe {
            return Ok(None);
        }
        let exec = Exec { deadline: Some(LINE), ..Exec::new(|_: Stream, _: &[u8]| ()) };
        let exit = self.hosts.run_line(guild, server, line, exec).await?;
        Ok(Some(match exit.ended {
            Ended::Exited(0) => Seen::new(State::Up, "its status line says so"),
            Ended::Exited(126 | 127) => Seen::new(State::Unknown, "its status line cannot be run there"),
            Ended::Exited(status) => Seen::new(State::Down, format!("its status line ends with exit {status}")),
            Ended::TimedOut { .. } => Seen::new(State::Unknown, "its status line did not end in time"),
            _ => Seen::new(State::Unknown, "its status line was cut off"),
        }))
    }
}
