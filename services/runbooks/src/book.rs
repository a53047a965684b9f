//! A runbook, read and checked.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;

use crate::{
    condition::Condition,
    template::{Template, Vars},
};

/// Something to be done when something happens, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// What it is called: `disk-cleanup`.
    pub name: String,
    /// The same as the file has it.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The file's own word for its version.
    pub version: String,
    /// `info`, `warning` or `critical`.
    pub severity: Option<String>,
    /// How long it rests for the same thing when it is run by itself.
    pub cooldown: Duration,
    /// When it wants to be run.
    pub triggers: Vec<Trigger>,
    /// The channel that is told where a step says `escalate`; the ops channel where it is none.
    pub escalates_to: Option<u64>,
    /// What is done.
    pub steps: Vec<Step>,
}

/// When a runbook wants to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// What it looks at.
    pub kind: TriggerKind,
    /// On what: a server, a container, a metric.
    pub target: String,
    /// `gt`, `eq`, …
    pub operator: String,
    /// Compared with this.
    pub value: String,
}

impl Trigger {
    /// Whether it is about the end of certificates: what files call that, and a number of days it is under.
    pub fn is_of_certificates(&self) -> bool {
        const WORDS: [&str; 4] = ["certificate", "cert", "ssl", "tls"];
        let target = self.target.to_lowercase();
        let mut words = target.split(|letter: char| !letter.is_ascii_alphanumeric());
        matches!(self.kind, TriggerKind::Metric | TriggerKind::Threshold)
            && matches!(self.operator.as_str(), "lt" | "lte")
            && words.any(|word| WORDS.contains(&word))
    }
}

/// What a trigger looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A number.
    Metric,
    /// Whether something answers.
    Health,
    /// Lines of a log. Nothing here reads logs for that.
    LogPattern,
    /// A number, over or under a mark.
    Threshold,
}

/// One thing that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// The same as conditions write it.
    pub slug: String,
    /// What is done.
    pub deed: Deed,
    /// It is given up after this.
    pub timeout: Duration,
    /// How often it is tried again after it failed.
    pub retries: u32,
    /// What becomes of the rest where it fails.
    pub on_failure: OnFailure,
    /// It is done only where this holds.
    pub condition: Option<Condition>,
}

/// What becomes of the rest where a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The next step is done.
    Continue,
    /// Nothing more is done.
    Abort,
    /// Nothing more is done, and people are told.
    Escalate,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// A line for whoever reads how it went.
    Log(Template),
    /// Nothing, for so long.
    Wait(Duration),
    /// An action, with these fields.
    Act(&'static str, Vec<(&'static str, Filling)>),
    /// Asks a model. There is none yet.
    Think,
}

/// What fills a field of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Filling {
    /// Text that nothing runs.
    Text(Template),
    /// A command line: variables are quoted words in it.
    Line(Template),
    /// A number that stands in the file.
    Number(u64),
    /// The channel where the run is told, if it has one.
    Channel,
}

impl Filling {
    fn template(&self) -> Option<&Template> {
        match self {
            Self::Text(template) | Self::Line(template) => Some(template),
            Self::Number(_) | Self::Channel => None,
        }
    }
}

impl Step {
    /// The variables it takes.
    pub fn vars(&self) -> Vec<&str> {
        let deed: Vec<&str> = match &self.deed {
            Deed::Log(template) => template.vars().collect(),
            Deed::Act(_, fields) => {
                fields.iter().filter_map(|(_, filling)| filling.template()).flat_map(Template::vars).collect()
            }
            Deed::Wait(_) | Deed::Think => Vec::new(),
        };
        deed
    }
}

impl Book {
    /// The variables that must be given to run it. What only a condition asks for may be left out.
    pub fn needs(&self) -> BTreeSet<&str> {
        self.steps.iter().flat_map(Step::vars).collect()
    }

    /// Those of them that are missing.
    pub fn missing(&self, vars: &Vars) -> Vec<&str> {
        self.needs().into_iter().filter(|name| !vars.contains_key(*name)).collect()
    }

    /// The actions its steps are, each once.
    pub fn actions(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for step in &self.steps {
            if let Deed::Act(name, _) = &step.deed
                && !names.contains(name)
            {
                names.push(name);
            }
        }
        names
    }
}
