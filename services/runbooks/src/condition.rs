//! Whether a step is done: a comparison or two, and nothing that could be a program.
//!
//! `{{level}} == critical and not steps.restart.ok`: words, quoted words, `{{var}}` and `steps.NAME.ok|failed|skipped`, compared by
//! `==`, `!=`, `contains`, `<`, `<=`, `>`, `>=`, joined by `not`, `and`, `or` (`and` binds closer). Numbers compare as numbers.
//!
//! **Invariant:** reading and answering are pure, take time in proportion to the text, and never panic.

use std::collections::BTreeMap;

use base::card::code;

use crate::template::{Vars, is_name};

/// A longer condition is a program.
const LONGEST: usize = 400;

/// A condition, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Any of these, each of which holds where all of its parts do.
    any: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Part {
    is_negated: bool,
    left: Operand,
    compared: Option<(Sign, Operand)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Word(String),
    Var(String),
    Step(String, Went),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Is,
    IsNot,
    Contains,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// It did what it should.
    Ok,
    /// It did not.
    Failed,
    /// It was not done.
    Skipped,
}

const SIGNS: [(&str, Sign); 9] = [
    ("==", Sign::Is),
    ("=", Sign::Is),
    ("!=", Sign::IsNot),
    ("contains", Sign::Contains),
    ("<", Sign::Below),
    ("<=", Sign::AtMost),
    (">", Sign::Above),
    (">=", Sign::AtLeast),
    ("is", Sign::Is),
];

impl Condition {
    /// Reads one; the error says what does not fit.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("a condition has at most {LONGEST} characters"));
        }
        let tokens = tokens(text)?;
        let any = tokens.split(|token| token.is("or")).map(all).collect::<Result<_, _>>()?;
        Ok(Self { any })
    }

    /// The variables in it.
    pub fn vars(&self) -> impl Iterator<Item = &str> {
        self.operands().filter_map(|operand| match operand {
            Operand::Var(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The steps it asks about.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.operands().filter_map(|operand| match operand {
            Operand::Step(name, _) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether it holds. A variable that is not given is empty, and a step that has not ended went no way at all.
    pub fn holds(&self, vars: &Vars, steps: &BTreeMap<String, Went>) -> bool {
        self.any.iter().any(|all| all.iter().all(|part| part.holds(vars, steps)))
    }

    fn operands(&self) -> impl Iterator<Item = &Operand> {
        let parts = self.any.iter().flatten();
        parts.flat_map(|part| std::iter::once(&part.left).chain(part.compared.iter().map(|(_, right)| right)))
    }
}

impl Part {
    fn holds(&self, vars: &Vars, steps: &BTreeMap<String, Went>) -> bool {
        let left = self.left.text(vars, steps);
        let holds = match &self.compared {
            None => !matches!(left.trim().to_lowercase().as_str(), "" | "false" | "no" | "0"),
            Some((sign, right)) => sign.compares(&left, &right.text(vars, steps)),
        };
        holds != self.is_negated
    }
}

impl Operand {
    fn text(&self, vars: &Vars, steps: &BTreeMap<String, Went>) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Var(name) => vars.get(name).cloned().unwrap_or_default(),
            Self::Step(name, went) => (steps.get(name) == Some(went)).to_string(),
        }
    }
}

impl Sign {
    fn compares(self, left: &str, right: &str) -> bool {
        let numbers = left.trim().parse::<f64>().ok().zip(right.trim().parse::<f64>().ok());
        let order = match numbers {
            Some((left, right)) => left.partial_cmp(&right),
            None => Some(left.cmp(right)),
        };
        match self {
            Self::Is => order.is_some_and(std::cmp::Ordering::is_eq),
            Self::IsNot => !order.is_some_and(std::cmp::Ordering::is_eq),
            Self::Contains => left.contains(right),
            Self::Below => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::AtMost => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Above => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::AtLeast => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Bare(String),
    Quoted(String),
    Var(String),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Bare(text) if text.eq_ignore_ascii_case(word))
    }

    fn text(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Quoted(text) | Self::Var(text) => text,
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = if let Some(inside) = rest.strip_prefix("{{") {
            let (name, after) = inside.split_once("}}").ok_or("`{{` has no `}}` after it")?;
            let name = name.trim();
            if !is_name(name) {
                return Err(format!("{} is no variable", code(format!("{{{{{name}}}}}"))));
            }
            (Token::Var(name.to_owned()), after)
        } else if first == '"' || first == '\'' {
            let (inside, after) = rest[1..].split_once(first).ok_or("a quote has no end")?;
            (Token::Quoted(inside.to_owned()), after)
        } else {
            let is_sign = |letter: char| "=!<>".contains(letter);
            let ends =
                |letter: char| letter.is_whitespace() || "\"'{".contains(letter) || is_sign(letter) != is_sign(first);
            let end = rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8());
            (Token::Bare(rest[..end].to_owned()), &rest[end..])
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn all(tokens: &[Token]) -> Result<Vec<Part>, String> {
    tokens.split(|token| token.is("and")).map(part).collect()
}

fn part(tokens: &[Token]) -> Result<Part, String> {
    let negations = tokens.iter().take_while(|token| token.is("not") || token.is("!")).count();
    let is_negated = negations % 2 == 1;
    let no = |what: &str| {
        let said: Vec<&str> = tokens.iter().map(Token::text).collect();
        Err(format!("{} {what}: write `{{{{level}}}} == critical` or `steps.NAME.ok`", code(said.join(" "))))
    };
    match &tokens[negations..] {
        [one] => Ok(Part { is_negated, left: operand(one)?, compared: None }),
        [left, sign, right] => match SIGNS.iter().find(|(word, _)| sign.is(word)) {
            Some((_, sign)) => Ok(Part { is_negated, left: operand(left)?, compared: Some((*sign, operand(right)?)) }),
            None => no("compares nothing"),
        },
        [] => no("has nothing to compare"),
        _ => no("is no comparison"),
    }
}

fn operand(token: &Token) -> Result<Operand, String> {
    let text = match token {
        Token::Var(name) => return Ok(Operand::Var(name.clone())),
        Token::Quoted(text) => return Ok(Operand::Word(text.clone())),
        Token::Bare(text) => text,
    };
    let Some(rest) = text.strip_prefix("steps.") else { return Ok(Operand::Word(text.clone())) };
    let went = |word| match word {
        "ok" => Some(Went::Ok),
        "failed" => Some(Went::Failed),
        "skipped" => Some(Went::Skipped),
        _ => None,
    };
    let step = rest.rsplit_once('.').and_then(|(name, word)| Some((slug(name), went(word)?)));
    match step {
        Some((name, went)) if !name.is_empty() => Ok(Operand::Step(name, went)),
        _ => Err(format!("{} asks nothing of a step: it ends in `.ok`, `.failed` or `.skipped`", code(text))),
    }
}

/// A name as conditions write it: small letters, and `-` where something else stands.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            letter if letter.is_alphanumeric() || letter == '_' => slug.push(letter),
            _ if !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(text: &str) -> bool {
        let vars = Vars::from([("level".into(), "critical".into()), ("value".into(), "9.5".into())]);
        let steps = BTreeMap::from([("restart".to_owned(), Went::Ok), ("look-at-it".to_owned(), Went::Failed)]);
        Condition::read(text).unwrap_or_else(|why| panic!("{text}: {why}")).holds(&vars, &steps)
    }

    #[test]
    fn a_condition_compares_and_asks_how_a_step_went() {
        for text in [
            "{{level}} == critical",
            "{{level}}==\"critical\"",
            "{{ level }} != warn",
            "{{value}} > 9 and {{value}} <= 9.50",
            "{{value}} = 9.50",
            "steps.restart.ok",
            "not steps.restart.failed",
            "steps.look-at-it.failed == true",
            "{{level}} contains crit or {{missing}}",
            "not {{missing}}",
            "steps.nothing.ok or {{level}} is critical and true",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in ["{{level}} == warn", "not steps.restart.ok", "{{missing}}", "steps.later.ok", "no", "10 < 9"] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in
            ["", "and", "{{x}} ==", "a b", "a ~ b", "steps.x", "steps..ok", "{{x", "{{a b}}", "'x", "rm -rf / ; true"]
        {
            assert!(Condition::read(text).is_err(), "{text}");
        }
        assert!(Condition::read(&"a and ".repeat(200)).is_err());
    }

    #[test]
    fn names_are_written_without_blanks() {
        assert_eq!(slug("  Restart the Container! "), "restart-the-container");
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "([a-z .{}=!<>'\"]|\\{\\{x\\}\\}|steps\\.a\\.ok|and|or|not|\\u{e9}){0,40}") {
            if let Ok(condition) = Condition::read(&text) {
                condition.holds(&Vars::new(), &BTreeMap::new());
            }
        }
    }
}
