//! Whether a word that is filled in later can be nothing but a part of an argument, whatever it will be.
//!
//! **Invariant:** where that is not certain the answer is no: a program that runs, or reads as a program, what it is given stands
//! nowhere near such a word.

use base::card::code;

use crate::{literal::Word, reading::Script, ruin, runner};

/// They read what other commands print and run nothing of it, as long as their own program is not filled in.
const FILTERS: [&str; 12] =
    ["awk", "gawk", "mawk", "nawk", "sed", "bc", "dc", "printf", "test", "tar", "git", "export"];
/// They run the rest of the line as somebody else, after these options and no others.
const AS_ANOTHER: [&str; 2] = ["sudo", "doas"];
const HARMLESS: [&str; 5] = ["-n", "-E", "-H", "-S", "--"];

/// Makes sure that `word`, wherever it stands in this line, is a part of an argument of a program that does not run it; the error
/// completes a sentence: why that is not so.
pub fn given_as_words(line: &str, word: &str) -> Result<(), String> {
    let mut script = Script::default();
    script.read(line, 0).map_err(|_| "I cannot read the line with certainty".to_owned())?;
    if script.written.iter().any(|file| file.contains(word)) {
        return Err("it names a file that the line writes".to_owned());
    }
    let mut found = 0;
    for command in &script.commands {
        let words: Vec<&str> = command.iter().map(Word::text).collect();
        found += words.iter().map(|text| text.matches(word).count()).sum::<usize>();
        one(&words, word)?;
    }
    if found == line.matches(word).count() { Ok(()) } else { Err("it is no word of a command there".to_owned()) }
}

fn one(words: &[&str], word: &str) -> Result<(), String> {
    let Some((first, arguments)) = words.split_first() else { return Ok(()) };
    if first.contains(word) {
        return Err("it would be the program".to_owned());
    }
    let program = first.rsplit('/').next().unwrap_or(first);
    if AS_ANOTHER.contains(&program) {
        let own = arguments.iter().take_while(|argument| HARMLESS.contains(argument)).count();
        return match arguments.get(own) {
            Some(next) if !next.starts_with('-') => one(&arguments[own..], word).map_err(|why| match why.as_str() {
                "it would be the program" => runs(program),
                _ => why,
            }),
            _ => Err(format!("{} has options I do not follow", code(program))),
        };
    }
    let holds = arguments.iter().any(|argument| argument.contains(word));
    let given = ruin::runs(program)
        || (runner::is_one(program) && (holds || !FILTERS.contains(&program)))
        || (holds && runner::runs_by(program, arguments));
    if given { Err(runs(program)) } else { Ok(()) }
}

fn runs(program: &str) -> String {
    format!("{} runs what it is given", code(program))
}

#[cfg(test)]
mod tests {
    use super::given_as_words;

    #[test]
    fn a_word_is_an_argument_of_what_does_not_run_it_or_refused() {
        for line in [
            "ls W",
            "sudo systemctl restart W",
            "df -h /srv/W | awk '{print $5}'",
            "a W && b W || c W",
            "docker restart W",
        ] {
            assert_eq!(given_as_words(line, "W"), Ok(()), "{line}");
        }
        for line in [
            "W",
            "sudo W",
            "sudo -u W ls",
            "sudo sh -c W",
            "/bin/sh -c W",
            "awk W",
            "ls W | sh",
            "ls W | python3",
            "xargs W",
            "docker exec web W",
            "find W -exec ls",
            "find . -delete W",
            "ls > W",
            "V=W ls",
            "if W; then ls; fi",
            "for f in W; do $f; done",
            "ls 'W",
        ] {
            assert!(given_as_words(line, "W").is_err(), "{line}");
        }
    }
}
