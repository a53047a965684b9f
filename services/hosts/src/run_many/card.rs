//! What people see of a command on several servers: a row for each while it runs, a row for each answer in the end.

use base::{
    Card, Live, Report,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};

use super::{One, RanOnServers, RunOnServers, Running, fold, selection::Selection};

/// Rows that a card shows; the file, or the end, has them all.
const ROWS: usize = 12;

impl Live for Running {
    fn card(&self) -> Card {
        let (mut ended, mut wrong, mut rows) = (0_u64, 0_u64, Vec::new());
        for one in &*self.all {
            match one.done() {
                Some(done) => {
                    ended += 1;
                    if done.ending != Ending::Done {
                        wrong += 1;
                        rows.insert(0, format!("✕ {}  {}", code(&one.server.name), self.redactor.mask(&done.words)));
                    }
                }
                None => rows.push(running(one)),
            }
        }
        let left = rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        if left > 0 {
            rows.push(format!("and {left} more"));
        }
        let mut card = Card::working(&self.title)
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
            .fact(format!("{ended} of {} ended", self.all.len()));
        if wrong > 0 {
            card = card.fact(format!("{wrong} went wrong"));
        }
        if rows.is_empty() { card } else { card.text(rows.join("\n")) }
    }
}

fn running(one: &One) -> String {
    let name = code(&one.server.name);
    if one.is_silent() {
        return format!("◐ {name}  does not answer just now; I look for it again");
    }
    if let Some(other) = one.behind() {
        return format!("· {name}  waits for {}, which changes it", code(other));
    }
    format!("◐ {name}  {}", measure::count(one.output.lines(), "line", "lines"))
}

impl Report for RanOnServers {
    fn card(&self) -> Card {
        let groups = fold::fold(&self.servers);
        let well = self.servers.iter().filter(|answer| answer.well).count();
        let title = &self.title;
        let mut card = match self.ending {
            Ending::Done => Card::ok(title),
            Ending::Cancelled => Card::quiet(title),
            _ if well > 0 => Card::attention(title),
            _ => Card::failed(title),
        };
        for fact in fold::summary(&groups) {
            card = card.fact(fact);
        }
        let mut rows: Vec<String> = groups
            .iter()
            .take(ROWS)
            .map(|group| format!("{} {}", if group.first().well { "✓" } else { "✕" }, group.line()))
            .collect();
        if groups.len() > ROWS {
            rows.push(format!("and {} more answers, in the file", groups.len() - ROWS));
        }
        card = card.text(rows.join("\n"));
        if let [group] = &groups[..]
            && group.first().output.lines().nth(1).is_some()
        {
            card = card.code("ansi", &group.first().output);
        }
        card = card.choice(Choice::perform("Run again", &self.action, Lands::Below));
        let wrong: Vec<_> =
            self.servers.iter().filter(|answer| !answer.well).filter_map(|answer| answer.server.parse().ok()).collect();
        if !wrong.is_empty() && well > 0 {
            let label = match &wrong[..] {
                [_] => "Run again on the one that did not".to_owned(),
                several => format!("Run again on the {} that did not", several.len()),
            };
            let rest = RunOnServers { servers: Selection::Names(wrong), ..self.action.clone() };
            card = card.choice(Choice::perform(label, &rest, Lands::Below));
        }
        match &self.log {
            Some(log) => card.file(format!("servers-{}.log", self.reference), std::sync::Arc::clone(log)),
            None => card,
        }
    }

    fn ending(&self) -> Ending {
        self.ending
    }
}
