//! Draws an overlay as its page would look over a stream: for whoever edits it in Discord.

use std::fmt::Write;

use base::Redactor;
use pictures::{MONO, SANS, escape};
use store::overlays::{Overlay, OverlayKind};

use crate::{Happened, layout::ElementKind, settings::Settings, state::State};

/// In the SVG's own pixels; a stream is twice or three times as wide.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const EDGE: f64 = 22.0;
/// Of a letter, roughly, beside its height.
const LETTER: f64 = 0.58;

/// How it is drawn.
struct Look {
    accent: String,
    text: String,
    background: String,
    opacity: f64,
    size: f64,
    font: &'static str,
    place: String,
}

/// A line of words.
struct Line {
    text: String,
    /// Its letters' height.
    size: f64,
    colour: String,
    bold: bool,
}

/// An overlay as SVG, and what it shows in words.
pub(crate) fn draw(overlay: &Overlay, redactor: &Redactor) -> (String, String) {
    let (settings, kind) = (Settings::of(overlay), overlay.kind);
    let state = redactor.mask_json(State::of(overlay).page(overlay, &settings));
    let say = |name: &str| redactor.mask(&settings.text(kind, name)).into_owned();
    let said = |what: Happened, who: &str, amount: &str| {
        let words = if settings.leaves_out(kind, what) { String::new() } else { say(what.as_str()) };
        words.replace("{name}", who).replace("{amount}", amount)
    };
    let number = |name| {
        #[expect(clippy::cast_precision_loss, reason = "a hundred or two")]
        let number = settings.number(kind, name) as f64;
        number
    };
    let look = Look {
        accent: say("accent"),
        text: say("text"),
        background: say("background"),
        opacity: number("opacity") / 100.0,
        size: number("size") / 100.0,
        font: if say("font") == "mono" { MONO } else { SANS },
        place: say("place"),
    };
    let word = |at: usize| state["words"][at].as_str().unwrap_or_default().to_owned();
    let mut svg = stage();
    match kind {
        OverlayKind::Alerts => {
            let first = Happened::ALERTS.into_iter().find(|what| !settings.leaves_out(kind, *what));
            let line = first.map(|what| said(what, "Ada", "1")).unwrap_or_default();
            look.panel(&mut svg, &[look.big(line), look.small("Welcome, and thank you".to_owned())], Some(1.0));
        }
        OverlayKind::Chat => {
            let lines = [("Ada", "Hello everybody"), ("Grace", "That was close"), ("Linus", "gg")];
            let lines: Vec<Line> = lines.iter().map(|(name, text)| look.small(format!("{name}: {text}"))).collect();
            look.panel(&mut svg, &lines, None);
        }
        OverlayKind::NowPlaying => {
            let (title, artist) =
                if word(0).is_empty() { ("A song".to_owned(), "Somebody".to_owned()) } else { (word(0), word(1)) };
            look.panel(&mut svg, &[look.label(say("label")), look.big(title), look.small(artist)], None);
        }
        OverlayKind::Goal => {
            let target = settings.number(kind, "target");
            let text = format!("{} / {target} {}", overlay.value, say("unit"));
            #[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
            let share = (overlay.value as f64 / target.max(1) as f64).clamp(0.0, 1.0);
            look.panel(&mut svg, &[look.big(say("label")), look.small(text)], Some(share));
        }
        OverlayKind::Counter => {
            look.panel(&mut svg, &[look.label(say("label")), look.huge(overlay.value.to_string())], None);
        }
        OverlayKind::Timer => {
            let clock = clock(state["seconds"].as_i64().unwrap_or_default());
            look.panel(&mut svg, &[look.label(say("label")), look.huge(clock)], None);
        }
        OverlayKind::Recent => {
            let lines = [
                look.label(say("label")),
                look.small(said(Happened::Follow, "Ada", "5")),
                look.small(said(Happened::Gift, "Grace", "5")),
                look.small(said(Happened::Raid, "Linus", "5")),
            ];
            look.panel(&mut svg, &lines, None);
        }
        OverlayKind::Poll => {
            let mut lines = vec![look.big(word(0))];
            let votes = |at: usize| state["votes"][at].as_i64().unwrap_or_default();
            let answers = state["words"].as_array().map_or(0, Vec::len).saturating_sub(1);
            lines.extend((0..answers).map(|at| look.small(format!("{}  {} · {}", at + 1, word(at + 1), votes(at)))));
            look.panel(&mut svg, &lines, None);
        }
        OverlayKind::LowerThird => look.panel(&mut svg, &[look.big(word(0)), look.small(word(1))], Some(1.0)),
        OverlayKind::StartingSoon => {
            let clock = clock(state["seconds"].as_i64().unwrap_or_default());
            look.panel(&mut svg, &[look.big(say("title")), look.huge(clock), look.small(say("line"))], None);
        }
        OverlayKind::Canvas => canvas(&mut svg, &settings, &look, redactor),
    }
    svg.push_str("</svg>");
    (svg, format!("The overlay {} as it looks now", overlay.name))
}

/// A stream in the dark, so that what is see-through is seen to be.
fn stage() -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"><defs><linearGradient id="s" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#2b3a55"/><stop offset="0.6" stop-color="#1d2433"/><stop offset="1" stop-color="#3a2b4d"/></linearGradient></defs><rect width="{WIDTH}" height="{HEIGHT}" fill="url(#s)"/>"##
    );
    for (x, y, radius) in [(96.0, 300.0, 120.0), (520.0, 80.0, 90.0), (360.0, 380.0, 150.0)] {
        // A picture that is written in memory cannot fail.
        let _ = write!(svg, r##"<circle cx="{x}" cy="{y}" r="{radius}" fill="#ffffff" fill-opacity="0.05"/>"##);
    }
    svg
}

impl Look {
    fn line(&self, text: String, size: f64, bold: bool, colour: &str) -> Line {
        Line { text, size: size * self.size, colour: colour.to_owned(), bold }
    }

    fn huge(&self, text: String) -> Line {
        self.line(text, 44.0, true, &self.text)
    }

    fn big(&self, text: String) -> Line {
        self.line(text, 22.0, true, &self.text)
    }

    fn small(&self, text: String) -> Line {
        self.line(text, 15.0, false, &self.text)
    }

    fn label(&self, text: String) -> Line {
        self.line(text, 13.0, true, &self.accent)
    }

    /// A box with these lines where the overlay stands; with a bar that is filled so far, where there is one.
    fn panel(&self, svg: &mut String, lines: &[Line], bar: Option<f64>) {
        let lines: Vec<&Line> = lines.iter().filter(|line| !line.text.is_empty()).collect();
        let pad = 16.0 * self.size;
        let most = WIDTH - 2.0 * EDGE;
        #[expect(clippy::cast_precision_loss, reason = "a few dozen letters")]
        let wide = |line: &Line| line.text.chars().count() as f64 * line.size * LETTER;
        let words = lines.iter().map(|line| wide(line)).fold(170.0 * self.size, f64::max);
        let width = (words + 2.0 * pad).min(most);
        let under = if bar.is_some() { 14.0 * self.size } else { 0.0 };
        let height = lines.iter().map(|line| line.size * 1.36).sum::<f64>() + 2.0 * pad - 6.0 + under;
        let x = match () {
            () if self.place.ends_with("left") => EDGE,
            () if self.place.ends_with("right") => WIDTH - EDGE - width,
            () => (WIDTH - width) / 2.0,
        };
        let y = match () {
            () if self.place.starts_with("top") => EDGE,
            () if self.place.starts_with("bottom") => HEIGHT - EDGE - height,
            () => (HEIGHT - height) / 2.0,
        };
        let _ = write!(
            svg,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="{}" fill-opacity="{}"/><rect x="{x}" y="{}" width="4" height="{}" rx="2" fill="{}"/>"#,
            self.background,
            self.opacity,
            y + 12.0,
            (height - 24.0).max(1.0),
            self.accent
        );
        let mut at = y + pad - 4.0;
        for line in lines {
            at += line.size * 1.36;
            let fits = ((width - 2.0 * pad) / (line.size * LETTER)).floor().max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen letters")]
            let text = cut(&line.text, fits as usize);
            let weight = if line.bold { "bold" } else { "normal" };
            let _ = write!(
                svg,
                r#"<text x="{}" y="{}" font-family="{}" font-size="{}" font-weight="{weight}" fill="{}">{}</text>"#,
                x + pad,
                at - line.size * 0.3,
                self.font,
                line.size,
                line.colour,
                escape(&text)
            );
        }
        if let Some(share) = bar {
            let (inner, y) = (width - 2.0 * pad, y + height - pad);
            let _ = write!(
                svg,
                r#"<rect x="{0}" y="{y}" width="{inner}" height="6" rx="3" fill="{1}" fill-opacity="0.25"/><rect x="{0}" y="{y}" width="{2}" height="6" rx="3" fill="{1}"/>"#,
                x + pad,
                self.accent,
                inner * share
            );
        }
    }
}

/// What stands on a canvas, smaller.
fn canvas(svg: &mut String, settings: &Settings, look: &Look, redactor: &Redactor) {
    let (wide, high) = size(&settings.text(OverlayKind::Canvas, "aspect"));
    let scale = (WIDTH / wide).min(HEIGHT / high);
    let (left, top) = ((WIDTH - wide * scale) / 2.0, (HEIGHT - high * scale) / 2.0);
    let _ = write!(
        svg,
        r##"<rect x="{left}" y="{top}" width="{}" height="{}" fill="none" stroke="#ffffff" stroke-opacity="0.18" stroke-dasharray="5 5"/>"##,
        wide * scale,
        high * scale
    );
    for one in settings.elements.iter().filter(|one| one.visible) {
        let (x, y) = (left + one.x / 100.0 * wide * scale, top + one.y / 100.0 * high * scale);
        #[expect(clippy::cast_precision_loss, reason = "within a few thousand")]
        let (width, height, font, radius) = (
            one.width as f64 * scale,
            one.height as f64 * scale,
            one.style.font_size as f64 * scale,
            one.style.border_radius as f64 * scale,
        );
        let opacity = one.style.opacity;
        let fill = if one.style.background_color.is_empty() { "none" } else { &one.style.background_color };
        let _ = write!(
            svg,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" fill-opacity="{opacity}"/>"#
        );
        let words = match one.kind {
            ElementKind::Text => redactor.mask(&one.content).into_owned(),
            ElementKind::Image => "picture".to_owned(),
            ElementKind::Alert => "alerts".to_owned(),
            ElementKind::Box => String::new(),
        };
        if matches!(one.kind, ElementKind::Image | ElementKind::Alert) {
            let _ = write!(
                svg,
                r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="none" stroke="{}" stroke-dasharray="4 4"/>"#,
                look.accent
            );
        }
        if !words.is_empty() {
            let font = font.max(8.0);
            let _ = write!(
                svg,
                r#"<text x="{}" y="{}" font-family="{}" font-size="{font}" fill="{}" fill-opacity="{opacity}">{}</text>"#,
                x + 4.0,
                y + f64::midpoint(height, font * 0.7),
                look.font,
                if one.style.font_color.is_empty() { "#ffffff" } else { &one.style.font_color },
                escape(&cut(&words, 60))
            );
        }
    }
}

/// A canvas of this shape, in its own pixels.
fn size(aspect: &str) -> (f64, f64) {
    match aspect {
        "4:3" => (1440.0, 1080.0),
        "1:1" => (1080.0, 1080.0),
        "9:16" => (1080.0, 1920.0),
        _ => (1920.0, 1080.0),
    }
}

/// Seconds as a clock shows them.
fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
    }
}

/// The picture itself, drawn where nothing else waits for the thread.
pub(crate) async fn png(overlay: &Overlay, redactor: Redactor) -> base::Result<(Vec<u8>, String)> {
    let overlay = overlay.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        let (svg, alt) = draw(&overlay, &redactor);
        pictures::png(&svg).map(|png| (png, alt))
    });
    drawn.await.map_err(|panic| base::Error::internal("drawing an overlay", panic))?
}

/// A page's own values, for those who only want to look at one.
#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rooms::tests::overlay;

    #[test]
    fn every_kind_is_drawn_whatever_its_words_are() {
        let hostile = "</text><script>&\"'\u{0}\u{202e}";
        for kind in OverlayKind::ALL {
            for place in ["top left", "bottom right", "centre"] {
                let values: Value = crate::fields::of(kind)
                    .into_iter()
                    .filter(|field| matches!(field.what, crate::fields::What::Text(_)))
                    .map(|field| (field.name.to_owned(), json!(hostile)))
                    .chain([("place".to_owned(), json!(place)), ("size".to_owned(), json!(200))])
                    .collect::<serde_json::Map<_, _>>()
                    .into();
                let words = json!({ "words": [hostile, hostile, hostile], "seconds": 4_000 });
                let settings = json!({ "values": values }).to_string();
                let one = Overlay { kind, settings, state: words.to_string(), ..overlay("k") };
                let (svg, _) = draw(&one, &Redactor::default());
                assert!(!svg.contains("<script"), "{svg}");
                assert!(pictures::png(&svg).is_ok(), "{kind:?}: {svg}");
            }
        }
        assert_eq!((clock(5), clock(3_725)), ("0:05".to_owned(), "1:02:05".to_owned()));
    }
}
