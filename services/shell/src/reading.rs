//! A command line as the commands in it, and what speaks against trusting it.

use base::card::code;
use brush_parser::ast::{
    self, AndOr, Command, CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList, IoFileRedirectKind as Kind,
    IoFileRedirectTarget as Target, IoRedirect, SeparatorOperator,
};

use crate::{
    document::{self, Parted},
    literal::{self, SUBSTITUTION, Word},
    parsing, plain,
};

/// How deep substitutions and `sh -c` are followed.
pub(crate) const DEPTH: usize = 4;
/// How much text is read in all, with what it contains read again, in bytes; it bounds the time.
const READ: usize = 32_000;

/// What a line has the shell do.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Every command, also those in substitutions.
    pub(crate) commands: Vec<Vec<Word>>,
    /// Why it cannot be trusted to observe only, in the order found, each a sentence.
    pub(crate) doubts: Vec<String>,
    /// Files it writes to.
    pub(crate) written: Vec<String>,
    /// Functions it defines that call themselves.
    pub(crate) recursive: bool,
    /// How much text was read for it, in bytes.
    pub(crate) bytes: usize,
}

impl Script {
    /// Reads one more line into it; the error is why that was not possible.
    pub(crate) fn read(&mut self, line: &str, depth: usize) -> Result<(), String> {
        self.bytes += line.len();
        if depth > DEPTH || (depth > 0 && self.bytes > READ) {
            return Err("It runs commands inside of commands, deeper than I can follow.".to_owned());
        }
        // A carriage return or a NUL is read differently by everybody who looks at it.
        if line.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.doubt("It has a control character in it, which could hide something.");
        }
        let mut parted = Parted { line: line.to_owned(), ..Parted::default() };
        // In a plain line, `<<` can only be in quotes.
        if line.contains("<<") && plain::read(line).is_none() {
            parted = document::part(line).ok_or_else(parsing::unreadable)?;
            self.doubt("It feeds text to a program.");
        }
        let program = parsing::parse(&parted.line)?;
        let mut reader = Reader { script: self, depth };
        parted.documents.iter().for_each(|document| reader.expanded(document));
        program.complete_commands.iter().for_each(|list| reader.list(list));
        Ok(())
    }

    fn doubt(&mut self, why: impl Into<String>) {
        self.doubts.push(why.into());
    }
}

struct Reader<'a> {
    script: &'a mut Script,
    depth: usize,
}

impl Reader<'_> {
    fn doubt(&mut self, why: impl Into<String>) {
        self.script.doubt(why);
    }

    fn list(&mut self, list: &CompoundList) {
        for ast::CompoundListItem(and_or, separator) in &list.0 {
            if matches!(separator, SeparatorOperator::Async) {
                self.doubt("It leaves something running in the background.");
            }
            self.pipeline(&and_or.first);
            for AndOr::And(pipeline) | AndOr::Or(pipeline) in &and_or.additional {
                self.pipeline(pipeline);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline) {
        if pipeline.timed.is_some() || pipeline.bang {
            self.doubt("It has `time` or `!` before a command, which shells read differently.");
        }
        pipeline.seq.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                self.redirects(redirects.as_ref());
            }
            Command::Function(function) => {
                let name = function.fname.to_string();
                self.doubt(format!("It gives {} another meaning.", code(&name)));
                let before = self.script.commands.len();
                self.compound(&function.body.0);
                self.redirects(function.body.1.as_ref());
                let inside = &self.script.commands[before..];
                self.script.recursive |=
                    inside.iter().any(|words| words.first().is_some_and(|first| first.text() == name));
            }
            Command::ExtendedTest(test, redirects) => {
                self.doubt("What it runs depends on a condition.");
                self.expanded(&test.expr.to_string());
                self.redirects(redirects.as_ref());
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::BraceGroup(group) => {
                self.doubt("It groups commands with brackets, which shells read differently.");
                self.list(&group.list);
            }
            CompoundCommand::Subshell(shell) => {
                self.doubt("It groups commands with brackets, which shells read differently.");
                self.list(&shell.list);
            }
            CompoundCommand::ForClause(each) => {
                self.doubt("It runs something again and again in a loop.");
                each.values.iter().flatten().for_each(|word| _ = self.word(word));
                self.list(&each.body.list);
            }
            CompoundCommand::WhileClause(again) | CompoundCommand::UntilClause(again) => {
                self.doubt("It runs something again and again in a loop.");
                self.list(&again.0);
                self.list(&again.1.list);
            }
            CompoundCommand::ArithmeticForClause(each) => {
                self.doubt("It runs something again and again in a loop.");
                let parts = [&each.initializer, &each.condition, &each.updater];
                parts.into_iter().flatten().for_each(|part| self.expanded(&part.value));
                self.list(&each.body.list);
            }
            CompoundCommand::IfClause(clause) => {
                self.doubt("What it runs depends on a condition.");
                self.list(&clause.condition);
                self.list(&clause.then);
                for other in clause.elses.iter().flatten() {
                    other.condition.iter().for_each(|condition| self.list(condition));
                    self.list(&other.body);
                }
            }
            CompoundCommand::CaseClause(clause) => {
                self.doubt("What it runs depends on a condition.");
                _ = self.word(&clause.value);
                for case in &clause.cases {
                    case.patterns.iter().for_each(|pattern| _ = self.word(pattern));
                    case.cmd.iter().for_each(|list| self.list(list));
                }
            }
            CompoundCommand::Arithmetic(computed) => {
                self.doubt("It computes a value on the server.");
                self.expanded(&computed.expr.value);
            }
            CompoundCommand::Coprocess(other) => {
                self.doubt("It leaves something running in the background.");
                self.command(&other.body);
            }
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand) {
        let mut words: Vec<Word> = Vec::new();
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        prefix.for_each(|item| self.item(item, &mut words, true));
        if let Some(name) = &simple.word_or_name {
            words.push(self.word(name));
        }
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        suffix.for_each(|item| self.item(item, &mut words, false));
        if !words.is_empty() {
            self.script.commands.push(words);
        }
    }

    fn item(&mut self, item: &Item, words: &mut Vec<Word>, before: bool) {
        match item {
            Item::Word(word) => words.push(self.word(word)),
            Item::IoRedirect(redirect) => self.redirect(redirect),
            Item::AssignmentWord(assignment, word) => {
                if before {
                    self.doubt(format!("It sets the variable {}.", code(assignment.name.to_string())));
                }
                let read = self.word(word);
                if !before {
                    // To most programs it is an argument like any other, such as dd's `of=`.
                    words.push(read);
                }
            }
            Item::ProcessSubstitution(_, shell) => {
                self.doubt(SUBSTITUTION);
                self.list(&shell.list);
                words.push(Word::Open { text: String::new(), why: SUBSTITUTION });
            }
        }
    }

    fn word(&mut self, word: &ast::Word) -> Word {
        let (read, substituted) = literal::read(&word.value);
        if let Word::Open { why, .. } = &read {
            self.doubt(*why);
        }
        self.run_first(&substituted);
        read
    }

    fn expanded(&mut self, text: &str) {
        self.run_first(&literal::substituted(text));
    }

    fn run_first(&mut self, substituted: &[String]) {
        for line in substituted {
            if let Err(why) = self.script.read(line, self.depth + 1) {
                self.doubt(why);
            }
        }
    }

    fn redirects(&mut self, redirects: Option<&ast::RedirectList>) {
        redirects.iter().flat_map(|list| &list.0).for_each(|redirect| self.redirect(redirect));
    }

    fn redirect(&mut self, redirect: &IoRedirect) {
        match redirect {
            IoRedirect::File(_, _, Target::ProcessSubstitution(_, shell)) => {
                self.doubt(SUBSTITUTION);
                self.list(&shell.list);
            }
            IoRedirect::File(
                _,
                Kind::Write | Kind::Append | Kind::Clobber | Kind::ReadAndWrite,
                Target::Filename(file),
            )
            | IoRedirect::OutputAndError(file, _) => self.write_to(file),
            IoRedirect::File(_, Kind::Read, Target::Filename(file)) => {
                _ = self.word(file);
                self.doubt(format!("It reads from {}.", code(&file.value)));
            }
            // `2>&1` is nothing but the two streams we show anyway; bash writes to a file where it is no number.
            IoRedirect::File(Some(2), Kind::DuplicateOutput, Target::Duplicate(word)) if word.value == "1" => {}
            IoRedirect::File(_, Kind::DuplicateOutput, Target::Duplicate(word)) if !descriptor(&word.value) => {
                self.write_to(word);
            }
            IoRedirect::File(..) => self.doubt("It redirects to another descriptor."),
            // None is left by now.
            IoRedirect::HereDocument(..) => self.doubt("It feeds text to a program."),
            IoRedirect::HereString(_, word) => {
                self.doubt("It feeds text to a program.");
                _ = self.word(word);
            }
        }
    }

    fn write_to(&mut self, file: &ast::Word) {
        let read = self.word(file);
        if read != (Word::Literal { text: "/dev/null".to_owned(), glob: false }) {
            self.doubt(format!("It writes to {}.", code(&file.value)));
            self.script.written.push(read.text().to_owned());
        }
    }
}

fn descriptor(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}
