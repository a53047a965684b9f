//! Every feature there is, declared once: what it owns and what it needs. All else follows from here.
//!
//! **Invariant:** every action that is wired belongs to one feature or to the core.

use crate::permission::{Need, Place};
use crate::{
    intent::{Intent, MESSAGE_CONTENT, PRESENCE, SERVER_MEMBERS},
    permission as may,
};

/// Something a guild can switch on and off.
#[derive(Debug)]
pub struct Feature {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// What it is, in a few words.
    pub sentence: &'static str,
    /// The kinds of its actions: `server` for `server.run` and the rest of them.
    pub actions: &'static [&'static str],
    /// Its groups of slash commands.
    pub commands: &'static [&'static str],
    /// Whether a new guild has it.
    pub at_first: State,
    /// What the bot must be allowed for it, and what is lost without.
    pub permissions: &'static [Need],
    /// What Discord must send for it.
    pub intents: &'static [Intent],
    /// What must be set up for it.
    pub settings: &'static [Setting],
    /// What an operator is given of it.
    pub operators: &'static [&'static str],
}

/// Whether a feature is on in a guild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// What a guild can be set up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The channel for incidents and questions.
    OpsChannel,
}

/// Every feature, in the order of lists.
pub const ALL: &[Feature] = &[
    Feature {
        name: "servers",
        sentence: "Linux servers over SSH: commands, checks, pinned keys",
        actions: &["server"],
        commands: &["server"],
        at_first: State::On,
        permissions: &[
            Need {
                what: may::ATTACH_FILES,
                place: Place::Ops,
                costs: "whole logs stay behind; cards show the last lines only",
            },
            Need { what: may::CREATE_PUBLIC_THREADS, place: Place::Ops, costs: "no terminal can be opened" },
            Need { what: may::SEND_MESSAGES_IN_THREADS, place: Place::Ops, costs: "no terminal shows its screen" },
        ],
        intents: &[Intent { costs: "lines for a terminal are typed into a form", ..MESSAGE_CONTENT }],
        settings: &[],
        operators: &["server.*"],
    },
    Feature {
        name: "metrics",
        sentence: "How servers are and were: drawn over time, and all of them at a glance",
        actions: &["metrics", "fleet"],
        commands: &["fleet"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["metrics.*"],
    },
    Feature {
        name: "alerts",
        sentence: "What is wrong, told once: rules, probes, incidents with a thread and buttons",
        actions: &["alert", "probe", "incident"],
        commands: &["alert", "probe", "incident"],
        at_first: State::On,
        permissions: &[
            Need { what: may::CREATE_PUBLIC_THREADS, place: Place::Ops, costs: "incidents have no timeline" },
            Need { what: may::SEND_MESSAGES_IN_THREADS, place: Place::Ops, costs: "timelines of incidents stay empty" },
        ],
        intents: &[],
        settings: &[],
        // What a probe reaches is not what a grant on servers says.
        operators: &["alert.*", "probe.list", "probe.test", "incident.*"],
    },
    Feature {
        name: "containers",
        sentence: "Containers, images and Compose projects on any server",
        actions: &["container", "compose", "image", "volume", "network"],
        commands: &["container", "compose", "image", "volume", "network"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["container.*", "compose.*", "image.*", "volume.*", "network.*"],
    },
    Feature {
        name: "jarvis",
        sentence: "The assistant: answers in threads, looks things up, does what you may do yourself",
        actions: &["jarvis", "ai", "model", "agent", "skill", "registry", "playbook", "memory", "prompt", "mcp"],
        commands: &[
            "jarvis",
            "ai",
            "model",
            "agent",
            "skill",
            "registry",
            "playbook",
            "memory",
            "remember",
            "forget",
            "prompt",
            "mcp",
            // A message's own menu.
            "Ask Jarvis about this",
        ],
        at_first: State::On,
        permissions: &[
            Need {
                what: may::CREATE_PUBLIC_THREADS,
                place: Place::Ops,
                costs: "no conversation or playbook can be begun",
            },
            Need {
                what: may::SEND_MESSAGES_IN_THREADS,
                place: Place::Ops,
                costs: "no answer and no playbook can be shown",
            },
        ],
        intents: &[Intent {
            costs: "it hears commands and mentions, and nothing else that is written in its threads",
            ..MESSAGE_CONTENT
        }],
        settings: &[],
        // Who is asked, what leaves the house and what it may cost is an administrator's.
        operators: &[
            "jarvis.*",
            "ai.status",
            "ai.usage",
            "model.list",
            "model.show",
            "agent.*",
            "skill.*",
            "registry.*",
            "playbook.*",
            "memory.*",
            "prompt.*",
            // What is used of others, and what of it only looks, is an administrator's.
            "mcp.list",
            "mcp.show",
            "mcp.tools",
            "mcp.call",
            "mcp.token-create",
        ],
    },
    Feature {
        name: "files",
        sentence: "Files on servers: look, fetch, put, edit, undo; in directories you open",
        actions: &["file"],
        commands: &["file"],
        at_first: State::On,
        // What it attaches it attaches where `servers` does.
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["file.*"],
    },
    Feature {
        name: "service-map",
        sentence: "What runs where and needs what, from a file: drawn, asked, started in order",
        actions: &["service"],
        commands: &["service"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["service.*"],
    },
    Feature {
        name: "secrets",
        sentence: "Named secrets: typed into forms, sealed, used by name",
        actions: &["secret"],
        commands: &["secret"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["secret.list", "secret.uses", "secret.use"],
    },
    Feature {
        name: "schedules",
        sentence: "Anything done at its time: every night, every 15 minutes, once",
        actions: &["schedule"],
        commands: &["schedule"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["schedule.*"],
    },
    Feature {
        name: "runbooks",
        sentence: "What is done when something happens, step by step; by hand or from an alert",
        actions: &["runbook"],
        commands: &["runbook"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["runbook.*"],
    },
    Feature {
        name: "tickets",
        sentence: "Members ask for help on a panel, staff answer in private threads",
        actions: &["ticket"],
        commands: &[
            "ticket",
            // A message's own menu.
            "Open a ticket",
        ],
        at_first: State::On,
        permissions: &[
            Need { what: may::CREATE_PRIVATE_THREADS, place: Place::Guild, costs: "tickets get no threads" },
            Need { what: may::SEND_MESSAGES_IN_THREADS, place: Place::Guild, costs: "nothing is shown in tickets" },
            Need { what: may::MANAGE_THREADS, place: Place::Guild, costs: "closed tickets are not locked" },
        ],
        intents: &[
            Intent { costs: "staff are not brought into tickets, and who leaves is found out late", ..SERVER_MEMBERS },
            Intent { costs: "transcripts of tickets are without their text", ..MESSAGE_CONTENT },
        ],
        settings: &[],
        operators: &["ticket.*"],
    },
    Feature {
        name: "overlays",
        sentence: "What OBS lays over a stream: alerts, chat, goals, timers, a canvas",
        actions: &["overlay"],
        commands: &["overlay"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["overlay.*"],
    },
    Feature {
        name: "streams",
        sentence: "Who goes live on Twitch, YouTube and Kick is told once; accounts there, and one's own stream",
        actions: &["account", "stream"],
        commands: &["connect", "connections", "stream"],
        at_first: State::On,
        permissions: &[Need {
            what: may::MANAGE_ROLES,
            place: Place::Guild,
            costs: "nobody gets a role while they are live",
        }],
        intents: &[],
        settings: &[],
        operators: &["stream.*"],
    },
    Feature {
        name: "presence",
        sentence: "My own status: who is live, Plex, Lanyard, in every server; and Plex for overlays",
        actions: &["presence"],
        commands: &["presence"],
        // What one server shares all others see: nobody has it unasked.
        at_first: State::Off,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["presence.show"],
    },
    Feature {
        name: "log",
        sentence: "What happens, shown in channels: chosen events, folded",
        actions: &["log"],
        commands: &["log"],
        at_first: State::On,
        permissions: &[],
        intents: &[],
        settings: &[],
        operators: &["log.list"],
    },
];

/// What streams are helped by where whoever runs the bot wants it, with `NEBULA_STREAMS_PRESENCE`.
pub const SEEN_STREAMING: Intent = Intent {
    costs: "`NEBULA_STREAMS_PRESENCE` is on, and that a member shows a stream on Discord hastens nothing",
    ..PRESENCE
};

/// The kinds of actions that are always on.
const CORE: &[&str] = &["approval", "audit", "feature", "grant", "history", "job", "policy", "setup"];

/// What the bot must be allowed in any case.
pub const CORE_PERMISSIONS: &[Need] = &[
    Need {
        what: may::VIEW_CHANNEL,
        place: Place::Ops,
        costs: "I do not see the ops channel, and nothing arrives there",
    },
    Need {
        what: may::SEND_MESSAGES,
        place: Place::Ops,
        costs: "incidents and reminders of open questions do not arrive",
    },
    Need {
        what: may::READ_MESSAGE_HISTORY,
        place: Place::Ops,
        costs: "a reminder cannot stand under the question it is about",
    },
];

/// What an operator is given in any case: to look, never to change who may what.
pub const CORE_OPERATORS: &[&str] = &["job.cancel", "audit.search", "audit.show", "policy.show", "policy.explain"];

/// To whom an action belongs.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    /// The core, which is always on.
    Core,
    /// A feature.
    Feature(&'static Feature),
}

/// To whom an action belongs; none is a mistake in the wiring.
pub fn owner(action: &str) -> Option<Owner> {
    let kind = action.split('.').next().unwrap_or_default();
    let feature = ALL.iter().find(|feature| feature.actions.contains(&kind)).map(Owner::Feature);
    feature.or_else(|| CORE.contains(&kind).then_some(Owner::Core))
}

/// The feature a group of slash commands belongs to; none is the core.
pub fn of_command(group: &str) -> Option<&'static Feature> {
    ALL.iter().find(|feature| feature.commands.contains(&group))
}

/// The feature of this name.
pub fn named(name: &str) -> Option<&'static Feature> {
    let name = name.trim().to_lowercase();
    ALL.iter().find(|feature| feature.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_is_owned_twice() {
        let kinds = ALL.iter().flat_map(|feature| feature.actions).chain(CORE);
        let mut seen = BTreeSet::new();
        for kind in kinds {
            assert!(seen.insert(kind), "{kind}");
        }
        let mut seen = BTreeSet::new();
        assert!(ALL.iter().flat_map(|feature| feature.commands).all(|group| seen.insert(group)));
        let mut seen = BTreeSet::new();
        assert!(ALL.iter().all(|feature| seen.insert(feature.name)));
    }

    #[test]
    fn an_action_of_nobody_has_no_owner() {
        assert!(owner("teapot.brew").is_none());
        assert!(matches!(owner("server.run"), Some(Owner::Feature(feature)) if feature.name == "servers"));
        assert!(matches!(owner("grant.give"), Some(Owner::Core)));
        assert!(owner("servers").is_none(), "a kind is a whole word");
    }

    #[test]
    fn what_a_card_has_room_for() {
        for feature in ALL {
            // A menu's option takes 100, and Discord's own limit for a name is 32.
            assert!(feature.sentence.len() <= 100 && feature.name.len() <= 32, "{}", feature.name);
        }
    }
}
