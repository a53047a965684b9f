//! The tool that hands a task to another agent, where the agent that speaks has some below it.
//!
//! **Invariant:** who is below whom is the workspace's word at this moment, and not the model's.

use conversations::{DelegateTask, TASK};
use serde_json::{Value, json};
use uuid::Uuid;

use super::brief::Below;
use crate::{
    Call, Tool,
    conversation::Checked,
    tools::{check::arguments, schema},
};

/// What a model calls it.
pub(super) const DELEGATE: &str = "delegate";
/// So much of what an agent is for is told, in characters.
const ABOUT: usize = 160;

/// Whom a task may be handed to.
pub(super) struct Hands {
    /// The conversation it would come from.
    pub(super) from: i64,
    /// The turn there.
    pub(super) turn: u64,
    /// The agents.
    pub(super) agents: Vec<Below>,
}

impl Hands {
    /// What the model is shown.
    pub(super) fn tool(&self) -> Tool {
        let lines =
            self.agents.iter().map(|one| format!("{}: {}", one.name, schema::sentence(&one.description, ABOUT)));
        let lines = lines.collect::<Vec<_>>().join("\n");
        Tool {
            name: DELEGATE.to_owned(),
            description: format!(
                "Hand a part of the work to another agent, and get back what it found out or did. It knows nothing of this \
                 conversation but the task.\n{lines}"
            ),
            schema: self.schema(),
        }
    }

    fn schema(&self) -> Value {
        let names: Vec<&str> = self.agents.iter().map(|one| one.name.as_str()).collect();
        json!({
            "type": "object", "additionalProperties": false, "required": ["agent", "task"],
            "properties": {
                "agent": { "type": "string", "enum": names },
                "task": { "type": "string", "minLength": 1, "maxLength": TASK,
                    "description": "All it needs to know: what is to be found out or done, on what, and what to report." },
            },
        })
    }

    /// Looks at a call before it is done. One that only looked would run beside others; what another agent does may change something.
    pub(super) fn check(&self, call: &Call, entry: Uuid) -> Checked {
        match arguments(DELEGATE, &self.schema(), &call.arguments) {
            Ok(given) => Checked::Fine {
                action: <DelegateTask as base::Action>::NAME.to_owned(),
                arguments: json!({ "from": self.from, "turn": self.turn, "agent": given["agent"], "task": given["task"] }),
                entry,
                looks: false,
            },
            Err(why) => Checked::Wrong(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hands() -> Hands {
        let below =
            |name: &str| Below { name: name.to_owned(), description: "Looks after disks. And more.".to_owned() };
        Hands { from: 5, turn: 3, agents: vec![below("disks"), below("webs")] }
    }

    fn checked(arguments: &str) -> Checked {
        let call = Call { id: "c".into(), name: DELEGATE.into(), arguments: arguments.into() };
        hands().check(&call, Uuid::from_u128(7))
    }

    #[test]
    fn a_task_goes_only_to_an_agent_below_and_is_taken_for_a_change() {
        let Checked::Fine { action, arguments, entry, looks } = checked(r#"{"agent":"disks","task":"look"}"#) else {
            panic!("it is refused")
        };
        assert_eq!((action.as_str(), entry, looks), ("jarvis.delegate", Uuid::from_u128(7), false));
        assert_eq!(arguments, json!({ "from": 5, "turn": 3, "agent": "disks", "task": "look" }));
        for wrong in [
            r#"{"agent":"root","task":"x"}"#,
            r#"{"agent":"disks"}"#,
            "[]",
            r#"{"agent":"disks","task":"x","from":"y"}"#,
        ] {
            assert!(matches!(checked(wrong), Checked::Wrong(_)), "{wrong}");
        }
        assert!(hands().tool().description.contains("disks: Looks after disks."));
    }
}
