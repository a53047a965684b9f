//! What a form does to a text, and how it is undone: Discord trims what is typed and knows one kind of line end.

use base::ServerName;
use serde::{Deserialize, Serialize};

use super::FilePath;

/// A file that is open in a form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EditFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
    /// What the form was opened with.
    pub expected: String,
    /// How the text began and ended.
    pub shape: Shape,
}

/// How a text begins and ends, and how its lines end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    before: String,
    after: String,
    returns: Returns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Returns {
    /// Lines end as on Windows.
    Kept,
    None,
}

impl From<&String> for Shape {
    fn from(text: &String) -> Self {
        let inner = text.trim();
        let (before, after) = text.split_once(inner).filter(|_| !inner.is_empty()).unwrap_or(("", ""));
        let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
        let returns = if all > 0 && all == windows { Returns::Kept } else { Returns::None };
        Self { before: before.to_owned(), after: after.to_owned(), returns }
    }
}

impl Shape {
    /// What was typed, as the file is to hold it.
    pub fn restore(&self, typed: &str) -> String {
        let lines = typed.replace("\r\n", "\n");
        let inner = lines.trim();
        let lines = if self.returns == Returns::Kept { inner.replace('\n', "\r\n") } else { inner.to_owned() };
        if lines.is_empty() { lines } else { format!("{}{lines}{}", self.before, self.after) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_in_a_form_is_not_changed() {
        for text in ["a: 1\nb: 2\n", "a\r\nb\r\n", "\n\n  a\n b\n\n", "a", "", "a\n\tb\n"] {
            let shape = Shape::from(&text.to_owned());
            // As a form may send it: trimmed, with line ends of its own.
            for typed in [text.to_owned(), text.trim().to_owned(), text.replace("\r\n", "\n").trim().to_owned()] {
                assert_eq!(shape.restore(&typed), text, "{typed:?}");
            }
        }
        assert_eq!(Shape::from(&"a\r\nb\r\n".to_owned()).restore("a\nb\nc"), "a\r\nb\r\nc\r\n");
    }
}
