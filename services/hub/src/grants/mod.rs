//! Who may do what: grants of actions on targets, to roles and to persons.
//!
//! **Invariant:** default deny. What somebody holds is read when they ask, from the roles they have at that moment; nobody can
//! give what they do not hold.

mod give;
mod list;
mod mine;
mod operators;
mod revoke;

use std::sync::{Arc, OnceLock};

use base::{
    Actor, Error, Result, Run,
    gate::{self, Request},
};
use guilds::Guilds;
use store::{
    Store,
    grants::{Grant, Holder},
};

pub use give::GiveGrant;
pub use list::ListGrants;
pub use mine::ShowMine;
pub use operators::MakeOperators;
pub use revoke::RevokeGrant;

use crate::pattern::{action_covers, action_fits, target_covers, target_fits};

/// Grants are read at every perform, so there is an end to them.
const MOST: i64 = 500;

/// What can be granted and is no action: it is asked for beside one.
pub const BESIDES: [&str; 1] = ["secret.use"];

/// Does what concerns grants and the policy.
pub struct Access {
    pub(crate) store: Store,
    pub(crate) guilds: Arc<Guilds>,
    /// Every action there is, and whether it is free-form, once the hub is built.
    actions: OnceLock<Vec<(&'static str, bool)>>,
}

impl Access {
    pub(crate) fn new(store: Store, guilds: Arc<Guilds>) -> Self {
        Self { store, guilds, actions: OnceLock::new() }
    }

    pub(crate) fn know(&self, actions: Vec<(&'static str, bool)>) {
        // A hub is built once.
        let _ = self.actions.set(actions.into_iter().chain(BESIDES.map(|name| (name, false))).collect());
    }

    pub(crate) fn actions(&self) -> Vec<&'static str> {
        self.actions.get().into_iter().flatten().map(|(name, _)| *name).collect()
    }

    pub(crate) fn is_free_form(&self, action: &str) -> bool {
        self.actions.get().into_iter().flatten().any(|(name, free_form)| *name == action && *free_form)
    }
}

/// What somebody holds at this moment.
#[derive(Debug, Clone)]
pub struct Held {
    everything: bool,
    grants: Vec<Grant>,
}

impl Held {
    /// Reads it.
    pub async fn by(actor: &Actor, store: &Store) -> Result<Self> {
        if actor.administrator {
            return Ok(Self { everything: true, grants: Vec::new() });
        }
        let mut grants = store.grants(actor.guild).await?;
        grants.retain(|grant| match grant.holder {
            Holder::Role(role) => actor.has_role(role),
            Holder::Person(person) => person == actor.user,
        });
        Ok(Self { everything: false, grants })
    }

    /// Whether it includes this action on this target.
    pub fn allows(&self, action: &str, target: Option<&str>, tags: &[String]) -> bool {
        let fits = |grant: &Grant| action_fits(&grant.action, action) && target_fits(&grant.target, target, tags);
        self.everything || self.grants.iter().any(fits)
    }

    /// Whether it includes all that a request takes.
    pub(crate) fn suffices(&self, request: &Request) -> bool {
        self.missing(request).is_empty()
    }

    /// The refusal of what it does not suffice for: what is missing, and on what they hold the like.
    pub(crate) fn refuse(&self, request: &Request, action: String) -> Error {
        let missing = self.missing(request);
        let covered = missing.first().map(|(action, _)| self.covered(action)).unwrap_or_default();
        let takes: Vec<String> = missing.into_iter().map(|(action, target)| gate::grant(action, target)).collect();
        Error::Forbidden { action, grant: takes.join(" and "), covered }
    }

    /// What a request takes that it does not include.
    fn missing<'a>(&self, request: &'a Request) -> Vec<(&'static str, Option<&'a str>)> {
        let own = (request.each.is_empty() && !self.allows(request.name, request.target.as_deref(), &request.tags))
            .then_some((request.name, request.target.as_deref()));
        let each = request.each.iter().filter(|one| !self.allows(one.action, Some(&one.target), &one.tags));
        let mut each: Vec<_> = each.map(|one| (one.action, Some(one.chosen_by.as_str()))).collect();
        each.dedup();
        let also = request.also.iter().filter(|(action, target)| !self.allows(action, Some(target), &[]));
        let also = also.map(|(action, target)| (*action, Some(target.as_str())));
        own.into_iter().chain(each).chain(also).collect()
    }

    /// Whether it includes any action of a kind, such as `server`, on this target: whoever does may know its name.
    pub fn sees(&self, kind: &str, target: &str, tags: &[String]) -> bool {
        let of_kind = |pattern: &str| pattern == "*" || pattern.split('.').next() == Some(kind);
        self.everything
            || self.grants.iter().any(|grant| of_kind(&grant.action) && target_fits(&grant.target, Some(target), tags))
    }

    /// Whether it includes this action on any target at all.
    pub fn allows_any(&self, action: &str) -> bool {
        self.everything || self.grants.iter().any(|grant| action_fits(&grant.action, action))
    }

    /// On which targets it includes this action.
    fn covered(&self, action: &str) -> Vec<String> {
        let fitting = self.grants.iter().filter(|grant| action_fits(&grant.action, action));
        let mut targets: Vec<String> = fitting.map(|grant| grant.target.clone()).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// Whether it includes all that two patterns match.
    fn covers(&self, action: &str, target: &str) -> bool {
        let covers = |grant: &Grant| action_covers(&grant.action, action) && target_covers(&grant.target, target);
        self.everything || self.grants.iter().any(covers)
    }
}

/// What is kept and offered again must hold no secret.
pub(crate) fn refuse_secrets(run: &Run, typed: &[&str]) -> Result<()> {
    if typed.iter().any(|text| run.redactor().finds(text)) {
        return Err(Error::Invalid(
            "That holds a secret, and it would be kept for others to see. Nothing was changed.".to_owned(),
        ));
    }
    Ok(())
}

/// A grant in one line, as it is completed and listed.
pub fn line(grant: &Grant) -> String {
    format!("{} {} on {}", grant.holder_name, grant.action, grant.target)
}

/// Who holds a grant, as a mention.
fn mention(grant: &Grant, guild: base::GuildId) -> String {
    match grant.holder {
        Holder::Role(role) if role.0 == guild.0 => "@everyone".to_owned(),
        Holder::Role(role) => format!("<@&{role}>"),
        Holder::Person(person) => format!("<@{person}>"),
    }
}
