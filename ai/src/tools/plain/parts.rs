//! Markdown as Discord reads it, as far as it matters which of it is code.
//!
//! **Invariant:** what is rendered is read by Discord in the very parts it was rendered of: text holds no backtick, no code an end.

/// Looks like a backtick, and ends nothing.
pub(super) const BACKTICK: char = 'ˋ';
/// The longest name of a language.
const LANGUAGE: usize = 20;

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Words, and what formats them.
    Text(String),
    /// An address that may be followed.
    Known(String),
    /// Code in a line.
    Code(String),
    /// A block of code.
    Fence {
        /// What it is written in; may be empty.
        language: String,
        /// Its lines.
        body: String,
    },
}

impl Part {
    /// Code in a line, whatever it holds.
    pub(super) fn code(text: &str) -> Self {
        Self::Code(text.replace('`', &BACKTICK.to_string()).replace('\n', " "))
    }
}

/// The parts of a text; what is not closed reaches to the end.
pub(super) fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("```") {
        inline(&rest[..at], &mut parts);
        let inside = rest[at..].trim_start_matches('`');
        let named = inside.split('\n').next().filter(|name| name.len() < inside.len() && is_language(name));
        let (language, body) = named.map_or(("", inside), |name| (name, &inside[name.len() + 1..]));
        let end = body.find("```").unwrap_or(body.len());
        rest = body[end..].trim_start_matches('`');
        let body = body[..end].trim_end_matches('\n');
        // Discord takes an empty block for no block, and what follows for one.
        if !body.trim().is_empty() {
            parts.push(Part::Fence { language: language.to_owned(), body: body.to_owned() });
        }
    }
    inline(rest, &mut parts);
    parts
}

/// A `_` would be one that formats what stands around the block.
fn is_language(name: &str) -> bool {
    name.len() <= LANGUAGE && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.#-".contains(&byte))
}

/// Code in lines, and the text around it. It ends in its own line, with as many backticks as it began with.
fn inline(text: &str, parts: &mut Vec<Part>) {
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            let ticks = run(&rest[at..]);
            let inside = &rest[at + ticks..];
            push_text(parts, &rest[..at]);
            if let Some(end) = closing(inside, ticks).filter(|end| !inside[..*end].trim().is_empty()) {
                parts.push(Part::code(&inside[..end]));
                rest = &inside[end + ticks..];
            } else {
                push_text(parts, &BACKTICK.to_string().repeat(ticks));
                rest = inside;
            }
        }
        push_text(parts, rest);
    }
}

/// How many backticks there are in a row.
fn run(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'`').count()
}

/// Where a row of exactly so many backticks begins.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('`') {
        let at = from + at;
        let found = run(&text[at..]);
        if found == ticks {
            return Some(at);
        }
        from = at + found;
    }
    None
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// The text of parts.
pub(super) fn render(parts: &[Part]) -> String {
    let mut text = String::new();
    let mut is_after_block = false;
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(words) | Part::Known(words) => {
                if is_after_block && !words.starts_with('\n') {
                    text.push('\n');
                }
                text.push_str(words);
            }
            Part::Code(code) => {
                let before = at.checked_sub(1).map(|before| &parts[before]);
                if is_after_block {
                    text.push('\n');
                } else if matches!(before, Some(Part::Code(_))) || text.ends_with('\\') {
                    // Two in a row would be one, and a backslash would take the first backtick away.
                    text.push(' ');
                }
                text.push('`');
                text.push_str(code);
                text.push('`');
            }
            Part::Fence { language, body } => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(&open(language));
                text.push_str(body);
                text.push_str(CLOSE);
            }
        }
        is_after_block = matches!(part, Part::Fence { .. });
    }
    text
}

/// What begins a block.
pub(super) fn open(language: &str) -> String {
    format!("```{language}\n")
}

/// What ends one.
pub(super) const CLOSE: &str = "\n```";
