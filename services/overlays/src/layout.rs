//! What stands on a canvas, in the schema of the editor before: texts, pictures, boxes and a place for alerts. It comes from a file, and goes
//! back into one.
//!
//! **Invariants:** every field is read as what it must be, and what is wrong is said of each; nothing comes from another address.

mod names;
mod reader;

use base::{Error, Result, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use self::names::holds;
use self::reader::Reader;
use crate::fields::ASPECTS;

/// The largest file that describes a canvas.
pub const LARGEST: usize = 256 << 10;
/// More would not be seen.
const MOST: usize = 60;
/// More would not be read on a phone.
const SAID: usize = 12;
/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ElementKind {
    /// Words, with values bound.
    Text,
    /// A picture.
    Image,
    /// A box of one colour.
    Box,
    /// Where alerts are shown.
    Alert,
}

/// How an element looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Style {
    /// In pixels.
    pub font_size: i64,
    /// `#rrggbb`.
    pub font_color: String,
    /// `#rrggbb`, or nothing.
    pub background_color: String,
    /// In pixels.
    pub border_radius: i64,
    /// From 0 to 1.
    pub opacity: f64,
}

/// Something on a canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// What it is known by.
    pub id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ElementKind,
    /// From the left, in percent.
    pub x: f64,
    /// From the top, in percent.
    pub y: f64,
    /// In pixels of a canvas that is 1,920 or 1,080 wide.
    pub width: i64,
    /// The same.
    pub height: i64,
    /// A text; or, of a picture, `image` for the overlay's own or its bytes as `data:`.
    pub content: String,
    /// Whether it is seen.
    pub visible: bool,
    /// How it looks.
    pub style: Style,
}

/// What a file says of a canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Its shape, where the file says one.
    pub aspect: Option<&'static str>,
    /// What stands on it.
    pub elements: Vec<Element>,
}

/// A canvas as a file that is read as the same again.
pub fn written(aspect: &str, elements: &[Element]) -> String {
    // What was read from JSON is written as JSON.
    serde_json::to_string_pretty(&json!({ "aspect": aspect, "elements": elements })).unwrap_or_default()
}

/// Reads a file that describes a canvas: a list of elements, or an object that has one and may say the canvas's shape.
pub fn read(text: &str) -> Result<Layout> {
    let invalid = |why: String| Error::Invalid(format!("{why}Nothing was changed."));
    let json: Value = serde_json::from_str(text).map_err(|error| {
        invalid(format!("That file cannot be read as JSON: line {}, column {}. ", error.line(), error.column()))
    })?;
    let list = json.as_array().or_else(|| json["elements"].as_array());
    let list = list.ok_or_else(|| invalid("That file has no list of `elements`. ".to_owned()))?;
    if list.len() > MOST {
        return Err(invalid(format!("That file has {} elements, and {MOST} fit. ", list.len())));
    }
    let (mut elements, mut wrong) = (Vec::new(), Vec::new());
    let aspect = json["aspect"].as_str().and_then(|shape| ASPECTS.iter().find(|aspect| **aspect == shape)).copied();
    if aspect.is_none() && !json["aspect"].is_null() {
        wrong.push(format!("`aspect` is one of {}", ASPECTS.join(", ")));
    }
    for (at, one) in list.iter().enumerate() {
        let mut reader = Reader { at: format!("elements[{at}]"), wrong: &mut wrong };
        elements.push(reader.element(one, at));
    }
    let mut ids: Vec<&str> = elements.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    for pair in ids.windows(2).filter(|pair| pair[0] == pair[1]) {
        wrong.push(format!("`id`: two elements are called {}", base::card::code(pair[0])));
    }
    if wrong.is_empty() {
        // What is taken can be had back, and is taken again, whatever shape the canvas has by then.
        let size = ASPECTS.iter().map(|aspect| written(aspect, &elements).len()).max().unwrap_or_default();
        if size > LARGEST {
            let (size, most) = (measure::bytes(size as u64), measure::bytes(LARGEST as u64));
            return Err(invalid(format!("With all that it leaves open that file has {size}, and {most} fit. ")));
        }
        return Ok(Layout { aspect, elements });
    }
    let count = wrong.len();
    wrong.truncate(SAID);
    if count > SAID {
        wrong.push(format!("and {} more", count - SAID));
    }
    Err(invalid(format!("That canvas is not taken:\n– {}\n", wrong.join("\n– "))))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    #[test]
    fn a_canvas_of_the_editor_before_is_read() {
        let file = json!({ "aspect": "16:9", "elements": [
            { "id": "a", "type": "text", "x": 5, "y": 10.5, "width": 300, "height": 60, "content": "{goal} of 100", "visible": true,
              "style": { "fontSize": 24, "fontColor": "#FFF", "backgroundColor": "transparent", "borderRadius": 8, "opacity": 0.5 } },
            { "id": "b", "type": "alert" },
        ] });
        let Layout { aspect, elements: read } = read(&file.to_string()).unwrap();
        assert_eq!(aspect, Some("16:9"));
        assert_eq!((read[0].x, read[0].y, read[0].width), (5.0, 10.5, 300));
        assert_eq!((read[0].style.font_color.as_str(), read[0].style.background_color.as_str()), ("#ffffff", ""));
        assert_eq!((read[1].kind, read[1].visible), (ElementKind::Alert, true));
    }

    #[test]
    fn what_is_wrong_is_said_of_each_field() {
        let file = json!([
            { "id": "a", "type": "script", "x": -1, "y": "left", "width": 0, "visible": "yes", "content": 5,
              "style": { "fontColor": "red;}*{background:url(//evil)", "opacity": 2, "fontSize": 1e9 } },
            { "id": "a", "type": "image", "content": "https://evil.example/x.png" },
            { "type": "text", "content": "{password}" },
            { "type": "image", "content": "data:image/svg+xml;base64,PHN2Zz4=" },
            { "type": "image", "content": "data:image/png;base64,PHN2Zz4=" },
        ]);
        let said = read(&file.to_string()).unwrap_err().to_string();
        for field in [
            "[0].type",
            "[0].x",
            "[0].y",
            "[0].width",
            "[0].visible",
            "[0].content",
            "[0].style.fontColor",
            "[1].content",
            "[2].content",
        ] {
            assert!(said.contains(field), "{field}: {said}");
        }
        assert!(said.contains("Nothing was changed"), "{said}");
        for wrong in ["", "[", "{}", "5", "null"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for shape in [json!("2:1"), json!(5), json!("16:9;")] {
            let said = read(&json!({ "aspect": shape, "elements": [] }).to_string()).unwrap_err().to_string();
            assert!(said.contains("`aspect` is one of 16:9, 4:3, 1:1, 9:16"), "{said}");
        }
        assert!(read(&json!(vec![json!({ "type": "box" }); 61]).to_string()).is_err());
    }

    #[test]
    fn what_is_written_is_read_as_the_same_and_whatever_is_taken_can_be_written() {
        let picture =
            format!("data:image/gif;base64,{}", BASE64_STANDARD.encode([b"GIF89a".to_vec(), vec![0; 4_000]].concat()));
        let file = json!({ "aspect": "9:16", "elements": [
            { "type": "text", "x": 1.25, "y": 99.9, "content": "{poll:vote} \"quoted\" \u{1f980}\n{time}", "visible": false },
            { "type": "image", "content": picture, "style": { "opacity": 0.1 } },
            { "type": "box", "style": { "backgroundColor": "#ABC", "fontColor": "" } },
        ] });
        let once = read(&file.to_string()).unwrap();
        assert_eq!(read(&written("9:16", &once.elements)).unwrap(), once);
        // Little that leaves much open is more once it is written, and is taken only where that fits.
        let large = format!(
            "data:image/gif;base64,{}",
            BASE64_STANDARD.encode([b"GIF89a".to_vec(), vec![0; 190_000]].concat())
        );
        let many: Vec<_> = std::iter::once(json!({ "type": "image", "content": large }))
            .chain((0..59).map(|_| json!({ "type": "box" })))
            .collect();
        let text = json!(many).to_string();
        assert!(text.len() < LARGEST);
        assert!(read(&text).unwrap_err().to_string().contains(" fit. Nothing was changed."));
    }

    #[test]
    fn a_file_that_names_no_shape_is_taken_where_it_fits_in_every_shape() {
        let file = |bytes: usize, letters: usize| {
            let picture = BASE64_STANDARD.encode([b"GIF89a".to_vec(), vec![0; bytes]].concat());
            let picture = json!({ "type": "image", "content": format!("data:image/gif;base64,{picture}") });
            json!([picture, { "type": "text", "content": "x".repeat(letters) }]).to_string()
        };
        let room = |bytes| LARGEST - written("16:9", &read(&file(bytes, 0)).unwrap().elements).len();
        let bytes = (room(0) - 200) / 4 * 3;
        let letters = room(bytes);
        let written = written("16:9", &read(&file(bytes, letters)).unwrap().elements);
        assert!(written.len() == LARGEST && read(&written).is_ok());
        assert!(read(&file(bytes, letters + 1)).unwrap_err().to_string().contains(" fit. Nothing was changed."));
    }

    #[test]
    fn a_text_holds_the_name_of_an_overlay_only_as_one_can_be_called() {
        let read = |content: &str| read(&json!([{ "type": "text", "content": content }]).to_string());
        for fine in ["{goal:subs}", "{counter:d-1_2.x}", "{time}", "{ no value }", "{}"] {
            assert!(read(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["{goal:}", "{goal:a!b}", "{goal:spenden-für}", "{goal:Subs}", "{goal:-x}", "{goal:a:b}", "{time:x}"]
        {
            assert!(read(wrong).unwrap_err().to_string().contains(wrong), "{wrong}");
        }
    }
}
