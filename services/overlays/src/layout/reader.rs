//! Reads an element of a canvas, field by field.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{
    Element, ElementKind, Style,
    names::{is_known, known, names},
};
use crate::{fields::colour, files};

/// Characters of a text.
const CONTENT: usize = 400;

/// Reads one element, and notes what is wrong of it.
pub(super) struct Reader<'a> {
    pub(super) at: String,
    pub(super) wrong: &'a mut Vec<String>,
}

impl Reader<'_> {
    pub(super) fn element(&mut self, one: &Value, at: usize) -> Element {
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

    pub(super) fn say(&mut self, field: &str, what: &str) {
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
                for name in names(text).filter(|name| !is_known(name)) {
                    self.say("content", &format!("holds {{{name}}}, and what is known is {}", known()));
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

/// Whether that is a picture, by its bytes.
fn is_picture(text: &str) -> bool {
    let Some((head, data)) = text.split_once(";base64,") else { return false };
    let bytes = BASE64_STANDARD.decode(data).unwrap_or_default();
    let media = files::media(&bytes).filter(|media| media.starts_with("image/"));
    media.is_some_and(|media| head == format!("data:{media}"))
}
