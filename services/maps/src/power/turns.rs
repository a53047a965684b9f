//! Which service is started and stopped when. Pure.
//!
//! **Invariants:** a service is started after all it needs and stopped after all that needs it, of those that are meant; and it is
//! not begun once one of those has failed.

use serde::{Deserialize, Serialize};

use super::With;
use crate::graph::{Graph, Way};

/// What is done with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    Start,
    Stop,
    Restart,
    /// It did not go down when it was asked to.
    ForceStop,
}

impl Deed {
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::ForceStop => "Force-stop",
        }
    }

    pub(crate) fn going_on(self) -> &'static str {
        match self {
            Self::Start => "starting",
            Self::Stop => "stopping",
            Self::Restart => "restarting",
            Self::ForceStop => "force-stopping",
        }
    }

    pub(crate) fn done(self) -> &'static str {
        match self {
            Self::Start => "Started",
            Self::Stop => "Stopped",
            Self::Restart => "Restarted",
            Self::ForceStop => "Force-stopped",
        }
    }

    /// What it can break at most, before its lines are looked at.
    pub(crate) fn risk(self) -> base::Risk {
        if self == Self::ForceStop { base::Risk::Destroy } else { base::Risk::Change }
    }

    /// Whether the service is to be up after it.
    pub(crate) fn ends_up(self) -> bool {
        !matches!(self, Self::Stop | Self::ForceStop)
    }
}

/// One thing that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) service: usize,
    pub(crate) deed: Deed,
}

/// All of it, in order. `restarts`: it can be restarted in one.
pub(crate) fn turns(graph: &Graph, one: usize, deed: Deed, with: With, restarts: bool) -> Vec<Turn> {
    let meant = match with {
        With::Alone => [one].into(),
        With::Dependants => graph.reach(one, Way::Up),
        With::Dependencies => graph.reach(one, Way::Down),
    };
    let order: Vec<usize> = graph.order().unwrap_or_default().into_iter().filter(|one| meant.contains(one)).collect();
    let starts = |of: &dyn Fn(usize) -> bool| {
        order.iter().filter(|&&one| of(one)).map(|&service| Turn { service, deed: Deed::Start }).collect::<Vec<_>>()
    };
    let stops = |of: &dyn Fn(usize) -> bool| {
        order
            .iter()
            .rev()
            .filter(|&&one| of(one))
            .map(|&service| Turn { service, deed: Deed::Stop })
            .collect::<Vec<_>>()
    };
    match deed {
        Deed::Start => starts(&|_| true),
        Deed::Stop => stops(&|_| true),
        // What stands on it is not forced along.
        Deed::ForceStop => vec![Turn { service: one, deed }],
        // What stands on it is stopped before and started after; itself in one where that can be done.
        Deed::Restart if restarts && with != With::Dependencies => {
            let others = |service: usize| service != one;
            let mut turns = stops(&others);
            turns.push(Turn { service: one, deed });
            turns.extend(starts(&others));
            turns
        }
        Deed::Restart => {
            let mut turns = stops(&|_| true);
            turns.extend(starts(&|_| true));
            turns
        }
    }
}

/// Whether the failure of one turn keeps a later one from being begun.
pub(crate) fn blocks(graph: &Graph, failed: Turn, later: Turn) -> bool {
    let needs = |one: usize, other: usize| graph.next(one, Way::Down).contains(&other);
    failed.service == later.service
        || (failed.deed.ends_up() && later.deed.ends_up() && needs(later.service, failed.service))
        || (failed.deed != Deed::Start && later.deed != Deed::Start && needs(failed.service, later.service))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_map() -> impl Strategy<Value = (Vec<Vec<usize>>, usize)> {
        (1..15_usize).prop_flat_map(|many| {
            let needs = (0..many)
                .map(|one| proptest::collection::vec(0..one.max(1), 0..if one == 0 { 1 } else { 4 }))
                .collect::<Vec<_>>();
            (needs, 0..many)
        })
    }

    fn place(turns: &[Turn], service: usize, deed: Deed) -> Option<usize> {
        turns.iter().position(|turn| *turn == Turn { service, deed })
    }

    proptest! {
        #[test]
        fn whatever_is_meant_starts_after_what_it_needs_and_stops_before((needs, one) in any_map(), restarts: bool) {
            let graph = Graph::new(needs.clone());
            for with in [With::Alone, With::Dependants, With::Dependencies] {
                for deed in [Deed::Start, Deed::Stop, Deed::Restart] {
                    let turns = turns(&graph, one, deed, with, restarts);
                    prop_assert!(turns.iter().any(|turn| turn.service == one));
                    for (service, needs) in needs.iter().enumerate() {
                        for &need in needs {
                            if let (Some(own), Some(needed)) = (place(&turns, service, Deed::Start), place(&turns, need, Deed::Start)) {
                                prop_assert!(needed < own);
                            }
                            if let (Some(own), Some(needed)) = (place(&turns, service, Deed::Stop), place(&turns, need, Deed::Stop)) {
                                prop_assert!(own < needed);
                            }
                            if let (Some(restart), Some(start)) = (place(&turns, need, Deed::Restart), place(&turns, service, Deed::Start)) {
                                prop_assert!(restart < start && place(&turns, service, Deed::Stop).unwrap() < restart);
                            }
                        }
                    }
                    // Whatever was stopped to restart something is started again.
                    if deed == Deed::Restart {
                        let stopped = turns.iter().filter(|turn| turn.deed == Deed::Stop);
                        prop_assert!(stopped.into_iter().all(|turn| place(&turns, turn.service, Deed::Start).is_some()));
                    }
                }
            }
        }

        #[test]
        fn what_stands_on_what_failed_is_not_begun((needs, one) in any_map(), fails in 0..30_usize) {
            let graph = Graph::new(needs.clone());
            let all = turns(&graph, one, Deed::Start, With::Dependencies, true);
            let fails = fails % all.len();
            let mut failed = vec![all[fails]];
            for turn in &all[fails + 1..] {
                if failed.iter().any(|failed| blocks(&graph, *failed, *turn)) {
                    failed.push(*turn);
                } else {
                    prop_assert!(!graph.reach(turn.service, Way::Down).contains(&all[fails].service));
                }
            }
        }
    }

    #[test]
    fn a_restart_with_what_needs_it_goes_down_and_up_again_around_it() {
        // web needs api needs db.
        let graph = Graph::new(vec![vec![1], vec![2], vec![]]);
        let shown = |with, restarts| -> Vec<(usize, Deed)> {
            turns(&graph, 1, Deed::Restart, with, restarts).into_iter().map(|turn| (turn.service, turn.deed)).collect()
        };
        assert_eq!(shown(With::Alone, true), [(1, Deed::Restart)]);
        assert_eq!(shown(With::Alone, false), [(1, Deed::Stop), (1, Deed::Start)]);
        assert_eq!(shown(With::Dependants, true), [(0, Deed::Stop), (1, Deed::Restart), (0, Deed::Start)]);
        assert_eq!(
            shown(With::Dependencies, true),
            [(1, Deed::Stop), (2, Deed::Stop), (2, Deed::Start), (1, Deed::Start)]
        );
        let (stop, start) =
            (|service| Turn { service, deed: Deed::Stop }, |service| Turn { service, deed: Deed::Start });
        assert!(blocks(&graph, stop(0), stop(1)) && !blocks(&graph, stop(1), stop(0)), "what still runs needs it");
        assert!(blocks(&graph, start(1), start(0)) && !blocks(&graph, start(0), start(1)));
    }
}
