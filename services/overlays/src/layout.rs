//! What stands on a canvas, in the schema of the editor before: texts, pictures, boxes and a place for alerts.
//!
//! **Invariants:** every field is read as what it must be, and what is wrong is said of each; nothing comes from another address.

use base::{Error, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{fields::colour, files};

/// The largest file that describes a canvas.
pub const LARGEST: usize = 256 << 10;
/// More would not be seen.
const MOST: usize = 60;
/// Characters of a text.
const CONTENT: usize = 400;
/// More would not be read on a phone.
const SAID: usize = 12;
/// What a text can hold beside words.
const BOUND: [&str; 9] =
    ["goal", "counter", "time", "last_follow", "last_sub", "last_gift", "last_cheer", "last_raid", "last_donation"];

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

/// Reads a file that describes a canvas: a list of elements, or an object that has one.
pub fn read(text: &str) -> Result<Vec<Element>> {
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
        return Ok(elements);
    }
    let count = wrong.len();
    wrong.truncate(SAID);
    if count > SAID {
        wrong.push(format!("and {} more", count - SAID));
    }
    Err(invalid(format!("That canvas is not taken:\n– {}\n", wrong.join("\n– "))))
}

/// Reads one element, and notes what is wrong of it.
struct Reader<'a> {
    at: String,
    wrong: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn element(&mut self, one: &Value, at: usize) -> Element {
        let id = one["id"].as_str().unwrap_or_default().to_owned();
        let is_id = !id.is_empty() && id.len() <= 64 && id.chars().all(|letter| letter.is_ascii_graphic());
        let id = if one["id"].is_null() { format!("element-{at}") } else { id };
        if !is_id && !one["id"].is_null() {
            self.say("id", "is 1 to 64 letters and digits");
        }
        let kind = match one["type"].as_str() {
            Some("text") => ElementKind::Text,
            Some("image") => ElementKind::Image,
            Some("box") => ElementKind::Box,
            Some("alert") => ElementKind::Alert,
            _ => {
                self.say("type", "is `text`, `image`, `box` or `alert`");
                ElementKind::Box
            }
        };
        let content = self.content(kind, &one["content"]);
        let style = &one["style"];
        if !style.is_object() && !style.is_null() {
            self.say("style", "is an object");
        }
        let (x, y) = (self.number(one, "x", 0.0, (0.0, 100.0)), self.number(one, "y", 0.0, (0.0, 100.0)));
        let width = self.whole(one, "width", 200, (1, 3_840));
        let height = self.whole(one, "height", 80, (1, 3_840));
        let visible = self.switch(one, "visible");
        self.at.push_str(".style");
        let style = Style {
            font_size: self.whole(style, "fontSize", 32, (6, 400)),
            font_color: self.colour(style, "fontColor", "#ffffff"),
            background_color: self.colour(style, "backgroundColor", ""),
            border_radius: self.whole(style, "borderRadius", 0, (0, 1_000)),
            opacity: self.number(style, "opacity", 1.0, (0.0, 1.0)),
        };
        Element { id, kind, x, y, width, height, content, visible, style }
    }

    fn say(&mut self, field: &str, what: &str) {
        let at = &self.at;
        self.wrong.push(format!("`{at}.{field}` {what}"));
    }

    fn number(&mut self, of: &Value, field: &str, first: f64, (least, most): (f64, f64)) -> f64 {
        match &of[field] {
            Value::Null => first,
            value => value.as_f64().filter(|number| (least..=most).contains(number)).unwrap_or_else(|| {
                self.say(field, &format!("is a number from {least} to {most}"));
                first
            }),
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within limits of a few thousand")]
    fn whole(&mut self, of: &Value, field: &str, first: i64, (least, most): (i64, i64)) -> i64 {
        self.number(of, field, first as f64, (least as f64, most as f64)).round() as i64
    }

    fn switch(&mut self, of: &Value, field: &str) -> bool {
        match &of[field] {
            Value::Null => true,
            Value::Bool(is_on) => *is_on,
            _ => {
                self.say(field, "is true or false");
                true
            }
        }
    }

    fn colour(&mut self, of: &Value, field: &str, first: &str) -> String {
        match of[field].as_str() {
            Some("" | "transparent" | "none") => String::new(),
            Some(typed) => colour(typed).unwrap_or_else(|| {
                self.say(field, "is a colour such as `#5865f2`");
                first.to_owned()
            }),
            None if of[field].is_null() => first.to_owned(),
            None => {
                self.say(field, "is a colour such as `#5865f2`");
                first.to_owned()
            }
        }
    }

    fn content(&mut self, kind: ElementKind, content: &Value) -> String {
        let text = content.as_str().unwrap_or_default();
        if !content.is_string() && !content.is_null() {
            self.say("content", "is a text");
        }
        match kind {
            ElementKind::Box | ElementKind::Alert => String::new(),
            ElementKind::Text => {
                if text.chars().count() > CONTENT {
                    self.say("content", &format!("has {CONTENT} characters at most"));
                }
                for name in bound(text) {
                    let (base, _) = name.split_once(':').unwrap_or((name, ""));
                    let is_named = matches!(base, "goal" | "counter") || !name.contains(':');
                    if !BOUND.contains(&base) || !is_named {
                        let known = BOUND.map(|name| format!("{{{name}}}")).join(", ");
                        self.say("content", &format!("holds {{{name}}}, and what is known is {known}"));
                    }
                }
                text.to_owned()
            }
            ElementKind::Image if text == "image" => text.to_owned(),
            ElementKind::Image => {
                if !is_picture(text) {
                    let how = "is `image` for the overlay's own picture, or a PNG, JPEG, GIF or WebP as \
                               `data:image/png;base64,…`: nothing is loaded from elsewhere";
                    self.say("content", how);
                }
                text.to_owned()
            }
        }
    }
}

/// The names in braces.
fn bound(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name));
    parts.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))
}

/// Whether that is a picture, by its bytes.
fn is_picture(text: &str) -> bool {
    let Some((head, data)) = text.split_once(";base64,") else { return false };
    let bytes = BASE64_STANDARD.decode(data).unwrap_or_default();
    let media = files::media(&bytes).filter(|media| media.starts_with("image/"));
    media.is_some_and(|media| head == format!("data:{media}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_canvas_of_the_editor_before_is_read() {
        let file = json!({ "aspect": "16:9", "elements": [
            { "id": "a", "type": "text", "x": 5, "y": 10.5, "width": 300, "height": 60, "content": "{goal} of 100", "visible": true,
              "style": { "fontSize": 24, "fontColor": "#FFF", "backgroundColor": "transparent", "borderRadius": 8, "opacity": 0.5 } },
            { "id": "b", "type": "alert" },
        ] });
        let read = read(&file.to_string()).unwrap();
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
        assert!(read(&json!(vec![json!({ "type": "box" }); 61]).to_string()).is_err());
    }
}
