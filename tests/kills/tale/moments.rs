//! When the bot is killed, and what it was at in that moment.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

use base::{Clock, GuildId, Millis};
use store::{
    Store, approvals,
    runs::{RunRow, State},
};

use super::{asks::Asked, chance::Chance};
use crate::world::World;

/// What is waited for may never come: it was not heard, or nobody said yes.
const WAITED_ENOUGH: Duration = Duration::from_millis(1_200);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A moment, by what came before it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// So long after something was asked.
    Asked(Duration),
    /// So long after a command began on its server.
    Begun(Duration),
    /// So long after a command ended on its server.
    Ended(Duration),
    /// So long after its own start, before anybody could use it.
    Started(Duration),
}

impl Moment {
    /// Wide enough for every state there is, and most of them where the states are shortest.
    pub(super) fn pick(chance: &mut Chance) -> Self {
        match chance.within(0..10) {
            0..3 => Self::Asked(chance.millis(0..250)),
            3 => Self::Asked(chance.millis(250..900)),
            4 | 5 => Self::Begun(chance.millis(0..60)),
            6 | 7 => Self::Ended(chance.millis(0..80)),
            _ => Self::Started(chance.millis(0..450)),
        }
    }

    /// Waits for it.
    pub(super) async fn comes(self, marks: &Path, begins: &str, ends: &str) {
        let (mark, after) = match self {
            Self::Asked(after) | Self::Started(after) => (None, after),
            Self::Begun(after) => (Some(begins), after),
            Self::Ended(after) => (Some(ends), after),
        };
        if let Some(mark) = mark {
            let there = async {
                while count(marks, mark) == 0 {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            };
            // Without it, any moment is as good.
            let _ = tokio::time::timeout(WAITED_ENOUGH, there).await;
        }
        tokio::time::sleep(after).await;
    }
}

/// How often a mark was left.
pub(crate) fn count(marks: &Path, mark: &str) -> usize {
    std::fs::read_to_string(marks).unwrap_or_default().lines().filter(|line| *line == mark).count()
}

/// A run that was open when the bot was killed.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) row: RunRow,
    pub(crate) stage: &'static str,
    /// It waits for another, which changes the same thing.
    pub(crate) in_line: bool,
}

/// The database as a dead process left it, which only this looks at.
pub(crate) struct Remains {
    pub(crate) store: Store,
    _copy: Option<tempfile::TempDir>,
}

impl Remains {
    /// Only while no process has it open. SQLite's files are copied: to open them would already put right what the next start must.
    pub(crate) async fn of(world: &World) -> Self {
        let url = world.database_url();
        let Some(file) = store::sqlite_file(&url) else {
            return Self { store: Store::open(&url, Clock::system()).await.unwrap(), _copy: None };
        };
        let copy = tempfile::tempdir().unwrap();
        for end in ["", "-wal"] {
            let from = format!("{}{end}", file.display());
            if Path::new(&from).exists() {
                std::fs::copy(&from, copy.path().join(format!("nebula.db{end}"))).unwrap();
            }
        }
        let url = format!("sqlite://{}", copy.path().join("nebula.db").display());
        Self { store: Store::open(&url, Clock::system()).await.unwrap(), _copy: Some(copy) }
    }
}

/// What was open when the bot was killed, and what it was at.
pub(crate) async fn left(store: &Store, guild: GuildId, marks: &Path) -> (Vec<Open>, Vec<&'static str>) {
    let (mut open, mut stages) = (Vec::new(), Vec::new());
    for state in [State::Running, State::Queued] {
        let mut rows = store.runs(guild, Some(state), 1_000).await.unwrap();
        rows.reverse();
        for row in rows {
            let in_line = open.iter().any(|other: &Open| other.row.lease == row.lease);
            let number = number_of(&row.plan).expect("nothing else is asked for");
            let noted = !store.run_steps(row.id).await.unwrap().is_empty();
            let began = count(marks, &Asked::begins(number)) > 0;
            let over = count(marks, &Asked::ends(number)) > 0;
            let stage = match (state, noted, began, over) {
                _ if in_line => "in line behind another",
                (State::Queued, ..) => "on record and not taken",
                (_, false, ..) => "taken and nothing noted",
                (_, _, false, _) => "noted and not begun there",
                (_, _, _, false) => "under way there",
                (_, _, _, true) => "over there and not on record",
            };
            stages.push(stage);
            open.push(Open { row, stage, in_line });
        }
    }
    for told in store.untold_runs(Millis(i64::MAX)).await.unwrap() {
        if told.entry.outcome != "started" {
            stages.push("ended and the last word not said");
        }
    }
    let plans: HashSet<String> =
        store.runs(guild, None, 1_000).await.unwrap().into_iter().map(|run| run.plan).collect();
    for entry in store.audit(guild, 40).await.unwrap().iter().filter(|entry| entry.outcome == "waiting") {
        let question = entry.approval_id.as_deref().and_then(|id| id.parse().ok()).expect("it has one");
        match store.approval(guild, question).await.unwrap().map(|question| question.state) {
            Some(approvals::State::Open) => stages.push("a question open"),
            // Granted, and nothing on record that was done by it.
            Some(approvals::State::Granted) if !plans.contains(&entry.plan) => stages.push("a yes and nothing begun"),
            _ => {}
        }
    }
    if stages.is_empty() {
        stages.push("nothing");
    }
    (open, stages)
}

/// Which of the asked a plan is of.
pub(crate) fn number_of(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("begin-")?;
    rest.get(..4)?.parse().ok()
}

/// When each of these was finished or gone on with by a process: its log from here on says so, or its row.
pub(crate) async fn gone_on(store: &Store, open: &[Open], launched: Millis, log: &str) -> HashMap<usize, Duration> {
    let mut found = HashMap::new();
    for Open { row, .. } in open {
        let adopted = log.lines().find(|line| line.contains("going on with a run") && line.contains(&row.reference));
        let adopted = adopted.and_then(|line| after(line, launched));
        let now = store.run(row.id).await.unwrap().expect("a run's row stays");
        let row_says = || {
            let taken = now.started.filter(|at| *at >= launched);
            taken.or(now.finished.filter(|at| *at >= launched)).map(|at| at.since(launched))
        };
        if let Some(after) = adopted.or_else(row_says) {
            found.insert(number_of(&row.plan).unwrap_or_default(), after);
        }
    }
    found
}

/// How long after a moment this line was logged.
fn after(line: &str, moment: Millis) -> Option<Duration> {
    let (_, time) = line.split_once('T')?;
    let mut parts = time.split_once('Z')?.0.split(':').map(str::parse::<f64>);
    let (hours, minutes, seconds) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let day = Duration::from_hours(24).as_secs_f64();
    let logged = hours * 3_600.0 + minutes * 60.0 + seconds;
    let began = Duration::from_millis(u64::try_from(moment.0).ok()?).as_secs_f64() % day;
    // Midnight may lie between them.
    Some(Duration::from_secs_f64((logged - began).rem_euclid(day)))
}
