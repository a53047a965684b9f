//! Toolboxes that were made before: a conversation's next question mostly finds its tools as they were, and making them of hundreds of
//! actions takes longer than all else that is done for a question.
//!
//! **Invariant:** a toolbox is found only where it would be made of exactly the same.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use super::above::Narrowing;
use crate::tools::{Catalogue, Toolbox};

/// So many are kept.
const KEPT: usize = 16;

/// What a toolbox is made of.
#[derive(Debug, PartialEq)]
pub(super) struct Made {
    /// The names of the actions that are offered. What they are does not change while the process lives.
    pub(super) own: String,
    /// What other programs lend, with all their words.
    pub(super) lent: String,
    /// What is left of them.
    pub(super) narrowing: Narrowing,
}

/// The toolboxes, those that were used last at the end.
#[derive(Default)]
pub(super) struct Shelf(Mutex<VecDeque<(Made, Toolbox)>>);

impl Shelf {
    /// The toolbox of this, made now where there is none.
    pub(super) fn toolbox(&self, of: Made, make: impl FnOnce() -> Catalogue) -> Toolbox {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(made, _)| *made == of).and_then(|at| kept.remove(at));
        let (of, toolbox) = found.unwrap_or_else(|| (of, Toolbox::new(make())));
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((of, toolbox.clone()));
        toolbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Offered;

    #[test]
    fn a_toolbox_is_made_once_of_the_same_and_anew_of_anything_else() {
        let shelf = Shelf::default();
        let made = std::cell::Cell::new(0);
        let find = |own: &str, may_change: bool| {
            let narrowing = Narrowing { only: Vec::new(), may_change };
            let of = Made { own: own.to_owned(), lent: String::new(), narrowing };
            shelf.toolbox(of, || {
                made.set(made.get() + 1);
                let schema = serde_json::json!({ "type": "object", "properties": {} });
                let offered = own.split(' ').map(|name| Offered {
                    name: name.to_owned(),
                    description: String::new(),
                    schema: schema.clone(),
                    looks: true,
                });
                Catalogue::of(offered)
            })
        };
        assert_eq!(find("a.b c.d", true).catalogue().entries().len(), 2);
        assert_eq!(find("a.b c.d", true).catalogue().entries().len(), 2);
        assert_eq!(made.get(), 1);
        find("a.b c.d", false);
        assert_eq!(find("a.b", true).catalogue().entries().len(), 1, "somebody who may less");
        assert_eq!(made.get(), 3);
        for number in 0..KEPT {
            find(&format!("other.{number}"), true);
        }
        find("a.b c.d", true);
        assert_eq!(made.get(), 4 + KEPT, "what was not used for long is made anew");
    }
}
