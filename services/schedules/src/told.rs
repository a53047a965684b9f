//! What is told of a schedule where it was made.
//!
//! Success is quiet where the schedule says so. Failures in a row fold: the first is told, then the tenth, the hundredth, and the end of it.

use base::{Card, Millis, action::Ending, card::code};
use store::{audit::Entry, occurrences::Occurrence, schedules::Schedule};

use crate::Came;

/// What came of a run; none where there is nothing to tell.
pub(crate) fn card(
    schedule: &Schedule,
    one: &Occurrence,
    reference: Option<&str>,
    came: &Came,
    failures: i64,
    now: Millis,
) -> Option<Card> {
    let well = match came {
        Came::Done { ending, .. } => *ending == Ending::Done,
        Came::Failed(_) => false,
        Came::Waits(_) => true,
        Came::Left => return None,
    };
    if !tells(schedule, one, well, failures) && !matches!(came, Came::Waits(_)) {
        return None;
    }
    let card = match came {
        Came::Done { card, .. } => (**card).clone(),
        Came::Failed(error) => error.card(),
        // Its question is drawn when it is put.
        Came::Waits(waiting) => Card::attention(format!("**Approve?** {}", waiting.plan)),
        Came::Left => return None,
    };
    Some(dress(in_a_row(card, schedule, well, failures), schedule, one, reference).small(now.relative()))
}

/// What a run of before this process came to.
pub(crate) fn found(schedule: &Schedule, one: &Occurrence, entry: &Entry, failures: i64) -> Option<Card> {
    let well = matches!(entry.outcome.as_str(), "done" | "waiting");
    if !tells(schedule, one, well, failures) && entry.outcome != "waiting" {
        return None;
    }
    let began = format!("began {}", entry.started().relative());
    let card = match entry.outcome.as_str() {
        "done" => Card::ok(format!("**Done** {}", entry.plan))
            .fact(began)
            .text("I was stopped just as it ended, and know no more of it."),
        "waiting" => Card::attention(format!("**Approve?** {}", entry.plan)),
        "interrupted" => Card::failed(format!("**Interrupted** {}", entry.plan))
            .fact(began)
            .text("I was stopped while this ran, and did not see how it ended. It is not begun again by itself."),
        other => Card::failed(format!("**Not done** {}", entry.plan))
            .fact(began)
            .text(format!("I was stopped just as it ended: {}.", entry.detail.as_deref().unwrap_or(other))),
    };
    Some(dress(in_a_row(card, schedule, well, failures), schedule, one, Some(&entry.reference)))
}

/// Nobody is there any more as whom it could run.
pub(crate) fn orphaned(schedule: &Schedule, why: &str) -> Card {
    Card::attention(format!("**Paused** schedule {}", code(&schedule.name)))
        .fact(&schedule.plan)
        .text(format!("{why}. Nothing was done. Somebody else can remove it and add it anew, to run as them."))
}

/// It could not be begun as long as it made sense.
pub(crate) fn too_late(schedule: &Schedule, one: &Occurrence) -> Card {
    let card = Card::failed(format!("**Missed** {}", schedule.plan))
        .fact(format!("due {}", one.due.relative()))
        .text("Discord did not say in time who it would run as. Nothing was done.");
    dress(card, schedule, one, None)
}

fn tells(schedule: &Schedule, one: &Occurrence, well: bool, failures: i64) -> bool {
    if well {
        return schedule.tell == "always" || schedule.failures > 0 || one.asked_by.is_some();
    }
    one.asked_by.is_some() || is_power_of_ten(failures)
}

/// Says how many failed before, where that is what is new.
fn in_a_row(card: Card, schedule: &Schedule, well: bool, failures: i64) -> Card {
    match (well, schedule.failures, failures) {
        (true, 1, _) => card.fact("works again"),
        (true, before @ 2.., _) => card.fact(format!("works again after {before} failures")),
        (false, _, now @ 2..) => card.fact(format!("failed {now} times in a row")),
        _ => card,
    }
}

fn is_power_of_ten(number: i64) -> bool {
    std::iter::successors(Some(1_i64), |power| power.checked_mul(10))
        .take_while(|power| *power <= number)
        .any(|power| power == number)
}

fn dress(mut card: Card, schedule: &Schedule, one: &Occurrence, reference: Option<&str>) -> Card {
    if one.stands_for > 0 {
        card = card.fact(format!("stands for {} that were missed", one.stands_for));
    }
    if let Some(reference) = reference {
        card = card.small(format!("ref {reference}"));
    }
    let by = one.asked_by.unwrap_or(schedule.made_by);
    card.small(format!("schedule {} for <@{by}>", code(&schedule.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_failures_in_a_row_the_first_the_tenth_and_the_hundredth_are_told() {
        let told: Vec<i64> = (1..=1_000).filter(|failures| is_power_of_ten(*failures)).collect();
        assert_eq!(told, [1, 10, 100, 1_000]);
    }
}
