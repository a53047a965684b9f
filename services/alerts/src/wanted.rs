//! Which rule, or which probe, would have a runbook run by itself when its file wants to be.
//!
//! **Invariant:** this only says what could be set; setting it is [`SetRule`] or [`SetProbe`], as whoever presses, with every check.

use std::time::Duration;

use base::{GuildId, Result};
use store::probes::Probe as Row;

use crate::{
    Alerts, Named, ProbeKind, RuleName, SetProbe, SetRule, Worse, amount,
    rule::DEFAULTS,
    scope::Scope,
    what::{Measure, What},
};

/// A runbook that does not help is not run more often in an hour, unless somebody says so.
const MOST: u32 = 3;
/// One that does not say how long it rests rests this long.
const RESTS: Duration = Duration::from_mins(15);

/// When a file wants its runbook to be run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The runbook.
    pub runbook: &'a str,
    /// What is looked at: a measure's name; of `health`, whatever the file calls it.
    pub target: &'a str,
    /// `gt`, `eq`, …
    pub operator: &'a str,
    /// Compared with this.
    pub value: &'a str,
    /// Whether it is about something that answers or does not, not about a number.
    pub is_health: bool,
    /// Whether it is about the end of certificates, which probes look at.
    pub is_certificate: bool,
    /// How long it rests for the same thing.
    pub rests: Duration,
}

/// What would run it.
#[derive(Debug, Clone)]
pub struct Offered {
    /// What is to be set.
    pub set: Sets,
    /// When it would be run, in words: `disk is 90 % or more`.
    pub when: String,
    /// The runbook that it names now, and would no more.
    pub in_place_of: Option<String>,
}

/// What is to be set.
#[derive(Debug, Clone)]
pub enum Sets {
    /// A rule.
    Rule(Box<SetRule>),
    /// A probe, as it is but for its runbook.
    Probe(Box<SetProbe>),
}

impl Alerts {
    /// The rule that says the same as a file, or the probes that look at the same; none where nothing here looks at that.
    pub async fn wanted(&self, guild: GuildId, wanted: &Wanted<'_>) -> Result<Vec<Offered>> {
        if !self.is_on(guild).await {
            return Ok(Vec::new());
        }
        if wanted.is_certificate {
            let probes = self.store.probes(guild).await?;
            return Ok(probes.iter().filter_map(|probe| certificate(probe, wanted)).collect());
        }
        let rules = self.rules_of(guild).await?;
        let rules: Vec<&Named> = rules.iter().map(|rule| &**rule).collect();
        Ok(offered(&rules, wanted).into_iter().collect())
    }
}

impl Wanted<'_> {
    /// How long it rests, as people type it.
    fn cooldown(&self) -> String {
        let rests = if self.rests.is_zero() { RESTS } else { self.rests };
        format!("{}m", rests.as_secs().div_ceil(60).min(24 * 60))
    }
}

/// A probe of a certificate, which opens where its own limits say: what warns people stays as they set it.
fn certificate(probe: &Row, wanted: &Wanted<'_>) -> Option<Offered> {
    let is_one = probe.kind == ProbeKind::Certificate.as_str();
    let days = probe.warn.or(probe.critical).filter(|_| is_one)?;
    let runbook: RuleName = wanted.runbook.parse().ok()?;
    let days = base::measure::count(u64::try_from(days).ok()?, "day", "days");
    let when = format!("the certificate of {} ends in {days} or less", probe.name);
    let in_place_of = probe.runbook.clone().filter(|named| *named != runbook.to_string());
    let set = SetProbe::again(probe)?;
    let set = SetProbe { runbook: Some(runbook), cooldown: Some(wanted.cooldown()), most: Some(MOST), ..set };
    Some(Offered { set: Sets::Probe(Box::new(set)), when, in_place_of })
}

fn offered(rules: &[&Named], wanted: &Wanted<'_>) -> Option<Offered> {
    let (what, worse, when) = if wanted.is_health { health(wanted)? } else { measured(wanted)? };
    let everywhere = |rule: &&&Named| rule.what == what && rule.scope == Scope::All && !rule.off;
    let opens = |rule: &Named| rule.rule.limits.warn.or(rule.rule.limits.critical);
    let limit = if wanted.is_health { None } else { Some(amount::read(what, wanted.value).ok()?) };
    let same = |rule: &&&Named| limit.is_none_or(|limit| rule.rule.worse == worse && opens(rule) == Some(limit));
    let runbook = wanted.runbook.parse::<RuleName>().ok()?.to_string();
    let set = |name: &str| {
        Some(SetRule {
            name: name.parse().ok()?,
            what: None,
            worse: None,
            warn: None,
            critical: None,
            lasts: None,
            calm: None,
            on: None,
            runbook: Some(runbook.clone()),
            cooldown: Some(wanted.cooldown()),
            most: Some(MOST),
        })
    };
    if let Some(rule) = rules.iter().filter(everywhere).find(same) {
        let in_place_of = rule.runbook.clone().filter(|named| *named != runbook);
        return Some(Offered { set: Sets::Rule(Box::new(set(&rule.name)?)), when, in_place_of });
    }
    // Another limit than the guild's rule has is a rule of its own: what warns people stays as they set it.
    let name = match rules.iter().find(|rule| rule.name == runbook) {
        Some(other) if other.what != what => format!("{runbook}-{}", what.word()),
        _ => runbook.clone(),
    };
    let lasts = DEFAULTS.iter().find(|default| default.what == what)?.rule.lasts;
    let own = SetRule {
        what: Some(what.word()),
        worse: Some(worse),
        warn: Some(wanted.value.to_owned()),
        lasts: Some(format!("{}s", lasts.as_secs())),
        ..set(&name)?
    };
    let before = rules.iter().find(|rule| rule.name == name).and_then(|rule| rule.runbook.clone());
    let in_place_of = before.filter(|named| *named != runbook);
    Some(Offered { set: Sets::Rule(Box::new(own)), when, in_place_of })
}

/// A number over or under a mark.
fn measured(wanted: &Wanted<'_>) -> Option<(What, Worse, String)> {
    let measure = measure(wanted.target)?;
    let (worse, or) = match wanted.operator {
        "gt" | "gte" => (Worse::Above, "more"),
        "lt" | "lte" => (Worse::Below, "less"),
        _ => return None,
    };
    if measure == Measure::Answers {
        return None;
    }
    let what = What::Measure(measure);
    let limit = amount::words(what, amount::read(what, wanted.value).ok()?);
    Some((what, worse, format!("{} is {limit} or {or}", measure.title())))
}

/// Something that runs and is well, or does not.
fn health(wanted: &Wanted<'_>) -> Option<(What, Worse, String)> {
    let value = wanted.value.to_lowercase();
    let is = |words: &[&str]| words.contains(&value.as_str());
    // `ne healthy` says the same as `eq unhealthy`.
    let bad = match wanted.operator {
        "eq" => is(&["unhealthy", "exited", "dead", "stopped", "restarting", "oom", "down", "offline", "unreachable"]),
        "ne" => is(&["healthy", "running", "up", "online"]),
        _ => false,
    };
    if !bad {
        return None;
    }
    let target = wanted.target.to_lowercase();
    let server = ["server", "host", "node"].iter().any(|word| target.contains(word));
    Some(if server {
        (What::Measure(Measure::Answers), Worse::Below, "a server does not answer".to_owned())
    } else {
        (What::Containers, Worse::Above, "a watched container ends or is unhealthy".to_owned())
    })
}

/// What files call what is measured here.
fn measure(target: &str) -> Option<Measure> {
    let target = target.trim().to_lowercase().replace(['.', '-', ' '], "_");
    let stem = ["_usage", "_percent", "_used", "_utilization"]
        .iter()
        .fold(target.as_str(), |name, end| name.trim_end_matches(end));
    Some(match stem {
        "cpu" | "processor" => Measure::Cpu,
        "memory" | "mem" | "ram" => Measure::Memory,
        "disk" | "disk_space" | "storage" => Measure::Disk,
        "swap" => Measure::Swap,
        "load" | "load_average" | "load_per_core" => Measure::LoadPerCore,
        "gpu" => Measure::Gpu,
        "gpu_memory" | "vram" => Measure::GpuMemory,
        "temperature" | "temp" => Measure::Temperature,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::GAP;

    fn asked<'a>(target: &'a str, operator: &'a str, value: &'a str, is_health: bool) -> Wanted<'a> {
        let rests = Duration::from_mins(10);
        Wanted { runbook: "mend", target, operator, value, is_health, is_certificate: false, rests }
    }

    fn of(wanted: &Wanted<'_>) -> Option<(String, Option<String>, String)> {
        let rules: Vec<Named> = DEFAULTS.iter().map(|default| Named::of(GuildId(1), default, GAP)).collect();
        let offered = offered(&rules.iter().collect::<Vec<_>>(), wanted)?;
        let Sets::Rule(set) = offered.set else { panic!("it is a rule") };
        assert_eq!((set.cooldown.as_deref(), set.most), (Some("10m"), Some(3)));
        assert_eq!(set.runbook.as_deref(), Some("mend"));
        Some((set.name.to_string(), set.warn, offered.when))
    }

    #[test]
    fn what_a_rule_says_already_is_that_rule_and_another_limit_is_a_rule_of_its_own() {
        let of = |target, operator, value, is_health| of(&asked(target, operator, value, is_health));
        assert_eq!(of("disk_usage", "gt", "80", false), Some(("disk".into(), None, "disk is 80 % or more".into())));
        assert_eq!(
            of("disk", "gte", "90%", false),
            Some(("mend".into(), Some("90%".into()), "disk is 90 % or more".into()))
        );
        let ends = "a watched container ends or is unhealthy".to_owned();
        assert_eq!(of("{{container}}", "eq", "exited", true), Some(("container".into(), None, ends)));
        assert_eq!(
            of("{{server}}", "ne", "online", true),
            Some(("answers".into(), None, "a server does not answer".into()))
        );
    }

    #[test]
    fn what_nothing_here_looks_at_is_not_offered() {
        for (target, operator, value, is_health) in [
            ("certificate", "lt", "14", false),
            ("disk", "eq", "90", false),
            ("disk", "gt", "full", false),
            ("web", "eq", "healthy", true),
            ("web", "contains", "error", true),
        ] {
            assert!(of(&asked(target, operator, value, is_health)).is_none(), "{target} {operator} {value}");
        }
    }
}
