//! Carries a run from step to step, and notes each before it is begun.

use std::sync::Arc;

use base::{Error, Millis, Permit, Result, Run};
use serde::{Deserialize, Serialize};

use super::{
    Extra, Ran, RunRunbook,
    face::Face,
    step::{At, Stepped},
    vars,
    walk::{End, Line, Next, Over, Stand, Walk},
};
use crate::{Runbooks, book::Book, read, template::Vars, told};

/// The notes of a run: what it was begun with, and where it stands.
const BEGUN: &str = "begun";
const WALK: &str = "walk";

/// What a run was begun with: nothing that is imported later changes it.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    source: String,
    vars: Vars,
    channel: Option<u64>,
}

impl Runbooks {
    pub(super) async fn carry(&self, permit: &Permit<RunRunbook>, run: &Run) -> Result<Ran> {
        let begun = match run.noted::<Begun>(BEGUN)? {
            Some(begun) => begun,
            None => self.begin(permit, run).await?,
        };
        let book = read(&begun.source).map_err(|mistakes| Error::Invalid(told(mistakes)))?.book;
        self.tell_begin(permit, run).await?;
        let mut walk = match run.noted::<Walk>(WALK)? {
            Some(walk) if walk.steps.len() == book.steps.len() => walk,
            _ => Walk::new(&book),
        };
        let face = Face::new(&book, &walk, (self.clock.clone(), run.began()), run.redactor().clone());
        let face = Arc::new(face);
        run.show(Arc::clone(&face) as Arc<dyn base::Live>);
        let over = loop {
            let (place, stand) = match walk.next(&book, &begun.vars) {
                Next::Over(over) => break over,
                Next::Skip(place) => (place, skipped(&book, place)),
                Next::Step(place) => {
                    let at = At {
                        permit,
                        run,
                        book: &book,
                        step: &book.steps[place],
                        vars: &begun.vars,
                        channel: begun.channel,
                    };
                    match self.step(&at, &walk.steps[place]).await? {
                        Stepped::Noted(stand) => (place, stand),
                        // This process lets go of it: whoever is next finds where it stands.
                        Stepped::Left => std::future::pending().await,
                    }
                }
            };
            walk.steps[place] = stand;
            run.note(WALK, &walk).await?;
            face.show(&walk);
        };
        let ran = self.ran(permit, run, &book, walk, over);
        self.tell_end(permit, run, &book, &ran).await?;
        Ok(ran)
    }

    async fn begin(&self, permit: &Permit<RunRunbook>, run: &Run) -> Result<Begun> {
        let (asked, actor) = (permit.action(), permit.actor());
        let kept = self.named(actor.guild, &asked.name).await?;
        let book = Self::book(&kept)?.book;
        let extra = if asked.alert.is_some() || asked.incident.is_some() { Extra::Left } else { Extra::Refused };
        let vars = vars(&book, &asked.vars, extra)?;
        let channel = match asked.channel {
            Some(channel) => Some(channel),
            None => self.store.guild_settings(actor.guild).await?.ops_channel,
        };
        let begun = Begun { source: kept.source, vars, channel };
        run.note(BEGUN, &begun).await?;
        Ok(begun)
    }

    fn ran(&self, permit: &Permit<RunRunbook>, run: &Run, book: &Book, walk: Walk, over: Over) -> Ran {
        let steps = walk.lines(book);
        let is_well = over == Over::Completed;
        let output = steps.iter().rev().find(|line| line.end == End::Failed).and_then(|line| line.output.clone());
        let took = self.clock.now().since(run.began());
        Ran {
            again: RunRunbook { incident: None, alert: None, ..permit.action().clone() },
            runbook: book.name.clone(),
            over,
            steps,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            output: output.filter(|_| !is_well),
        }
    }
}

fn skipped(book: &Book, place: usize) -> Stand {
    let name = book.steps[place].name.clone();
    Stand::Ended(Line {
        name,
        end: End::Skipped,
        said: "left out: its condition does not hold".to_owned(),
        output: None,
    })
}

/// A moment in milliseconds after this one.
pub(super) fn after(now: Millis, span: std::time::Duration) -> i64 {
    now.plus(span).0
}
