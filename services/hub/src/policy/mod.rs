//! What needs whose yes: a guild's rules, and what holds where it has none.
//!
//! **Invariant:** the narrowest rule decides; of those that are not narrower than each other, the strictest. Nothing that a model or an
//! automation asks for passes without a person, unless a rule that names them says so.

mod set;
mod show;

use std::time::Duration;

use base::{Actor, Asker, Need, Risk, card::code, gate::Request};
use store::rules::Rule;

pub use set::{Lasts, SetRule};
pub use show::ShowPolicy;

use crate::pattern::{action_fits, action_is_narrower, target_fits, target_is_narrower};

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

/// Whose yes a request needs: by what it is and each thing it acts on, or by what it takes besides, whichever is the strictest.
pub(crate) fn ruling(rules: &[Rule], actor: &Actor, request: &Request) -> Ruling {
    let asked = Asked::of(actor, request);
    let besides = request.also.iter().filter_map(|(action, target)| {
        let asked = Asked { action, target: Some(target), tags: &[], free_form: false, ..asked };
        Some(decide(rules, &asked)).filter(|ruling| ruling.rule.is_some())
    });
    let each = request
        .each
        .iter()
        .map(|one| decide(rules, &Asked { action: one.action, target: Some(&one.target), tags: &one.tags, ..asked }));
    // What acts on several things is judged by them; a rule that names it all the same counts, too.
    let own = Some(decide(rules, &asked)).filter(|ruling| request.each.is_empty() || ruling.rule.is_some());
    let strictest = own.into_iter().chain(each).chain(besides);
    let strictest = strictest.reduce(|one, other| if other.need > one.need { other } else { one });
    let ruling = strictest.unwrap_or_else(|| decide(rules, &asked));
    // What concerns only somebody themselves nobody else decides, or reads.
    let need = if request.own { ruling.need.min(Need::Confirm) } else { ruling.need };
    Ruling { need, ..ruling }
}

/// Whose yes it needs.
fn decide(rules: &[Rule], asked: &Asked<'_>) -> Ruling {
    let fits = |rule: &&Rule| {
        action_fits(&rule.action, asked.action)
            && target_fits(&rule.target, asked.target, asked.tags)
            // A rule for any risk is for any that there is: looking is none.
            && rule.risk.map_or(asked.risk != Risk::Observe, |risk| risk == asked.risk)
            && rule.asker.is_none_or(|asker| asker == asked.asker)
            // A rule that relaxes what models do must name them.
            && (rule.asker.is_some() || asked.asker == Asker::Person || rule.need >= by_default(asked))
    };
    let fitting: Vec<&Rule> = rules.iter().filter(fits).collect();
    let yields = |rule: &&&Rule| !fitting.iter().any(|other| is_narrower(other, rule));
    let rule = fitting.iter().filter(yields).max_by_key(|rule| rule.need).copied();
    let need = rule.map_or_else(|| by_default(asked), |rule| rule.need);
    let usual = if need == Need::Confirm { CONFIRM_LASTS } else { APPROVAL_LASTS };
    Ruling {
        need,
        why: why(asked, rule),
        lasts: rule.and_then(|rule| rule.lasts).unwrap_or(usual),
        rule: rule.cloned(),
    }
}

/// Whether one rule is about less than another that fits the same: by its target, then its action, its risk, and who asks.
fn is_narrower(one: &Rule, other: &Rule) -> bool {
    if one.target != other.target {
        if target_is_narrower(&one.target, &other.target) || target_is_narrower(&other.target, &one.target) {
            return target_is_narrower(&one.target, &other.target);
        }
        return false;
    }
    if one.action != other.action {
        return action_is_narrower(&one.action, &other.action);
    }
    (one.risk.is_some(), one.asker.is_some()) > (other.risk.is_some(), other.asker.is_some())
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
    fn of_a_tag_and_a_name_the_name_decides_and_of_two_tags_the_stricter_rule() {
        let tags = ["prod".to_owned(), "pci".to_owned()];
        let tagged = Asked { target: Some("db"), tags: &tags, ..asked(Risk::Change, Asker::Person) };
        let four = rule("*", "db", None, None, Need::FourEyes);
        let relaxed = rule("server.run", "tag:prod", Some(Risk::Change), None, Need::Never);
        assert_eq!(decide(&[four.clone(), relaxed.clone()], &tagged).need, Need::FourEyes);
        let pci = rule("*", "tag:pci", None, None, Need::FourEyes);
        assert_eq!(decide(&[relaxed.clone(), pci], &tagged).need, Need::FourEyes);
        let names = rule("*", "d*", None, None, Need::Approve);
        assert_eq!(decide(&[relaxed, names], &tagged).need, Need::Approve);
    }

    #[test]
    fn a_rule_for_any_risk_leaves_looking_alone() {
        let all = [rule("*", "*", None, None, Need::FourEyes)];
        assert_eq!(decide(&all, &asked(Risk::Observe, Asker::Person)).need, Need::Never);
        let looking = [rule("*", "*", Some(Risk::Observe), None, Need::Approve)];
        assert_eq!(decide(&looking, &asked(Risk::Observe, Asker::Person)).need, Need::Approve);
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
