//! How far people are with a playbook, as its one message shows it.

use base::{
    Card,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Weight, code},
    measure,
};
use store::playbook_runs::{PlaybookRun, Settled};

use super::{
    Step,
    step::{SettleStep, What},
};
use crate::listing::beginning;

/// Of the step that is next, so much of how it is done.
const BODY: usize = 900;
/// Discord's own limit for a line of a menu.
const LABEL: usize = 100;

/// The message.
pub(crate) fn card(run: &PlaybookRun, steps: &[Step], settled: &[Settled]) -> Card {
    let of = |number: usize| settled.iter().find(|one| usize::try_from(one.step).is_ok_and(|step| step == number));
    let open: Vec<usize> = (1..=steps.len()).filter(|number| of(*number).is_none()).collect();
    let skipped = settled.iter().filter(|one| !one.done).count();
    let mut card = if open.is_empty() {
        Card::ok(format!("**Went through** {}", code(&run.title)))
    } else {
        Card::working(format!("**Going through** {}", code(&run.title)))
    };
    card = card.fact(format!("{} of {} settled", steps.len() - open.len(), steps.len()));
    if skipped > 0 {
        card = card.fact(format!("{skipped} skipped"));
    }
    if let Some(last) = settled.iter().map(|one| one.at).max().filter(|_| open.is_empty()) {
        card = card.fact(format!("took {}", measure::span(last.since(run.began))));
    }
    for (number, step) in (1..).zip(steps) {
        let title = code(&step.title);
        let Some(settled) = of(number) else {
            let is_next = open.first() == Some(&number);
            let weight = if is_next { Weight::Primary } else { Weight::Secondary };
            let line = format!("{number}. {title}");
            card = card.row(line, done(run, number).map(|choice| choice.weigh(weight)));
            if is_next {
                card = card.code("", beginning(&step.body, BODY));
            }
            continue;
        };
        let (glyph, word) = if settled.done { ("✓", "done") } else { ("–", "skipped") };
        card = card
            .row(format!("{glyph} {number}. {title} · {word} by <@{}> {}", settled.by, settled.at.relative()), None);
    }
    if !open.is_empty() {
        card = card.menu(skip(run, steps, &open));
    }
    card.small(format!("begun by <@{}> {}", run.by, run.began.relative()))
}

/// The button beside a step. A row whose name was no name could not be pressed.
fn done(run: &PlaybookRun, number: usize) -> Option<Choice> {
    let (name, step) = (run.playbook.parse().ok()?, number.to_string());
    let settle = SettleStep { name, run: run.id.clone(), step, what: What::Done };
    Some(Choice::perform("Done", &settle, Lands::Here))
}

fn skip(run: &PlaybookRun, steps: &[Step], open: &[usize]) -> Menu {
    let offer = |number: &usize| {
        let title = steps.get(number - 1).map(|step| step.title.as_str()).unwrap_or_default();
        Offer {
            value: number.to_string(),
            label: format!("{number}. {title}").chars().take(LABEL).collect(),
            description: String::new(),
            chosen: Pre::Open,
        }
    };
    Menu {
        placeholder: "Skip a step".to_owned(),
        offers: Offers::Texts { of: open.iter().map(offer).collect(), least: 1, most: 1 },
        pick: Pick {
            action: <SettleStep as base::Action>::NAME.to_owned(),
            arguments: serde_json::json!({ "name": run.playbook, "run": run.id, "what": What::Skipped }),
            field: "step".to_owned(),
            name: None,
            lands: Lands::Here,
        },
    }
}
