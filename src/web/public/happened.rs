//! The incidents of a page for everybody: those that are open, and those of the last fortnight.
//!
//! **Invariant:** of an incident there is only what touches a line of the page, under that line's name, and when that was: nobody's
//! words, no person, and nothing of whatever else is in it.

use std::{collections::HashMap, time::Duration};

use base::{Millis, Result, measure::count};
use incidents::{
    Incidents,
    machine::{Alert, Incident, Key, Level, Standing},
};
use maps::{Page, PageIncidents};

use super::{Pages, minute};
use crate::acquaint;

/// What ended longer ago is not shown.
const LATELY: Duration = Duration::from_hours(14 * 24);
/// So many of a guild's incidents are read for a page …
const READ: i64 = 300;
/// … and so many of those that ended are shown.
const MOST: usize = 30;

/// What a page says of incidents.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// The worst first, then the newest.
    pub(super) open: Vec<Told>,
    /// The last first.
    pub(super) over: Vec<Told>,
    /// So many more ended, and are not shown.
    pub(super) more: usize,
}

/// An incident, as everybody reads it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What is touched.
    pub(super) names: String,
    pub(super) sign: &'static str,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    /// When, how long, and whether somebody has it.
    pub(super) words: String,
}

/// What of an incident touches the page.
struct Touched {
    names: String,
    level: Level,
    opened: Millis,
    ended: Option<Millis>,
    is_taken: bool,
}

/// What this page says of incidents; none where it says nothing of any.
pub(super) async fn on(pages: &Pages, page: &Page) -> Result<Option<Happened>> {
    if page.incidents == PageIncidents::None || !pages.incidents.is_on(page.guild).await? {
        return Ok(None);
    }
    let rows = pages.hub.store().incidents(page.guild, since(page), READ).await?;
    let mut incidents = Vec::with_capacity(rows.len());
    for row in &rows {
        match Incidents::read(row) {
            Ok(incident) => incidents.push(incident),
            // One that cannot be read must not hide the others.
            Err(error) => tracing::error!(incident = row.number, "a page goes without an incident: {error}"),
        }
    }
    Ok(Some(Happened::of(page, &incidents)))
}

fn since(page: &Page) -> Millis {
    Millis(page.at.0 - i64::try_from(LATELY.as_millis()).unwrap_or_default())
}

impl Happened {
    fn of(page: &Page, incidents: &[Incident]) -> Self {
        let lines = page.lines.iter().enumerate();
        let places: HashMap<Key, usize> = lines
            .flat_map(|(place, line)| line.things.iter().map(move |thing| (acquaint::key(thing), place)))
            .collect();
        let touched = incidents.iter().filter_map(|incident| Touched::by(incident, page, &places));
        let (mut open, mut over): (Vec<_>, Vec<_>) = touched.partition(|touched| touched.ended.is_none());
        over.retain(|touched| touched.ended >= Some(since(page)));
        open.sort_by_key(|touched| std::cmp::Reverse((touched.level, touched.opened)));
        over.sort_by_key(|touched| std::cmp::Reverse(touched.ended));
        let more = over.len().saturating_sub(MOST);
        over.truncate(MOST);
        let told = |all: Vec<Touched>| all.into_iter().map(|touched| touched.told(page.at)).collect();
        Self { open: told(open), over: told(over), more }
    }
}

impl Touched {
    /// What of it touches the page; none where nothing does.
    fn by(incident: &Incident, page: &Page, places: &HashMap<Key, usize>) -> Option<Self> {
        // What was folded is part of another one.
        if matches!(incident.standing, Standing::Folded(_)) {
            return None;
        }
        let is_taken = incident.owner.is_some();
        let touching: Vec<(usize, &Alert)> = incident
            .alerts
            .values()
            .filter_map(|alert| places.get(&alert.subject.key).map(|place| (*place, alert)))
            .collect();
        if touching.is_empty() {
            let names = "Something that is not listed here".to_owned();
            let Incident { level, opened, ended, .. } = *incident;
            return (page.incidents == PageIncidents::Others).then_some(Self { names, level, opened, ended, is_taken });
        }
        let goes_on = touching.iter().any(|(_, alert)| alert.is_open());
        let worst = touching.iter().filter(|(_, alert)| alert.is_open() == goes_on).map(|(_, alert)| alert.level);
        let first = touching.iter().map(|(_, alert)| alert.opened).min();
        // Where all of it is shown, it began when it began: what comes and goes is one incident.
        let is_whole = touching.len() == incident.alerts.len();
        let last = touching.iter().filter_map(|(_, alert)| alert.closed).max();
        let mut touched: Vec<usize> = touching.iter().map(|(place, _)| *place).collect();
        touched.sort_unstable();
        touched.dedup();
        let names: Vec<&str> = touched.into_iter().map(|place| page.lines[place].name.as_str()).collect();
        Some(Self {
            names: names.join(", "),
            level: worst.max().unwrap_or_default(),
            opened: first.filter(|_| !is_whole).unwrap_or(incident.opened),
            ended: last.filter(|_| !goes_on),
            is_taken,
        })
    }

    fn told(self, now: Millis) -> Told {
        let (sign, tone, word) = match (self.ended, self.level) {
            (Some(_), _) => ("✓", "ok", "over"),
            (None, Level::Critical) => ("✕", "failed", "critical"),
            (None, Level::Warn) => ("!", "attention", "warning"),
        };
        let (from, lasted) = (minute(self.opened), lasted(self.ended.unwrap_or(now).since(self.opened)));
        let words = match (self.ended, self.is_taken) {
            (Some(_), _) => format!("{from} · {}, lasted {lasted}", self.level.as_str()),
            (None, true) => format!("since {from} · {lasted} · somebody has it"),
            (None, false) => format!("since {from} · {lasted} · nobody has it yet"),
        };
        Told { names: self.names, sign, tone, word, words }
    }
}

/// How long something went on, as roughly as strangers want to know it.
fn lasted(span: Duration) -> String {
    match span.as_secs() / 60 {
        0 => "less than 1 min".to_owned(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..2880 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        minutes => count(minutes / 1440, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use base::GuildId;
    use maps::{Line, State, Thing};
    use serde_json::{Value, json};

    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: Millis = Millis(1_800_000_000_000);

    fn page(incidents: PageIncidents) -> Page {
        let line = |name: &str, things: Vec<Thing>| Line {
            name: name.to_owned(),
            things,
            state: State::Up,
            bars: Vec::new(),
            well: None,
        };
        let container = Thing::Container { server: "s1".to_owned(), name: "web-1".to_owned() };
        let lines = vec![
            line("Shop", vec![container, Thing::Service("web".to_owned())]),
            line("Machine", vec![Thing::Server("s1".to_owned())]),
        ];
        Page { title: "Crew".to_owned(), lines, guild: GuildId(1), incidents, at: NOW }
    }

    /// An alert by its kind and id, from so many minutes ago to so many, if it ended.
    fn alert(kind: &str, id: &str, level: &str, opened: i64, closed: Option<i64>) -> Value {
        json!({
            "subject": { "key": { "kind": kind, "id": id }, "name": "hidden-name", "server": "hidden-server" },
            "above": [], "level": level, "text": "hidden words", "said": [],
            "opened": NOW.0 - opened * MINUTE, "closed": closed.map(|ago| NOW.0 - ago * MINUTE),
        })
    }

    fn incident(alerts: &[Value], standing: &Value, ended: Option<i64>) -> Incident {
        let opened = alerts.iter().filter_map(|alert| alert["opened"].as_i64()).min().unwrap_or(NOW.0 - 9 * MINUTE);
        let alerts: serde_json::Map<_, _> =
            alerts.iter().enumerate().map(|(number, alert)| (number.to_string(), alert.clone())).collect();
        let incident = json!({
            "number": 1, "standing": standing, "title": "hidden title", "level": "critical", "opened": opened,
            "ended": ended.map(|ago| NOW.0 - ago * MINUTE), "alerts": alerts, "came_back": 0, "pings": [], "owes": false,
            "owner": { "user": 4242, "since": 0 },
        });
        serde_json::from_value(incident).unwrap()
    }

    fn read(which: PageIncidents, incidents: &[Incident]) -> Vec<String> {
        let happened = Happened::of(&page(which), incidents);
        let all = happened.open.iter().chain(&happened.over);
        all.map(|told| format!("{} {}: {} {}", told.sign, told.names, told.word, told.words)).collect()
    }

    #[test]
    fn of_an_incident_only_what_is_on_the_page_is_told() {
        let open = json!("open");
        let mixed = incident(
            &[
                alert("server", "s9", "critical", 90, None),
                alert("container", "s1/web-1", "warn", 20, None),
                alert("container", "s1/db-1", "critical", 60, None),
            ],
            &open,
            None,
        );
        let private = incident(&[alert("server", "s9", "critical", 5, None)], &open, None);
        let by_hand = incident(&[], &open, None);
        let folded = incident(&[alert("server", "s1", "critical", 5, None)], &json!({ "folded": 1 }), Some(1));
        let all = [mixed, private, by_hand, folded];
        insta::assert_snapshot!(read(PageIncidents::Published, &all).join("\n"),
            @"! Shop: warning since 2027-01-15 07:40 UTC · 20 min · somebody has it");
        insta::assert_snapshot!(read(PageIncidents::Others, &all).join("\n"), @r"
        ✕ Something that is not listed here: critical since 2027-01-15 07:55 UTC · 5 min · somebody has it
        ✕ Something that is not listed here: critical since 2027-01-15 07:51 UTC · 9 min · somebody has it
        ! Shop: warning since 2027-01-15 07:40 UTC · 20 min · somebody has it
        ");
    }

    #[test]
    fn what_is_well_again_is_over_though_the_incident_goes_on_elsewhere() {
        let ended = incident(
            &[
                alert("server", "s1", "warn", 80, Some(15)),
                alert("service", "web", "critical", 70, Some(30)),
                alert("server", "s9", "critical", 90, None),
            ],
            &json!("open"),
            None,
        );
        let old = incident(&[alert("server", "s1", "warn", 30_000, Some(20_161))], &json!("resolved"), Some(20_161));
        let long = incident(&[alert("server", "s1", "warn", 30_000, Some(20_159))], &json!("resolved"), Some(20_159));
        insta::assert_snapshot!(read(PageIncidents::Published, &[ended, old, long]).join("\n"), @r"
        ✓ Shop, Machine: over 2027-01-15 06:40 UTC · critical, lasted 1 h 05 min
        ✓ Machine: over 2026-12-25 12:00 UTC · warning, lasted 6 days
        ");
    }

    #[test]
    fn a_long_history_is_cut_and_says_so() {
        let many: Vec<Incident> = (1..=40)
            .map(|ago| incident(&[alert("server", "s1", "warn", ago + 1, Some(ago))], &json!("resolved"), Some(ago)))
            .collect();
        let happened = Happened::of(&page(PageIncidents::Published), &many);
        assert_eq!((happened.over.len(), happened.more), (MOST, 10));
    }
}
