//! Values that may be one of several things: which of them was meant, and what is wrong with it as that.
//!
//! A list of what every branch dislikes helps nobody. The branch that is meant is found by what tells branches apart (the `type`
//! of a component, an option or a channel), and only its failures are told.

use super::document::referred;
use super::schema::{Checker, Failure, Spot, choices, fail, fail_choice, has_type, list, quoted, types};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// One branch that fits is enough, for `oneOf` too: Discord's branches overlap where every field is optional.
    pub(super) fn walk_union(&self, branches: &[Value], value: &Value, spot: Spot<'_>, out: &mut Vec<Failure>) {
        let mut nearest: Option<Vec<Failure>> = None;
        for branch in branches.iter().filter(|branch| self.is_meant(branch, value)) {
            let mut failures = Vec::new();
            self.walk(branch, value, spot, &mut failures);
            if failures.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|nearest| distance(&failures) < distance(nearest)) {
                nearest = Some(failures);
            }
        }
        match nearest {
            Some(failures) => out.extend(failures),
            None => self.fail_union(branches, value, spot, out),
        }
    }

    /// Whether a value says of itself that it is this branch's, as far as it says anything.
    fn is_meant(&self, branch: &Value, value: &Value) -> bool {
        let branch = self.resolved(branch);
        let forgiven = super::leniency::reread(self.side, branch, value);
        let value = forgiven.as_ref().unwrap_or(value);
        let chosen = choices(branch);
        has_type(branch, value)
            && (chosen.is_empty() || chosen.contains(value))
            && tags(branch).all(|(name, choices)| value.get(name).is_none_or(|tag| choices.contains(tag)))
    }

    fn fail_union(&self, branches: &[Value], value: &Value, spot: Spot<'_>, out: &mut Vec<Failure>) {
        let branches: Vec<&Value> = branches.iter().map(|branch| self.resolved(branch)).collect();
        // A field that tells the branches apart and is none of theirs.
        let all = branches.iter().flat_map(|branch| tags(branch));
        if let Some((name, tag)) = all.clone().find_map(|(name, _)| Some((name, value.get(name)?))) {
            let expected = all.filter(|(other, _)| *other == name).flat_map(|(_, choices)| choices);
            return fail_choice(out, spot, (Some(name), tag), expected);
        }
        let mut constants = branches.iter().flat_map(|branch| choices(branch)).peekable();
        if constants.peek().is_some() {
            return fail_choice(out, spot, (None, value), constants);
        }
        let types: BTreeSet<_> = branches.iter().map(|branch| types(branch)).collect();
        let types = types.into_iter().collect::<Vec<_>>().join(" or ");
        fail(out, spot, format!("is {}, not {types}", quoted(value)));
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        referred(self.schemas, schema).unwrap_or(schema)
    }
}

/// How far a value is from a branch: by how much is wrong, then by how early it goes wrong.
fn distance(failures: &[Failure]) -> (usize, Reverse<usize>) {
    let depth = failures.iter().map(|failure| failure.at.matches('/').count()).max();
    (failures.len(), Reverse(depth.unwrap_or(0)))
}

/// The fields of an object that can only have certain values, which tells it from others.
fn tags(schema: &Value) -> impl Iterator<Item = (&str, &[Value])> + Clone {
    let fields = schema.get("properties").and_then(Value::as_object);
    let required = list(schema, "required");
    let tags = fields.into_iter().flatten().map(|(name, field)| (name.as_str(), choices(field)));
    tags.filter(|(name, choices)| !choices.is_empty() && required.iter().any(|one| one == name))
}
