//! Draws a map from the top down: what needs others above what it needs, as a phone is held. Pure.
//!
//! **Invariant:** a state is a sign and a colour; without a sign nobody asked.

use std::fmt::Write;

use pictures::{SANS, escape};

use crate::{graph::Graph, graph::Way, look::State};

const WIDTH: f64 = 460.0;
const MARGIN: f64 = 14.0;
const TITLE: f64 = 44.0;
const BOX: f64 = 42.0;
/// Between rows of one layer, and between layers.
const ROW: f64 = 12.0;
const LAYER: f64 = 40.0;
const GAP: f64 = 12.0;
/// Up to so many are drawn wide.
const FEW: usize = 12;

const PAPER: &str = "#1e1f22";
const CARD: &str = "#2b2d31";
const INK: &str = "#dbdee1";
const FAINT: &str = "#a0a4ac";
const RULE: &str = "#4e5058";
const UP: &str = "#3ba55d";
const DOWN: &str = "#ed4245";

/// A service as it is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// Masked.
    pub(crate) name: String,
    /// Where it runs, masked.
    pub(crate) node: String,
    /// None where nobody asked.
    pub(crate) state: Option<State>,
    /// It is the one that was asked about.
    pub(crate) chosen: bool,
}

/// A place on the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spot {
    left: f64,
    top: f64,
}

/// The picture as SVG, and what it shows in words.
pub(crate) fn draw(title: &str, services: &[Shown], graph: &Graph) -> (String, String) {
    let columns = if services.len() <= FEW { 2 } else { 3 };
    #[expect(clippy::cast_precision_loss, reason = "there are two or three columns")]
    let many = columns as f64;
    let width = (WIDTH - 2.0 * MARGIN - (many - 1.0) * GAP) / many;
    let (spots, height) = places(graph, columns, width);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="{SANS}"><rect width="100%" height="100%" rx="12" fill="{PAPER}"/><text x="{MARGIN}" y="28" font-size="17" font-weight="bold" fill="{INK}">{}</text>"#,
        escape(&shortened(title, WIDTH - 2.0 * MARGIN, 10.5))
    );
    for (one, from) in spots.iter().enumerate() {
        for &need in graph.next(one, Way::Down) {
            line(&mut svg, *from, spots[need], width, services[need].state == Some(State::Down));
        }
    }
    for (service, spot) in services.iter().zip(&spots) {
        card(&mut svg, service, *spot, width);
    }
    svg.push_str("</svg>");
    (svg, words(services, graph))
}

/// Where each stands, and how high that makes the picture.
fn places(graph: &Graph, columns: usize, width: f64) -> (Vec<Spot>, f64) {
    let layers = graph.layers();
    let mut spots = vec![Spot { left: 0.0, top: 0.0 }; layers.len()];
    let mut top = TITLE;
    for layer in 0..=layers.iter().copied().max().unwrap_or_default() {
        let mut here: Vec<usize> = (0..layers.len()).filter(|&one| layers[one] == layer).collect();
        // Below the middle of what needs it: lines cross less.
        let middle = |one: usize| {
            let above = graph.next(one, Way::Up);
            #[expect(clippy::cast_precision_loss, reason = "there are a few dozen")]
            let many = above.len().max(1) as f64;
            above.iter().map(|&above| spots[above].left).sum::<f64>() / many
        };
        let mut middles: Vec<(usize, f64)> = here.iter().map(|&one| (one, middle(one))).collect();
        middles.sort_by(|one, other| one.1.total_cmp(&other.1));
        here = middles.into_iter().map(|(one, _)| one).collect();
        for row in here.chunks(columns) {
            #[expect(clippy::cast_precision_loss, reason = "there are two or three columns")]
            let many = row.len() as f64;
            let mut left = (WIDTH - many * width - (many - 1.0) * GAP) / 2.0;
            for &one in row {
                spots[one] = Spot { left, top };
                left += width + GAP;
            }
            top += BOX + ROW;
        }
        top += LAYER - ROW;
    }
    (spots, top - LAYER + MARGIN)
}

fn line(svg: &mut String, from: Spot, to: Spot, width: f64, is_down: bool) {
    let (x1, y1, x2, y2) = (from.left + width / 2.0, from.top + BOX, to.left + width / 2.0, to.top);
    let bend = ((y2 - y1) / 2.0).max(14.0);
    let (colour, thick) = if is_down { (DOWN, 2.5) } else { (RULE, 2.0) };
    let (c1, c2, head, tip) = (y1 + bend, y2 - bend, y2 - 6.0, y2);
    let (west, east) = (x2 - 4.0, x2 + 4.0);
    let _ = write!(
        svg,
        r#"<path d="M{x1:.1} {y1:.1}C{x1:.1} {c1:.1} {x2:.1} {c2:.1} {x2:.1} {head:.1}" fill="none" stroke="{colour}" stroke-width="{thick}"/><path d="M{west:.1} {head:.1}L{east:.1} {head:.1}L{x2:.1} {tip:.1}Z" fill="{colour}"/>"#
    );
}

fn card(svg: &mut String, service: &Shown, spot: Spot, width: f64) {
    let Spot { left, top } = spot;
    let colour = match service.state {
        Some(State::Up) => UP,
        Some(State::Down) => DOWN,
        Some(State::Unknown) => FAINT,
        None => RULE,
    };
    let edge = if service.chosen { INK } else { colour };
    let _ = write!(
        svg,
        r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{BOX}" rx="8" fill="{CARD}" stroke="{edge}" stroke-width="{}"/>"#,
        if service.chosen { 2.5 } else { 1.5 }
    );
    let mut text = left + 10.0;
    if let Some(state) = service.state {
        let _ = write!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" font-size="15" font-weight="bold" fill="{colour}">{}</text>"#,
            left + 8.0,
            top + 26.0,
            state.glyph()
        );
        text = left + 26.0;
    }
    let room = left + width - text - 6.0;
    let y = if service.node.is_empty() { top + 26.0 } else { top + 19.0 };
    let name = shortened(&service.name, room, 8.0);
    let _ = write!(svg, r#"<text x="{text:.1}" y="{y:.1}" font-size="13.5" fill="{INK}">{}</text>"#, escape(&name));
    if !service.node.is_empty() {
        let node = shortened(&service.node, room, 6.9);
        let below = top + 34.0;
        let _ = write!(
            svg,
            r#"<text x="{text:.1}" y="{below:.1}" font-size="11.5" fill="{FAINT}">{}</text>"#,
            escape(&node)
        );
    }
}

/// As much of a text as fits, at so much for a letter.
fn shortened(text: &str, room: f64, letter: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen letters")]
    let most = (room / letter).max(2.0) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// For whoever does not see the picture.
fn words(services: &[Shown], graph: &Graph) -> String {
    /// Discord takes a little more.
    const MOST: usize = 900;
    let mut words = base::measure::count(services.len() as u64, "service", "services");
    for (one, service) in services.iter().enumerate() {
        let state = match service.state {
            Some(State::Up) => " (up)",
            Some(State::Down) => " (down)",
            Some(State::Unknown) => " (not known)",
            None => "",
        };
        let needs: Vec<&str> = graph.next(one, Way::Down).iter().map(|&need| services[need].name.as_str()).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(" needs {}", needs.join(", ")) };
        let sentence = format!("; {}{state}{needs}", service.name);
        if words.len() + sentence.len() > MOST {
            words.push_str("; and more");
            break;
        }
        words.push_str(&sentence);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, state: Option<State>) -> Shown {
        Shown { name: name.to_owned(), node: "box".to_owned(), state, chosen: false }
    }

    #[test]
    fn what_needs_others_is_above_them_and_nothing_covers_another() {
        let graph =
            Graph::new((0..40_usize).map(|one| if one < 8 { Vec::new() } else { vec![one % 8, one - 8] }).collect());
        let (spots, height) = places(&graph, 3, 136.0);
        for (one, spot) in spots.iter().enumerate() {
            assert!(spot.left >= MARGIN - 0.1 && spot.left + 136.0 <= WIDTH - MARGIN + 0.1 && spot.top + BOX < height);
            assert!(graph.next(one, Way::Down).iter().all(|&need| spots[need].top >= spot.top + BOX + ROW));
            for other in &spots[one + 1..] {
                let apart = (other.left - spot.left).abs() >= 136.0 || (other.top - spot.top).abs() >= BOX;
                assert!(apart, "{spot:?} {other:?}");
            }
        }
        let services: Vec<Shown> = (0..40).map(|one| shown(&format!("service-{one}"), Some(State::Up))).collect();
        let (svg, alt) = draw("homelab", &services, &graph);
        assert!(pictures::png(&svg).unwrap().len() < 400_000);
        assert!(alt.len() < 1_000 && alt.starts_with("40 services; service-0 (up)"), "{alt}");
    }

    #[test]
    fn names_cannot_draw() {
        let graph = Graph::new(vec![vec![1], vec![]]);
        let (svg, alt) = draw("</text><script>", &[shown("a<b>&\"", None), shown("b", Some(State::Down))], &graph);
        assert!(!svg.contains("<script") && !svg.contains("a<b>"));
        pictures::png(&svg).unwrap();
        assert_eq!(alt, "2 services; a<b>&\" needs b; b (down)");
    }
}
