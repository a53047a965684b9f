//! What must hold however things come and go, and in whichever order they are heard.

use proptest::prelude::*;

use super::*;
use crate::quiet::Quiet;

const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
/// 21 November 2026, 12:00 UTC.
const NOON: Millis = Millis(1_795_262_400_000);
const MINUTE: i64 = 60_000;

fn settings() -> Settings {
    Settings { escalate_after: Some(Duration::from_mins(15)), calm: Duration::from_mins(5), quiet: None }
}

fn key(kind: &str, id: &str) -> Key {
    Key { kind: kind.to_owned(), id: id.to_owned() }
}

/// An alert about something, on a server where it is not one.
fn bad(name: &str, on: &[&str], level: Level, at: Millis) -> Bad {
    let kind = if on.is_empty() || name.starts_with("server") { "server" } else { "container" };
    Bad {
        alert: format!("alert of {name}"),
        subject: Subject { key: key(kind, name), name: name.to_owned(), server: on.first().map(|on| (*on).to_owned()) },
        above: on.iter().map(|on| key("server", on)).collect(),
        level,
        text: "is down".to_owned(),
        runbook: None,
        at,
        tell: true,
    }
}

/// A guild, as one process after the other has it.
struct Guild {
    board: Board,
    now: Millis,
    said: Vec<(i64, Effect)>,
}

impl Guild {
    fn new(settings: Settings) -> Self {
        Self { board: Board::new(settings, Vec::new(), 0), now: NOON, said: Vec::new() }
    }

    fn after(&mut self, millis: i64) -> &mut Self {
        self.now = Millis(self.now.0 + millis);
        self
    }

    fn breaks(&mut self, name: &str, on: &[&str], level: Level) -> &mut Self {
        let now = self.now;
        self.board.bad(&bad(name, on, level, now), now);
        self.settle()
    }

    fn heals(&mut self, name: &str) -> &mut Self {
        let now = self.now;
        self.board.good(&format!("alert of {name}"), now, now);
        self.settle()
    }

    fn tick(&mut self) -> &mut Self {
        let now = self.now;
        self.board.tick(now);
        self.settle()
    }

    fn press(&mut self, by: UserId, press: &Press) -> Result<Became, Refused> {
        let (number, now) = (self.board.incidents.last().map_or(0, |one| one.number), self.now);
        let became = self.board.press(number, by, press, now);
        self.settle();
        became
    }

    fn settle(&mut self) -> &mut Self {
        self.board.settle(self.now);
        self.said.append(&mut self.board.effects);
        self
    }

    /// Another process goes on with what was kept.
    fn restart(&mut self) -> &mut Self {
        let kept = serde_json::to_string(&self.board.incidents).unwrap();
        let last = self.board.last_number;
        self.board = Board::new(self.board.settings.clone(), serde_json::from_str(&kept).unwrap(), last);
        self
    }

    fn open(&self) -> Vec<&Incident> {
        self.board.incidents.iter().filter(|one| one.is_open()).collect()
    }

    fn pings(&self) -> Vec<Ping> {
        let ping = |effect: &Effect| match effect {
            Effect::Say { ping, .. } => *ping,
            Effect::Tell(_) => None,
        };
        self.said.iter().filter_map(|(_, effect)| ping(effect)).collect()
    }

    fn lines(&self) -> Vec<&str> {
        let said = self.said.iter().map(|(_, effect)| effect);
        said.filter_map(|effect| match effect {
            Effect::Say { text, .. } => Some(text.as_str()),
            Effect::Tell(_) => None,
        })
        .collect()
    }

    fn told(&self, what: Told) -> usize {
        self.said.iter().filter(|(_, effect)| *effect == Effect::Tell(what)).count()
    }
}

#[test]
fn a_thousand_flaps_in_ten_minutes_are_one_incident_and_two_pings_at_most() {
    let mut guild = Guild::new(settings());
    for _ in 0..1_000 {
        guild.breaks("web", &["box"], Level::Critical).after(300).heals("web").after(300).tick();
    }
    assert_eq!(guild.board.incidents.len(), 1);
    assert!(guild.pings().len() <= 2, "{:?}", guild.pings());
    assert!(guild.lines().len() < 12, "{:#?}", guild.lines());
    guild.after(6 * MINUTE).tick();
    assert!(guild.open().is_empty());
    assert!(guild.lines().last().unwrap().contains("came back 999 times"), "{:?}", guild.lines().last());
}

#[test]
fn what_flaps_slower_than_its_calm_is_one_incident_and_two_pings_in_ten_minutes_all_the_same() {
    let mut guild = Guild::new(Settings { calm: Duration::from_secs(1), ..settings() });
    for _ in 0..100 {
        guild.breaks("web", &["box"], Level::Critical).after(3_000).heals("web").after(3_000).tick();
    }
    assert_eq!(guild.board.incidents.len(), 1);
    assert!(guild.pings().len() <= 2, "{:?}", guild.pings());
}

#[test]
fn what_depends_on_a_broken_server_folds_into_its_incident_and_the_server_is_the_cause() {
    let mut guild = Guild::new(settings());
    for number in 0..25 {
        guild.breaks(&format!("c{number}"), &["box"], Level::Warn).after(1_000);
    }
    guild.breaks("box", &[], Level::Critical);
    for number in 25..50 {
        guild.after(1_000).breaks(&format!("c{number}"), &["box"], Level::Warn);
    }
    let open = guild.open();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].cause().unwrap().subject.name, "box");
    assert_eq!((open[0].others().len(), open[0].level), (50, Level::Critical));
    assert!(guild.pings().len() <= 2);
}

#[test]
fn servers_behind_a_broken_jump_host_are_its_incident() {
    let mut guild = Guild::new(settings());
    guild.breaks("server-1", &["gate"], Level::Critical);
    guild.after(90_000).breaks("web", &["server-2", "gate"], Level::Warn);
    assert_eq!(guild.open().len(), 2, "nobody knows yet that they have something in common");
    guild.after(30_000).breaks("gate", &[], Level::Critical);
    assert_eq!(guild.open().len(), 1);
    assert_eq!(guild.open()[0].cause().unwrap().subject.name, "gate");
    assert_eq!(guild.board.incidents[1].standing, Standing::Folded(1));
}

#[test]
fn what_broke_long_before_a_server_does_is_not_of_it() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn).after(6 * MINUTE).breaks("box", &[], Level::Critical);
    assert_eq!(guild.open().len(), 2);
    // A full disk that warns for days hides nothing.
    let mut guild = Guild::new(settings());
    guild.breaks("box", &[], Level::Warn).after(60 * MINUTE).breaks("web", &["box"], Level::Warn);
    assert_eq!((guild.open().len(), guild.pings().len()), (2, 2));
}

#[test]
fn it_is_over_after_a_calm_and_says_how_long_it_took() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn).after(12 * MINUTE).heals("web").after(4 * MINUTE).tick();
    assert_eq!(guild.open().len(), 1, "it is not calm for long enough");
    guild.after(MINUTE).tick();
    assert!(guild.open().is_empty());
    assert_eq!(guild.lines().last(), Some(&"✓ resolved after 12 min: all of it is well"));
    assert_eq!(guild.told(Told::Resolved), 1);
    guild.after(20 * MINUTE).breaks("web", &["box"], Level::Warn);
    assert_eq!((guild.board.incidents.len(), guild.open().len()), (1, 1), "it is the same, come back");
    guild.heals("web").after(5 * MINUTE).tick().after(60 * MINUTE).breaks("web", &["box"], Level::Warn);
    assert_eq!(guild.board.incidents.len(), 2, "this long after, it is another");
}

#[test]
fn of_two_who_take_it_at_once_one_has_it() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn);
    let take = Press::Acknowledge { from: None };
    assert_eq!(guild.press(ANN, &take), Ok(Became::Done));
    assert!(matches!(guild.press(BEN, &take), Err(Refused::Taken(owner)) if owner.user == ANN));
    assert_eq!(guild.press(ANN, &take), Err(Refused::Theirs));
    assert_eq!(guild.press(BEN, &Press::Acknowledge { from: Some(ANN) }), Ok(Became::Done));
    assert!(matches!(guild.press(UserId(3), &Press::Acknowledge { from: Some(ANN) }), Err(Refused::Taken(_))));
    assert_eq!(guild.told(Told::Acknowledged), 2);
}

#[test]
fn what_nobody_takes_is_escalated_once() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn);
    assert_eq!(guild.open()[0].due, Some(NOON.plus(Duration::from_mins(15))));
    for _ in 0..100 {
        guild.after(MINUTE).tick().restart();
    }
    assert_eq!(guild.told(Told::Escalated), 1);
    assert_eq!(guild.pings(), [Ping::Crew, Ping::Escalation]);
    assert_eq!(guild.press(ANN, &Press::Escalate), Ok(Became::Done));
    assert_eq!(guild.press(BEN, &Press::Escalate), Err(Refused::Asked), "a second press a moment later does nothing");
    let mut taken = Guild::new(settings());
    taken.breaks("web", &["box"], Level::Warn).press(ANN, &Press::Acknowledge { from: None }).unwrap();
    taken.after(60 * MINUTE).tick();
    assert_eq!(taken.told(Told::Escalated), 0);
}

#[test]
fn what_is_snoozed_pings_nobody_until_it_is_over() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn);
    let until = Millis(NOON.0 + 60 * MINUTE);
    guild.press(ANN, &Press::Snooze { until }).unwrap();
    guild.after(MINUTE).breaks("web", &["box"], Level::Critical);
    for _ in 0..58 {
        guild.after(MINUTE).tick();
    }
    assert_eq!(guild.pings(), [Ping::Crew], "neither for what is worse nor as nobody took it");
    guild.after(MINUTE).tick();
    assert_eq!(guild.pings(), [Ping::Crew, Ping::Crew]);
    assert!(guild.lines().last().unwrap().contains("snooze is over"));
}

#[test]
fn in_quiet_hours_only_what_is_critical_pings_and_the_rest_is_made_up_for() {
    let quiet = Quiet { from: 11 * 60, to: 14 * 60, zone: schedules::when::Zone::utc() };
    let mut guild = Guild::new(Settings { quiet: Some(quiet), ..settings() });
    guild.breaks("web", &["box"], Level::Warn);
    guild.after(60 * MINUTE).tick();
    assert_eq!(guild.pings(), [], "and it is not escalated either");
    assert_eq!(guild.open()[0].due, Some(Millis(NOON.0 + 120 * MINUTE)));
    guild.breaks("db", &["other"], Level::Critical);
    assert_eq!(guild.pings(), [Ping::Crew]);
    guild.press(ANN, &Press::Acknowledge { from: None }).unwrap();
    guild.after(60 * MINUTE).tick();
    assert_eq!(guild.pings(), [Ping::Crew, Ping::Crew, Ping::Escalation], "nobody took the first in two hours");
}

#[test]
fn what_somebody_says_is_over_stays_in_view_while_an_alert_goes_on() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn).breaks("db", &["box"], Level::Warn);
    let over = Press::Resolve { what: "a full disk".to_owned() };
    assert_eq!(guild.press(ANN, &over), Ok(Became::InView(2)));
    guild.after(60 * MINUTE).tick();
    assert_eq!(guild.pings(), [Ping::Crew], "it pings nobody any more");
    guild.heals("web").heals("db");
    assert!(guild.open().is_empty(), "with the last of them it is over at once");
    assert!(guild.lines().last().unwrap().contains("by <@1>: `a full disk`"), "{:?}", guild.lines().last());
    assert_eq!(guild.press(BEN, &over), Err(Refused::Over));
    // What gets worse was not over.
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn).press(ANN, &over).unwrap();
    guild.after(MINUTE).breaks("web", &["box"], Level::Critical);
    assert_eq!((guild.open()[0].over.clone(), guild.pings().len()), (None, 2));
    guild.press(ANN, &over).unwrap();
    assert_eq!(guild.press(ANN, &over), Ok(Became::Done), "said twice, it is over whatever goes on");
}

#[test]
fn opened_by_hand_it_is_over_when_somebody_says_so() {
    let mut guild = Guild::new(settings());
    let now = guild.now;
    assert_eq!(guild.board.open_by_hand(ANN, "checkout is slow", Level::Critical, now), 1);
    guild.settle().after(60 * MINUTE).tick();
    assert_eq!((guild.open().len(), guild.told(Told::Escalated)), (1, 1));
    assert_eq!(guild.press(BEN, &Press::Resolve { what: "a slow query".to_owned() }), Ok(Became::Done));
    assert!(guild.open().is_empty());
}

#[test]
fn what_a_runbook_did_is_in_the_timeline_and_what_it_could_not_do_asks_others_once() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn);
    let (by_alert, by_number) =
        (Of { incident: None, alert: Some("alert of web".to_owned()) }, Of { incident: Some(1), alert: None });
    let now = guild.now;
    guild.board.ran(&by_alert, Ran::Goes, "runbook `r` began", now, now);
    guild.board.ran(&by_number, Ran::Asks, "it could not help", now, now);
    guild.board.ran(&by_number, Ran::Asks, "it could not help", now, now);
    guild.board.ran(&Of { incident: Some(7), alert: None }, Ran::Asks, "of nothing", now, now);
    guild.settle();
    assert_eq!(guild.lines()[1..], ["runbook `r` began", "it could not help", "it could not help"]);
    assert_eq!((guild.told(Told::Escalated), guild.pings()), (1, vec![Ping::Crew, Ping::Escalation]));
}

#[test]
fn the_end_of_a_runbook_that_outlives_its_incident_is_said_there_and_asks_nobody() {
    let mut guild = Guild::new(settings());
    guild.breaks("web", &["box"], Level::Warn);
    let of = Of { incident: Some(1), alert: None };
    guild.heals("web").after(6 * MINUTE).tick();
    assert!(!guild.board.find(1).unwrap().is_open());
    let now = guild.now;
    guild.board.ran(&of, Ran::Asks, "runbook `r` could not help: escalated", now, now);
    guild.settle();
    assert_eq!(guild.lines().last().copied(), Some("runbook `r` could not help: escalated"));
    assert_eq!(guild.told(Told::Escalated), 0, "it is over");
}

/// Something that happens in a guild.
#[derive(Debug, Clone)]
enum Step {
    Breaks(usize, Level, bool),
    Heals(usize),
    Passes(i64),
    Press(usize),
    Restarts,
}

/// Two servers behind a gate, and what is on them.
const THINGS: [(&str, &[&str]); 8] = [
    ("gate", &[]),
    ("server-1", &["gate"]),
    ("server-2", &["gate"]),
    ("a", &["server-1", "gate"]),
    ("b", &["server-1", "gate"]),
    ("c", &["server-2", "gate"]),
    ("d", &["server-2", "gate"]),
    ("alone", &["elsewhere"]),
];

fn step() -> impl Strategy<Value = Step> {
    let level = prop_oneof![Just(Level::Warn), Just(Level::Critical)];
    prop_oneof![
        4 => (0..THINGS.len(), level, prop::bool::weighted(0.9)).prop_map(|(thing, level, tell)| Step::Breaks(thing, level, tell)),
        4 => (0..THINGS.len()).prop_map(Step::Heals),
        3 => (0_i64..4 * MINUTE).prop_map(Step::Passes),
        1 => (0_usize..5).prop_map(Step::Press),
        1 => Just(Step::Restarts),
    ]
}

fn take(guild: &mut Guild, step: &Step) {
    match step {
        Step::Breaks(thing, level, tell) => {
            let (name, on) = THINGS[*thing];
            let now = guild.now;
            guild.board.bad(&Bad { tell: *tell, ..bad(name, on, *level, now) }, now);
            guild.settle();
        }
        Step::Heals(thing) => drop(guild.heals(THINGS[*thing].0)),
        Step::Passes(millis) => drop(guild.after(*millis).tick()),
        Step::Press(which) => {
            let until = Millis(guild.now.0 + 10 * MINUTE);
            let press = match which {
                0 => Press::Acknowledge { from: None },
                1 => Press::Snooze { until },
                2 => Press::Note { text: "a note".to_owned() },
                3 => Press::Resolve { what: "this".to_owned() },
                _ => return,
            };
            // It may be refused, and then nothing happens.
            let _ = guild.press(ANN, &press);
        }
        Step::Restarts => {}
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_thing_is_in_one_open_incident_and_a_restart_changes_nothing(
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let (mut stays, mut restarted) = (Guild::new(settings()), Guild::new(settings()));
        for one in &steps {
            take(&mut stays, one);
            take(&mut restarted, one);
            if matches!(one, Step::Restarts) {
                restarted.restart();
            }
            prop_assert_eq!(&stays.board.incidents, &restarted.board.incidents);
            let mut seen = std::collections::BTreeSet::new();
            for incident in stays.open() {
                for (id, _) in incident.open_alerts() {
                    prop_assert!(seen.insert(id.clone()), "{} is in two", id);
                }
                // What goes on and nobody said is over is never left without a due moment or an owner's eyes.
                if let Some(due) = incident.due {
                    prop_assert!(due > stays.now || incident.calm.is_none());
                }
            }
        }
        prop_assert_eq!(stays.said, restarted.said);
    }

    #[test]
    fn nobody_is_pinged_by_an_incident_more_than_twice_in_ten_minutes(
        steps in prop::collection::vec(step(), 0..300),
    ) {
        let mut guild = Guild::new(Settings { escalate_after: None, ..settings() });
        let mut pinged: Vec<(i64, Millis)> = Vec::new();
        for one in &steps {
            let before = guild.said.len();
            take(&mut guild, one);
            let now = guild.now;
            for (number, effect) in &guild.said[before..] {
                if matches!(effect, Effect::Say { ping: Some(_), .. }) {
                    let lately = pinged.iter().filter(|(of, at)| of == number && now.since(*at) < WINDOW).count();
                    prop_assert!(lately < MOST, "{one:?} pings once more");
                    let incident = guild.board.find(*number).unwrap();
                    prop_assert!(!incident.is_snoozed(now), "it is snoozed");
                    pinged.push((*number, now));
                }
            }
        }
    }

    #[test]
    fn a_server_and_all_that_breaks_with_it_are_one_incident_in_whatever_order(
        mut order in prop::collection::vec(0_i64..4 * MINUTE, 51),
        host in 0_usize..51,
    ) {
        let mut things: Vec<(i64, usize)> = order.drain(..).enumerate().map(|(thing, at)| (at, thing)).collect();
        things.sort_unstable();
        let mut guild = Guild::new(settings());
        for (at, thing) in things {
            guild.now = Millis(NOON.0 + at);
            if thing == host {
                guild.breaks("box", &[], Level::Critical);
            } else {
                guild.breaks(&format!("c{thing}"), &["box"], Level::Warn);
            }
        }
        prop_assert_eq!(guild.open().len(), 1);
        prop_assert_eq!(&guild.open()[0].cause().unwrap().subject.name, "box");
        prop_assert_eq!(guild.open()[0].open_alerts().count(), 51);
    }
}
