//! What must hold when all is over: nothing lost, nothing done twice, and every card true.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use base::{Clock, GuildId, Millis};
use sandbox::client::message_text;
use serde_json::Value;
use store::{
    Store,
    audit::Entry,
    runs::{RunRow, State},
};

use super::{
    Tale,
    asks::{Asked, Kind},
    moments::{count, number_of},
};

/// After the last kill all of it ends by itself within this; the longest command lasts four seconds.
const SETTLES_WITHIN: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// "… is thinking".
const LOADING: u64 = 1 << 7;
/// More than any tale asks for.
const ALL: i64 = 100_000;

/// What came of a tale. The three lists are empty where all is well.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) kills: usize,
    pub(crate) runs: usize,
    /// Acknowledged or on record, and not done to its end.
    pub(crate) lost: Vec<String>,
    /// Done twice.
    pub(crate) doubled: Vec<String>,
    /// Shown otherwise than it is.
    pub(crate) untrue: Vec<String>,
    /// How long after a start what was open was finished or gone on with, the shortest first.
    pub(crate) recovery: Vec<Duration>,
    /// How often the bot was killed in the midst of what.
    pub(crate) stages: BTreeMap<&'static str, usize>,
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.untrue.is_empty()
    }

    /// The time within which half of what was open went on, and the longest.
    pub(crate) fn recovery(&self) -> (Duration, Duration) {
        let at = |index: usize| self.recovery.get(index).copied().unwrap_or_default();
        (at(self.recovery.len() / 2), at(self.recovery.len().saturating_sub(1)))
    }
}

/// Everything there is to judge by.
struct Evidence<'a> {
    tale: &'a Tale,
    runs: HashMap<usize, Vec<RunRow>>,
    entries: Vec<Entry>,
    cards: Vec<String>,
}

/// Waits until nothing is open any more; the answer is what still is.
pub(super) async fn settled(tale: &Tale) -> Vec<String> {
    let store = Store::open(&tale.world.database_url(), Clock::system()).await.unwrap();
    let began = tokio::time::Instant::now();
    let open = loop {
        let mut open = Vec::new();
        for state in [State::Queued, State::Running] {
            let rows = store.runs(tale.guild(), Some(state), ALL).await.unwrap();
            open.extend(rows.into_iter().map(|row| format!("{} {}: {}", row.state.as_str(), row.reference, row.plan)));
        }
        let untold = store.untold_runs(Millis(i64::MAX)).await.unwrap();
        open.extend(untold.into_iter().map(|left| format!("the last word of {} is not said", left.entry.reference)));
        open.extend(shown(tale).into_iter().filter(|card| is_working(card)).map(|card| format!("shown: {card}")));
        open.extend(store.lines().await.unwrap().into_iter().map(|line| format!("not posted: {line:?}")));
        if open.is_empty() || began.elapsed() > SETTLES_WITHIN {
            break open;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    };
    store.close().await;
    open
}

fn shown(tale: &Tale) -> Vec<String> {
    shown_in(tale, "ops")
}

fn shown_in(tale: &Tale, channel: &str) -> Vec<String> {
    let sandbox = &tale.world.sandbox;
    let thinks = |message: &Value| message["flags"].as_u64().unwrap_or_default() & LOADING != 0;
    let text = |message: Value| if thinks(&message) { "◐ thinking".to_owned() } else { message_text(&message) };
    sandbox.messages(&sandbox.channel_id(channel).unwrap()).into_iter().map(text).collect()
}

/// It says that something goes on, or waits for a person.
fn is_working(card: &str) -> bool {
    card.contains('◐') || card.contains("Approve?")
}

/// Holds what is on record and on the cards against what happened on the server.
pub(super) async fn reached(tale: &Tale, asked: &[Asked], unsettled: Vec<String>) -> Verdict {
    let store = Store::open(&tale.world.database_url(), Clock::system()).await.unwrap();
    let guild = GuildId(tale.world.sandbox.guild_id().parse().unwrap());
    let mut runs: HashMap<usize, Vec<RunRow>> = HashMap::new();
    for row in store.runs(guild, None, ALL).await.unwrap() {
        runs.entry(number_of(&row.plan).expect("nothing else is asked for")).or_default().push(row);
    }
    let entries = store.audit(guild, ALL).await.unwrap();
    store.close().await;
    let evidence = Evidence { tale, runs, entries, cards: shown(tale) };
    let mut verdict = Verdict { lost: unsettled, runs: evidence.runs.len(), ..Verdict::default() };
    for asked in asked {
        evidence.judge(asked, &mut verdict);
    }
    evidence.judge_answers(&mut verdict);
    evidence.judge_posts(&mut verdict);
    verdict
}

impl Evidence<'_> {
    fn judge(&self, asked: &Asked, verdict: &mut Verdict) {
        let (begins, ends) = (Asked::begins(asked.number), Asked::ends(asked.number));
        let marks = &self.tale.crew.marks;
        let (began, ended) = (count(marks, &begins), count(marks, &ends));
        let rows = self.runs.get(&asked.number).map_or(&[][..], Vec::as_slice);
        let cards: Vec<&String> = self.cards.iter().filter(|card| card.contains(&begins)).collect();
        let told = format!(
            "{asked:?}, begun {began} times, ended {ended} times, {:?}",
            rows.iter().map(outline).collect::<Vec<_>>()
        );
        if began > 1 || ended > 1 || rows.len() > 1 {
            verdict.doubled.push(told.clone());
        }
        let Some(row) = rows.first() else {
            if began > 0 {
                verdict.lost.push(format!("done without a record: {told}"));
            }
            // What needs a yes may have ended as a question that never stood there.
            let on_record = self.entries.iter().any(|entry| entry.plan.contains(&begins));
            if asked.acknowledged && !on_record {
                verdict.lost.push(format!("acknowledged and not on record: {told}"));
            }
            return;
        };
        let (as_it_was, word) = match (row.state, asked.kind) {
            (State::Succeeded, kind) => (kind != Kind::Failing && began == 1 && ended == 1, "exit 0"),
            (State::Failed, kind) => (kind == Kind::Failing && began == 1 && ended == 1, "exit 3"),
            (State::Cancelled, kind) => (kind == Kind::Stopped, "ancelled"),
            _ => (false, ""),
        };
        if !as_it_was {
            verdict.lost.push(format!("it did not end as it was: {told}"));
        }
        if asked.acknowledged && cards.is_empty() {
            verdict.untrue.push(format!("no card: {told}"));
        }
        // What Discord gave up on before the bot could say anything has no card.
        for card in cards.iter().filter(|card| !card.contains(word)) {
            verdict.untrue.push(format!("{told}, and its card says:\n{card}"));
        }
    }

    /// A yes is spent once, and a run that was stopped stays so.
    fn judge_answers(&self, verdict: &mut Verdict) {
        let mut spent: HashMap<&str, usize> = HashMap::new();
        for entry in &self.entries {
            let ran = entry.action == "server.run" && entry.outcome != "waiting";
            if let Some(approval) = entry.approval_id.as_deref().filter(|_| ran) {
                *spent.entry(approval).or_default() += 1;
            }
            if entry.action == "job.cancel" && entry.outcome == "done" {
                let stopped = |row: &&RunRow| entry.arguments.contains(&row.reference);
                let row = self.runs.values().flatten().find(stopped);
                if row.is_none_or(|row| row.state != State::Cancelled) {
                    verdict.untrue.push(format!("stopped and not cancelled: {:?}", row.map(outline)));
                }
            }
        }
        let twice = spent.into_iter().filter(|(_, times)| *times > 1);
        verdict.doubled.extend(twice.map(|(approval, times)| format!("approval {approval} was spent {times} times")));
    }
}

impl Evidence<'_> {
    /// What the log channel is told of a run it is told once: that it began, and how it ended.
    fn judge_posts(&self, verdict: &mut Verdict) {
        let posts = shown_in(self.tale, "general");
        let mut told: HashMap<&str, usize> = HashMap::new();
        for line in posts.iter().flat_map(|post| post.lines()).filter(|line| number_of(line).is_some()) {
            *told.entry(line).or_default() += 1;
        }
        let twice = told.into_iter().filter(|(_, times)| *times > 1);
        verdict.doubled.extend(twice.map(|(line, times)| format!("posted {times} times: {line}")));
        if posts.is_empty() {
            verdict.lost.push("nothing was posted".to_owned());
        }
    }
}

fn outline(row: &RunRow) -> String {
    format!("{} {} ({})", row.reference, row.state.as_str(), row.detail.as_deref().unwrap_or_default())
}
