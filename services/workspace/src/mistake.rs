//! What is wrong with an item of the workspace: which file, which line, and what would be right.

use base::card::code;
use serde::Serialize;

/// Something in a file that cannot stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, from the folder down: `workspace/agents/ops/config.yaml`.
    pub file: String,
    /// Its line, from 1; none where it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong.
    pub text: String,
}

impl Mistake {
    pub(crate) fn new(file: &str, line: Option<usize>, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, text: text.into() }
    }

    /// As people read it.
    pub fn told(&self) -> String {
        let line = self.line.map(|line| format!(" line {line}")).unwrap_or_default();
        format!("{}{line}: {}", code(&self.file), self.text)
    }
}

/// Text of a file inside a sentence about it: on one line, and not much of it.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let short: String = text.chars().take(MOST).collect();
    code(if short.len() < text.len() { format!("{short}…") } else { short })
}
