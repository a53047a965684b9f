//! Every server on one card, the worst first: what to look at now.
//!
//! **Invariant:** nobody sees a server, or counts one, that they hold nothing on.

use std::cmp::Reverse;

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Health, Metrics, Part, Sample, show::percent};

/// As many as a phone shows at once.
const SHOWN: usize = 10;
/// Longer names are cut, so that all is aligned.
const NAME: usize = 16;

/// Show every server at a glance, the worst first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ShowFleet {
    /// Only servers with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// How many to leave out at the front: the next page.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A page of servers.
#[derive(Debug, Serialize)]
pub struct Fleet {
    servers: Vec<Line>,
    all: usize,
    /// How many of all are in trouble, want a look, are not known, and are fine.
    counts: [usize; 4],
    #[serde(skip)]
    asked: ShowFleet,
    #[serde(skip)]
    now: i64,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    health: Health,
    since: Option<i64>,
    cpu: Option<u64>,
    memory: Option<u64>,
    disk: Option<u64>,
}

impl Action for ShowFleet {
    const NAME: &'static str = "fleet.show";
    const RISK: Risk = Risk::Observe;
    const OWN: bool = true;
    type Service = Metrics;
    type Report = Fleet;

    fn plan(&self) -> String {
        match &self.tag {
            Some(tag) => format!("Show every server tagged {} at a glance", base::card::code(tag)),
            None => "Show every server at a glance".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "look at the fleet".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    /// Everybody may: they see what they hold anything on.
    async fn assess(&self, _: &Metrics, _: &Actor) -> Result<Assessment> {
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, metrics: &Metrics, _: &Run) -> Result<Fleet> {
        metrics.fleet(&permit).await
    }
}

impl Metrics {
    async fn fleet(&self, permit: &Permit<ShowFleet>) -> Result<Fleet> {
        let (asked, actor) = (permit.action().clone(), permit.actor());
        let seen = self.seen_by(actor).await?;
        let tag = asked.tag.as_ref().map(|tag| tag.trim().to_lowercase());
        let mut servers = self.hosts.of(actor.guild);
        servers.retain(|server| seen(server) && tag.as_ref().is_none_or(|tag| server.tags.contains(tag)));
        let mut lines: Vec<Line> = servers
            .into_iter()
            .map(|server| {
                let known = self.known(&server.id);
                let health = self.health(&server, known.as_ref());
                let sample = known.as_ref().and_then(|known| known.sample.clone());
                let since = known.map(|known| known.since.0);
                Line::of(server.name, health, since, sample.as_deref())
            })
            .collect();
        lines.sort_by(|a, b| {
            (a.health, Reverse(a.worst())).cmp(&(b.health, Reverse(b.worst()))).then_with(|| a.name.cmp(&b.name))
        });
        let mut counts = [0; 4];
        for line in &lines {
            counts[match line.health {
                Health::Down | Health::Blocked | Health::Critical => 0,
                Health::Warn | Health::NotPinned => 1,
                Health::Unknown | Health::Off => 2,
                Health::Fine => 3,
            }] += 1;
        }
        let all = lines.len();
        // A page that is gone by now is the last one.
        let skip = asked.skip.min(all.saturating_sub(1) / SHOWN * SHOWN);
        let servers = lines.into_iter().skip(skip).take(SHOWN).collect();
        Ok(Fleet { servers, all, counts, asked: ShowFleet { skip, ..asked }, now: self.clock.now().0 })
    }
}

impl Line {
    fn of(name: String, health: Health, since: Option<i64>, sample: Option<&Sample>) -> Self {
        let sample = sample.filter(|_| matches!(health, Health::Critical | Health::Warn | Health::Fine));
        let part = |part: Option<Part>| part.and_then(Part::percent);
        Self {
            cpu: sample.and_then(|sample| sample.cpu).map(u64::from),
            memory: sample.and_then(|sample| part(sample.memory)),
            disk: sample.and_then(|sample| part(sample.fullest_disk().map(|disk| disk.space))),
            name,
            health,
            since,
        }
    }

    /// What orders those that stand alike: how full the fullest is, and in the end the name.
    fn worst(&self) -> u64 {
        if self.health == Health::Fine {
            return 0;
        }
        self.cpu.max(self.memory).max(self.disk).unwrap_or(0)
    }

    /// `✕ nas          no answer for 12 min`, `! web-1         93%  41%  61%`.
    fn text(&self, width: usize, now: i64) -> String {
        let mut name: String = self.name.chars().take(NAME).collect();
        if name.len() < self.name.len() {
            name.pop();
            name.push('…');
        }
        let head = format!("{} {name:<width$}", self.health.glyph());
        let age = self.since.map(|since| short(Millis(now).since(Millis(since)))).unwrap_or_default();
        match self.health {
            Health::Down => format!("{head}  no answer, {age}"),
            Health::Blocked => format!("{head}  blocked"),
            Health::NotPinned => format!("{head}  not pinned"),
            Health::Unknown => format!("{head}  not known"),
            Health::Off => format!("{head}  not watched"),
            Health::Critical | Health::Warn | Health::Fine => {
                let column =
                    |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| percent(value).replace(' ', ""));
                format!("{head} {:>4} {:>4} {:>4}", column(self.cpu), column(self.memory), column(self.disk))
            }
        }
    }
}

/// `40 s`, `12 min`, `5 h`, `3 d`.
fn short(span: std::time::Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

impl Report for Fleet {
    fn card(&self) -> Card {
        let tagged =
            self.asked.tag.as_ref().map(|tag| format!(" tagged {}", base::card::code(tag))).unwrap_or_default();
        if self.all == 0 {
            let card = Card::quiet(format!("**Fleet**{tagged} none"));
            return card.text("There is no server here that you may see. `/server add` adds one.");
        }
        let [trouble, look, unknown, fine] = self.counts;
        let tone = match (trouble, look) {
            (0, 0) if fine == 0 => Tone::Quiet,
            (0, 0) => Tone::Ok,
            (0, _) => Tone::Attention,
            _ => Tone::Failed,
        };
        let mut card =
            Card::new(tone, format!("**Fleet**{tagged} {}", measure::count(self.all as u64, "server", "servers")));
        let counted = [(trouble, "in trouble"), (look, "to look at"), (unknown, "not known"), (fine, "fine")];
        for (count, words) in counted.into_iter().filter(|(count, _)| *count > 0) {
            card = card.fact(format!("{count} {words}"));
        }
        let width = self.servers.iter().map(|line| line.name.chars().count().min(NAME)).max().unwrap_or_default();
        let width = width.max("server".len());
        let mut table = format!("  {:<width$} {:>4} {:>4} {:>4}", "server", "cpu", "mem", "disk");
        for line in &self.servers {
            table.push('\n');
            table.push_str(&line.text(width, self.now));
        }
        card = card.code("", table);
        let page = |skip| ShowFleet { skip, ..self.asked.clone() };
        if self.asked.skip > 0 {
            card = card.choice(Choice::perform("Previous", &page(self.asked.skip.saturating_sub(SHOWN)), Lands::Here));
        }
        if self.asked.skip + self.servers.len() < self.all {
            card = card.choice(Choice::perform("Next", &page(self.asked.skip + SHOWN), Lands::Here));
        }
        if self.all > SHOWN {
            let (first, last) = (self.asked.skip + 1, self.asked.skip + self.servers.len());
            card = card.small(format!("{first}–{last} of {}", self.all));
        }
        card.choice(Choice::perform("Refresh", &self.asked, Lands::Here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, health: Health, cpu: Option<u64>) -> Line {
        let since = Some(1_000_000 - 720_000);
        Line { name: name.to_owned(), health, since, cpu, memory: Some(41_00), disk: None }
    }

    fn fleet(servers: Vec<Line>) -> Fleet {
        Fleet { all: servers.len(), servers, counts: [1, 1, 1, 1], asked: ShowFleet::default(), now: 1_000_000 }
    }

    #[test]
    fn a_line_is_aligned_and_what_is_unknown_is_a_dash() {
        let card = fleet(vec![
            line("nas", Health::Down, None),
            line("a-server-with-a-long-name", Health::Warn, Some(10_000)),
            line("new", Health::Unknown, None),
            line("web-1", Health::Fine, Some(7_60)),
        ])
        .card();
        let base::card::Block::Code { text, .. } = &card.body[0] else { panic!("{card:?}") };
        assert_eq!(
            text,
            "  server            cpu  mem disk\n\
             ✕ nas               no answer, 12 min\n\
             ! a-server-with-a… 100%  41%    –\n\
             – new               not known\n\
             ✓ web-1              8%  41%    –"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 42));
        assert_eq!(card.tone, Tone::Failed);
    }
}
