//! Reads command lines as a shell would, and says how much each could hurt.
//!
//! A line only observes if **every** command in it is on the list of harmless ones with nothing but options that are on the
//! list too, and nothing in it makes the shell do more: no substitution, no file written, no variable set, no interpreter fed.
//! What is known to destroy is said to destroy, also behind `sudo`, in `sh -c` and in substitutions. All the rest changes.
//!
//! **Invariants:** nothing here runs anything. A line that cannot be read with certainty never only observes; certainty means
//! that sh, bash, zsh and fish read it the same way, and that the parser and `plain` do. Reading takes bounded time and stack.

mod document;
mod given;
mod harmless;
mod literal;
mod parsing;
mod pattern;
mod plain;
mod reading;
mod ruin;
mod rule;
mod runner;

pub use given::given_as_words;
pub use harmless::{BadRule, Harmless};

use base::Risk;
use serde::Serialize;

use crate::reading::Script;

/// How a line is classed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// How much it could hurt.
    pub class: Risk,
    /// In a sentence for the person who asked for it.
    pub why: String,
}

/// Classes a command line, as it would be given to a server's shell.
pub fn judge(line: &str, harmless: &Harmless) -> Judgement {
    let mut script = Script::default();
    let read = script.read(line, 0);
    if let Some(why) = ruin::find(&script) {
        return Judgement { class: Risk::Destroy, why };
    }
    match read.and_then(|()| observes(line, &script, harmless)) {
        Ok(()) => Judgement {
            class: Risk::Observe,
            why: "It only looks: everything in it is on the list of harmless commands.".to_owned(),
        },
        Err(why) => Judgement { class: Risk::Change, why },
    }
}

/// Whether a line only looks; the error says why that is not certain.
fn observes(line: &str, script: &Script, harmless: &Harmless) -> Result<(), String> {
    if let Some(doubt) = script.doubts.first() {
        return Err(doubt.clone());
    }
    if script.commands.is_empty() {
        return Err("There is no command in it.".to_owned());
    }
    script.commands.iter().try_for_each(|command| harmless.allows(command))?;
    if plain::read(line).as_ref() != Some(&script.commands) {
        return Err("It has a comment or a sign that shells read differently.".to_owned());
    }
    Ok(())
}
