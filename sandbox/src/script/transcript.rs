//! What is printed: text for people, or a JSON object a line for programs.

use std::{
    collections::{HashMap, HashSet},
    io::{Result, Write},
};

use serde_json::{Value, json};

use super::{FailedStep, drawing, parse::Step};
use crate::{
    client::{Choice, Message, Modal, Violation},
    clock::Clock,
};

pub(crate) struct Transcript<'a> {
    out: &'a mut (dyn Write + Send),
    json: bool,
    /// People by their id.
    names: HashMap<String, String>,
    /// Each message as it was printed last, so that a version that looks the same is not printed again.
    shown: HashMap<String, Value>,
    gone: HashSet<String>,
}

/// A message and what a reader must know besides.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) message: Message,
    /// `#general`, or a thread's name.
    pub(crate) channel: String,
    /// Who sees it, where not everybody does.
    pub(crate) only: Vec<String>,
    pub(crate) deleted: bool,
}

impl<'a> Transcript<'a> {
    pub(crate) fn new(out: &'a mut (dyn Write + Send), json: bool, names: HashMap<String, String>) -> Self {
        Self { out, json, names, shown: HashMap::new(), gone: HashSet::new() }
    }

    pub(crate) fn step(&mut self, step: &Step) -> Result<()> {
        if self.json {
            return self.object(&json!({ "type": "step", "line": step.line, "step": step.text }));
        }
        writeln!(self.out, "\n{}", step.text)
    }

    /// Something said before the conversation began: it is not part of it.
    pub(crate) fn skip(&mut self, view: &View) {
        self.shown.insert(view.message.id().to_owned(), body(view));
    }

    /// A message as it stands, unless it was printed so already.
    pub(crate) fn message(&mut self, view: &View) -> Result<()> {
        let id = view.message.id();
        let body = body(view);
        let before = self.shown.insert(id.to_owned(), body.clone());
        if before.as_ref() != Some(&body) {
            match self.json {
                true => {
                    let what = if before.is_some() { "edit" } else { "message" };
                    self.object(&described(what, view, &self.drawn(view)))?;
                }
                // What people say is printed as their step.
                false if !view.message.is_by_a_bot() => {}
                false => {
                    let edited = if before.is_some() { ", edited" } else { "" };
                    writeln!(self.out, "\n  {}{edited}", heading(view))?;
                    self.indented(&self.drawn(view))?;
                }
            }
        }
        if view.deleted && self.gone.insert(id.to_owned()) {
            if self.json {
                self.object(&json!({ "type": "delete", "id": id, "channel": view.channel }))?;
            } else {
                writeln!(self.out, "\n  {}, deleted", heading(view))?;
            }
        }
        Ok(())
    }

    /// An `expect` waited for this message, which was printed.
    pub(crate) fn found(&mut self, message: &Message) -> Result<()> {
        if self.json { self.object(&json!({ "type": "found", "id": message.id() })) } else { Ok(()) }
    }

    pub(crate) fn modal(&mut self, person: &str, modal: &Modal) -> Result<()> {
        if self.json {
            return self.object(&json!({
                "type": "modal", "for": person, "id": modal.id, "title": modal.title, "text": modal.text(),
                "components": modal.raw["components"], "drawn": drawing::modal(modal),
            }));
        }
        writeln!(self.out, "\n  a dialog for {person}: {}", modal.title)?;
        self.indented(&drawing::modal(modal))
    }

    pub(crate) fn choices(&mut self, person: &str, choices: &[Choice]) -> Result<()> {
        if self.json {
            let choices: Vec<_> = choices.iter().map(|c| json!({ "name": c.name, "value": c.value })).collect();
            return self.object(&json!({ "type": "choices", "for": person, "choices": choices }));
        }
        writeln!(self.out, "\n  {person} is offered{}", if choices.is_empty() { " nothing" } else { "" })?;
        self.indented(&choices.iter().map(|choice| choice.name.clone()).collect::<Vec<_>>())
    }

    /// The step that failed, with the newest answers there were.
    pub(crate) fn failure(&mut self, failed: &FailedStep, newest: &[View]) -> Result<()> {
        if self.json {
            let newest: Vec<_> = newest.iter().map(|view| described("message", view, &self.drawn(view))).collect();
            return self.object(&json!({
                "type": "failure", "line": failed.line, "step": failed.step, "reason": failed.reason, "newest": newest,
            }));
        }
        writeln!(self.out, "\nFAILED line {}: {}\n  {}", failed.line, failed.step, failed.reason)?;
        if !newest.is_empty() {
            writeln!(self.out, "  the newest answers were:")?;
        }
        for view in newest {
            writeln!(self.out, "\n  {}", heading(view))?;
            self.indented(&self.drawn(view))?;
        }
        Ok(())
    }

    pub(crate) fn violation(&mut self, violation: &Violation) -> Result<()> {
        let Violation { rule, detail, request } = violation;
        if self.json {
            return self.object(&json!({ "type": "violation", "rule": rule, "detail": detail, "request": request }));
        }
        writeln!(self.out, "\nVIOLATION {rule}: {detail}")?;
        request.iter().try_for_each(|request| writeln!(self.out, "  {request}"))
    }

    /// A message as a person reads it, with people by name and moments by how far they are.
    fn drawn(&self, view: &View) -> Vec<String> {
        let now = i64::try_from(Clock::default().now() / 1000).unwrap_or(i64::MAX);
        let lines = drawing::message(&view.message);
        lines.iter().map(|line| drawing::readable(line, &self.names, now)).collect()
    }

    fn indented(&mut self, lines: &[String]) -> Result<()> {
        lines.iter().try_for_each(|line| writeln!(self.out, "    {line}"))
    }

    fn object(&mut self, object: &Value) -> Result<()> {
        writeln!(self.out, "{object}")?;
        self.out.flush()
    }
}

fn heading(view: &View) -> String {
    let author = view.message.author();
    if view.message.is_ephemeral() {
        format!("{author} in {}, only {} sees this", view.channel, view.only.join(" and "))
    } else {
        format!("{author} in {}", view.channel)
    }
}

/// What of a message is worth printing again when it changes.
fn body(view: &View) -> Value {
    let raw = &view.message.raw;
    json!([raw["content"], raw["embeds"], raw["components"], raw["attachments"], view.message.is_thinking()])
}

fn described(what: &str, view: &View, drawn: &[String]) -> Value {
    let (message, raw) = (&view.message, &view.message.raw);
    json!({
        "type": what, "id": message.id(), "channel": view.channel, "channel_id": message.channel_id(),
        "author": message.author(), "bot": message.is_by_a_bot(), "ephemeral": message.is_ephemeral(),
        "only": if message.is_ephemeral() { json!(view.only) } else { Value::Null },
        "thinking": message.is_thinking(), "answers": raw["interaction_metadata"].is_object(), "content": raw["content"], "text": message.text(),
        "components": raw["components"], "embeds": raw["embeds"], "attachments": raw["attachments"],
        "drawn": drawn,
    })
}
