//! Takes every turn, one after the other: does it, waits until it is true, and says so.
//!
//! **Invariants:** a turn is noted before it is begun, and what was begun before a kill is gone on with, never begun anew. What
//! stands on what failed is not touched.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{Action, Error, Millis, Permit, Result, Run, action::Ending, card::code, measure};
use containers::Turn as Wanted;
use hosts::{Step, Steps};

use super::{
    Deed, Means, Turn, Wish,
    card::{Going, Row, Stage, Turned},
    turns::blocks,
};
use crate::{
    Maps,
    look::{Lines, State},
    service::Stands,
};

/// The step of a run that its services are together.
const SERVICES: &str = "services";
/// A line that starts or stops a service takes no longer.
const LINE: Duration = Duration::from_mins(10);
/// What is not up by then after its start has failed; a health check may take its time.
const UP_BY: Duration = Duration::from_mins(1);
/// What is not down by then after its stop has failed.
const DOWN_BY: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// One run's turns.
struct Turns<'a, A> {
    permit: &'a Permit<A>,
    stands: &'a Stands,
    order: &'a [Turn],
    rows: &'a Mutex<Vec<Row>>,
    steps: Steps,
    run: &'a Run,
}

impl Maps {
    pub(super) async fn go<A: Action>(&self, permit: &Permit<A>, wish: &Wish<'_>, run: &Run) -> Result<Turned> {
        let guild = permit.actor().guild;
        let stands = self.stands(guild).await?;
        let turns = stands.turns(wish)?;
        self.refuse_impossible(guild, &stands, wish, &turns, run)?;
        let fresh = || turns.iter().map(|turn| Row::new(&stands.map.services[turn.service].name, turn.deed)).collect();
        let rows: Vec<Row> = run.noted(SERVICES)?.unwrap_or_else(fresh);
        let names: Vec<String> = (0..turns.len()).map(|place| place.to_string()).collect();
        let rows = Arc::new(Mutex::new(rows));
        let title = wish.with.words(wish.service);
        run.show(Arc::new(Going {
            title: format!("**{}** {title}", wish.deed.verb()),
            rows: Arc::clone(&rows),
            clock: self.clock.clone(),
            began: run.began(),
        }));
        let steps = self.hosts.steps(run, &names).await?;
        let all = Turns { permit, stands: &stands, order: &turns, rows: &rows, steps, run };
        for place in 0..turns.len() {
            self.take(&all, place).await?;
        }
        self.hosts.steps_over(permit, &all.steps);
        let rows = rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let took = self.clock.now().since(run.began());
        let stuck = rows.iter().find(|row| row.deed == Deed::Stop && row.stage == Stage::Failed);
        let forced = stuck.and_then(|row| row.service.parse().ok()).filter(|name| {
            let service = stands.find(name).map(|place| &stands.map.services[place]);
            service.is_ok_and(|service| service.commands.force_stop.is_some())
        });
        Ok(Turned::new(wish, title, rows, took, run.cancel().is_cancelled()).forced(forced))
    }

    /// What was asked for itself must be possible, or nothing is begun.
    fn refuse_impossible(
        &self,
        guild: base::GuildId,
        stands: &Stands,
        wish: &Wish<'_>,
        turns: &[Turn],
        run: &Run,
    ) -> Result<()> {
        let own = stands.find(wish.service)?;
        for turn in turns.iter().filter(|turn| turn.service == own) {
            let service = &stands.map.services[own];
            if let Some(why) = self.missing(guild, &stands.map, service, turn.deed, run.redactor()) {
                return Err(Error::Invalid(format!("{}: {why}. Nothing was done.", code(&service.name))));
            }
        }
        Ok(())
    }

    /// Takes one turn, unless it was taken before.
    async fn take<A: Action>(&self, all: &Turns<'_, A>, place: usize) -> Result<()> {
        let row = all.row(place);
        if row.stage.is_over() {
            return Ok(());
        }
        let gone_on = row.stage == Stage::Begun;
        if all.run.cancel().is_cancelled() && !gone_on {
            return all.end(place, Stage::Skipped, "cancelled before it was begun", "").await;
        }
        if let Some(failed) = all.blocked_by(place) {
            return all.end(place, Stage::Skipped, &format!("not begun: {} did not go well", code(failed)), "").await;
        }
        let turn = all.order[place];
        let (guild, map) = (all.permit.actor().guild, &all.stands.map);
        let service = &map.services[turn.service];
        if !gone_on && turn.deed != Deed::Restart {
            let seen = self.look(guild, map, service, Lines::Any, all.run.redactor()).await;
            let already = if turn.deed.ends_up() { State::Up } else { State::Down };
            if seen.state == already {
                let word = if turn.deed.ends_up() { "up" } else { "down" };
                return all.end(place, Stage::Already, &format!("{word} already · {}", seen.words), "").await;
            }
        }
        if !gone_on && let Some(why) = self.missing(guild, map, service, turn.deed, all.run.redactor()) {
            return all.end(place, Stage::Failed, &why, "").await;
        }
        let Some((means, server, _)) = self.means(guild, map, service, turn.deed) else {
            return all.end(place, Stage::Failed, "its server is gone", "").await;
        };
        if !gone_on {
            all.note(place, Stage::Begun, turn.deed.going_on(), "").await?;
        }
        let began = self.clock.now();
        let (ending, words, output) = match means {
            Means::Line(line) => {
                let step = Step { name: &place.to_string(), server: &server, line: &line, within: LINE };
                let stepped = self.hosts.step(all.permit, &all.steps, &step, all.run).await?;
                (stepped.ending, stepped.words, stepped.output)
            }
            // An engine was asked before the kill: it does not hear it twice, and is looked at.
            _ if gone_on => (Ending::Done, String::new(), String::new()),
            Means::Container(name) => {
                let turned = self.containers.turn(all.permit, &server, &name, wanted(turn.deed), all.run).await;
                told(turned, all.run)
            }
            Means::Project(name) => {
                let turned = self.containers.turn_project(all.permit, &server, &name, wanted(turn.deed), all.run).await;
                told(turned, all.run)
            }
        };
        if ending != Ending::Done {
            return all.end(place, Stage::Failed, &words, &output).await;
        }
        self.prove(all, place, began).await
    }

    /// Waits until what was done is true.
    async fn prove<A: Action>(&self, all: &Turns<'_, A>, place: usize, began: Millis) -> Result<()> {
        let turn = all.order[place];
        let service = &all.stands.map.services[turn.service];
        let (wanted, word, by) =
            if turn.deed.ends_up() { (State::Up, "up", UP_BY) } else { (State::Down, "down", DOWN_BY) };
        all.show(place, Stage::Begun, &format!("ran; not {word} yet"));
        loop {
            let guild = all.permit.actor().guild;
            let seen = self.look(guild, &all.stands.map, service, Lines::Any, all.run.redactor()).await;
            let age = self.clock.now().since(began);
            if seen.state == wanted {
                let words = format!("{word} after {} · {}", measure::span(age), seen.words);
                return all.end(place, Stage::Well, &words, "").await;
            }
            if !seen.told {
                let words = format!("ran; nothing in the map tells whether it is {word}");
                return all.end(place, Stage::Well, &words, "").await;
            }
            if age >= by {
                let words = format!("not {word} after {}: {}", measure::span(by), seen.words);
                return all.end(place, Stage::Failed, &words, "").await;
            }
            tokio::select! {
                () = all.run.cancel().cancelled() => {
                    return all.end(place, Stage::Failed, &format!("ran; cancelled before it was {word}"), "").await;
                }
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

impl<A> Turns<'_, A> {
    fn row(&self, place: usize) -> Row {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)[place].clone()
    }

    /// The service whose failure keeps this from being begun.
    fn blocked_by(&self, place: usize) -> Option<String> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = (0..place).filter(|&before| matches!(rows[before].stage, Stage::Failed | Stage::Skipped));
        let blocking =
            failed.into_iter().find(|&before| blocks(&self.stands.graph, self.order[before], self.order[place]));
        blocking.map(|before| rows[before].service.clone())
    }

    fn show(&self, place: usize, stage: Stage, words: &str) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows[place].stage = stage;
        words.clone_into(&mut rows[place].words);
    }

    async fn note(&self, place: usize, stage: Stage, words: &str, output: &str) -> Result<()> {
        self.show(place, stage, words);
        let rows = {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            output.clone_into(&mut rows[place].output);
            rows.clone()
        };
        self.run.note(SERVICES, &rows).await
    }

    async fn end(&self, place: usize, stage: Stage, words: &str, output: &str) -> Result<()> {
        self.note(place, stage, words, output).await
    }
}

fn wanted(deed: Deed) -> Wanted {
    match deed {
        Deed::Start => Wanted::Start,
        Deed::Stop | Deed::ForceStop => Wanted::Stop,
        Deed::Restart => Wanted::Restart,
    }
}

/// What an engine said; what it would not do is how it ended.
fn told(turned: Result<containers::Turned>, run: &Run) -> (Ending, String, String) {
    match turned {
        Ok(turned) => (turned.ending, turned.words, turned.output),
        Err(error) => {
            let words = match &error {
                Error::Outside(card) => card.title.replace("**", ""),
                other => other.to_string(),
            };
            (Ending::Failed, run.redactor().mask(&words).into_owned(), String::new())
        }
    }
}
