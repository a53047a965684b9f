//! Text with `{{var}}` in it, and what fills it.
//!
//! **Invariants:** what fills a variable is never read again for variables. In a command line a variable is one quoted word, and
//! stands only where the shell reads words and nothing more ([`Template::line`] refuses the rest when the file is read); so no
//! value can be anything but a part of one argument.

use std::{collections::BTreeMap, fmt};

use base::{Error, Result, card::code};

/// The longest value of a variable, in characters.
pub(crate) const LONGEST: usize = 300;
/// What stands for a variable while a line is looked at: a word that means nothing to any shell.
const STANDS_FOR: &str = "nebula0word";

/// What variables are filled with.
pub(crate) type Vars = BTreeMap<String, String>;

/// Text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Var(String),
}

impl Template {
    /// Reads text; the error says which braces are wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                return Err(format!("{} has no `}}}}` after its `{{{{`", code(text)));
            };
            let name = name.trim();
            if !is_name(name) {
                return Err(format!(
                    "{} is no variable: its name has letters, digits and `_`, such as `{{{{container}}}}`",
                    code(format!("{{{{{name}}}}}"))
                ));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Var(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// Reads a command line. Its variables must stand where a shell reads words.
    pub fn line(text: &str) -> Result<Self, String> {
        let template = Self::read(text)?;
        template.words_only()?;
        Ok(template)
    }

    /// The variables in it.
    pub fn vars(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Var(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// With its variables filled in, as text that nothing runs.
    pub fn filled(&self, vars: &Vars) -> Result<String> {
        let value = |name: &str| vars.get(name).cloned().ok_or_else(|| not_given(name));
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Ok(text.clone()),
                Piece::Var(name) => value(name),
            })
            .collect()
    }

    /// With each variable as one quoted word, for a shell.
    pub fn quoted(&self, vars: &Vars) -> Result<String> {
        let mut line = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Var(name) => {
                    let value = vars.get(name).ok_or_else(|| not_given(name))?;
                    fits(name, value)?;
                    let begins_a_word = line.is_empty() || line.ends_with(char::is_whitespace);
                    if begins_a_word && value.starts_with('-') {
                        return Err(Error::Invalid(format!(
                            "`{{{{{name}}}}}` is {}, which a program would read as an option. Nothing was run.",
                            code(value)
                        )));
                    }
                    line.push_str(&quoted(value));
                }
            }
        }
        Ok(line)
    }

    /// Refuses a variable inside of quotes, comments, documents and the like, and one that something would run.
    fn words_only(&self) -> Result<(), String> {
        if self.vars().next().is_none() {
            return Ok(());
        }
        let refuse =
            |name: &str, why: &str| Err(format!("`{{{{{name}}}}}` stands {why}; give it as a word of its own"));
        let mut seen = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => seen.push_str(text),
                Piece::Var(name) => {
                    if let Some(why) = not_a_word(&seen) {
                        return refuse(name, why);
                    }
                    seen.push_str(STANDS_FOR);
                }
            }
        }
        shell::given_as_words(&seen, STANDS_FOR).map_err(|why| format!("a variable is in this line, and {why}"))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Var(name) => write!(f, "{{{{{name}}}}}"),
        })
    }
}

/// Why a word cannot follow this part of a line; none where it can.
fn not_a_word(before: &str) -> Option<&'static str> {
    let mut letters = before.chars().peekable();
    let (mut single, mut double, mut begins) = (false, false, true);
    while let Some(letter) = letters.next() {
        match letter {
            '\'' if !double => single = !single,
            _ if single => {}
            // What follows one stands for itself.
            '\\' if letters.next().is_none() => return Some("after a backslash"),
            '"' => double = !double,
            '`' => return Some("in a line with backquotes"),
            '$' if letters.peek().is_some_and(|next| "'\"{(".contains(*next)) => {
                return Some("in a line with `$(…)`, `${…}` or `$'…'`");
            }
            '#' if begins && !double => return Some("in a comment"),
            '<' if letters.peek() == Some(&'<') => return Some("in a line with `<<`"),
            _ => {}
        }
        begins = letter.is_whitespace() || ";&|()".contains(letter);
    }
    match (single || double, before.chars().last()) {
        (true, _) => Some("inside of quotes"),
        (false, Some('$')) => Some("after a `$`"),
        (false, Some('~')) => Some("after a `~`"),
        _ => None,
    }
}

/// A word as `sh` reads it back, whatever is in it (POSIX, 2.2.2 Single-Quotes).
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@,+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Refuses a value that is no line of text.
pub(crate) fn fits(name: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) || value.chars().count() > LONGEST {
        return Err(Error::Invalid(format!(
            "`{{{{{name}}}}}` must be one line of at most {LONGEST} characters. Nothing was run."
        )));
    }
    Ok(())
}

/// Whether a variable may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

fn not_given(name: &str) -> Error {
    Error::Invalid(format!("`{{{{{name}}}}}` is not given: add `{name}=…` to `vars`. Nothing was run."))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn vars(value: &str) -> Vars {
        Vars::from([("x".to_owned(), value.to_owned())])
    }

    #[test]
    fn what_fills_a_variable_is_not_read_again() {
        let template = Template::read("a {{ x }} b {{x}}").unwrap();
        assert_eq!(template.filled(&vars("{{y}}")).unwrap(), "a {{y}} b {{y}}");
        assert!(template.filled(&Vars::new()).unwrap_err().to_string().contains("`{{x}}` is not given"));
        for wrong in ["{{", "{{}}", "{{a b}}", "{{1}}", "{{x}"] {
            assert!(Template::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_variable_stands_only_where_a_shell_reads_words() {
        for line in
            ["systemctl restart {{x}}", "df -h /srv/{{x}} | tail -1", "ls {{x}}; ls -l {{x}}", "echo 'a' \"b\" {{x}}"]
        {
            Template::line(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        }
        let mut wrong = Vec::new();
        for (line, why) in [
            ("echo '{{x}}'", "inside of quotes"),
            ("echo \"{{x}}\"", "inside of quotes"),
            ("echo `ls {{x}}`", "backquotes"),
            ("echo $({{x}})", "`$(…)`"),
            ("echo ${{x}}", "after a `$`"),
            ("ls # {{x}}", "in a comment"),
            ("cat <<EOF\n{{x}}\nEOF", "`<<`"),
            ("echo \\{{x}}", "after a backslash"),
            ("cat ~{{x}}", "after a `~`"),
            ("{{x}}", "the program"),
            ("{{x}} --version", "the program"),
            ("sudo {{x}}", "is given"),
            ("sh -c {{x}}", "is given"),
            ("eval {{x}}", "is given"),
            ("ssh other {{x}}", "is given"),
            ("timeout 5 bash -c {{x}}", "is given"),
            ("echo {{x}} | sh", "is given"),
            ("echo {{x}} | xargs rm", "is given"),
            ("find / -name {{x}} -exec sh -c ls ;", "is given"),
            ("echo {{x}} > /etc/{{x}}", "file"),
            ("x={{x}} ls", "word"),
        ] {
            let said = Template::line(line).err().unwrap_or_default();
            if !said.contains(why) {
                wrong.push(format!("{line}: {said}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_value_cannot_be_an_option_or_more_than_a_line() {
        let template = Template::line("ls {{x}} /srv/{{x}}").unwrap();
        assert!(template.quoted(&vars("-rf")).is_err());
        assert!(template.quoted(&vars("a\nrm -rf /")).is_err());
        assert!(template.quoted(&vars(&"x".repeat(LONGEST + 1))).is_err());
        assert_eq!(template.quoted(&vars("web")).unwrap(), "ls web /srv/web");
        assert_eq!(template.quoted(&vars("a; b")).unwrap(), "ls 'a; b' /srv/'a; b'");
        assert!(Template::line("ls {{x}}").unwrap().quoted(&vars("")).unwrap().ends_with("''"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Asked of the real shell: whatever the value, it gets exactly one word and runs nothing.
        #[test]
        fn a_real_shell_reads_one_word_and_runs_nothing(value in "[-a-z '\"\\\\$`;&|<>(){}*?!#~=\\u{e9}\\u{1f600}]{0,40}") {
            let template = Template::line("nebula-say %s a{{x}}").unwrap();
            let line = template.quoted(&vars(&value)).unwrap().replacen("nebula-say", "printf", 1);
            let out = Command::new("sh").args(["-c", &line]).output().unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&out.stdout), format!("a{value}"));
            prop_assert!(out.stderr.is_empty());
        }
    }
}
