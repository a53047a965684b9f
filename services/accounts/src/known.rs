//! Which tokens are masked: those of every account, and those before them for as long as they may still be on their way somewhere.
//!
//! **Invariant:** what is in use is masked; what was replaced is masked for an hour more, and then forgotten: an account that is renewed
//! twelve times a day for years knows no more than at first.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base::{Millis, Secret};
use store::accounts::Tokens;

use crate::Accounts;

/// What was replaced is masked for so long.
const REMEMBERED: Duration = Duration::from_hours(1);
/// It is looked through so often.
const EVERY: Duration = Duration::from_mins(1);

/// What each account's tokens are, by its id.
#[derive(Default)]
pub(crate) struct Known {
    held: Mutex<HashMap<String, (i64, Vec<Secret>)>>,
    looked: Mutex<Option<Millis>>,
}

fn parts(tokens: &Tokens) -> Vec<Secret> {
    std::iter::once(&tokens.access).chain(&tokens.refresh).cloned().collect()
}

impl Accounts {
    /// Masks these from now on.
    pub(crate) fn learn_tokens(&self, tokens: &Tokens) {
        for token in parts(tokens) {
            self.redactor.learn(token.expose());
        }
    }

    /// An account's tokens are these from this version on; those before are good for nothing any more.
    pub(crate) fn holds(&self, account: &str, version: i64, tokens: &Tokens) {
        let new = parts(tokens);
        let mut held = self.known.held.lock().unwrap_or_else(PoisonError::into_inner);
        // What was read before it was renewed tells nothing new.
        if held.get(account).is_some_and(|(known, _)| *known >= version) {
            return;
        }
        self.learn_tokens(tokens);
        let before = held.insert(account.to_owned(), (version, new.clone()));
        let is_new = |token: &Secret| new.iter().any(|one| one.expose() == token.expose());
        let replaced = before.into_iter().flat_map(|(_, tokens)| tokens).filter(|token| !is_new(token));
        replaced.for_each(|token| self.retire(&token));
    }

    /// Nobody uses an account's tokens any more.
    pub(crate) fn lets_go(&self, account: &str) {
        let before = self.known.held.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        before.into_iter().flat_map(|(_, tokens)| tokens).for_each(|token| self.retire(&token));
    }

    /// Nobody uses these any more.
    pub(crate) fn retire_tokens(&self, tokens: &Tokens) {
        for token in parts(tokens) {
            self.retire(&token);
        }
    }

    fn retire(&self, token: &Secret) {
        let now = self.clock.now();
        self.redactor.retire(token.expose(), now.plus(REMEMBERED));
        // Also where nobody looks after accounts.
        self.redactor.forget(now);
    }

    /// Forgets what was replaced an hour ago.
    pub(crate) fn forget_replaced(&self) {
        let now = self.clock.now();
        let mut looked = self.known.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_none_or(|then| now.since(then) >= EVERY) {
            *looked = Some(now);
            self.redactor.forget(now);
        }
    }
}
