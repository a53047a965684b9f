//! Over whose connection what is heard. Pure.
//!
//! **Invariant:** nobody's account is asked for more of other people's channels than it may cost, and an account that is needed for nothing
//! has no connection.

use std::collections::{BTreeMap, BTreeSet};

use base::UserId;
use platforms::twitch::topic::{CHAT, EVENTS, GONE, Topic};

use crate::watch::{OFFLINE, ONLINE};

/// Other people's channels may cost an account so much: each kind of events of each costs one, and of each there are two. Its own cost
/// nothing.
const BUDGET: usize = accounts::OTHERS * 2;

/// Somebody's account at Twitch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who {
    /// Whose it is.
    pub(crate) user: UserId,
    /// Who they are there, by their id.
    pub(crate) subject: String,
}

/// What of somebody's own stream is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// What happens.
    Events,
    /// That, and what is said.
    WithChat,
}

/// What is heard over whose connection.
pub(crate) type Shares = BTreeMap<Who, BTreeSet<Topic>>;

/// Shares it out: what feeds overlays over the connection of whose stream it is, and followed channels over their own, or over others' as
/// far as those may cost.
pub(crate) fn share(accounts: &[Who], fed: &[(Who, Shown)], followed: &[String]) -> Shares {
    let mut shares = Shares::new();
    for (who, shown) in fed {
        let said = [CHAT].into_iter().chain(GONE);
        let chat = said.filter(|_| *shown == Shown::WithChat);
        let topics = EVENTS.into_iter().chain(chat).map(|kind| Topic { kind, channel: who.subject.clone() });
        shares.entry(who.clone()).or_default().extend(topics);
    }
    let both = |channel: &String| [ONLINE, OFFLINE].map(|kind| Topic { kind, channel: channel.clone() });
    let mut others = Vec::new();
    for channel in followed {
        match accounts.iter().find(|who| who.subject == *channel) {
            Some(who) => shares.entry(who.clone()).or_default().extend(both(channel)),
            None => others.push(channel),
        }
    }
    // Whoever has a connection already is asked first: another one is opened only where that is not enough.
    let mut order: Vec<&Who> = accounts.iter().collect();
    order.sort_by_key(|who| !shares.contains_key(*who));
    let mut others = others.into_iter();
    for who in order {
        for channel in others.by_ref().take(BUDGET / 2) {
            shares.entry(who.clone()).or_default().extend(both(channel));
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Twitch takes no more over one connection.
    const MOST: usize = 300;

    fn who(number: u64) -> Who {
        Who { user: UserId(number), subject: number.to_string() }
    }

    fn kinds(topics: &BTreeSet<Topic>, channel: &str) -> usize {
        topics.iter().filter(|topic| topic.channel == channel).count()
    }

    #[test]
    fn ones_own_is_heard_over_ones_own_connection_and_others_as_far_as_they_may_cost() {
        let followed: Vec<String> = ["2", "50", "51", "52", "53", "54", "55"].map(str::to_owned).to_vec();
        let shares = share(&[who(1), who(2)], &[(who(2), Shown::WithChat)], &followed);
        // Its own stream with ten kinds, its own channel with two, and five others with two each.
        assert_eq!((kinds(&shares[&who(2)], "2"), shares[&who(2)].len()), (12, 22));
        assert_eq!(shares[&who(1)].len(), 2, "another connection only where that is not enough");
    }

    #[test]
    fn who_is_needed_for_nothing_has_no_connection_and_the_chat_is_heard_only_where_it_is_shown() {
        assert!(share(&[who(1)], &[], &[]).is_empty());
        let shares = share(&[who(1)], &[(who(1), Shown::Events)], &[]);
        assert_eq!(shares[&who(1)].len(), EVENTS.len());
    }

    proptest! {
        #[test]
        fn nobody_is_asked_for_more_than_they_may_cost_and_no_channel_twice(accounts in 0_u64..6, followed in proptest::collection::btree_set(0_u64..60, 0..50)) {
            let accounts: Vec<Who> = (0..accounts).map(who).collect();
            let followed: Vec<String> = followed.into_iter().map(|channel| channel.to_string()).collect();
            let shares = share(&accounts, &[], &followed);
            let mut seen = BTreeSet::new();
            for (who, topics) in &shares {
                let cost = topics.iter().filter(|topic| topic.channel != who.subject).count();
                prop_assert!(cost <= BUDGET && !topics.is_empty());
                prop_assert!(topics.len() <= MOST);
                prop_assert!(topics.iter().all(|topic| seen.insert(topic.clone())));
            }
        }
    }
}
