//! A row for each turn: while they are taken, and after.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{
    Card, Clock, Live, Millis, Report,
    action::Ending,
    card::{Choice, Lands, Tone, code},
    measure,
};
use serde::{Deserialize, Serialize};

use super::{Deed, ForceStopService, RestartService, StartService, StopService, Wish, With};
use crate::{ServiceName, ServiceStatus};

/// Discord's own limit for a button's label.
const BUTTON: usize = 80;
/// Rows of a card.
const ROWS: usize = 40;

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Waiting,
    /// It was begun; whether it is true yet is looked at.
    Begun,
    Well,
    /// There was nothing to do.
    Already,
    Failed,
    /// It was not begun.
    Skipped,
}

/// A turn as it is shown, and noted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) service: String,
    pub(crate) deed: Deed,
    pub(crate) stage: Stage,
    pub(crate) words: String,
    /// The last that its line printed, where it failed.
    pub(crate) output: String,
}

impl Stage {
    pub(crate) fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Begun)
    }

    fn glyph(self) -> &'static str {
        match self {
            Self::Waiting => "·",
            Self::Begun => Tone::Working.glyph(),
            Self::Well | Self::Already => Tone::Ok.glyph(),
            Self::Failed => Tone::Failed.glyph(),
            Self::Skipped => Tone::Quiet.glyph(),
        }
    }
}

impl Row {
    pub(crate) fn new(service: &str, deed: Deed) -> Self {
        let (service, words) = (service.to_owned(), String::new());
        Self { service, deed, stage: Stage::Waiting, words, output: String::new() }
    }

    fn line(&self) -> String {
        let words = if self.stage == Stage::Waiting { "waits" } else { &self.words };
        let verb = self.deed.verb().to_lowercase();
        format!("{} {verb} {}  {words}", self.stage.glyph(), code(&self.service))
    }
}

fn lines(rows: &[Row]) -> String {
    let mut lines: Vec<String> = rows.iter().take(ROWS).map(Row::line).collect();
    if rows.len() > ROWS {
        lines.push(format!("and {} more", rows.len() - ROWS));
    }
    lines.join("\n")
}

/// The turns while they are taken.
pub(super) struct Going {
    pub(super) title: String,
    pub(super) rows: Arc<Mutex<Vec<Row>>>,
    pub(super) clock: Clock,
    pub(super) began: Millis,
}

impl Live for Going {
    fn card(&self) -> Card {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let over = rows.iter().filter(|row| row.stage.is_over()).count();
        Card::working(&self.title)
            .fact(format!("{over} of {}", rows.len()))
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
            .text(lines(&rows))
    }
}

/// How it went.
#[derive(Debug, Serialize)]
pub struct Turned {
    #[serde(skip)]
    title: String,
    service: ServiceName,
    with: With,
    deed: Deed,
    services: Vec<Row>,
    took_ms: u64,
    cancelled: bool,
    /// What did not go down, and can be made to.
    #[serde(skip)]
    forced: Option<ServiceName>,
}

impl Turned {
    pub(super) fn new(wish: &Wish<'_>, title: String, services: Vec<Row>, took: Duration, cancelled: bool) -> Self {
        Self {
            title,
            service: wish.service.clone(),
            with: wish.with,
            deed: wish.deed,
            services,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            cancelled,
            forced: None,
        }
    }

    /// Offers to make this end, which did not when it was stopped.
    pub(super) fn forced(self, service: Option<ServiceName>) -> Self {
        Self { forced: service, ..self }
    }

    fn well(&self) -> usize {
        self.services.iter().filter(|row| matches!(row.stage, Stage::Well | Stage::Already)).count()
    }

    fn again(&self, label: &str) -> Choice {
        let (service, with) = (self.service.clone(), self.with);
        match self.deed {
            Deed::Start => Choice::perform(label, &StartService { service, with }, Lands::Below),
            Deed::Stop => Choice::perform(label, &StopService { service, with }, Lands::Below),
            Deed::Restart => Choice::perform(label, &RestartService { service, with }, Lands::Below),
            Deed::ForceStop => Choice::perform(label, &ForceStopService { service }, Lands::Below),
        }
    }
}

impl Report for Turned {
    fn card(&self) -> Card {
        let (well, all) = (self.well(), self.services.len());
        let took = measure::span(Duration::from_millis(self.took_ms));
        let mut card = if self.services.iter().all(|row| row.stage == Stage::Already) {
            let word = if self.deed.ends_up() { "up" } else { "down" };
            Card::quiet(format!("**Nothing to do**: {} {word} already", self.title))
        } else if well == all {
            Card::ok(format!("**{}** {}", self.deed.done(), self.title)).fact(format!("took {took}"))
        } else {
            let title = format!("**{}** {}", self.deed.verb(), self.title);
            let card = if self.cancelled { Card::quiet(title) } else { Card::failed(title) };
            card.fact(format!("{well} of {all} went as asked")).fact(format!("took {took}"))
        };
        card = card.text(lines(&self.services));
        if let Some(failed) = self.services.iter().find(|row| row.stage == Stage::Failed) {
            card = card.code("ansi", &failed.output).choice(self.again("Try again"));
        }
        if let Some(service) = &self.forced {
            let label: String = format!("Force-stop {service}").chars().take(BUTTON).collect();
            let force = ForceStopService { service: service.clone() };
            card = card
                .text(format!("The map has a line that forces {} to end; it asks once more.", code(service.as_str())))
                .choice(Choice::perform(label, &force, Lands::Below));
        }
        card.choice(Choice::perform("Status", &ServiceStatus { service: Some(self.service.clone()) }, Lands::Below))
    }

    fn ending(&self) -> Ending {
        match (self.well() == self.services.len(), self.cancelled) {
            (true, _) => Ending::Done,
            (false, true) => Ending::Cancelled,
            (false, false) => Ending::Failed,
        }
    }
}
