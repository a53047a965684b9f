//! One line a ticket, without what anybody wrote.

use std::collections::HashMap;

use base::Millis;
use store::tickets::{Category, Outcome, Rated, Ticket};

use super::name;

const HEAD: &str = "number,category,state,priority,opened,answered,answered_by,ended,ended_by,outcome,owner,stars";

pub(super) fn lines(all: &[Ticket], rated: &HashMap<String, Rated>, categories: &[Category]) -> String {
    let mut lines = vec![HEAD.to_owned()];
    lines.extend(all.iter().map(|ticket| {
        let course = &ticket.course;
        let at = |at: Option<Millis>| at.map(Millis::utc).unwrap_or_default();
        let user = |user: Option<base::UserId>| user.map(|user| user.to_string()).unwrap_or_default();
        [
            ticket.number.to_string(),
            quoted(&name(course, categories)),
            course.state.as_str().to_owned(),
            course.priority.as_str().to_owned(),
            at(Some(course.opened)),
            at(course.answered),
            user(course.answered_by),
            at(course.ended),
            user(course.ended_by),
            course.outcome.map(Outcome::as_str).unwrap_or_default().to_owned(),
            user(course.owner),
            rated.get(&ticket.id).map(|rated| rated.stars.to_string()).unwrap_or_default(),
        ]
        .join(",")
    }));
    lines.join("\n") + "\n"
}

/// A field that no program takes for a formula.
fn quoted(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    format!("\"{}\"", safe.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula_and_ends_no_field() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a\"b,c"), "\"a\"\"b,c\"");
    }
}
