//! What a word of a command line stands for, where that is certain.
//!
//! **Invariants:** one pass over the text, whatever is in it, and never deeper than `DEPTH`. (`brush_parser::word` takes a second
//! for `${x[` four times and panics at `~99999999999999999999`.)

/// How deep expansions in expansions are followed.
const DEPTH: usize = 8;

/// Why a word with the output of another command in it is not certain.
pub(crate) const SUBSTITUTION: &str = "It puts the output of one command into another.";

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// Every shell makes the same text of it. A glob may become the names of files, all beginning like it.
    Literal { text: String, glob: bool },
    /// What it becomes is decided on the server, or differs from shell to shell: `why` is a sentence.
    Open { text: String, why: &'static str },
}

impl Word {
    /// Its text, or what of it can be read: for recognising what destroys, never for trusting.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Literal { text, .. } | Self::Open { text, .. } => text,
        }
    }
}

/// Reads a word. Also answers the command lines that it has the shell run first.
pub(crate) fn read(raw: &str) -> (Word, Vec<String>) {
    let mut reader = Reader::new(raw, 0);
    if raw.starts_with('~') {
        reader.open("It uses `~`, and only the server knows what that is.");
    }
    reader.word();
    let Reader { text, glob, open, substituted, .. } = reader;
    let word = match open {
        Some(why) => Word::Open { text, why },
        None => Word::Literal { text, glob },
    };
    (word, substituted)
}

/// The command lines that the text of a here-document has the shell run.
pub(crate) fn substituted(document: &str) -> Vec<String> {
    let mut reader = Reader::new(document, 0);
    reader.expanded(None);
    reader.substituted
}

#[derive(Debug)]
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    text: String,
    glob: bool,
    open: Option<&'static str>,
    substituted: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(rest: &'a str, depth: usize) -> Self {
        Self { rest, depth, text: String::new(), glob: false, open: None, substituted: Vec::new() }
    }

    fn open(&mut self, why: &'static str) {
        self.open.get_or_insert(why);
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn word(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\'' => self.single(),
                '"' => self.expanded(Some('"')),
                '\\' => {
                    self.open("It has a backslash outside quotes, which shells read differently.");
                    let escaped = self.next();
                    self.text.extend(escaped.filter(|c| *c != '\n'));
                }
                '$' => self.dollar(false),
                '`' => self.backquoted(),
                _ => self.unquoted(c),
            }
        }
    }

    fn unquoted(&mut self, c: char) {
        match c {
            // zsh makes where a program is of `=name`.
            '=' if self.text.is_empty() => {
                self.open("It has a word that begins with `=`, which shells read differently.");
            }
            '*' | '?' | '[' => self.glob = true,
            ']' | '%' | '@' => {}
            '{' | '}' => self.open("It has a brace outside quotes, and the shell may make several words of it."),
            '!' => self.open("It has a `!` in it, which shells read differently."),
            '~' | '^' | '#' => self.open("It has a sign outside quotes that shells read differently."),
            _ if plain(c) => {}
            _ if c.is_ascii() => self.open("It has a sign in it that cannot be seen or is read differently."),
            _ => self.open("It has a letter outside quotes that only looks like a common one."),
        }
        self.text.push(c);
    }

    fn single(&mut self) {
        let end = self.rest.find('\'').unwrap_or(self.rest.len());
        let (inside, after) = self.rest.split_at(end);
        // In fish a backslash before a quote or another one means something there too.
        if inside.contains("\\\\") || inside.ends_with('\\') {
            self.open("It has a quoted backslash that shells read differently.");
        }
        inside.chars().for_each(|c| self.quoted(c));
        self.rest = after.strip_prefix('\'').unwrap_or_default();
        // An option of zsh makes two quotes one quote.
        if self.rest.starts_with('\'') {
            self.open("It has two quoted texts in a row, which shells read differently.");
        }
    }

    /// Text in which only expansions mean something, up to its end.
    fn expanded(&mut self, end: Option<char>) {
        while let Some(c) = self.next() {
            match c {
                _ if Some(c) == end => return,
                '\\' => {
                    self.open("It has a quoted backslash that shells read differently.");
                    if !self.rest.starts_with(['$', '`', '"', '\\', '\n']) {
                        self.text.push(c);
                    }
                    let escaped = self.next();
                    self.text.extend(escaped);
                }
                '$' => self.dollar(true),
                '`' => self.backquoted(),
                _ => self.quoted(c),
            }
        }
    }

    fn quoted(&mut self, c: char) {
        if c == '!' {
            // csh looks for its history even here.
            self.open("It has a `!` in it, which shells read differently.");
        } else if c.is_control() || !(c.is_ascii() || c.is_alphanumeric()) {
            self.open("It has a sign in it that cannot be seen or is read differently.");
        }
        self.text.push(c);
    }

    fn dollar(&mut self, quoted: bool) {
        match self.rest.chars().next() {
            Some('\'') if !quoted => {
                self.rest = &self.rest[1..];
                self.ansi();
            }
            Some('"') if !quoted => {
                self.open("It has a `$\"…\"` word, which not every shell reads.");
                self.rest = &self.rest[1..];
                self.expanded(Some('"'));
            }
            Some('(') => {
                let inside = self.nested('(', ')');
                if inside.starts_with('(') {
                    self.open("It computes a value on the server.");
                    self.inside(inside);
                } else {
                    self.open(SUBSTITUTION);
                }
                // `$((` may also begin a subshell in a substitution.
                self.substituted.push(inside.to_owned());
            }
            Some('{') => {
                self.open("It uses a variable, and only the server knows its value.");
                let inside = self.nested('{', '}');
                self.inside(inside);
            }
            Some('[') => {
                self.open("It computes a value on the server.");
                let inside = self.nested('[', ']');
                self.inside(inside);
            }
            Some(c) if c.is_ascii_alphanumeric() || "_@*#?-$!".contains(c) => {
                self.open("It uses a variable, and only the server knows its value.");
                self.rest = match c {
                    '_' | 'a'..='z' | 'A'..='Z' => {
                        self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
                    }
                    _ => &self.rest[1..],
                };
            }
            _ => {
                self.open("It has a `$` in it that shells read differently.");
                self.text.push('$');
            }
        }
    }

    fn backquoted(&mut self) {
        self.open(SUBSTITUTION);
        let mut inside = String::new();
        while let Some(c) = self.next().filter(|c| *c != '`') {
            match c {
                '\\' if self.rest.starts_with(['`', '\\', '$']) => inside.extend(self.next()),
                _ => inside.push(c),
            }
        }
        self.substituted.push(inside);
    }

    /// What stands in a pair of brackets that begins here; all the rest where it never ends.
    fn nested(&mut self, opening: char, closing: char) -> &'a str {
        let all = self.rest;
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        for (at, c) in all.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quote != Some('\'') => escaped = true,
                '\'' | '"' if quote == Some(c) => quote = None,
                '\'' | '"' if quote.is_none() => quote = Some(c),
                _ if quote.is_some() => {}
                _ if c == opening => depth += 1,
                _ if c == closing && depth == 1 => {
                    self.rest = &all[at + 1..];
                    return &all[1..at];
                }
                _ if c == closing => depth -= 1,
                _ => {}
            }
        }
        self.rest = "";
        &all[1..]
    }

    /// Looks for substitutions in what an expansion contains.
    fn inside(&mut self, inside: &str) {
        if self.depth < DEPTH {
            let mut reader = Reader::new(inside, self.depth + 1);
            reader.expanded(None);
            self.substituted.append(&mut reader.substituted);
        }
    }

    fn ansi(&mut self) {
        self.open("It has a `$'…'` word, which not every shell reads.");
        while let Some(c) = self.next().filter(|c| *c != '\'') {
            if c != '\\' {
                self.text.push(c);
                continue;
            }
            let Some(escaped) = self.next() else { return };
            let (digits, radix, first) = match escaped {
                'x' => (2, 16, 0),
                'u' => (4, 16, 0),
                'U' => (8, 16, 0),
                '0'..='7' => (2, 8, escaped.to_digit(8).unwrap_or_default()),
                _ => {
                    self.text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                    continue;
                }
            };
            let mut value = first;
            for _ in 0..digits {
                let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(radix)) else { break };
                value = value.wrapping_mul(radix).wrapping_add(digit);
                self.rest = &self.rest[1..];
            }
            self.text.extend(char::from_u32(value));
        }
    }
}

/// A character that no shell gives a meaning of its own inside a word.
fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | ',' | '+' | '=')
}
