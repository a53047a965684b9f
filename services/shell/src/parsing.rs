//! The parser's door: it gets no line that could hang it, overflow its stack or make it panic.
//!
//! Measured with brush-parser 0.4.0, whose grammar goes back and tries again: fifteen open `(` take it seconds, and
//! `99999999999>` panics. Tokens are counted before they are parsed, so what is in quotes counts for nothing. It is never given
//! a here-document: `document` takes them out.

use brush_parser::{ParserOptions, Token, ast::Program, parse_tokens, uncached_tokenize_str};
use tracing::subscriber::NoSubscriber;

/// Discord gives an option 6,000 characters.
const LENGTH: usize = 6_000;
/// `$(`, `${` and `$[`: each costs the tokenizer some stack.
const EXPANSIONS: usize = 40;
/// What opens something; each costs the parser some stack.
const OPENINGS: usize = 40;
/// Those of them that the parser reads again when it finds no end, each doubling its time or worse.
const RETRIED: usize = 8;
/// A longer number before a redirection is no descriptor, and more than the parser can hold.
const DESCRIPTOR: usize = 9;

const DEEP: &str = "It is nested deeper than I can read.";

/// Said of what is no command line.
pub(crate) fn unreadable() -> String {
    "I cannot read it: a quote or a bracket may be missing.".to_owned()
}

/// Reads a line that has no here-document in it; the error is for whoever wrote it.
pub(crate) fn parse(line: &str) -> Result<Program, String> {
    // It logs what it reads in its own notation, where no secret in it would be recognised any more.
    tracing::subscriber::with_default(NoSubscriber::new(), || {
        // It panics on nothing that is known and let through; what is not known yet must not reach whoever asked.
        std::panic::catch_unwind(|| guarded(line)).unwrap_or_else(|_| Err(unreadable()))
    })
}

fn guarded(line: &str) -> Result<Program, String> {
    if line.chars().nth(LENGTH).is_some() {
        return Err("It is longer than 6,000 characters.".to_owned());
    }
    if ["$(", "${", "$["].iter().map(|sign| line.matches(sign).count()).sum::<usize>() > EXPANSIONS {
        return Err(DEEP.to_owned());
    }
    let options = ParserOptions::default();
    let tokens = uncached_tokenize_str(line, &options.tokenizer_options()).map_err(|_| unreadable())?;
    if tokens.iter().filter(|token| opens(token)).count() > OPENINGS
        || tokens.iter().filter(|token| retried(token)).count() > RETRIED
    {
        return Err(DEEP.to_owned());
    }
    if tokens.windows(2).any(|pair| matches!(pair, [Token::Word(word, _), Token::Operator(sign, _)] if long_number(word) && sign.starts_with(['<', '>']))) {
        return Err(unreadable());
    }
    parse_tokens(&tokens, &options).map_err(|_| unreadable())
}

fn opens(token: &Token) -> bool {
    const WORDS: [&str; 13] =
        ["if", "elif", "for", "while", "until", "case", "select", "function", "coproc", "time", "{", "[[", "!"];
    matches!(token, Token::Word(word, _) if WORDS.contains(&word.as_str())) || retried(token)
}

fn retried(token: &Token) -> bool {
    match token {
        Token::Operator(sign, _) => sign == "(",
        Token::Word(word, _) => word == "case",
    }
}

fn long_number(word: &str) -> bool {
    word.len() > DESCRIPTOR && word.bytes().all(|byte| byte.is_ascii_digit())
}
