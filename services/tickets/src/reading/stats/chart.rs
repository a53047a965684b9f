//! Draws how tickets went: what was opened and closed, part by part of that time, and what goes on by category and age.

use std::fmt::Write;

use base::Millis;
use pictures::{SANS, escape};
use store::tickets::Ticket;

use super::{
    count::{AGES, Counted, OLDER},
    period::Period,
};

const WIDTH: f64 = 460.0;
const MARGIN: f64 = 14.0;
const TITLE: f64 = 44.0;
const PLOT: f64 = 110.0;
const AXIS: f64 = 30.0;
const ROW: f64 = 40.0;
/// Bars next to each other; more could not be told apart.
const SLOTS: usize = 30;

const PAPER: &str = "#1e1f22";
const INK: &str = "#dbdee1";
const FAINT: &str = "#a0a4ac";
const RULE: &str = "#3a3c42";
const OPENED: &str = "#8891ff";
const CLOSED: &str = "#57c77a";
/// From the youngest to the oldest.
const AGED: [&str; 4] = ["#57c77a", "#e8c468", "#ff9c6b", "#ed4245"];

/// What it is drawn of.
pub(super) struct Chart<'a> {
    pub(super) period: &'a Period,
    pub(super) tickets: &'a [Ticket],
    /// Categories, masked.
    pub(super) rows: &'a [(String, &'a Counted)],
}

impl Chart<'_> {
    /// As SVG, and what it shows in words.
    pub(super) fn draw(&self) -> (String, String) {
        let slots = SLOTS.min(usize::try_from(self.period.days).unwrap_or(SLOTS)).max(1);
        let opened = self.divided(slots, |ticket| Some(ticket.course.opened));
        let closed = self.divided(slots, |ticket| ticket.course.ended);
        let open: Vec<&(String, &Counted)> = self.rows.iter().filter(|(_, counted)| counted.open > 0).collect();
        let legend = if open.is_empty() { 0.0 } else { ROW };
        let height = TITLE + PLOT + AXIS + number(open.len()) * ROW + legend;
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="{SANS}"><rect width="100%" height="100%" rx="12" fill="{PAPER}"/>"#
        );
        let title = format!(r#"<tspan font-weight="bold">Tickets of {} d</tspan>"#, self.period.days);
        text(&mut svg, (MARGIN, 28.0), "start", (17, INK), &title);
        text(&mut svg, (WIDTH - MARGIN, 28.0), "end", (14, CLOSED), "closed");
        text(&mut svg, (WIDTH - MARGIN - 56.0, 28.0), "end", (14, OPENED), "opened");
        bars(&mut svg, &opened, &closed);
        let top = TITLE + PLOT + 20.0;
        text(&mut svg, (MARGIN, top), "start", (14, FAINT), self.period.from.utc().get(..10).unwrap_or_default());
        text(
            &mut svg,
            (WIDTH - MARGIN, top),
            "end",
            (14, FAINT),
            self.period.until.utc().get(..10).unwrap_or_default(),
        );
        rows(&mut svg, &open);
        svg.push_str("</svg>");
        let sum = |slots: &[usize]| slots.iter().sum::<usize>();
        let mut said =
            vec![format!("{} opened and {} closed in {} days", sum(&opened), sum(&closed), self.period.days)];
        said.extend(open.iter().map(|(name, counted)| format!("{name}: {} open, {}", counted.open, aged(counted))));
        (svg, said.join("; "))
    }

    /// How many fall into each part of the time.
    fn divided(&self, slots: usize, at: impl Fn(&Ticket) -> Option<Millis>) -> Vec<usize> {
        let mut divided = vec![0; slots];
        let whole = (self.period.until.0 - self.period.from.0).max(1);
        for at in self.tickets.iter().filter_map(at) {
            let passed = at.0 - self.period.from.0;
            if (0..whole).contains(&passed) {
                let slot = passed.saturating_mul(i64::try_from(slots).unwrap_or(1)) / whole;
                let slot = usize::try_from(slot).unwrap_or_default().min(slots - 1);
                divided[slot] += 1;
            }
        }
        divided
    }
}

/// What goes on, by age, in words.
fn aged(counted: &Counted) -> String {
    let names = AGES.iter().map(|(name, _)| *name).chain([OLDER]);
    let parts = names.zip(counted.ages).filter(|(_, count)| *count > 0);
    parts.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

fn bars(svg: &mut String, opened: &[usize], closed: &[usize]) {
    let highest = opened.iter().chain(closed).copied().max().unwrap_or_default().max(1);
    let (floor, wide) = (TITLE + PLOT, (WIDTH - 2.0 * MARGIN) / number(opened.len()));
    line(svg, floor);
    line(svg, TITLE);
    text(svg, (MARGIN, TITLE + 14.0), "start", (12, FAINT), &highest.to_string());
    for (at, (opened, closed)) in opened.iter().zip(closed).enumerate() {
        let left = MARGIN + wide * number(at);
        for (count, colour, shift) in [(opened, OPENED, 0.1), (closed, CLOSED, 0.5)] {
            let high = PLOT * number(*count) / number(highest);
            let (x, width) = (left + wide * shift, wide * 0.38);
            let _ = write!(
                svg,
                r#"<rect x="{x:.1}" y="{:.1}" width="{width:.1}" height="{high:.1}" rx="1" fill="{colour}"/>"#,
                floor - high
            );
        }
    }
}

/// A bar for each category: what goes on, by age.
fn rows(svg: &mut String, open: &[&(String, &Counted)]) {
    let most = open.iter().map(|(_, counted)| counted.open).max().unwrap_or(1).max(1);
    let mut top = TITLE + PLOT + AXIS;
    for (name, counted) in open {
        text(svg, (MARGIN, top + 14.0), "start", (14, INK), &escape(name));
        text(svg, (WIDTH - MARGIN, top + 14.0), "end", (14, FAINT), &format!("{} open", counted.open));
        let mut left = MARGIN;
        for (count, colour) in counted.ages.iter().zip(AGED) {
            let width = (WIDTH - 2.0 * MARGIN) * number(*count) / number(most);
            let _ = write!(
                svg,
                r#"<rect x="{left:.1}" y="{:.1}" width="{width:.1}" height="8" fill="{colour}"/>"#,
                top + 20.0
            );
            left += width;
        }
        top += ROW;
    }
    if open.is_empty() {
        return;
    }
    let mut left = MARGIN;
    for (name, colour) in AGES.iter().map(|(name, _)| *name).chain([OLDER]).zip(AGED) {
        let _ = write!(svg, r#"<rect x="{left:.1}" y="{:.1}" width="10" height="10" fill="{colour}"/>"#, top + 8.0);
        text(svg, (left + 15.0, top + 18.0), "start", (13, FAINT), name);
        left += 108.0;
    }
}

fn line(svg: &mut String, y: f64) {
    let _ = write!(svg, r#"<line x1="{MARGIN}" x2="{}" y1="{y}" y2="{y}" stroke="{RULE}"/>"#, WIDTH - MARGIN);
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, (size, colour): (u8, &str), inside: &str) {
    let _ = write!(
        svg,
        r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{inside}</text>"#
    );
}

#[expect(clippy::cast_precision_loss, reason = "what is drawn is counted in thousands")]
fn number(count: usize) -> f64 {
    count as f64
}
