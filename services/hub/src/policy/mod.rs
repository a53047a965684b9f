//! What needs whose yes: a guild's rules, and what holds where it has none.
//!
//! **Invariant:** the most specific rule decides; of two that are as specific, the stricter. Nothing that a model or an
//! automation asks for passes without a person, unless a rule that names them says so.

mod set;
mod show;

use std::time::Duration;

use base::{Actor, Asker, Need, Risk, card::code, gate::Request};
use store::rules::Rule;

pub use set::{Lasts, SetRule};
pub use show::ShowPolicy;

use crate::pattern::{action_fits, narrowness, target_fits};

/// How long another person has, unless a rule says otherwise.
pub(crate) const APPROVAL_LASTS: Duration = Duration::from_hours(24);
/// How long whoever asked has to confirm: they are there, and what it is about may be another thing tomorrow.
pub(crate) const CONFIRM_LASTS: Duration = Duration::from_hours(1);
/// The longest a question may stay open.
pub(crate) const LONGEST: Duration = Duration::from_hours(7 * 24);
/// Rules are read at every perform, so there is an end to them.
pub(crate) const MOST: i64 = 200;

/// What a policy says about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) need: Need,
    /// As the card says it: "destroys something, asked by a model".
    pub(crate) why: String,
    pub(crate) lasts: Duration,
    /// The guild's rule that decided; none is a default.
    pub(crate) rule: Option<Rule>,
}

/// What is asked, as far as a policy looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) action: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) tags: &'a [String],
    pub(crate) risk: Risk,
    pub(crate) free_form: bool,
    pub(crate) asker: Asker,
    pub(crate) administrator: bool,
}

impl<'a> Asked<'a> {
    pub(crate) fn of(actor: &Actor, request: &'a Request) -> Self {
        Self {
            action: request.name,
            target: request.target.as_deref(),
            tags: &request.tags,
            risk: request.risk,
            free_form: request.free_form,
            asker: actor.way.asker(),
            administrator: actor.administrator,
        }
    }
}

/// Whose yes it needs.
pub(crate) fn decide(rules: &[Rule], asked: &Asked<'_>) -> Ruling {
    let fitting = rules.iter().filter(|rule| {
        action_fits(&rule.action, asked.action)
            && target_fits(&rule.target, asked.target, asked.tags)
            && rule.risk.is_none_or(|risk| risk == asked.risk)
            && rule.asker.is_none_or(|asker| asker == asked.asker)
            // A rule that relaxes what models do must name them.
            && (rule.asker.is_some() || asked.asker == Asker::Person || rule.need >= by_default(asked))
    });
    let specific = |rule: &&Rule| {
        (narrowness(&rule.target), narrowness(&rule.action), rule.risk.is_some(), rule.asker.is_some(), rule.need)
    };
    let rule = fitting.max_by_key(specific);
    let need = rule.map_or_else(|| by_default(asked), |rule| rule.need);
    let usual = if need == Need::Confirm { CONFIRM_LASTS } else { APPROVAL_LASTS };
    Ruling {
        need,
        why: why(asked, rule),
        lasts: rule.and_then(|rule| rule.lasts).unwrap_or(usual),
        rule: rule.cloned(),
    }
}

/// What holds where the guild has no rule.
pub(crate) fn by_default(asked: &Asked<'_>) -> Need {
    match (asked.risk, asked.asker) {
        (Risk::Observe, _) => Need::Never,
        (_, Asker::Model | Asker::Automation) => Need::Approve,
        (_, Asker::Person) if asked.free_form && !asked.administrator => Need::Approve,
        (Risk::Change, Asker::Person) => Need::Never,
        (Risk::Destroy, Asker::Person) => Need::Confirm,
    }
}

/// Who asks, as a person reads it.
fn asked_by(asker: Asker) -> &'static str {
    match asker {
        Asker::Person => "a person",
        Asker::Model => "a model",
        Asker::Automation => "an automation",
    }
}

/// How long a question stays open, in the unit it was said in.
fn lasting(lasts: Duration) -> String {
    match lasts.as_secs() / 60 {
        minutes if minutes % (24 * 60) == 0 => format!("{} d", minutes / (24 * 60)),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

fn why(asked: &Asked<'_>, rule: Option<&Rule>) -> String {
    let who = match asked.asker {
        Asker::Person => String::new(),
        other => format!(", asked by {}", asked_by(other)),
    };
    let what = asked.risk.words();
    match rule {
        None => format!("{what}{who}"),
        Some(rule) => format!("{what}{who} · this guild's rule for {} on {}", code(&rule.action), code(&rule.target)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(action: &str, target: &str, risk: Option<Risk>, asker: Option<Asker>, need: Need) -> Rule {
        Rule { action: action.to_owned(), target: target.to_owned(), risk, asker, need, lasts: None }
    }

    fn asked(risk: Risk, asker: Asker) -> Asked<'static> {
        let (action, target) = ("server.run", Some("web-1"));
        Asked { action, target, tags: &[], risk, free_form: false, asker, administrator: false }
    }

    #[test]
    fn without_rules_looking_is_free_and_a_person_decides_about_the_rest() {
        for (risk, asker, need) in [
            (Risk::Observe, Asker::Person, Need::Never),
            (Risk::Observe, Asker::Model, Need::Never),
            (Risk::Observe, Asker::Automation, Need::Never),
            (Risk::Change, Asker::Person, Need::Never),
            (Risk::Change, Asker::Model, Need::Approve),
            (Risk::Change, Asker::Automation, Need::Approve),
            (Risk::Destroy, Asker::Person, Need::Confirm),
            (Risk::Destroy, Asker::Model, Need::Approve),
            (Risk::Destroy, Asker::Automation, Need::Approve),
        ] {
            assert_eq!(decide(&[], &asked(risk, asker)).need, need, "{risk:?} by {asker:?}");
        }
    }

    #[test]
    fn a_command_line_that_does_not_only_look_asks_another_person_unless_an_administrator_wrote_it() {
        for (risk, administrator, need) in [
            (Risk::Observe, false, Need::Never),
            (Risk::Change, false, Need::Approve),
            (Risk::Destroy, false, Need::Approve),
            (Risk::Change, true, Need::Never),
            (Risk::Destroy, true, Need::Confirm),
        ] {
            let asked = Asked { free_form: true, administrator, ..asked(risk, Asker::Person) };
            assert_eq!(decide(&[], &asked).need, need, "{risk:?} administrator {administrator}");
        }
    }

    #[test]
    fn the_most_specific_rule_decides_and_of_equals_the_stricter() {
        let rules = [
            rule("*", "*", None, None, Need::FourEyes),
            rule("server.*", "*", None, None, Need::Approve),
            rule("server.run", "web-*", Some(Risk::Change), None, Need::Confirm),
            rule("server.run", "web-1", Some(Risk::Destroy), Some(Asker::Person), Need::Never),
        ];
        assert_eq!(decide(&rules, &asked(Risk::Change, Asker::Person)).need, Need::Confirm);
        assert_eq!(decide(&rules, &asked(Risk::Destroy, Asker::Person)).need, Need::Never);
        assert_eq!(decide(&rules, &asked(Risk::Destroy, Asker::Model)).need, Need::Approve);
        assert_eq!(
            decide(&rules, &Asked { action: "grant.give", ..asked(Risk::Change, Asker::Person) }).need,
            Need::FourEyes
        );
        let equals = [
            rule("server.run", "*", None, Some(Asker::Person), Need::Confirm),
            rule("server.run", "*", Some(Risk::Change), None, Need::Approve),
        ];
        assert_eq!(decide(&equals, &asked(Risk::Change, Asker::Person)).need, Need::Approve, "a risk is more specific");
    }

    #[test]
    fn only_a_rule_that_names_models_lets_them_pass_without_a_person() {
        let open = [rule("*", "*", Some(Risk::Change), None, Need::Never)];
        assert_eq!(decide(&open, &asked(Risk::Change, Asker::Person)).need, Need::Never);
        assert_eq!(decide(&open, &asked(Risk::Change, Asker::Model)).need, Need::Approve);
        assert_eq!(decide(&open, &asked(Risk::Change, Asker::Automation)).need, Need::Approve);
        let named = [rule("*", "*", Some(Risk::Change), Some(Asker::Model), Need::Never)];
        assert_eq!(decide(&named, &asked(Risk::Change, Asker::Model)).need, Need::Never);
    }

    #[test]
    fn a_rule_says_why_and_how_long() {
        let mut one = rule("server.run", "web-*", None, None, Need::Approve);
        one.lasts = Some(Duration::from_hours(3));
        let ruling = decide(&[one], &asked(Risk::Change, Asker::Model));
        assert_eq!(ruling.why, "changes something, asked by a model · this guild's rule for `server.run` on `web-*`");
        assert_eq!(ruling.lasts, Duration::from_hours(3));
    }
}
