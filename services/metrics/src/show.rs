//! How one server is and was: a picture over time, and the numbers of the last look.

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
    measure,
};
use hosts::Server;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Health, Metrics, Part, Period, Sample, chart::Chart};

/// More disks and cards are not read on a phone.
const SHOWN: usize = 6;
/// What the buttons offer.
const OFFERED: [Period; 4] = [Period::Hour, Period::Day, Period::Week, Period::Month];

/// Show how a server is and was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowMetrics {
    /// The server.
    pub server: ServerName,
    /// How far back; 6 hours unless told.
    #[serde(default)]
    pub period: Period,
}

/// How it is and was.
#[derive(Debug, Serialize)]
pub struct Shown {
    #[serde(flatten)]
    asked: ShowMetrics,
    health: Health,
    /// When was last looked.
    at: Option<i64>,
    /// Since when it answers, or does not.
    since: Option<i64>,
    trouble: Option<String>,
    now: Option<Sample>,
    /// The picture in words.
    chart: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Action for ShowMetrics {
    const NAME: &'static str = "metrics.show";
    const RISK: Risk = Risk::Observe;
    type Service = Metrics;
    type Report = Shown;

    fn plan(&self) -> String {
        format!("Show the metrics of {} over {}", code(self.server.as_str()), self.period.words()[0])
    }

    fn refusal(&self) -> String {
        format!("look at the metrics of {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, metrics: &Metrics, actor: &Actor) -> Result<Assessment> {
        Ok(metrics.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn exists(&self, metrics: &Metrics, actor: &Actor) -> Result<()> {
        metrics.hosts.find(actor.guild, &self.server).map(drop)
    }

    async fn run(permit: Permit<Self>, metrics: &Metrics, run: &Run) -> Result<Shown> {
        let asked = permit.action().clone();
        let server = metrics.hosts.find(permit.actor().guild, &asked.server)?;
        metrics.show(asked, &server, run).await
    }
}

impl Metrics {
    async fn show(&self, asked: ShowMetrics, server: &Server, run: &Run) -> Result<Shown> {
        let until = self.clock.now();
        let length = i64::try_from(asked.period.length().as_millis()).unwrap_or(i64::MAX);
        let from = Millis(until.0.saturating_sub(length));
        let points = self.store.metric_points(server.guild, &server.id, asked.period.of(), from).await?;
        // A picture is masked before it is drawn.
        let title = run.redactor().mask(&server.name).into_owned();
        let (period, slots) = (asked.period.words(), asked.period.slots(self.every()));
        let drawn = tokio::task::spawn_blocking(move || {
            let chart = Chart { title: &title, period, from, until, slots, points: &points };
            let (svg, alt) = chart.draw();
            pictures::png(&svg).map(|png| (png, alt))
        });
        let (png, chart) = drawn.await.map_err(|panic| Error::internal("drawing a chart", panic))??;
        let known = self.known(&server.id);
        let health = self.health(server, known.as_ref());
        let known = known.filter(|known| health != Health::Off && self.is_fresh(known));
        Ok(Shown {
            asked,
            health,
            at: known.as_ref().map(|known| known.at.0),
            since: known.as_ref().map(|known| known.since.0),
            trouble: known.as_ref().and_then(|known| known.trouble.clone()),
            now: known.and_then(|known| known.sample).map(|sample| (*sample).clone()),
            chart,
            png,
        })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let server = code(self.asked.server.as_str());
        let title = format!("**Metrics** of {server}");
        let since = self.since.map(|since| Millis(since).relative()).unwrap_or_default();
        let mut card = match (self.health, &self.now) {
            (Health::Down, _) => Card::failed(format!("**No answer** from {server}")).fact(format!("since {since}")),
            (Health::Blocked, _) => Card::failed(title).text("It is blocked: another host key answered."),
            (Health::NotPinned, _) => Card::attention(title).text("Its key waits to be pinned."),
            (Health::Unknown, Some(sample)) => numbers(Card::quiet(title), sample)
                .text("It answers, and says nothing of its processors, its memory or its disks."),
            (Health::Unknown, None) => Card::quiet(title)
                .text("How it is now is not known: nobody has looked lately. A look comes every half minute."),
            (Health::Off, _) => Card::quiet(title).text(format!(
                "Nobody looks at it: `/server metrics server:{} watch:on` changes that.",
                self.asked.server
            )),
            (Health::Critical, Some(sample)) => numbers(Card::failed(title), sample),
            (Health::Warn, Some(sample)) => numbers(Card::attention(title), sample),
            (_, Some(sample)) => numbers(Card::ok(title), sample),
            (_, None) => Card::quiet(title),
        };
        if let Some(trouble) = &self.trouble {
            card = card.text(trouble);
        }
        card = card.picture("metrics.png", self.png.clone(), &self.chart);
        for period in OFFERED {
            let other = ShowMetrics { period, ..self.asked.clone() };
            card = card.choice(Choice::perform(period.words()[0], &other, Lands::Here));
        }
        match self.at {
            Some(at) => card.small(format!("looked at {}", Millis(at).relative())),
            None => card,
        }
    }
}

/// The last look in numbers. What is not known is left out.
fn numbers(mut card: Card, sample: &Sample) -> Card {
    if let Some(cpu) = sample.cpu {
        card = card.fact(format!("CPU {}", percent(u64::from(cpu))));
    }
    if let Some(memory) = sample.memory {
        card = card.fact(format!("memory {}", of(memory)));
    }
    if let Some(disk) = sample.fullest_disk() {
        card = card.fact(format!("disk {}", disk.space.percent().map_or_else(|| "–".to_owned(), percent)));
    }
    let mut line = Vec::new();
    if let Some([one, five, fifteen]) = sample.load {
        let load = |load: u32| format!("{:.2}", f64::from(load) / 100.0);
        let cores = sample.cores.map(|cores| format!(" on {}", measure::count(u64::from(cores), "core", "cores")));
        line.push(format!("load {} {} {}{}", load(one), load(five), load(fifteen), cores.unwrap_or_default()));
    }
    if let Some(swap) = sample.swap.filter(|swap| swap.total > 0) {
        line.push(format!("swap {}", of(swap)));
    }
    if let Some((received, sent)) = sample.traffic {
        line.push(format!("network {}/s in, {}/s out", measure::bytes(received), measure::bytes(sent)));
    }
    if let Some(temperature) = sample.temperature {
        line.push(format!("{} °C", temperature / 10));
    }
    if let Some(processes) = sample.processes {
        line.push(measure::count(u64::from(processes), "process", "processes"));
    }
    if let Some(uptime) = sample.uptime {
        line.push(format!("up {}", up(uptime)));
    }
    if !line.is_empty() {
        card = card.text(line.join(" · "));
    }
    for gpu in sample.gpus.iter().take(SHOWN) {
        let mut parts = vec![code(&gpu.name)];
        parts.extend(gpu.busy.map(|busy| percent(u64::from(busy))));
        parts.extend(gpu.memory.map(|memory| format!("memory {}", of(memory))));
        parts.extend(gpu.temperature.map(|degrees| format!("{} °C", degrees / 10)));
        card = card.text(parts.join(" · "));
    }
    if sample.disks.len() > 1 {
        let mut disks: Vec<_> = sample.disks.iter().collect();
        disks.sort_by_key(|disk| std::cmp::Reverse(disk.space.percent()));
        let disks = disks.into_iter().take(SHOWN);
        let lines: Vec<String> = disks.map(|disk| format!("{} {}", code(&disk.mount), of(disk.space))).collect();
        card = card.text(lines.join(" · "));
    }
    card
}

/// Hundredths as `61 %`: what is nearly full is not full.
pub(crate) fn percent(hundredths: u64) -> String {
    let rounded = if hundredths < 10_000 { (hundredths + 50).min(99_99) / 100 } else { hundredths / 100 };
    format!("{rounded} %")
}

/// `4.2 of 16.0 GB`: both in the unit of the whole.
fn of(part: Part) -> String {
    let (used, total) = (measure::bytes(part.used), measure::bytes(part.total));
    match (used.split_once(' '), total.split_once(' ')) {
        (Some((amount, unit)), Some((_, whole))) if unit == whole => format!("{amount} of {total}"),
        _ => format!("{used} of {total}"),
    }
}

/// `12 days`, `5 h`, `3 min`.
fn up(seconds: u64) -> String {
    match seconds {
        0..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => measure::count(seconds / 86_400, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_share_the_unit_of_the_whole_and_nothing_is_full_before_it_is() {
        assert_eq!(of(Part { used: 4_200_000_000, total: 16_000_000_000 }), "4.2 of 16.0 GB");
        assert_eq!(of(Part { used: 900_000_000, total: 16_000_000_000 }), "900.0 MB of 16.0 GB");
        assert_eq!([0, 49, 50, 99_60, 10_000].map(percent), ["0 %", "0 %", "1 %", "99 %", "100 %"]);
        assert_eq!([59, 7_200, 86_400 * 12].map(up), ["0 min", "2 h", "12 days"]);
    }
}
