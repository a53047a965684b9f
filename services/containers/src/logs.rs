//! A container's log: its end, or what comes, live, through every pause of its engine.
//!
//! **Invariant:** a followed log goes on where it was: an engine that was stopped and comes back costs no line and doubles none.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Clock, Error, Live, Millis, Permit, Redactor, Report, Result, Risk, Run,
    ServerName,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use bollard::models::{ContainerInspectResponse, RestartPolicyNameEnum as Policy};
use hosts::Output;
use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    Containers, Name,
    engine::{Engine, Refusal},
    entries::Framing,
    follow::Reading,
    look,
    place::Place,
    show::inspect,
};

/// Shown unless told.
const LINES: u32 = 100;
/// The most that is looked through; a log file holds them.
const MOST_LINES: u32 = 100_000;
/// Looked through for a filter unless told.
const SEARCHED: u32 = 10_000;
/// The longest anybody may follow, in minutes.
const MOST_MINUTES: u32 = 720;
/// What is not sent by then is not waited for, where nobody follows.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest filter.
const FILTER: usize = 200;
/// An engine that was stopped is asked again after this …
const AGAIN: Duration = Duration::from_millis(300);
/// … up to this long.
const AGAIN_AT_MOST: Duration = Duration::from_secs(5);
/// What its policy starts again is there again within this, or its engine is going down with it.
const COMES_BACK: Duration = Duration::from_secs(5);
/// Lines under a card that tells how a container ended.
const LAST: u32 = 10;

/// Read a container's log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReadLog {
    /// The server it runs on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
    /// How many of its last lines; 100 unless told, and 10,000 are searched for a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u32>,
    /// Only lines with this in them, whatever their case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Go on with what comes for this many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<u32>,
}

/// What was read.
#[derive(Debug, Serialize)]
pub struct Read {
    #[serde(flatten)]
    action: ReadLog,
    ended: Ended,
    duration_ms: u64,
    lines: u64,
    searched: u64,
    /// The last lines.
    output: String,
    /// Bytes, and how many of them the file leaves out.
    size: (u64, u64),
    #[serde(skip)]
    log: Option<Arc<Vec<u8>>>,
    #[serde(skip)]
    reference: String,
}

/// Why no more was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    /// All that there was, was read.
    Read,
    /// The container ended, with this status where that is known.
    Container(Option<i64>),
    /// It was removed.
    Removed,
    /// Somebody had seen enough.
    Cancelled,
    /// The time was over.
    Time,
    /// The time was over, and its engine had not answered again.
    Silent,
}

impl ReadLog {
    /// The last lines of this one.
    pub fn of(server: ServerName, container: Name) -> Self {
        Self { server, container, lines: None, filter: None, follow: None }
    }

    fn tail(&self) -> u32 {
        let unless_told = if self.filter.is_some() { SEARCHED } else { LINES };
        self.lines.unwrap_or(unless_told).clamp(1, MOST_LINES)
    }

    fn time(&self) -> Duration {
        self.follow.map_or(PATIENCE, |minutes| Duration::from_secs(u64::from(minutes.clamp(1, MOST_MINUTES)) * 60))
    }

    fn title(&self) -> String {
        let what = if self.follow.is_some() { "Following" } else { "Log" };
        format!("**{what}** {} on {}", code(self.container.as_str()), code(self.server.as_str()))
    }
}

impl Action for ReadLog {
    const NAME: &'static str = "container.logs";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Read;

    fn plan(&self) -> String {
        let how = match self.follow {
            Some(minutes) => format!(" and follow it for {minutes} min"),
            None => String::new(),
        };
        format!("Read the log of {} on {}{how}", code(self.container.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("read logs of containers on {}", code(self.server.as_str()))
    }

    fn deadline(&self) -> Duration {
        // It ends by itself, with all that it read.
        self.time() + Duration::from_mins(3)
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Read> {
        let action = permit.action().clone();
        if action.filter.as_ref().is_some_and(|filter| filter.is_empty() || filter.len() > FILTER) {
            return Err(Error::Invalid(format!("A filter has 1 to {FILTER} characters. Nothing was read.")));
        }
        let (engine, place) = containers.engine(permit.actor().guild, &action.server).await?;
        let found = inspect(&engine, &place, &action.container).await?;
        let mut reading = Reading::new(action.filter.as_deref());
        run.show(Arc::new(Going {
            action: action.clone(),
            output: Arc::clone(&reading.output),
            seen: Arc::clone(&reading.seen),
            silent: Arc::clone(&reading.silent),
            redactor: run.redactor().clone(),
            clock: containers.clock.clone(),
            began: run.began(),
        }));
        let ended = follow(&engine, &place, &action, &found, &mut reading, run).await?;
        reading.end();
        let output = &reading.output;
        Ok(Read {
            ended,
            duration_ms: u64::try_from(containers.clock.now().since(run.began()).as_millis()).unwrap_or(u64::MAX),
            lines: output.lines(),
            searched: reading.seen.load(Ordering::Relaxed),
            output: output.end(run.redactor()),
            size: output.size(),
            log: output.take_log().map(Arc::new),
            reference: run.reference.clone(),
            action,
        })
    }
}

/// Reads up to the end of whatever comes first: the log, the time, somebody's patience.
async fn follow(
    engine: &Engine,
    place: &Place,
    action: &ReadLog,
    found: &ContainerInspectResponse,
    reading: &mut Reading,
    run: &Run,
) -> Result<Ended> {
    let until = Instant::now() + action.time();
    let restarts = restarts(found);
    let framing = framing(found);
    let (mut wait, mut down_since) = (AGAIN, None);
    loop {
        let read = read(engine, action, framing, reading);
        let answer = tokio::select! {
            () = run.cancel().cancelled() => return Ok(Ended::Cancelled),
            () = tokio::time::sleep_until(until) => {
                return Ok(if reading.silent.load(Ordering::Relaxed) { Ended::Silent } else { Ended::Time });
            }
            answer = read => answer,
        };
        if action.follow.is_none() {
            return answer.map(|()| Ended::Read).map_err(|refusal| refused(place, action, refusal));
        }
        // A container's log ends with it, and with its engine: which of the two it was, the engine says, if it can.
        let now = match answer {
            Ok(()) => {
                engine
                    .ask(|docker| async move { docker.inspect_container(action.container.as_str(), None).await })
                    .await
            }
            Err(refusal) => Err(refusal),
        };
        match now {
            Ok(now) => {
                reading.silent.store(false, Ordering::Relaxed);
                let state = now.state.unwrap_or_default();
                let is_up = state.running == Some(true) || state.restarting == Some(true);
                let since = *down_since.get_or_insert_with(Instant::now);
                if is_up {
                    (down_since, wait) = (None, AGAIN);
                } else if !restarts || since.elapsed() > COMES_BACK {
                    return Ok(Ended::Container(state.exit_code));
                }
            }
            Err(Refusal::NotFound(_)) if reading.since().is_some() => return Ok(Ended::Removed),
            Err(Refusal::NoEngine(_) | Refusal::Broken(_) | Refusal::Host(_)) => {
                reading.silent.store(true, Ordering::Relaxed);
                down_since = None;
                wait = (wait * 2).min(AGAIN_AT_MOST);
            }
            Err(refusal) => return Err(refused(place, action, refusal)),
        }
        tokio::select! {
            () = run.cancel().cancelled() => return Ok(Ended::Cancelled),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn refused(place: &Place, action: &ReadLog, refusal: Refusal) -> Error {
    place.refused(refusal, "show the log", Some(("container", action.container.as_str())))
}

fn framing(found: &ContainerInspectResponse) -> Framing {
    let tty = found.config.as_ref().and_then(|config| config.tty) == Some(true);
    if tty { Framing::Raw } else { Framing::Frames }
}

/// Whether its engine starts it again.
fn restarts(found: &ContainerInspectResponse) -> bool {
    let policy = found.host_config.as_ref().and_then(|host| host.restart_policy.as_ref()?.name);
    matches!(policy, Some(Policy::ALWAYS | Policy::UNLESS_STOPPED | Policy::ON_FAILURE))
}

/// Reads one connection's worth.
async fn read(engine: &Engine, action: &ReadLog, framing: Framing, reading: &mut Reading) -> Result<(), Refusal> {
    let from = match reading.since() {
        Some(moment) => format!("since={moment}"),
        None => format!("tail={}", action.tail()),
    };
    let follow = u8::from(action.follow.is_some());
    let path =
        format!("/containers/{}/logs?stdout=1&stderr=1&timestamps=1&follow={follow}&{from}", action.container.as_str());
    let mut log = engine.stream(Method::GET, &path, None).await?;
    let mut again = reading.again(framing);
    // What was read counts also where this is dropped in the middle.
    loop {
        match log.next().await {
            Ok(Some(bytes)) => again.feed(&bytes),
            Ok(None) => {
                again.end();
                return Ok(());
            }
            Err(refusal) => {
                again.cut();
                return Err(refusal);
            }
        }
    }
}

/// The last lines of a container, for a card that tells how it ended; nothing where they cannot be had.
pub(crate) async fn last_lines(engine: &Engine, container: &Name, redactor: &Redactor) -> String {
    let found = engine.ask(|docker| async move { docker.inspect_container(container.as_str(), None).await }).await;
    let Ok(found) = found else { return String::new() };
    let Ok(server) = "local".parse() else { return String::new() };
    let mut reading = Reading::new(None);
    let action = ReadLog { lines: Some(LAST), ..ReadLog::of(server, container.clone()) };
    let read = read(engine, &action, framing(&found), &mut reading);
    // Late or not: what was read is shown.
    let _ = tokio::time::timeout(Duration::from_secs(5), read).await;
    reading.output.end(redactor)
}

/// A log while it is read.
struct Going {
    action: ReadLog,
    output: Arc<Output>,
    seen: Arc<AtomicU64>,
    silent: Arc<AtomicBool>,
    redactor: Redactor,
    clock: Clock,
    began: Millis,
}

impl Live for Going {
    fn card(&self) -> Card {
        let card = Card::working(self.action.title())
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))));
        let card = match &self.action.filter {
            Some(filter) => card.fact(format!(
                "{} of {} with {}",
                self.output.lines(),
                measure::count(self.seen.load(Ordering::Relaxed), "line", "lines"),
                code(self.redactor.mask(filter))
            )),
            None => card.fact(measure::count(self.output.lines(), "line", "lines")),
        };
        let card = if self.silent.load(Ordering::Relaxed) {
            card.text("Its engine does not answer just now. I go on where I was as soon as it does.")
        } else {
            card
        };
        card.code("ansi", self.output.end(&self.redactor))
    }
}

impl Report for Read {
    fn card(&self) -> Card {
        let title =
            format!("**Log** of {} on {}", code(self.action.container.as_str()), code(self.action.server.as_str()));
        let after = measure::span(Duration::from_millis(self.duration_ms));
        let mut card = Card::plain(title).fact(match &self.action.filter {
            Some(filter) => {
                format!("{} of {} with {}", self.lines, measure::count(self.searched, "line", "lines"), code(filter))
            }
            None => measure::count(self.lines, "line", "lines"),
        });
        card = match self.ended {
            Ended::Read => card,
            Ended::Container(Some(status)) => card.fact(format!("it ended with {} after {after}", look::exit(status))),
            Ended::Container(None) => card.fact(format!("it ended after {after}")),
            Ended::Removed => card.fact(format!("it was removed after {after}")),
            Ended::Cancelled => card.fact(format!("stopped after {after}")),
            Ended::Time => card.fact(format!("followed for {after}")),
            Ended::Silent => card.fact(format!("followed for {after}")).text("Its engine did not answer in the end."),
        };
        if self.log.is_none() {
            card = card.text(if self.action.filter.is_some() { "Nothing fits." } else { "It logged nothing." });
        }
        if self.size.1 > 0 {
            let (all, left_out) = (measure::bytes(self.size.0), measure::bytes(self.size.1));
            card = card.text(format!(
                "It logged {all}; the file keeps the beginning and the end, without {left_out} between."
            ));
        }
        card = card.code("ansi", &self.output);
        let again = ReadLog { follow: Some(self.action.follow.unwrap_or(10)), ..self.action.clone() };
        card = card.choice(Choice::perform("Follow", &again, Lands::Below));
        match &self.log {
            Some(log) => card.file(format!("{}-{}.log", self.action.container, self.reference), Arc::clone(log)),
            None => card,
        }
    }

    fn ending(&self) -> Ending {
        match self.ended {
            Ended::Cancelled => Ending::Cancelled,
            _ => Ending::Done,
        }
    }
}
