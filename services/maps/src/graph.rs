//! Who needs whom, as numbers: what comes first, what goes round in circles, what is above and below. Pure.
//!
//! **Invariant:** an order names each once, and whatever something needs before it.

use std::collections::{BTreeSet, VecDeque};

/// Who needs whom: for each, what it needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
}

/// Which way to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// What it needs.
    Down,
    /// What needs it.
    Up,
}

impl Graph {
    /// Of what each needs; whatever is named twice counts once.
    pub(crate) fn new(mut needs: Vec<Vec<usize>>) -> Self {
        let mut needed_by = vec![Vec::new(); needs.len()];
        for (one, needs) in needs.iter_mut().enumerate() {
            needs.sort_unstable();
            needs.dedup();
            for &need in needs.iter() {
                needed_by[need].push(one);
            }
        }
        Self { needs, needed_by }
    }

    /// The next ones that way.
    pub(crate) fn next(&self, one: usize, way: Way) -> &[usize] {
        match way {
            Way::Down => &self.needs[one],
            Way::Up => &self.needed_by[one],
        }
    }

    /// Everything that way, and what it began with.
    pub(crate) fn reach(&self, from: usize, way: Way) -> BTreeSet<usize> {
        let (mut seen, mut left) = (BTreeSet::from([from]), VecDeque::from([from]));
        while let Some(one) = left.pop_front() {
            left.extend(self.next(one, way).iter().filter(|&&next| seen.insert(next)));
        }
        seen
    }

    /// Each after all it needs, otherwise as they came; none where some of them go round in circles.
    pub(crate) fn order(&self) -> Option<Vec<usize>> {
        let mut missing: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut ready: BTreeSet<usize> = (0..missing.len()).filter(|&one| missing[one] == 0).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(one) = ready.pop_first() {
            order.push(one);
            for &next in &self.needed_by[one] {
                missing[next] -= 1;
                if missing[next] == 0 {
                    ready.insert(next);
                }
            }
        }
        (order.len() == self.needs.len()).then_some(order)
    }

    /// Circles, each as the way round it: at most so many, and none only where there is none.
    pub(crate) fn circles(&self, most: usize) -> Vec<Vec<usize>> {
        let mut left = self.needs.clone();
        let mut circles = Vec::new();
        while circles.len() < most
            && let Some(circle) = circle(&left)
        {
            // The last one's need closes it: without that need, the next one is found.
            if let (Some(&last), Some(first)) = (circle.last(), circle.first()) {
                left[last].retain(|need| need != first);
            }
            circles.push(circle);
        }
        circles
    }

    /// How deep each stands below those that nothing needs; only where nothing goes round in circles.
    pub(crate) fn layers(&self) -> Vec<usize> {
        let mut layers = vec![0; self.needs.len()];
        for one in self.order().unwrap_or_default().into_iter().rev() {
            for &need in &self.needs[one] {
                layers[need] = layers[need].max(layers[one] + 1);
            }
        }
        layers
    }
}

/// One way round, if there is any.
fn circle(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; needs.len()];
    for start in 0..needs.len() {
        // The way here, and which of the needs of each is followed next. No recursion: a map may be one long line.
        let (mut way, mut on_way): (Vec<(usize, usize)>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
        if !done[start] {
            way.push((start, 0));
            on_way.insert(start);
        }
        while let Some((one, next)) = way.last_mut() {
            match needs[*one].get(*next) {
                Some(need) if on_way.contains(need) => {
                    let from = way.iter().position(|(one, _)| one == need)?;
                    return Some(way[from..].iter().map(|(one, _)| *one).collect());
                }
                Some(&need) => {
                    *next += 1;
                    if !done[need] {
                        way.push((need, 0));
                        on_way.insert(need);
                    }
                }
                None => {
                    done[*one] = true;
                    on_way.remove(one);
                    way.pop();
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any needs among so many, circles included.
    fn any_graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1..25_usize).prop_flat_map(|many| proptest::collection::vec(proptest::collection::vec(0..many, 0..4), many))
    }

    proptest! {
        #[test]
        fn an_order_has_each_once_and_after_all_it_needs_and_circles_are_always_found(needs in any_graph()) {
            let graph = Graph::new(needs.clone());
            let circles = graph.circles(50);
            match graph.order() {
                Some(order) => {
                    prop_assert!(circles.is_empty());
                    let place = |one| order.iter().position(|&placed| placed == one).unwrap();
                    prop_assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), needs.len());
                    for (one, needs) in needs.iter().enumerate() {
                        prop_assert!(needs.iter().all(|&need| place(need) < place(one)));
                    }
                }
                None => prop_assert!(!circles.is_empty()),
            }
            for circle in circles {
                for (at, one) in circle.iter().enumerate() {
                    prop_assert!(needs[*one].contains(&circle[(at + 1) % circle.len()]), "{circle:?}");
                }
            }
        }

        #[test]
        fn without_circles_every_layer_is_above_what_it_needs(needs in any_graph()) {
            // Whoever needs only what came before goes round in no circle.
            let needs: Vec<Vec<usize>> =
                needs.into_iter().enumerate().map(|(one, needs)| needs.into_iter().filter(|need| *need < one).collect()).collect();
            let graph = Graph::new(needs.clone());
            let layers = graph.layers();
            for (one, needs) in needs.iter().enumerate() {
                prop_assert!(needs.iter().all(|&need| layers[need] > layers[one]));
                prop_assert!(graph.reach(one, Way::Down).into_iter().all(|below| graph.reach(below, Way::Up).contains(&one)));
            }
        }
    }

    #[test]
    fn a_line_of_thousands_is_followed_to_its_end() {
        let graph = Graph::new((0..20_000).map(|one: usize| one.checked_sub(1).into_iter().collect()).collect());
        assert_eq!(graph.order().unwrap().len(), 20_000);
        assert!(graph.circles(1).is_empty());
        let round = Graph::new((0..20_000).map(|one: usize| vec![(one + 1) % 20_000]).collect());
        assert_eq!(round.circles(1)[0].len(), 20_000);
    }
}
