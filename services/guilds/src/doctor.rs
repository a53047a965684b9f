//! The doctor: what of all that should be right in a guild is not, what that costs, and what to do.
//!
//! **Invariant:** what could not be looked at is said to be unknown; it is never fine.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::guild_settings::GuildSettings;

use crate::{
    CORE_PERMISSIONS, Feature, Guilds, Setting,
    discord::{Facts, Look, Registered},
    intent::Intent,
    permission::{Need, Place, SPLITS},
};

/// More would not fit a card.
const SHOWN: usize = 12;

/// Look for what is missing in this guild, and say what it costs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Examine {}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Examined {
    findings: Vec<Finding>,
    on: usize,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it stands.
    pub verdict: Verdict,
    /// What it is, and what it costs, in one line.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Missing, and something that is on needs it.
    Missing,
    /// Nobody needs it now; good to know.
    Note,
    /// It could not be looked at.
    Unknown,
}

impl Action for Examine {
    const NAME: &'static str = "setup.doctor";
    const RISK: Risk = Risk::Observe;
    type Service = Guilds;
    type Report = Examined;

    fn plan(&self) -> String {
        "Look for what is missing in this guild".to_owned()
    }

    fn refusal(&self) -> String {
        "look for what is missing".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Examined> {
        guilds.examined(permit.actor().guild).await
    }
}

impl Guilds {
    pub(crate) async fn examined(&self, guild: base::GuildId) -> Result<Examined> {
        let on = self.on(guild).await?;
        let settings = self.store.guild_settings(guild).await?;
        let registered = self.register(guild, Look::Anew).await;
        let mut findings = vec![commands(&registered)];
        match self.facts(guild).await {
            Ok(facts) => findings.extend(examine(&facts, &settings, &on, self.wanted())),
            Err(error) => findings.push(Finding::unknown(format!("permissions, channels and roles: {error}"))),
        }
        match self.found(guild).await {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::unknown(format!("what is shown here of elsewhere: {error}"))),
        }
        Ok(Examined { findings, on: on.len() })
    }
}

impl Finding {
    fn fine(what: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fine, what: what.into(), fix: None }
    }

    /// Something that is on needs it, and it is not there.
    pub fn missing(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Missing, what: what.into(), fix: Some(fix.into()) }
    }

    fn note(what: impl Into<String>, fix: Option<String>) -> Self {
        Self { verdict: Verdict::Note, what: what.into(), fix }
    }

    fn unknown(what: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, what: what.into(), fix: None }
    }
}

fn commands(registered: &Result<Registered>) -> Finding {
    match registered {
        Ok(registered) => match registered.missing() {
            Some(missing) => Finding::missing(missing, "They are registered by themselves then."),
            None if registered.changed > 0 => Finding::fine(format!("commands: {} put right", registered.changed)),
            None => Finding::fine("commands"),
        },
        Err(error) => Finding::unknown(format!("commands: {error}")),
    }
}

/// Everything about a guild but its commands. `wanted` is an intent that whoever runs the bot wants for streams.
pub fn examine(
    facts: &Facts,
    settings: &GuildSettings,
    on: &[&'static Feature],
    wanted: Option<Intent>,
) -> Vec<Finding> {
    let mut findings = places(facts, settings, on);
    let needs = CORE_PERMISSIONS.iter().chain(on.iter().flat_map(|feature| feature.permissions));
    let mut missing: Vec<Finding> = needs
        .filter(|need| lacks_permission(facts, settings, need))
        .map(|need| {
            let place = match settings.ops_channel.filter(|_| need.place == Place::Ops) {
                Some(channel) => format!(" in <#{channel}>"),
                None => String::new(),
            };
            Finding::missing(format!("`{}`{place}: {}", need.what.name, need.costs), give(facts, settings, need))
        })
        .collect();
    if missing.is_empty() {
        missing.push(Finding::fine("permissions"));
    }
    findings.extend(missing);
    findings.extend(splits(facts, on));
    findings.extend(intents(facts, on, wanted.as_ref()));
    findings.extend(order(facts, settings));
    findings
}

/// The ops channel and the operators' role: set, and still there.
fn places(facts: &Facts, settings: &GuildSettings, on: &[&'static Feature]) -> Vec<Finding> {
    let needed = on.iter().any(|feature| feature.settings.contains(&Setting::OpsChannel));
    let channel = match settings.ops_channel {
        None if needed => Finding::missing("no ops channel is set, and something that is on needs one", SET_UP),
        None => Finding::note("no ops channel is set: incidents have no place of their own", Some(SET_UP.to_owned())),
        Some(id) if facts.channel(id).is_some() => Finding::fine("ops channel"),
        Some(_) => Finding::missing("the ops channel is gone: incidents and reminders do not arrive", SET_UP),
    };
    let role = match settings.operators {
        None => Finding::note("no operators' role is set: only administrators can do things", Some(SET_UP.to_owned())),
        Some(id) if facts.role(id).is_some() => Finding::fine("operators' role"),
        Some(_) => Finding::missing("the operators' role is gone, and with it what operators may", SET_UP),
    };
    vec![channel, role]
}

const SET_UP: &str = "`/setup start` sets one.";

/// What was included before February 2026 and is no longer, where the bot was given only the old one.
fn splits(facts: &Facts, on: &[&'static Feature]) -> Vec<Finding> {
    let allowed = facts.allowed();
    let lost = SPLITS.iter().filter(|split| allowed & split.before.bit != 0 && allowed & split.now.bit == 0);
    let needed = |bit: u64| on.iter().flat_map(|feature| feature.permissions).any(|need| need.what.bit == bit);
    // What is needed is among the missing already.
    let notes = lost.filter(|split| !needed(split.now.bit)).map(|split| {
        let what = format!(
            "`{}`: {}; since February 2026 `{}` no longer includes it. Nothing that is on needs it.",
            split.now.name, split.costs, split.before.name
        );
        Finding::note(what, None)
    });
    notes.collect()
}

fn intents(facts: &Facts, on: &[&'static Feature], wanted: Option<&Intent>) -> Vec<Finding> {
    let streams = on.iter().find(|feature| feature.name == "streams");
    let wanted = streams.zip(wanted).map(|(feature, intent)| (feature.name, intent));
    let needed = on.iter().flat_map(|feature| feature.intents.iter().map(|intent| (feature.name, intent)));
    let needed = needed.chain(wanted);
    let off = needed.filter(|(_, intent)| facts.flags & intent.flags == 0);
    let mut findings: Vec<Finding> = off
        .map(|(feature, intent)| {
            Finding::missing(
                format!("{} for `{feature}`: {}", intent.name, intent.costs),
                "Whoever runs the bot switches it on at https://discord.com/developers/applications, under Bot.",
            )
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::fine("intents"));
    }
    findings
}

/// A bot changes only roles below its own highest one.
fn order(facts: &Facts, settings: &GuildSettings) -> Option<Finding> {
    let operators = facts.role(settings.operators?)?;
    let own = facts.highest().map_or(0, |role| role.position);
    if own > operators.position {
        return Some(Finding::fine("role order"));
    }
    let what = format!(
        "my highest role is not above <@&{}>: I cannot give or take that role. Nothing that is on does.",
        operators.id
    );
    Some(Finding::note(what, Some("Drag my role above it under Server Settings → Roles.".to_owned())))
}

fn lacks_permission(facts: &Facts, settings: &GuildSettings, need: &Need) -> bool {
    let channel = settings.ops_channel.filter(|_| need.place == Place::Ops).and_then(|id| facts.channel(id));
    let allowed = channel.map_or_else(|| facts.allowed(), |channel| facts.allowed_in(channel));
    allowed & need.what.bit == 0
}

/// How to give a permission: to the bot's role, or by an exception where the role has it and the channel takes it away.
fn give(facts: &Facts, settings: &GuildSettings, need: &Need) -> String {
    let role = facts.highest().map_or_else(|| "@everyone".to_owned(), |role| role.name.clone());
    if facts.allowed() & need.what.bit == 0 {
        return format!("Server Settings → Roles → {} → Permissions.", code(role));
    }
    match settings.ops_channel {
        Some(channel) => format!("<#{channel}> → Edit Channel → Permissions: allow it for {}.", code(role)),
        None => format!("Server Settings → Roles → {} → Permissions.", code(role)),
    }
}

/// What a feature needs, in words.
pub(crate) fn needs(feature: &Feature) -> Vec<String> {
    let permissions = feature.permissions.iter().map(|need| format!("`{}`", need.what.name));
    let intents = feature.intents.iter().map(|intent| intent.name.to_owned());
    let settings = feature.settings.iter().map(|setting| match setting {
        Setting::OpsChannel => "an ops channel".to_owned(),
    });
    permissions.chain(intents).chain(settings).collect()
}

/// What a feature needs and does not have, in words.
pub(crate) fn lacks(facts: &Facts, settings: &GuildSettings, feature: &Feature) -> Vec<String> {
    let permissions = feature.permissions.iter().filter(|need| lacks_permission(facts, settings, need));
    let intents = feature.intents.iter().filter(|intent| facts.flags & intent.flags == 0);
    let set = feature.settings.iter().filter(|setting| match setting {
        Setting::OpsChannel => settings.ops_channel.and_then(|id| facts.channel(id)).is_none(),
    });
    let settings = set.map(|_| "an ops channel".to_owned());
    permissions
        .map(|need| format!("`{}`", need.what.name))
        .chain(intents.map(|intent| intent.name.to_owned()))
        .chain(settings)
        .collect()
}

impl Examined {
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

impl Report for Examined {
    fn card(&self) -> Card {
        let (missing, unknown) = (self.count(Verdict::Missing), self.count(Verdict::Unknown));
        let things = |count: usize| if count == 1 { "1 thing".to_owned() } else { format!("{count} things") };
        let card = match (missing, unknown) {
            (0, 0) => Card::ok("**Nothing is missing** in this guild"),
            (0, unknown) => Card::attention(format!("**Could not look** at {}", things(unknown))),
            (1, _) => Card::attention("**1 thing is missing** in this guild"),
            (missing, _) => Card::attention(format!("**{missing} things are missing** in this guild")),
        };
        let mut card = card.fact(format!("{} looked at", self.findings.len())).fact(match self.on {
            1 => "1 feature on".to_owned(),
            on => format!("{on} features on"),
        });
        let order = [(Verdict::Missing, "✕"), (Verdict::Unknown, "? could not look at"), (Verdict::Note, "–")];
        let worth = order.into_iter().flat_map(|(verdict, glyph)| {
            self.findings.iter().filter(move |finding| finding.verdict == verdict).map(move |finding| (glyph, finding))
        });
        for (glyph, finding) in worth.take(SHOWN) {
            let fix = finding.fix.as_ref().map(|fix| format!("\n-# {fix}")).unwrap_or_default();
            card = card.row(format!("{glyph} {}{fix}", finding.what), None);
        }
        let fine: Vec<&str> =
            self.findings.iter().filter(|one| one.verdict == Verdict::Fine).map(|one| one.what.as_str()).collect();
        if fine.is_empty() { card } else { card.text(format!("✓ {}", fine.join(" · "))) }
    }
}

#[cfg(test)]
mod tests {
    use base::RoleId;

    use super::*;
    use crate::{State, discord::tests::facts, intent, permission as may};

    /// A feature that needs one of each.
    const NEEDY: &Feature = &Feature {
        name: "needy",
        sentence: "needs one of each",
        actions: &[],
        commands: &[],
        at_first: State::On,
        permissions: &[Need { what: may::PIN_MESSAGES, place: Place::Guild, costs: "incidents are not pinned" }],
        intents: &[intent::MESSAGE_CONTENT],
        settings: &[Setting::OpsChannel],
        operators: &[],
    };
    const ENOUGH: u64 =
        may::VIEW_CHANNEL.bit | may::SEND_MESSAGES.bit | may::READ_MESSAGE_HISTORY.bit | may::MANAGE_MESSAGES.bit;

    fn found(findings: &[Finding], verdict: Verdict) -> Vec<&str> {
        findings.iter().filter(|one| one.verdict == verdict).map(|one| one.what.as_str()).collect()
    }

    #[test]
    fn what_a_feature_needs_is_missing_only_while_it_is_on() {
        let facts = facts(ENOUGH, 0);
        let (settings, nothing) = (GuildSettings::default(), Vec::<&str>::new());
        let off = examine(&facts, &settings, &[], None);
        assert_eq!(found(&off, Verdict::Missing), nothing);
        // Manage Messages without Pin Messages is what a guild has that gave it before February 2026.
        assert!(found(&off, Verdict::Note).iter().any(|what| what.starts_with("`Pin Messages`: I cannot pin")));

        let on = examine(&facts, &settings, &[NEEDY], None);
        assert_eq!(
            found(&on, Verdict::Missing),
            [
                "no ops channel is set, and something that is on needs one",
                "`Pin Messages`: incidents are not pinned",
                "Message Content Intent for `needy`: messages reach me without their text",
            ]
        );
        assert!(!found(&on, Verdict::Note).iter().any(|what| what.starts_with("`Pin Messages`")), "said once");
        assert_eq!(lacks(&facts, &settings, NEEDY).len(), needs(NEEDY).len());
    }

    #[test]
    fn what_is_there_is_fine_and_administrators_lack_nothing() {
        let mut facts = facts(may::ADMINISTRATOR.bit, 0);
        facts.flags = 1 << 19;
        let settings = GuildSettings { ops_channel: Some(9), operators: Some(RoleId(6)) };
        let findings = examine(&facts, &settings, &[NEEDY], None);
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Fine), "{findings:?}");
    }

    #[test]
    fn a_role_that_is_not_below_the_bots_own_is_noted() {
        let mut facts = facts(ENOUGH | may::PIN_MESSAGES.bit | may::BYPASS_SLOWMODE.bit, 0);
        let settings = GuildSettings { ops_channel: Some(9), operators: Some(RoleId(6)) };
        assert!(found(&examine(&facts, &settings, &[], None), Verdict::Fine).contains(&"role order"));
        facts.roles[2].position = 2;
        let noted = examine(&facts, &settings, &[], None);
        assert!(found(&noted, Verdict::Note)[0].starts_with("my highest role is not above <@&6>"));
    }

    #[test]
    fn what_could_not_be_looked_at_is_never_fine() {
        let findings = vec![commands(&Err(base::Error::Busy("silence".to_owned())))];
        let card = Examined { findings, on: 1 }.card();
        assert!(card.title.starts_with("**Could not look**"), "{}", card.title);
    }
}
