//! Command lines that are steps of a run of another service's: kept by their server as any command is, and each with an entry of
//! its own in the audit log.
//!
//! **Invariants:** a line is started once, whatever becomes of this process: its token is noted before. What it may do was judged
//! before the permit was given, as `server.run` on its server.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use base::{Action, Actor, Permit, Result, Run, ServerName, action::Ending, gate::Request};
use store::{audit::NewEntry, servers::Server};

use crate::{
    Hosts, RunCommand,
    kept::{Begins, Begun, Line},
    output::Output,
    run,
};

/// The lines of one run, each under a name.
pub struct Steps(Begins);

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The name it was announced under.
    pub name: &'a str,
    /// Where.
    pub server: &'a ServerName,
    /// What.
    pub line: &'a str,
    /// How long it may take.
    pub within: Duration,
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct Stepped {
    /// In words: `exit 0`, or why it was not begun.
    pub words: String,
    /// For the audit log.
    pub ending: Ending,
    /// The last it printed, masked.
    pub output: String,
}

impl Hosts {
    /// The steps that a run may take, under these names; those of a run that is gone on with are what they were.
    pub async fn steps(&self, run: &Run, names: &[String]) -> Result<Steps> {
        Begins::of_run(run, names, &self.clock).await.map(Steps)
    }

    /// Takes a step, or goes on with it, up to its end.
    ///
    /// # Errors
    /// Only those of the run as a whole; what keeps a line from being begun is how it ended.
    pub async fn step<A: Action>(
        &self,
        permit: &Permit<A>,
        steps: &Steps,
        step: &Step<'_>,
        run: &Run,
    ) -> Result<Stepped> {
        run::check(step.line)?;
        let server = self.find(permit.actor().guild, step.server)?;
        let output = Arc::<Output>::default();
        let line = Line {
            command: step.line,
            server: &server,
            // A line's time counts from when its run began.
            deadline: self.clock.now().since(run.began()) + step.within,
            output: Arc::clone(&output),
            silent: Arc::new(AtomicBool::new(false)),
            among: Some((&steps.0, step.name)),
        };
        let stepped = match self.carry_out(&line, permit.record().id, run).await {
            Ok(exit) => {
                if exit.ended.is_known() {
                    self.seen(&server).await;
                }
                let output = output.end(run.redactor());
                Stepped { words: run::words(&exit.ended), ending: run::ending(&exit.ended), output }
            }
            Err(error) => {
                let words = run.redactor().mask(&self.in_short(&server, &error)).into_owned();
                steps.0.note(run, step.name, Begun::Never(words.clone())).await?;
                Stepped { words, ending: Ending::Failed, output: String::new() }
            }
        };
        self.record_step(permit, &server, steps, step, (&stepped, run)).await?;
        Ok(stepped)
    }

    /// All steps have been taken: once the run is on record as ended, their servers forget them.
    pub fn steps_over<A: Action>(&self, permit: &Permit<A>, steps: &Steps) {
        self.forget_later(permit.record().id, steps.0.all_over());
    }

    /// Writes what became of a step into the audit log, once.
    async fn record_step<A: Action>(
        &self,
        permit: &Permit<A>,
        server: &Server,
        steps: &Steps,
        step: &Step<'_>,
        (stepped, run): (&Stepped, &Run),
    ) -> Result<()> {
        let Some(entry) = steps.0.entry(step.name) else { return Ok(()) };
        if self.store.audit_entry(&entry.to_string()).await?.is_some() {
            return Ok(());
        }
        let class = self.policy.judge(server.guild, step.line, run.redactor()).await?.class;
        let known = self.assess(server.guild, step.server, class);
        let alone = RunCommand { server: step.server.clone(), command: step.line.to_owned(), minutes: None };
        let request = Request::of(&alone, known, run.redactor())?;
        let name = run.redactor().mask(&permit.actor().name).into_owned();
        let actor = Actor { name, reply_to: None, ..permit.actor().clone() };
        let detail = Some(format!("{}, part of {}", stepped.words, run.reference));
        let outcome = stepped.ending.as_str();
        let entry =
            NewEntry { actor: &actor, request: &request, approval: None, outcome, detail, id: Some(entry), run: None };
        self.store.write_audit(entry).await.map(drop)
    }
}
