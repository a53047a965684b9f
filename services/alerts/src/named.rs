//! A rule as a guild has it: what was typed, or what every guild begins with.

use std::{sync::Arc, time::Duration};

use base::{GuildId, UserId};
use hosts::Server;
use serde::Serialize;
use store::alert_rules::AlertRule;

use crate::{
    rule::{DEFAULTS, Limits, Rule, Standard, Worse},
    scope::Scope,
    span,
    what::What,
};

/// What the id of a rule begins with that every guild begins with: the same also where the guild changed it.
const DEFAULT: &str = "default/";

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// Every guild begins with it.
    Default,
    /// The same, and this guild said otherwise.
    Changed,
    /// This guild made it.
    Own,
}

/// A rule of a guild.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) guild: GuildId,
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) what: What,
    /// How a value is judged.
    pub(crate) rule: Rule,
    /// Within what events are counted.
    pub(crate) window: Duration,
    pub(crate) scope: Scope,
    pub(crate) runbook: Option<String>,
    pub(crate) cooldown: Option<Duration>,
    pub(crate) most: Option<i64>,
    /// Who made it or changed it.
    pub(crate) set_by: Option<UserId>,
    /// The host that is asked, where it is a probe of one.
    pub(crate) host: Option<String>,
    /// Nothing is watched by it.
    pub(crate) off: bool,
}

/// A guild's rules: those every guild begins with come first, then its own by name.
pub(crate) fn all(guild: GuildId, mut rows: Vec<AlertRule>, gap: Duration) -> Vec<Arc<Named>> {
    let mut rules = Vec::with_capacity(DEFAULTS.len() + rows.len());
    for default in &DEFAULTS {
        let said = rows.iter().position(|row| row.name == default.name).map(|place| rows.remove(place));
        let changed = said.and_then(|row| Named::read(row, gap));
        let changed = changed.map(|rule| Named { id: id_of(default), origin: Origin::Changed, ..rule });
        rules.push(changed.unwrap_or_else(|| Named::of(guild, default, gap)));
    }
    rules.extend(rows.into_iter().filter_map(|row| Named::read(row, gap)));
    rules.into_iter().map(Arc::new).collect()
}

/// Those of several rules that count for a server: of all about one measure the ones that say most exactly where.
pub(crate) fn about<'a>(rules: &'a [Arc<Named>], server: &Server) -> Vec<&'a Arc<Named>> {
    most_exact(rules, &server.name, &server.tags, |what| matches!(what, What::Measure(_)))
}

/// The same, about the containers on a server, or on this machine.
pub(crate) fn of_containers<'a>(rules: &'a [Arc<Named>], server: &str, tags: &[String]) -> Vec<&'a Arc<Named>> {
    most_exact(rules, server, tags, |what| what == What::Containers)
}

fn most_exact<'a>(
    rules: &'a [Arc<Named>],
    server: &str,
    tags: &[String],
    wanted: impl Fn(What) -> bool,
) -> Vec<&'a Arc<Named>> {
    let fits = |rule: &&Arc<Named>| !rule.off && wanted(rule.what) && rule.scope.fits(server, tags);
    let fitting: Vec<&Arc<Named>> = rules.iter().filter(fits).collect();
    let counts = |rule: &&&Arc<Named>| {
        !fitting.iter().any(|other| other.what == rule.what && other.scope.rank() > rule.scope.rank())
    };
    fitting.iter().filter(counts).copied().collect()
}

fn id_of(default: &Standard) -> String {
    format!("{DEFAULT}{}", default.name)
}

impl Named {
    /// One that every guild begins with.
    pub(crate) fn of(guild: GuildId, default: &Standard, gap: Duration) -> Self {
        Self {
            id: id_of(default),
            guild,
            name: default.name.to_owned(),
            origin: Origin::Default,
            what: default.what,
            rule: Rule { gap, ..default.rule },
            window: default.rule.lasts,
            scope: Scope::All,
            runbook: None,
            cooldown: None,
            most: None,
            set_by: None,
            host: None,
            off: false,
        }
    }

    /// Out of its row; none where a newer program wrote what this one does not know.
    pub(crate) fn read(row: AlertRule, gap: Duration) -> Option<Self> {
        let read = (What::parse(&row.what), Worse::parse(&row.worse), Scope::read(&row.scope).ok());
        let (Some(what), Some(worse), Some(scope)) = read else {
            tracing::warn!(guild.id = row.guild.0, rule = row.name, "a rule cannot be read and watches nothing");
            return None;
        };
        let window = span::of_millis(row.lasts);
        // So many events within a time are too many at once, not for a time.
        let lasts = if matches!(what, What::Events(_)) { Duration::ZERO } else { window };
        let limits = Limits { warn: row.warn, critical: row.critical };
        Some(Self {
            id: row.id,
            guild: row.guild,
            name: row.name,
            origin: Origin::Own,
            what,
            rule: Rule { worse, limits, lasts, calm: span::of_millis(row.calm), gap },
            window,
            scope,
            runbook: row.runbook,
            cooldown: row.cooldown.map(span::of_millis),
            most: row.most,
            set_by: Some(row.set_by),
            host: None,
            off: row.off,
        })
    }

    /// As a row, in somebody's name.
    pub(crate) fn row(&self, by: UserId) -> AlertRule {
        AlertRule {
            id: String::new(),
            guild: self.guild,
            name: self.name.clone(),
            what: self.what.word(),
            worse: self.rule.worse.as_str().to_owned(),
            warn: self.rule.limits.warn,
            critical: self.rule.limits.critical,
            lasts: span::millis(self.window),
            calm: span::millis(self.rule.calm),
            scope: self.scope.to_string(),
            runbook: self.runbook.clone(),
            cooldown: self.cooldown.map(span::millis),
            most: self.most,
            off: self.off,
            set_by: by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::GAP;

    fn row(name: &str, what: &str, scope: &str) -> AlertRule {
        let default = Named::of(GuildId(1), &DEFAULTS[0], GAP).row(UserId(2));
        AlertRule { name: name.to_owned(), what: what.to_owned(), scope: scope.to_owned(), ..default }
    }

    fn server(name: &str, tags: &[&str]) -> Server {
        Server {
            id: name.to_owned(),
            guild: GuildId(1),
            name: name.to_owned(),
            host: String::new(),
            port: 22,
            user: String::new(),
            secret: String::new(),
            state: hosts::State::Ready,
            host_key: None,
            offered_key: None,
            note: String::new(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            added_by: String::new(),
            added: base::Millis(0),
            seen: None,
            jump: None,
            next_secret: None,
        }
    }

    #[test]
    fn what_a_guild_says_takes_the_place_of_what_it_began_with_and_keeps_its_id() {
        let changed = AlertRule { warn: Some(50_00), ..row("cpu", "cpu", "all") };
        let rules = all(GuildId(1), vec![row("z", "cpu", "db"), changed, row("odd", "humour", "all")], GAP);
        assert_eq!(rules.len(), DEFAULTS.len() + 1, "what cannot be read watches nothing");
        assert_eq!((rules[0].id.as_str(), rules[0].origin), ("default/cpu", Origin::Changed));
        assert_eq!(rules[0].rule.limits.warn, Some(50_00));
        assert_eq!((rules[1].origin, rules.last().unwrap().name.as_str()), (Origin::Default, "z"));
    }

    #[test]
    fn of_rules_about_one_measure_those_count_that_say_most_exactly_where() {
        let own = [("web", "tag:web"), ("also-web", "tag:web"), ("db", "db-1")].map(|(name, on)| row(name, "cpu", on));
        let rules = all(GuildId(1), own.to_vec(), GAP);
        let of_cpu = |server: &Server| {
            let about = about(&rules, server).into_iter().filter(|rule| rule.what == DEFAULTS[0].what);
            about.map(|rule| rule.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of_cpu(&server("mail", &[])), ["cpu"]);
        assert_eq!(of_cpu(&server("web-1", &["web"])), ["web", "also-web"]);
        assert_eq!(of_cpu(&server("db-1", &["web"])), ["db"]);
        assert!(about(&rules, &server("db-1", &[])).iter().any(|rule| rule.name == "disk"));
    }
}
