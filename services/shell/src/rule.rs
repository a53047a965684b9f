//! One line of the list: a program and what it may be given.

use base::card::code;

use crate::pattern::fits;

/// Rules are read for every line, so they are short.
const LENGTH: usize = 500;

/// A word of a command, and whether the shell makes names of files of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument<'a> {
    pub(crate) text: &'a str,
    pub(crate) glob: bool,
}

/// What a rule does not allow; the greater one came further.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Subcommand,
    Argument { at: usize, text: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) text: String,
    pub(crate) program: String,
    /// Options that may stand before the subcommands; none takes a value.
    leading: Vec<Flag>,
    /// What must follow then, each one of several words.
    pub(crate) fixed: Vec<Vec<String>>,
    options: Vec<Flag>,
    /// How many of the first operands may be anything.
    free: usize,
    /// What the others may be.
    operands: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Flag {
    /// With its dashes.
    name: String,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    None,
    /// Only ever in the same word.
    Attached,
    /// In the same word or the next.
    Needed,
}

impl Rule {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH {
            return Err(format!("a rule has at most {LENGTH} characters"));
        }
        let mut words = text.split_whitespace();
        let program = words.next().unwrap_or_default().to_owned();
        if program.is_empty()
            || !program.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
            || program.starts_with('-')
        {
            return Err(format!("{} is no name of a program; a rule looks like `df -h -T *`", code(&program)));
        }
        let mut rule = Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            program,
            leading: vec![],
            fixed: vec![],
            options: vec![],
            free: 0,
            operands: vec![],
        };
        words.try_for_each(|word| rule.add(word))?;
        Ok(rule)
    }

    fn add(&mut self, word: &str) -> Result<(), String> {
        let wanted = word.strip_prefix('!');
        if word == "?" {
            self.free += 1;
        } else if wanted.is_none() && word.contains(['*', '/', '+', '@']) {
            self.operands.push(word.to_owned());
        } else if wanted.is_none() && word.starts_with('-') {
            self.options.push(Flag::parse(word)?);
        } else {
            if self.fixed.is_empty() && self.options.iter().all(|option| option.value == Value::None) {
                self.leading = std::mem::take(&mut self.options);
            }
            if !self.options.is_empty() || !self.operands.is_empty() || self.free > 0 {
                return Err(format!("{} must stand before the options and operands", code(word)));
            }
            self.fixed.push(wanted.unwrap_or(word).split('|').map(str::to_owned).collect());
        }
        Ok(())
    }

    /// Every option it allows.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &str> {
        self.leading.iter().chain(&self.options).map(|flag| flag.name.as_str())
    }

    /// Whether options may stand before what must follow the program.
    pub(crate) fn has_leading(&self) -> bool {
        !self.leading.is_empty()
    }

    /// Whether it allows any operand.
    pub(crate) fn has_operands(&self) -> bool {
        self.free > 0 || !self.operands.is_empty()
    }

    pub(crate) fn allows(&self, arguments: &[Argument<'_>]) -> Result<(), Refusal> {
        let is_leading =
            |argument: &&Argument<'_>| !argument.glob && wants_value(&self.leading, argument.text) == Some(false);
        let leading = if self.fixed.is_empty() { 0 } else { arguments.iter().take_while(is_leading).count() };
        let (fixed, mut rest) = arguments[leading..].split_at_checked(self.fixed.len()).ok_or(Refusal::Subcommand)?;
        let fits =
            |(given, wanted): (&Argument<'_>, &Vec<String>)| !given.glob && wanted.iter().any(|one| one == given.text);
        if !fixed.iter().zip(&self.fixed).all(fits) {
            return Err(Refusal::Subcommand);
        }
        let mut free = self.free;
        while let [argument, after @ ..] = rest {
            let refused = || Refusal::Argument { at: arguments.len() - rest.len(), text: argument.text.to_owned() };
            let mut read = after;
            if argument.text.starts_with('-') {
                // What a glob becomes could be any option.
                let wants_value = (!argument.glob)
                    .then(|| wants_value(&self.options, argument.text))
                    .flatten()
                    .ok_or_else(refused)?;
                if wants_value {
                    let (value, others) = after.split_first().ok_or_else(refused)?;
                    if value.glob || !is_value(value.text) {
                        return Err(refused());
                    }
                    read = others;
                }
            } else if free > 0 && !argument.glob {
                free -= 1;
            } else if !self.operand(*argument) {
                return Err(refused());
            }
            rest = read;
        }
        Ok(())
    }

    fn operand(&self, argument: Argument<'_>) -> bool {
        // `.*` also becomes `..`, and what begins with a glob may become an option.
        let climbs = argument.text.split('/').any(|part| part == ".." || (argument.glob && part.starts_with('.')));
        let safe_glob = !argument.glob || (!argument.text.starts_with(['*', '?', '[']) && !climbs);
        safe_glob && self.operands.iter().any(|pattern| pattern == "*" || (!climbs && fits(pattern, argument.text)))
    }
}

impl Flag {
    fn parse(word: &str) -> Result<Self, String> {
        let (name, value) = match word.strip_suffix("[=]") {
            Some(name) => (name, Value::Attached),
            None => word.strip_suffix('=').map_or((word, Value::None), |name| (name, Value::Needed)),
        };
        if name.trim_start_matches('-').is_empty() || name.contains(['=', '[']) {
            return Err(format!("{} is no option: write `-h`, `-n=` or `--color[=]`", code(word)));
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

/// Whether a word is made of allowed options, and if so, whether the next word is the value of the last.
fn wants_value(options: &[Flag], text: &str) -> Option<bool> {
    let named = |name: &str| options.iter().find(|option| option.name == name).map(|option| option.value);
    // `-name` of find is one option and no five letters.
    if let Some(value) = named(text) {
        return Some(value == Value::Needed);
    }
    if text.starts_with("--") {
        let (name, _) = text.split_once('=')?;
        return named(name).filter(|value| *value != Value::None).map(|_| false);
    }
    let after = text.strip_prefix('-').filter(|after| !after.is_empty())?;
    if after.bytes().all(|byte| byte.is_ascii_digit()) && named("-#").is_some() {
        return Some(false);
    }
    // `-hT` is `-h -T`, and `-n5` is `-n 5`.
    let mut letters = after.chars();
    while let Some(letter) = letters.next() {
        match named(&format!("-{letter}"))? {
            Value::None => {}
            Value::Attached => return Some(false),
            Value::Needed => return Some(letters.as_str().is_empty()),
        }
    }
    Some(false)
}

/// A word of its own is taken for a value if it is no option; `-7` is a number.
fn is_value(text: &str) -> bool {
    match text.strip_prefix('-') {
        None => true,
        Some(number) => {
            number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }
    }
}
