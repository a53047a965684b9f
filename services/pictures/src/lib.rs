//! Draws SVG as PNG, with fonts of its own: what is better seen than read. No files, no network, no clock.
//!
//! ```
//! let host = pictures::escape("web-1 <blue>");
//! let svg = format!(
//!     r#"<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text x="8" y="24" font-size="14">{host}</text></svg>"#
//! );
//! assert!(pictures::png(&svg)?.starts_with(b"\x89PNG"));
//! # Ok::<(), base::Error>(())
//! ```
//!
//! **Invariants:** a picture names nothing outside itself: whatever it refers to is left out, never read. Its size, its parts
//! and its fonts are bounded; a text that is not ours enters through [`escape()`], masked before.

mod escape;
mod fonts;

use base::{Error, Result};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{ImageHrefResolver, Options, Tree, roxmltree},
};

pub use escape::escape;
pub use fonts::{MONO, SANS};

/// Pixels of the PNG for one of the SVG's: sharp on a phone.
pub const DENSITY: f32 = 2.0;

/// Longest SVG, in bytes.
pub const LONGEST: usize = 2 << 20;

/// Widest and highest, in the SVG's own pixels.
pub const SIDE: f32 = 4_000.0;

/// Largest area, in the SVG's own pixels: 32 MB while it is drawn.
pub const AREA: f32 = 2_000_000.0;

/// Most elements: a terminal of 200 × 60 in which each letter has a colour of its own has 24,000.
const ELEMENTS: u32 = 50_000;

/// Draws a picture, at [`DENSITY`]. `font-family` is [`SANS`], unless it is [`MONO`].
///
/// It works for tens of milliseconds: call it where nothing else waits for the thread.
///
/// # Errors
/// All are ours: no SVG, or more of one than the limits here.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    draw(svg).map_err(|problem| Error::internal("drawing a picture", std::io::Error::other(problem)))
}

fn draw(svg: &str) -> std::result::Result<Vec<u8>, String> {
    if svg.len() > LONGEST {
        return Err(format!("an SVG of {} bytes", svg.len()));
    }
    // No document types: their entities make a small text a large one.
    let limits = roxmltree::ParsingOptions { nodes_limit: ELEMENTS, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(svg, limits).map_err(|error| error.to_string())?;
    let options = Options {
        font_family: SANS.to_owned(),
        fontdb: fonts::all(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            // The library's own would read the file of that name.
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&document, &options).map_err(|error| error.to_string())?;
    let (width, height) = (tree.size().width(), tree.size().height());
    if width > SIDE || height > SIDE || width * height > AREA {
        return Err(format!("a picture of {width} × {height}"));
    }
    let size = tree.size().to_int_size().scale_by(DENSITY).ok_or("a picture without a size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("a picture without a size")?;
    resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn svg(inside: &str) -> String {
        format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">{inside}</svg>"#)
    }

    fn pixels(inside: &str) -> Pixmap {
        Pixmap::decode_png(&png(&svg(inside)).unwrap()).unwrap()
    }

    fn is_drawn(inside: &str) -> bool {
        pixels(inside).pixels().iter().any(|pixel| pixel.alpha() > 0)
    }

    #[test]
    fn a_picture_has_twice_the_pixels_each_way() {
        let drawn = pixels(r#"<rect width="50" height="40" fill="red"/>"#);
        assert_eq!((drawn.width(), drawn.height()), (200, 80));
        assert_eq!(drawn.pixel(99, 79).unwrap().red(), 255);
        assert_eq!(drawn.pixel(101, 79).unwrap().alpha(), 0);
    }

    #[test]
    fn letters_box_drawing_and_braille_have_a_shape_of_their_own() {
        let missing = |family| pixels(&format!(r#"<text y="30" font-family="{family}">{}</text>"#, '\u{e5ff}'));
        for (family, letters) in [(SANS, "aÄжΩ€→✓"), (MONO, "aÄжΩ│╭█▒⣿✓")] {
            let missing = missing(family);
            for letter in letters.chars() {
                let drawn = pixels(&format!(r#"<text y="30" font-family="{family}">{letter}</text>"#));
                assert!(drawn.pixels().iter().any(|pixel| pixel.alpha() > 0), "{family} {letter}");
                // Not by `assert_ne`, which would print every pixel.
                assert!(drawn.data() != missing.data(), "{family} {letter}");
            }
        }
    }

    #[test]
    fn bold_is_another_face_and_a_mono_is_as_wide_everywhere() {
        let width = |text: &str, family: &str, weight: &str| {
            let drawn = pixels(&format!(r#"<text y="30" font-family="{family}" font-weight="{weight}">{text}</text>"#));
            let inked = |x: &u32| (0..drawn.height()).any(|y| drawn.pixel(*x, y).unwrap().alpha() > 0);
            (0..drawn.width()).rfind(inked).unwrap()
        };
        assert!(width("mmmm", SANS, "bold") > width("mmmm", SANS, "normal"));
        assert!(width("iii│", MONO, "normal").abs_diff(width("mmm│", MONO, "bold")) <= 3);
    }

    #[test]
    fn nothing_outside_the_picture_is_read() {
        let picture = tempfile();
        std::fs::write(&picture, svg(r#"<rect width="100" height="40"/>"#)).unwrap();
        let path = picture.display();
        for inside in [
            format!(r#"<image href="{path}" width="100" height="40"/>"#),
            format!(r#"<image xmlns:x="http://www.w3.org/1999/xlink" x:href="file://{path}" width="100" height="40"/>"#),
            r#"<image href="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI5IiBoZWlnaHQ9IjkiPjxyZWN0IHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz48L3N2Zz4=" width="100" height="40"/>"#.to_owned(),
            format!(r#"<use href="{path}"/>"#),
        ] {
            assert!(!is_drawn(&inside), "{inside}");
        }
        std::fs::remove_file(picture).unwrap();
    }

    fn tempfile() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("pictures-{}.svg", std::process::id()))
    }

    #[test]
    fn what_is_too_large_or_no_picture_is_refused_and_not_drawn() {
        let sized = |width: u32, height: u32| {
            format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>"#)
        };
        let bomb = r#"<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
        let many = svg(&"<g/>".repeat(ELEMENTS as usize));
        let long = svg(&format!("<!--{}-->", "x".repeat(LONGEST)));
        for wrong in [
            "",
            "no svg",
            "<svg",
            &sized(0, 10),
            &sized(4_001, 1),
            &sized(2_000, 2_000),
            &sized(u32::MAX, u32::MAX),
            &format!("{bomb}{}", svg("&b;")),
            &many,
            &long,
        ] {
            assert!(png(wrong).is_err(), "{}", wrong.chars().take(80).collect::<String>());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_people_write_can_be_drawn_as_text_and_as_an_attribute(text in ".{0,40}") {
            let text = escape(&text);
            let drawn = png(&svg(&format!(r#"<text id="{text}" y="20">{text}</text>"#)));
            prop_assert!(drawn.is_ok());
        }
    }
}
