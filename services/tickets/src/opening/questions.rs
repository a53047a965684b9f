//! What whoever opens a ticket is asked: written a line each, and the answers judged. Pure.

use base::{Error, Result, card::code};
use store::tickets::{Answered, Question};

/// Discord's own limits: fields of a form, characters of a label and of its example.
const MOST: usize = 5;
const LABEL: usize = 45;
const HINT: usize = 100;
/// Characters of an answer, where nothing else is said.
const SHORT: u16 = 100;
const LONG: u16 = 1_000;

/// Questions as they are typed: a line each, `Label; long; optional; 5-200; such as this`, of which all but the label may be left out.
pub fn read(typed: &str) -> Result<Vec<Question>> {
    let lines: Vec<&str> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST {
        let sentence =
            format!("Those are {} questions, and a form has {MOST} at most. Nothing was changed.", lines.len());
        return Err(Error::Invalid(sentence));
    }
    let questions = lines.into_iter().map(question).collect::<Result<Vec<Question>>>()?;
    for (at, one) in questions.iter().enumerate() {
        if questions[..at].iter().any(|other| other.label == one.label) {
            return Err(Error::Invalid(format!("{} is asked twice. Nothing was changed.", code(&one.label))));
        }
    }
    Ok(questions)
}

fn question(line: &str) -> Result<Question> {
    let wrong = |why: String| Error::Invalid(format!("{}: {why}. Nothing was changed.", code(line)));
    let mut parts = line.split(';').map(str::trim);
    let label = parts.next().unwrap_or_default().to_owned();
    if !(1..=LABEL).contains(&label.chars().count()) {
        return Err(wrong(format!("a question has {LABEL} characters at most")));
    }
    let mut question = Question { label, hint: String::new(), long: false, required: true, least: 0, most: 0 };
    for part in parts.filter(|part| !part.is_empty()) {
        match part.to_lowercase().as_str() {
            "long" => question.long = true,
            "short" => question.long = false,
            "optional" => question.required = false,
            "required" => question.required = true,
            other => match length(other) {
                Some((least, most)) => (question.least, question.most) = (least, most),
                None if question.hint.is_empty() && part.chars().count() <= HINT => part.clone_into(&mut question.hint),
                None => return Err(wrong(format!("one example of {HINT} characters is all it takes"))),
            },
        }
    }
    if question.most == 0 {
        question.most = if question.long { LONG } else { SHORT };
    }
    if question.least > question.most || question.most > LONG {
        return Err(wrong(format!("an answer has {LONG} characters at most, written as `5-200`")));
    }
    Ok(question)
}

/// `5-200`.
fn length(text: &str) -> Option<(u16, u16)> {
    let (least, most) = text.split_once(['-', '–'])?;
    let number = |text: &str| {
        let is_plain = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        is_plain.then(|| text.parse().unwrap_or(u16::MAX))
    };
    Some((number(least.trim())?, number(most.trim())?)).filter(|(_, most)| *most > 0)
}

/// Questions as they were typed.
pub fn written(questions: &[Question]) -> String {
    let line = |question: &Question| {
        let mut parts = vec![question.label.clone()];
        parts.extend(question.long.then(|| "long".to_owned()));
        parts.extend((!question.required).then(|| "optional".to_owned()));
        parts.push(format!("{}-{}", question.least, question.most));
        parts.extend(Some(question.hint.clone()).filter(|hint| !hint.is_empty()));
        parts.join("; ")
    };
    questions.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Answers by their questions, each as its question wants it; what a client sends may be anything.
pub(crate) fn judge(questions: &[Question], answers: &[String]) -> Result<Vec<Answered>> {
    if answers.len() > questions.len() {
        let sentence = "The questions were changed since the form was opened. No ticket was opened; ask again.";
        return Err(Error::Busy(sentence.to_owned()));
    }
    let mut answered = Vec::new();
    for (at, question) in questions.iter().enumerate() {
        let answer = answers.get(at).map(|answer| answer.trim()).unwrap_or_default();
        let count = answer.chars().count();
        let (least, most) = (usize::from(question.least), usize::from(question.most));
        if count == 0 && !question.required {
            continue;
        }
        if count == 0 {
            let sentence = format!("{} must be answered. No ticket was opened.", code(&question.label));
            return Err(Error::Invalid(sentence));
        }
        if count < least || count > most {
            let sentence = format!(
                "{} takes {least} to {most} characters, and got {count}. No ticket was opened.",
                code(&question.label)
            );
            return Err(Error::Invalid(sentence));
        }
        answered.push(Answered { question: question.label.clone(), answer: answer.to_owned() });
    }
    Ok(answered)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn questions_are_read_a_line_each_and_written_as_they_were_typed() {
        let typed = "What is wrong?; long; 10-500; it says 502\n\n Order number; optional; such as 12345";
        let questions = read(typed).unwrap();
        assert_eq!(questions.len(), 2);
        assert!(questions[0].long && questions[0].required && (questions[0].least, questions[0].most) == (10, 500));
        assert_eq!(
            (questions[1].required, questions[1].most, questions[1].hint.as_str()),
            (false, 100, "such as 12345")
        );
        assert_eq!(
            written(&questions),
            "What is wrong?; long; 10-500; it says 502\nOrder number; optional; 0-100; such as 12345"
        );
        assert_eq!(read(&written(&questions)).unwrap(), questions);
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn what_no_form_can_ask_is_refused() {
        let long = "x".repeat(46);
        for typed in ["a\nb\nc\nd\ne\nf", "a\na", long.as_str(), "a; 9-3", "a; 0-2000", "a; one; two", "; long"] {
            assert!(read(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn answers_are_held_to_the_rules_of_their_questions() {
        let questions = read("Name; 2-5\nMore; long; optional").unwrap();
        let judged = |answers: &[&str]| {
            let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
            judge(&questions, &answers)
        };
        assert_eq!(judged(&["Ann", ""]).unwrap().len(), 1);
        assert_eq!(judged(&["Ann", "and so on"]).unwrap()[1].answer, "and so on");
        for wrong in [&[][..], &["", "x"], &["A"], &["Ann-Marie"], &["Ann", "", "a third"]] {
            assert!(judged(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_fits_a_form(typed in "(?s).{0,300}") {
            if let Ok(questions) = read(&typed) {
                prop_assert!(questions.len() <= MOST);
                for one in &questions {
                    prop_assert!((1..=LABEL).contains(&one.label.chars().count()) && one.hint.chars().count() <= HINT);
                    prop_assert!(one.least <= one.most && (1..=LONG).contains(&one.most));
                }
            }
        }
    }
}
