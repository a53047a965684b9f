//! Draws what was used over time: a bar for each step, the cloud's part on top of the house's.

use std::fmt::Write;

use pictures::SANS;

/// Steps of a period: more bars are not told apart on a phone.
pub(crate) const SLOTS: i64 = 28;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 200.0;
const MARGIN: f64 = 14.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 30.0;
const PAPER: &str = "#1e1f22";
const INK: &str = "#dbdee1";
const FAINT: &str = "#a0a4ac";
const RULE: &str = "#3a3c42";
const HOME: &str = "#57c77a";
const CLOUD: &str = "#8891ff";

/// As SVG, and what it shows in words. Steps: a number from the beginning on, whether in the cloud, tokens.
#[expect(clippy::cast_precision_loss, reason = "a pixel is a pixel")]
pub(crate) fn usage(steps: &[(i64, i64, i64)], period: &str) -> (String, String) {
    let mut bars = vec![(0_i64, 0_i64); usize::try_from(SLOTS).unwrap_or_default()];
    for (step, is_cloud, tokens) in steps {
        // The last moment falls beyond the last step.
        let Some(bar) = usize::try_from((*step).clamp(0, SLOTS - 1)).ok().and_then(|step| bars.get_mut(step)) else {
            continue;
        };
        if *is_cloud == 0 { bar.0 += tokens } else { bar.1 += tokens }
    }
    let most = bars.iter().map(|bar| bar.0 + bar.1).max().unwrap_or_default().max(1);
    let (home, cloud) = bars.iter().fold((0, 0), |sum, bar| (sum.0 + bar.0, sum.1 + bar.1));
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{SANS}"><rect width="100%" height="100%" rx="12" fill="{PAPER}"/>"#
    );
    let mut text = |(x, y): (f64, f64), anchor: &str, size: u8, fill: &str, words: &str| {
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{words}</text>"#
        );
    };
    text((MARGIN, 28.0), "start", 16, INK, "Tokens");
    text((MARGIN + 70.0, 28.0), "start", 14, HOME, "■ local");
    if cloud > 0 {
        text((MARGIN + 140.0, 28.0), "start", 14, CLOUD, "■ cloud");
    }
    text((WIDTH - MARGIN, 28.0), "end", 14, FAINT, &format!("most {}", short(most)));
    text((MARGIN, HEIGHT - 9.0), "start", 13, FAINT, &format!("{period} ago"));
    text((WIDTH - MARGIN, HEIGHT - 9.0), "end", 13, FAINT, "now");
    let (floor, room) = (HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP);
    let _ = write!(svg, r#"<line x1="{MARGIN}" x2="{}" y1="{floor}" y2="{floor}" stroke="{RULE}"/>"#, WIDTH - MARGIN);
    let wide = (WIDTH - 2.0 * MARGIN) / SLOTS as f64;
    for (at, (home, cloud)) in bars.iter().enumerate() {
        let x = MARGIN + at as f64 * wide + 1.0;
        let tall = |tokens: i64| tokens as f64 / most as f64 * room;
        let mut bar = |from: f64, tokens: i64, fill: &str| {
            if tokens > 0 {
                // What is there is seen, however little it is.
                let tall = tall(tokens).max(1.5);
                let _ = write!(
                    svg,
                    r#"<rect x="{x:.1}" y="{:.1}" width="{:.1}" height="{tall:.1}" rx="1" fill="{fill}"/>"#,
                    from - tall,
                    wide - 2.0
                );
            }
        };
        bar(floor, *home, HOME);
        bar(floor - tall(*home), *cloud, CLOUD);
    }
    svg.push_str("</svg>");
    let said = format!(
        "Tokens over {period}: {} local, {} in the cloud, at most {} at a time.",
        short(home),
        short(cloud),
        short(most)
    );
    (svg, said)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
fn short(tokens: i64) -> String {
    match tokens {
        ..10_000 => tokens.to_string(),
        10_000..1_000_000 => format!("{:.0}k", tokens as f64 / 1_000.0),
        _ => format!("{:.1}M", tokens as f64 / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_tall_as_what_was_used() {
        let (svg, said) = usage(&[(0, 0, 500), (3, 1, 1_000), (SLOTS, 0, 1)], "24 h");
        assert_eq!(said, "Tokens over 24 h: 501 local, 1000 in the cloud, at most 1000 at a time.");
        assert_eq!(svg.matches("<rect").count(), 4, "the paper, and three bars");
        assert!(svg.contains(r##"height="122.0" rx="1" fill="#8891ff""##), "{svg}");
        assert!(pictures::png(&svg).is_ok());
    }
}
