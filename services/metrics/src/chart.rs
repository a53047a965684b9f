//! Draws what was known of a server over time: a panel for each thing, one above the other, as a phone is held.
//!
//! **Invariants:** where nothing was known there is no line. When it did not answer is shaded in every panel, and said.

use std::fmt::Write;

use base::Millis;
use pictures::{SANS, escape};
use store::metrics::{Point, Values};

use crate::health::{CPU, DISK, Limit, MEMORY};

const WIDTH: f64 = 460.0;
const MARGIN: f64 = 14.0;
const TITLE: f64 = 40.0;
/// Of a panel: its words, its plot, and the space below.
const WORDS: f64 = 22.0;
const PLOT: f64 = 58.0;
const BELOW: f64 = 14.0;
const AXIS: f64 = 24.0;

const PAPER: &str = "#1e1f22";
const INK: &str = "#dbdee1";
const FAINT: &str = "#a0a4ac";
const RULE: &str = "#3a3c42";
const WARN: &str = "#f0b232";
const SILENT: &str = "#ed4245";

/// How an amount is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Percent,
    Load,
    Rate,
    Degrees,
}

/// A thing, over time.
struct Panel {
    name: &'static str,
    unit: Unit,
    limit: Option<Limit>,
    lines: Vec<Line>,
}

/// One of its lines: its name where there are several, its colour, and where its value is.
struct Line {
    name: &'static str,
    colour: &'static str,
    value: fn(&Values) -> Option<i64>,
}

/// What a chart is drawn of.
pub(crate) struct Chart<'a> {
    /// In words, masked.
    pub(crate) title: &'a str,
    /// At the right of the title.
    pub(crate) period: [&'static str; 3],
    pub(crate) from: Millis,
    pub(crate) until: Millis,
    pub(crate) slots: u32,
    pub(crate) points: &'a [Point],
}

/// A slot of the axis: what was known in it, and whether it was looked at in vain.
#[derive(Default, Clone)]
struct Slot {
    points: Vec<Values>,
    silent: bool,
}

fn panels() -> Vec<Panel> {
    let line = |name, colour, value| Line { name, colour, value };
    vec![
        Panel {
            name: "CPU",
            unit: Unit::Percent,
            limit: Some(CPU),
            lines: vec![line("peak", "#4a51a8", |values| values.cpu_peak), line("", "#8891ff", |values| values.cpu)],
        },
        Panel {
            name: "Memory",
            unit: Unit::Percent,
            limit: Some(MEMORY),
            lines: vec![line("swap", "#a0a4ac", |values| values.swap), line("", "#57c77a", |values| values.memory)],
        },
        Panel {
            name: "Fullest disk",
            unit: Unit::Percent,
            limit: Some(DISK),
            lines: vec![line("", "#e8c468", |values| values.disk)],
        },
        Panel {
            name: "GPU",
            unit: Unit::Percent,
            limit: None,
            lines: vec![
                line("memory", "#a0a4ac", |values| values.gpu_memory),
                line("", "#e58fd0", |values| values.gpu),
            ],
        },
        Panel { name: "Load", unit: Unit::Load, limit: None, lines: vec![line("", "#f58cb0", |values| values.load)] },
        Panel {
            name: "Network",
            unit: Unit::Rate,
            limit: None,
            lines: vec![line("out", "#b39df0", |values| values.sent), line("in", "#4fc3f7", |values| values.received)],
        },
        Panel {
            name: "Temperature",
            unit: Unit::Degrees,
            limit: None,
            lines: vec![line("", "#ff9c6b", |values| values.temperature)],
        },
    ]
}

impl Chart<'_> {
    /// As SVG, and what it shows in words.
    pub(crate) fn draw(&self) -> (String, String) {
        let slots = self.divided();
        let is_known = |line: &Line| self.points.iter().any(|point| (line.value)(&point.values).is_some());
        let mut shown = panels();
        for panel in &mut shown {
            panel.lines.retain(is_known);
        }
        // What a server never has is left out; what it should have and nobody knows is said.
        shown.retain(|panel| !panel.lines.is_empty() || ["CPU", "Memory", "Fullest disk"].contains(&panel.name));
        #[expect(clippy::cast_precision_loss, reason = "there are a few panels")]
        let height = TITLE + shown.len() as f64 * (WORDS + PLOT + BELOW) + AXIS;
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="{SANS}"><rect width="100%" height="100%" rx="12" fill="{PAPER}"/>"#
        );
        let (title, right) = (escape(self.title), WIDTH - MARGIN);
        text(&mut svg, (MARGIN, 27.0), "start", 17, INK, &format!(r#"<tspan font-weight="bold">{title}</tspan>"#));
        text(&mut svg, (right, 27.0), "end", 15, FAINT, self.period[0]);
        let mut said = Vec::new();
        let mut top = TITLE;
        for panel in &shown {
            said.push(panel.draw(&mut svg, top, &slots));
            top += WORDS + PLOT + BELOW;
        }
        let third = (WIDTH - 2.0 * MARGIN) / 3.0;
        for (index, (anchor, words)) in [
            ("start", format!("{} ago", self.period[0])),
            ("middle", format!("{} ago", self.period[1])),
            ("middle", format!("{} ago", self.period[2])),
            ("end", "now".to_owned()),
        ]
        .iter()
        .enumerate()
        {
            #[expect(clippy::cast_precision_loss, reason = "there are four")]
            let x = MARGIN + third * index as f64;
            text(&mut svg, (x, top + 8.0), anchor, 14, FAINT, words);
        }
        svg.push_str("</svg>");
        let silent = slots.iter().filter(|slot| slot.silent).count();
        if silent > 0 {
            said.push(format!("no answer in {silent} of {} parts of that time", slots.len()));
        }
        (svg, format!("{} over {}: {}", self.title, self.period[0], said.join("; ")))
    }

    fn divided(&self) -> Vec<Slot> {
        let mut slots = vec![Slot::default(); self.slots as usize];
        let whole = (self.until.0 - self.from.0).max(1);
        for point in self.points {
            let index = (point.at.0 - self.from.0).saturating_mul(i64::from(self.slots)).div_euclid(whole);
            let last = slots.len() - 1;
            let Some(slot) = usize::try_from(index).ok().map(|index| index.min(last)).and_then(|i| slots.get_mut(i))
            else {
                continue;
            };
            if point.seen > 0 {
                slot.points.push(point.values);
            } else {
                slot.silent = true;
            }
        }
        // A slot in which it answered at all is not silent.
        for slot in &mut slots {
            slot.silent &= slot.points.is_empty();
        }
        slots
    }
}

impl Panel {
    /// Draws it, and says it in words.
    fn draw(&self, svg: &mut String, top: f64, slots: &[Slot]) -> String {
        let (left, right, floor) = (MARGIN, WIDTH - MARGIN, top + WORDS + PLOT);
        let means: Vec<Vec<Option<f64>>> =
            self.lines.iter().map(|line| slots.iter().map(|slot| combined(slot, line)).collect()).collect();
        let highest = means.iter().flatten().flatten().copied().fold(0.0, f64::max);
        let scale = self.unit.scale(highest);
        #[expect(clippy::cast_precision_loss, reason = "there are hundreds of slots at most")]
        let (wide, high) = ((right - left) / slots.len() as f64, |value: f64| floor - PLOT * (value / scale).min(1.0));

        for y in [floor, floor - PLOT / 2.0, floor - PLOT] {
            let _ = write!(svg, r#"<path d="M{left} {y:.1}H{right}" stroke="{RULE}"/>"#);
        }
        if let Some(limit) = self.limit {
            #[expect(clippy::cast_precision_loss, reason = "a limit has five digits")]
            let y = high(limit.warn as f64);
            let _ = write!(
                svg,
                r#"<path d="M{left} {y:.1}H{right}" stroke="{WARN}" stroke-opacity=".55" stroke-dasharray="3 5"/>"#
            );
        }
        for (from, to) in runs(slots, |slot| slot.silent) {
            let (x, width) = (left + from * wide, (to - from) * wide);
            let y = floor - PLOT;
            let _ = write!(
                svg,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{PLOT}" fill="{SILENT}" fill-opacity=".28"/>"#
            );
        }
        for (index, (line, means)) in self.lines.iter().zip(&means).enumerate() {
            let is_main = index + 1 == self.lines.len();
            for (from, to) in runs(means, Option::is_some) {
                let mut path = String::new();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they were whole numbers")]
                let known = means[from as usize..to as usize].iter().flatten();
                for (x, value) in (0_i32..).zip(known) {
                    let letter = if path.is_empty() { 'M' } else { 'L' };
                    let _ =
                        write!(path, "{letter}{:.1} {:.1}", left + (from + f64::from(x) + 0.5) * wide, high(*value));
                }
                // One value alone is a dash, and the last reaches the edge.
                let _ = write!(path, "h{:.1}", wide / 2.0);
                let (colour, stroke) = (line.colour, if is_main { 2.0 } else { 1.3 });
                if is_main {
                    let (first, last) = (left + (from + 0.5) * wide, left + to * wide);
                    let _ = write!(
                        svg,
                        r#"<path d="{path}L{last:.1} {floor}L{first:.1} {floor}Z" fill="{colour}" fill-opacity=".16"/>"#
                    );
                }
                let _ = write!(
                    svg,
                    r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="{stroke}" stroke-linejoin="round"/>"#
                );
            }
        }
        self.words(svg, top + 15.0, &means)
    }

    /// Its name, and what is known last, at the top; the same for whoever does not see it.
    fn words(&self, svg: &mut String, y: f64, means: &[Vec<Option<f64>>]) -> String {
        text(svg, (MARGIN, y), "start", 15, INK, self.name);
        if self.lines.is_empty() {
            text(svg, (WIDTH - MARGIN, y), "end", 14, FAINT, "not known");
            return format!("{} is not known", self.name);
        }
        let (mut drawn, mut said) = (Vec::new(), Vec::new());
        for (line, means) in self.lines.iter().zip(means).rev() {
            let highest = means.iter().flatten().copied().fold(0.0, f64::max);
            // What was the highest is a value of its own only over the whole time.
            let value =
                if line.name == "peak" { Some(highest) } else { means.iter().rev().take(2).flatten().next().copied() };
            let value = value.map_or_else(|| "–".to_owned(), |value| self.unit.write(value));
            let named =
                [line.name, &value].iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
            drawn.push(format!(r#"<tspan fill="{}">{}</tspan>"#, bright(line.colour), escape(&named)));
            said.push(if value == "–" { named.replace('–', "not known now") } else { named });
        }
        text(svg, (WIDTH - MARGIN, y), "end", 15, INK, &drawn.join(r#"<tspan fill="none"> · </tspan>"#));
        format!("{} {}", self.name, said.join(", "))
    }
}

/// A line that is dark on purpose has bright words.
fn bright(colour: &'static str) -> &'static str {
    if colour == "#4a51a8" { FAINT } else { colour }
}

/// What a slot shows of a line: the highest of peaks, the mean of the rest.
#[expect(clippy::cast_precision_loss, reason = "a pixel is coarser")]
fn combined(slot: &Slot, line: &Line) -> Option<f64> {
    let known: Vec<i64> = slot.points.iter().filter_map(line.value).collect();
    if line.name == "peak" {
        return known.into_iter().max().map(|highest| highest as f64);
    }
    (!known.is_empty()).then(|| known.iter().sum::<i64>() as f64 / known.len() as f64)
}

/// Where something holds without a break: from which slot, and up to which.
fn runs<T>(slots: &[T], holds: impl Fn(&T) -> bool) -> Vec<(f64, f64)> {
    let mut runs: Vec<(f64, f64)> = Vec::new();
    for (index, _) in (0_i32..).zip(slots).filter(|(_, slot)| holds(slot)) {
        let index = f64::from(index);
        match runs.last_mut() {
            Some((_, end)) if (*end - index).abs() < 0.5 => *end = index + 1.0,
            _ => runs.push((index, index + 1.0)),
        }
    }
    runs
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, size: u32, fill: &str, inside: &str) {
    // Writing to a string does not fail.
    let _ =
        write!(svg, r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{inside}</text>"#);
}

impl Unit {
    /// What the top of a plot stands for.
    fn scale(self, highest: f64) -> f64 {
        match self {
            Self::Percent => 10_000.0,
            Self::Load => highest.max(100.0) * 1.1,
            Self::Rate => highest.max(10_000.0) * 1.1,
            Self::Degrees => highest.max(1_000.0),
        }
    }

    fn write(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.0} %", value / 100.0),
            Self::Load => format!("{:.2}", value / 100.0),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no rate is below zero")]
            Self::Rate => format!("{}/s", base::measure::bytes(value as u64)),
            Self::Degrees => format!("{:.0} °C", value / 10.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64, cpu: Option<i64>) -> Point {
        let values = Values { cpu, cpu_peak: cpu.map(|cpu| cpu * 2), memory: cpu.map(|_| 40_00), ..Values::default() };
        Point { at: Millis(at), looks: 1, seen: i64::from(cpu.is_some()), values }
    }

    fn chart<'a>(title: &'a str, points: &'a [Point]) -> Chart<'a> {
        let (from, until) = (Millis(0), Millis(100));
        Chart { title, period: ["1 h", "40 min", "20 min"], from, until, slots: 10, points }
    }

    #[test]
    fn what_is_unknown_is_a_gap_and_what_was_silent_is_shaded_and_said() {
        let points: Vec<Point> = [Some(10_00), Some(12_00), None, None, Some(30_00)]
            .into_iter()
            .zip(0_i64..)
            .map(|(cpu, index)| point(index * 10 + 5, cpu))
            .collect();
        let (svg, alt) = chart("web-1", &points).draw();
        assert_eq!(
            alt,
            "web-1 over 1 h: CPU not known now, peak 60 %; Memory not known now; Fullest disk is not known; \
             no answer in 2 of 10 parts of that time"
        );
        // Mean, area and peak of two runs; no line falls to zero in between.
        assert_eq!(svg.matches("stroke=\"#8891ff\"").count(), 2);
        assert_eq!(svg.matches(&format!("fill=\"{SILENT}\"")).count(), 3, "in each panel, once");
        assert!(pictures::png(&svg).is_ok());
    }

    #[test]
    fn nothing_at_all_is_a_picture_that_says_so() {
        let (svg, alt) = chart("a<b", &[]).draw();
        assert_eq!(alt, "a<b over 1 h: CPU is not known; Memory is not known; Fullest disk is not known");
        assert!(svg.contains("a&lt;b") && pictures::png(&svg).is_ok());
    }

    #[test]
    fn points_outside_of_the_period_are_left_out_and_the_last_moment_is_in() {
        let (svg, alt) = chart("x", &[point(-1, Some(99_00)), point(100, Some(5_00))]).draw();
        assert!(alt.contains("CPU 5 %, peak 10 %"), "{alt}");
        assert!(pictures::png(&svg).is_ok());
    }

    /// `CHART=file.png cargo test -p metrics a_day` writes what a day looks like, for eyes.
    #[test]
    fn a_day_of_a_busy_server_is_drawn() {
        let points: Vec<Point> = (0..288_i32)
            .map(|index| {
                #[expect(clippy::cast_possible_truncation, reason = "it has four digits")]
                let wave = (f64::from(index) / 30.0).sin().mul_add(3_000.0, 4_000.0) as i64;
                let index = i64::from(index);
                let silent = (120..140).contains(&index);
                let known = |value: i64| (!silent).then_some(value);
                Point {
                    at: Millis(index),
                    looks: 10,
                    seen: if silent { 0 } else { 10 },
                    values: Values {
                        cpu: known(wave + (index * 37 % 13) * 60),
                        cpu_peak: known(9_300.min(wave + 1_500 + (index * 53 % 17) * 110)),
                        memory: known(5_200 + index * 6),
                        swap: known(900),
                        disk: known(6_100 + index),
                        gpu: known(if index > 200 { 9_700 } else { 300 }),
                        gpu_memory: known(if index > 200 { 8_800 } else { 500 }),
                        load: known(wave / 25),
                        received: known(wave * 400),
                        sent: known(wave * 120),
                        temperature: known(480 + wave / 20),
                    },
                }
            })
            .collect();
        let chart = Chart {
            title: "gpu-box-1",
            period: ["24 h", "16 h", "8 h"],
            from: Millis(0),
            until: Millis(288),
            slots: 200,
            points: &points,
        };
        let png = pictures::png(&chart.draw().0).unwrap();
        assert!(png.len() < 400_000, "{} bytes", png.len());
        if let Some(path) = std::env::var_os("CHART") {
            std::fs::write(path, png).unwrap();
        }
    }
}
