//! The keys that a phone's keyboard lacks, by name, and what a terminal sends for them.

/// A key: its name in rows and menus, what it is called, and what is sent.
pub(super) struct Key {
    /// As it is kept.
    pub(super) name: &'static str,
    /// As people read it.
    pub(super) label: &'static str,
    /// What for.
    pub(super) hint: &'static str,
    sent: Sent,
}

enum Sent {
    Always(&'static [u8]),
    /// An arrow: a program may ask for the other form.
    Arrow(u8),
}

const fn key(name: &'static str, label: &'static str, hint: &'static str, sent: &'static [u8]) -> Key {
    Key { name, label, hint, sent: Sent::Always(sent) }
}

const fn arrow(name: &'static str, label: &'static str, hint: &'static str, letter: u8) -> Key {
    Key { name, label, hint, sent: Sent::Arrow(letter) }
}

/// Those that have a button of their own: at a prompt, where a line is sent with Enter …
pub(super) const AT_A_PROMPT: [&str; 4] = ["ctrl-c", "tab", "up", "esc"];
/// … and in a program that fills the screen, where it is sent as it is.
pub(super) const ON_A_WHOLE_SCREEN: [&str; 4] = ["enter", "esc", "up", "down"];

/// Every key; the most used first.
pub(super) const KEYS: [Key; 22] = [
    key("enter", "Enter", "an empty line", b"\r"),
    key("ctrl-c", "Ctrl-C", "stops what runs", b"\x03"),
    key("tab", "Tab", "completes a word", b"\t"),
    arrow("up", "↑", "the line before, or up", b'A'),
    arrow("down", "↓", "down", b'B'),
    arrow("left", "←", "left", b'D'),
    arrow("right", "→", "right", b'C'),
    key("esc", "Esc", "leaves a mode in vi", b"\x1b"),
    key("space", "Space", "the next page in less", b" "),
    key("backspace", "Backspace", "takes a letter back", b"\x7f"),
    key("q", "q", "quits less, top, man", b"q"),
    key("y", "y", "yes, without Enter", b"y"),
    key("n", "n", "no, without Enter", b"n"),
    key("ctrl-d", "Ctrl-D", "end of input; ends a shell", b"\x04"),
    key("ctrl-z", "Ctrl-Z", "puts what runs aside", b"\x1a"),
    key("ctrl-l", "Ctrl-L", "draws the screen anew", b"\x0c"),
    key("ctrl-r", "Ctrl-R", "looks for an earlier line", b"\x12"),
    key("ctrl-u", "Ctrl-U", "takes the whole line back", b"\x15"),
    key("page-up", "Page Up", "a page up", b"\x1b[5~"),
    key("page-down", "Page Down", "a page down", b"\x1b[6~"),
    key("home", "Home", "the beginning of the line", b"\x1b[H"),
    key("end", "End of line", "the end of the line", b"\x1b[F"),
];

/// The key of this name.
pub(super) fn named(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

impl Key {
    pub(super) fn bytes(&self, application: bool) -> Vec<u8> {
        match self.sent {
            Sent::Always(bytes) => bytes.to_vec(),
            Sent::Arrow(letter) => vec![0x1b, if application { b'O' } else { b'[' }, letter],
        }
    }
}

/// Text as a keyboard sends it: with the key Enter between lines, and nothing that is no letter.
pub(super) fn typed(text: &str) -> Vec<u8> {
    let letters =
        |line: &str| line.chars().filter(|letter| !letter.is_control() || *letter == '\t').collect::<String>();
    text.split('\n').map(letters).collect::<Vec<_>>().join("\r").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_of_its_own_and_a_menu_has_room_for_all() {
        let mut names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
        assert!(KEYS.len() <= 25 && AT_A_PROMPT.iter().chain(&ON_A_WHOLE_SCREEN).all(|name| named(name).is_some()));
    }

    #[test]
    fn an_arrow_is_sent_as_the_program_asked_for_it() {
        let up = named("up").unwrap();
        assert_eq!((up.bytes(false), up.bytes(true)), (b"\x1b[A".to_vec(), b"\x1bOA".to_vec()));
    }

    #[test]
    fn the_key_enter_is_between_lines_and_no_escape_sequence_gets_in() {
        assert_eq!(typed("ls -l\r\ndf"), b"ls -l\rdf");
        assert_eq!(typed("a\u{1b}[201~b\tc"), b"a[201~b\tc");
        assert_eq!(typed(""), b"");
    }
}
