//! A step as what is asked of the hub: an action and its arguments, with the variables filled in.

use base::{Result, card::code};
use serde_json::{Map, Value, json};

use crate::{
    book::{Deed, Filling, Step},
    template::Vars,
};

/// What a step asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asks {
    /// A line for whoever reads how it went.
    Line(String),
    /// Time.
    Wait(std::time::Duration),
    /// An action.
    Action(&'static str, Value),
    /// A model, which is not there.
    Model,
}

/// What a step asks for with these variables; `channel` is where the run is told.
pub(crate) fn asks(step: &Step, vars: &Vars, channel: Option<u64>) -> Result<Asks> {
    Ok(match &step.deed {
        Deed::Log(template) => Asks::Line(template.filled(vars)?),
        Deed::Wait(span) => Asks::Wait(*span),
        Deed::Think => Asks::Model,
        Deed::Act(action, fields) => {
            let mut arguments = Map::new();
            for (field, filling) in fields {
                let value = match filling {
                    Filling::Text(template) => json!(template.filled(vars)?),
                    Filling::Line(template) => json!(template.quoted(vars)?),
                    Filling::Number(number) => json!(number),
                    Filling::Channel => json!(channel),
                };
                arguments.insert((*field).to_owned(), value);
            }
            Asks::Action(action, Value::Object(arguments))
        }
    })
}

/// What a step does, as the file says it: nothing is filled in.
pub(crate) fn described(step: &Step) -> String {
    match &step.deed {
        Deed::Log(template) => format!("log {}", code(template.to_string())),
        Deed::Wait(span) => format!("wait {}", base::measure::span(*span)),
        Deed::Think => "ask a model (cannot run yet)".to_owned(),
        Deed::Act(action, fields) => {
            let field = |(name, filling): &(&str, Filling)| match filling {
                Filling::Text(template) | Filling::Line(template) => Some(format!("{name}:{template}")),
                // It follows from the step's timeout.
                Filling::Number(_) if *name == "minutes" => None,
                Filling::Number(number) => Some(format!("{name}:{number}")),
                Filling::Channel => None,
            };
            let fields: Vec<String> = fields.iter().filter_map(field).collect();
            format!("`{action}` {}", code(fields.join(" ")))
        }
    }
}
