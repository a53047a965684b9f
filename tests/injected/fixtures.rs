//! The table of injections, as the story reads it.

const TABLE: &str = include_str!("../data/injections.txt");
/// Nobody knows a conversation's own mark; this is one that somebody made up.
const MARK: &str = "0123456789abcdef0123456789abcdef";

/// Text that wants something called.
#[derive(Debug, Clone)]
pub(super) struct Fixture {
    pub(super) channel: &'static str,
    /// A tool and its arguments; none wants something said.
    pub(super) call: Option<(String, serde_json::Value)>,
    pub(super) text: String,
}

/// All of them, in the order of the table.
pub(super) fn all() -> Vec<Fixture> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let fixture = |line: &'static str| {
        let mut parts = line.split('\t');
        let (channel, call, text) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let call = call.split_once(' ').map(|(tool, with)| (tool.to_owned(), serde_json::from_str(with).unwrap()));
        Fixture { channel, call, text: written(text) }
    };
    lines.map(fixture).collect()
}

fn written(text: &str) -> String {
    let letter = regex::Regex::new(r"\\u\{([0-9a-f]+)\}").unwrap();
    let text = letter.replace_all(text, |found: &regex::Captures<'_>| {
        char::from_u32(u32::from_str_radix(&found[1], 16).unwrap()).unwrap().to_string()
    });
    text.replace(r"\n", "\n").replace(r"\e", "\u{1b}").replace(r"\x22", "\"").replace("{mark}", MARK)
}

/// Letters alone: however it was quoted, masked for a template or broken into lines on its way, they are the same.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
