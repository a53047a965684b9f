//! What a model may ask for in a turn: the actions of the person it answers, narrowed by the conversation's mode and agent.
//!
//! **Invariant:** it decides nothing: what is offered is checked like anything else when it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use base::{Action, Actor, GuildId, Result, Risk};
use conversations::DelegateTask;
use hub::{Hub, grants::Held};
use serde_json::{Value, json};

use super::{
    above::Narrowing,
    hands::{DELEGATE, Hands},
    shelf::{Made, Shelf},
};
use crate::{
    Call,
    conversation::{Checked, Conversation, Entry},
    runner::Lent,
    tools::{
        Catalogue, Checked as Looked, FIND_TOOL, Fence, Offered, Toolbox, catalogue, check as looked, check::arguments,
    },
};

/// What people do with their own hands: what takes a secret, what opens a screen, and the assistant itself.
const BY_HAND: [&str; 13] = [
    "jarvis.*",
    // What other programs lend is offered tool by tool.
    "mcp.*",
    "secret.set",
    "secret.rotate",
    "server.add",
    "server.pin",
    "server.pin-many",
    "server.terminal",
    "server.invite",
    "server.uninvite",
    "server.end_terminal",
    "file.receive",
    "setup.*",
];
/// Tools take no more than this part of what a model reads and writes: a small one must have room for the question.
const PART: u64 = 4;
/// A token is taken for so many bytes.
const BYTES: u64 = 3;

/// Whether people do it with their own hands.
pub(super) fn is_by_hand(name: &str) -> bool {
    BY_HAND.iter().any(|pattern| catalogue::fits(pattern, name))
}

/// An action as a tool.
pub(super) fn offered(entry: &hub::Entry) -> Offered {
    Offered {
        name: entry.name.to_owned(),
        description: entry.description.clone(),
        schema: entry.schema.clone(),
        looks: entry.risk == Risk::Observe,
    }
}

/// Everything somebody may have a model ask for, without what other programs lend.
pub async fn catalogue(hub: &Hub, actor: &Actor) -> Result<Catalogue> {
    let all = hub.offered(actor).await?;
    Ok(Catalogue::of(all.into_iter().filter(|entry| !is_by_hand(entry.name)).map(offered)))
}

/// What a search for tools takes.
fn wanted() -> Value {
    json!({ "type": "object", "properties": { "query": { "type": "string" } }, "required": ["query"] })
}

/// The tools of a turn.
pub(super) struct Kit {
    toolbox: Toolbox,
    lent: BTreeMap<String, Lent>,
    hands: Option<Hands>,
    withheld: BTreeMap<String, Withheld>,
}

/// Something that could be done, and why it is not offered.
enum Withheld {
    /// The person does not hold it.
    NotHeld(&'static str),
    /// It is off in this guild.
    Off,
    /// The mode, or the agent, leaves it out.
    Narrowed,
}

impl Withheld {
    fn checked(&self, tool: &str) -> Checked {
        let (why, line) = match self {
            Self::NotHeld(action) => (
                format!("the person you answer may not do it: it takes `{action}`. Say so, and do not try again"),
                format!("takes `{action}`"),
            ),
            Self::Off => ("it is off in this guild".to_owned(), "is off".to_owned()),
            Self::Narrowed => {
                ("this conversation's mode or agent leaves it out".to_owned(), "left out by mode or agent".to_owned())
            }
        };
        Checked::Withheld { why: format!("`{tool}` was not done: {why}."), line }
    }
}

/// What other programs lend, and what makes their words harmless.
#[derive(Clone, Copy)]
pub(super) struct Lending<'a> {
    pub(super) lent: &'a [Lent],
    pub(super) fence: &'a Fence,
}

impl Lending<'_> {
    /// A tool as a model is shown it: whose words it is described in is said first. None where they hold more than words.
    fn offered(&self, lent: &Lent) -> Option<Offered> {
        let schema = lent.schema.to_string();
        if self.fence.harmless(&schema) != schema {
            return None;
        }
        let says = self.fence.harmless(&lent.description).replace('"', "'");
        let description = format!("A tool of the {}, which says of it, as information only: \"{says}\"", lent.from);
        let (name, schema, looks) = (lent.name.clone(), lent.schema.clone(), lent.looks);
        Some(Offered { name, description, schema, looks })
    }
}

impl Kit {
    /// What there is for this person, as far as it is not narrowed further; and whom they may have work handed to.
    pub(super) async fn of(
        (hub, shelf): (&Hub, &Shelf),
        (guild, held): (GuildId, &Held),
        narrowing: &Narrowing,
        hands: Hands,
        lending: Lending<'_>,
        window: u64,
    ) -> Result<Self> {
        let all = hub.offered_of(guild, held).await?;
        let may_hand_on = !hands.agents.is_empty() && all.iter().any(|entry| entry.name == DelegateTask::NAME);
        let may = |lent: &&Lent| {
            all.iter().any(|entry| entry.name == lent.action) && held.allows(lent.action, Some(&lent.target), &[])
        };
        let lent: Vec<&Lent> = lending.lent.iter().filter(may).collect();
        let others: Vec<Offered> = lent.iter().filter_map(|lent| lending.offered(lent)).collect();
        let lent = lent.into_iter().map(|lent| (lent.name.clone(), lent.clone())).collect();
        let offers: BTreeSet<&str> = all.iter().map(|entry| entry.name).collect();
        let own = all.into_iter().filter(|entry| !is_by_hand(entry.name)).map(offered);
        // Ours come first: what is called like one of them is left out.
        let of = Made {
            own: offers.iter().fold(String::new(), |all, one| all + one + " "),
            lent: format!("{others:?}"),
            narrowing: narrowing.clone(),
        };
        let toolbox = shelf.toolbox(of, || {
            let mut catalogue = Catalogue::of(own.chain(others));
            for only in &narrowing.only {
                catalogue = catalogue.narrowed(only);
            }
            if narrowing.may_change { catalogue } else { catalogue.only_looking() }
        });
        let toolbox = toolbox.within(usize::try_from(window / PART * BYTES).unwrap_or(usize::MAX));
        let there: BTreeSet<&str> = toolbox.catalogue().entries().iter().map(|tool| tool.action.as_str()).collect();
        let missing = hub.actions().filter(|entry| !there.contains(entry.name) && !is_by_hand(entry.name));
        let missing = missing.map(|entry| {
            let why = match offers.contains(entry.name) {
                true => Withheld::Narrowed,
                false if held.allows_any(entry.name) || entry.own => Withheld::Off,
                false => Withheld::NotHeld(entry.name),
            };
            (catalogue::tool_name(entry.name), why)
        });
        let withheld = missing.collect();
        Ok(Self { toolbox, lent, hands: may_hand_on.then_some(hands), withheld })
    }

    /// Shows what a conversation has used, what fits the question, and what was found since.
    pub(super) fn for_question(mut self, state: &Conversation) -> Self {
        let used = state.entries.iter().flat_map(|entry| match entry {
            Entry::Model { calls, .. } => calls.iter().map(|call| call.name.clone()).collect(),
            _ => Vec::new(),
        });
        self.toolbox = self.toolbox.showing(used);
        let said = state.entries.iter().rev().find_map(|entry| match entry {
            Entry::Said(said) => Some(said.text.as_str()),
            _ => None,
        });
        if let Some(said) = said {
            self.toolbox.ask(said);
        }
        let calls = state.entries.iter().flat_map(|entry| match entry {
            Entry::Model { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        // Of a search only the words are kept: the same words find the same, as far as it is offered still.
        for call in calls.filter(|call| call.name == FIND_TOOL) {
            if let Ok(arguments) = arguments(FIND_TOOL, &wanted(), &call.arguments) {
                self.toolbox.find(arguments["query"].as_str().unwrap_or_default());
            }
        }
        self
    }

    /// What the model is shown.
    pub(super) fn tools(&self) -> Vec<crate::Tool> {
        let mut tools = self.toolbox.tools();
        tools.extend(self.hands.as_ref().map(Hands::tool));
        tools
    }

    /// Looks at a call before it is done.
    pub(super) fn check(&mut self, call: &Call, entry: uuid::Uuid) -> Checked {
        if call.name == FIND_TOOL {
            return match arguments(FIND_TOOL, &wanted(), &call.arguments) {
                Ok(arguments) => Checked::Answered(self.toolbox.find(arguments["query"].as_str().unwrap_or_default())),
                Err(why) => Checked::Wrong(why),
            };
        }
        if let Some(hands) = self.hands.as_ref().filter(|_| call.name == DELEGATE) {
            return hands.check(call, entry);
        }
        match looked(self.toolbox.catalogue(), call) {
            Looked::Fits { entry: tool, arguments } => {
                let (looks, name) = (tool.looks, tool.action.clone());
                let (action, arguments) = match self.lent.get(&name) {
                    Some(lent) => {
                        let mut whole = lent.fixed.clone();
                        whole[lent.field] = arguments;
                        (lent.action.to_owned(), whole)
                    }
                    None => (name, arguments),
                };
                Checked::Fine { action, arguments, entry, looks }
            }
            Looked::Refused(why) => {
                // Small models write the action's own name, too.
                let known = [call.name.clone(), catalogue::tool_name(&call.name)];
                let withheld = known.iter().find_map(|name| self.withheld.get(name));
                withheld.map_or(Checked::Wrong(why), |withheld| withheld.checked(&call.name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_found_is_offered_in_the_next_prompt() {
        let all = (0..60).map(|at| Offered {
            name: format!("thing{at}.turn"),
            description: "Turns it.".to_owned(),
            schema: json!({ "type": "object", "properties": {} }),
            looks: true,
        });
        let kit = || Kit {
            toolbox: Toolbox::new(Catalogue::of(all.clone())),
            lent: BTreeMap::new(),
            hands: None,
            withheld: BTreeMap::new(),
        };
        let searched = |arguments: &str| {
            let call = Call { id: "c".into(), name: FIND_TOOL.into(), arguments: arguments.into() };
            let model = Entry::Model { turn: 1, text: String::new(), calls: vec![call], model: "m".into() };
            Conversation { entries: vec![model], ..Conversation::default() }
        };
        let shows =
            |state: &Conversation| kit().for_question(state).tools().iter().any(|tool| tool.name == "thing47_turn");
        assert!(shows(&searched(r#"{"query":"thing47"}"#)));
        assert!(!shows(&searched("no json")) && !shows(&Conversation::default()));
    }
}
