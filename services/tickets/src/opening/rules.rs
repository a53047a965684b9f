//! Who may open a ticket, and when: every rule a refusal of its own. Pure.

use std::time::Duration;

use base::{Actor, Error, Millis, Result, UserId};
use schedules::when::Zone;
use store::tickets::{Block, Category, Past, PastTicket, RolePart};

use crate::opening::hours;

/// What is asked for twice within this is one ticket.
const TWICE: Duration = Duration::from_secs(5);

/// Why somebody may not open a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// They may open none at all.
    Blocked(Block),
    /// They hold a role that may not.
    Excluded(u64),
    /// They hold none of the roles that it takes.
    Lacking(Vec<u64>),
    /// It is closed at this hour.
    Closed(Option<Millis>),
    /// They have as many as they may.
    Full(Vec<PastTicket>),
    /// They opened one a while ago.
    TooSoon(Millis),
}

/// What is known before anything is counted: who they are, and what time it is.
pub fn may_ask(category: &Category, actor: &Actor, block: Option<Block>, now: Millis) -> Result<(), Refused> {
    if let Some(block) = block {
        return Err(Refused::Blocked(block));
    }
    if let Some(role) = category.roles_of(RolePart::Excluded).find(|role| actor.roles.contains(role)) {
        return Err(Refused::Excluded(role.0));
    }
    let required: Vec<u64> = category.roles_of(RolePart::Required).map(|role| role.0).collect();
    if !required.is_empty() && !actor.roles.iter().any(|role| required.contains(&role.0)) {
        return Err(Refused::Lacking(required));
    }
    let zone = category.zone.parse().unwrap_or_else(|_| Zone::utc());
    let opens = category.hours.and_then(|hours| hours::opens(hours, &zone, now));
    match opens {
        Some(opens) => Err(Refused::Closed(Some(opens))),
        None => Ok(()),
    }
}

/// What they opened before leaves room for another.
pub fn has_room(category: &Category, past: &Past, now: Millis) -> Result<(), Refused> {
    let open: Vec<PastTicket> = past.0.iter().filter(|one| one.goes_on).cloned().collect();
    if i64::try_from(open.len()).is_ok_and(|count| count >= category.most_open) {
        return Err(Refused::Full(open));
    }
    let last = past.0.iter().map(|one| one.opened).max();
    match last.zip(category.cooldown).map(|(last, cooldown)| last.plus(cooldown)) {
        Some(again) if again > now => Err(Refused::TooSoon(again)),
        _ => Ok(()),
    }
}

/// The ticket that was opened a moment ago by the same press.
pub fn twin(past: &Past, now: Millis) -> Option<&PastTicket> {
    past.0.iter().find(|one| one.goes_on && now.since(one.opened) < TWICE)
}

impl Refused {
    /// In a sentence, for whoever asked.
    pub fn sentence(self, category: &str) -> Error {
        let none = "No ticket was opened.";
        let busy = |text: String| Error::Busy(format!("{text} {none}"));
        match self {
            Self::Blocked(Block { reason, by: UserId(by), .. }) => {
                let why = base::card::code(reason);
                busy(format!("You may open no tickets here: <@{by}> blocked you, because {why}."))
            }
            Self::Excluded(role) => busy(format!("Whoever holds <@&{role}> may not open tickets of {category}.")),
            Self::Lacking(roles) => {
                let roles: Vec<String> = roles.iter().map(|role| format!("<@&{role}>")).collect();
                busy(format!("Tickets of {category} are for {}.", roles.join(" or ")))
            }
            Self::Closed(opens) => {
                let opens = opens.map(|opens| format!(" It opens {}.", opens.relative())).unwrap_or_default();
                busy(format!("{category} is closed at this hour.{opens}"))
            }
            Self::Full(open) => {
                let named = |one: &PastTicket| match one.thread {
                    Some(thread) => format!("<#{thread}>"),
                    None => format!("ticket {}", one.number),
                };
                let open: Vec<String> = open.iter().take(3).map(named).collect();
                busy(format!("You have as many open of {category} as you may: {}.", open.join(", ")))
            }
            Self::TooSoon(again) => busy(format!(
                "You opened one of {category} a short while ago. Another can be opened {}.",
                again.relative()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use base::{GuildId, RoleId, Way};
    use store::tickets::Priority;

    use store::tickets::Place;

    use super::*;

    fn category() -> Category {
        Category {
            id: "a".to_owned(),
            panel: "p".to_owned(),
            name: "Billing".to_owned(),
            emoji: None,
            description: String::new(),
            priority: Priority::Normal,
            cooldown: Some(Duration::from_mins(10)),
            most_open: 2,
            hours: Some((9 * 60, 17 * 60)),
            zone: "UTC".to_owned(),
            answer_within: None,
            solve_within: None,
            ask_for: None,
            idle_for: None,
            ping_after: store::tickets::After::Share,
            escalate_after: store::tickets::After::Share,
            escalate_to: None,
            place: Place::Thread,
            under: None,
            forum: None,
            forum_since: Millis(0),
            roles: vec![(RoleId(1), RolePart::Required), (RoleId(2), RolePart::Excluded)],
            questions: Vec::new(),
        }
    }

    fn member(roles: &[u64]) -> Actor {
        Actor {
            guild: GuildId(1),
            user: UserId(7),
            name: "ann".to_owned(),
            administrator: false,
            roles: roles.iter().map(|role| RoleId(*role)).collect(),
            agent: None,
            way: Way::Press,
            reply_to: None,
        }
    }

    const NOON: Millis = Millis(12 * 3_600_000);

    #[test]
    fn roles_hours_and_blocks_are_enforced() {
        let category = category();
        assert_eq!(may_ask(&category, &member(&[1]), None, NOON), Ok(()));
        assert_eq!(may_ask(&category, &member(&[]), None, NOON), Err(Refused::Lacking(vec![1])));
        assert_eq!(may_ask(&category, &member(&[1, 2]), None, NOON), Err(Refused::Excluded(2)));
        let night = Millis(20 * 3_600_000);
        assert_eq!(may_ask(&category, &member(&[1]), None, night), Err(Refused::Closed(Some(Millis(33 * 3_600_000)))));
        let block = Block { reason: "spam".to_owned(), by: UserId(9), at: NOON };
        let blocked = may_ask(&category, &member(&[1]), Some(block.clone()), NOON);
        assert_eq!(blocked, Err(Refused::Blocked(block)));
    }

    #[test]
    fn a_member_has_so_many_at_once_and_waits_between_two() {
        let category = category();
        let one = |number: i64, ago: i64, goes_on: bool| PastTicket {
            number,
            opened: Millis(NOON.0 - ago * 60_000),
            goes_on,
            thread: None,
        };
        assert_eq!(has_room(&category, &Past::default(), NOON), Ok(()));
        let recent = Past(vec![one(3, 9, false)]);
        assert_eq!(has_room(&category, &recent, NOON), Err(Refused::TooSoon(Millis(NOON.0 + 60_000))));
        let full = Past(vec![one(3, 60, true), one(2, 90, true), one(1, 100, false)]);
        assert!(matches!(has_room(&category, &full, NOON), Err(Refused::Full(open)) if open.len() == 2));
        assert_eq!(has_room(&category, &Past(vec![one(2, 11, true)]), NOON), Ok(()));
        let number = |past: &Past| twin(past, NOON).map(|one| one.number);
        assert_eq!((number(&Past(vec![one(4, 0, true)])), number(&full)), (Some(4), None));
    }
}
