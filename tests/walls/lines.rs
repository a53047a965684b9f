//! Every command about what a guild owns of incidents, history, runbooks, its map, its page, alerts and probes: each is a line.

/// What a line names, and what it is called where it is, and nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    Nothing,
    Incident,
    Reference,
    Book,
    Service,
    Server,
    Rule,
    Probe,
    Version,
}

/// What somebody is told who holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guest {
    /// That they may not.
    Refused,
    /// What they may see, which is their own; nothing of others is there for them.
    Own,
}

/// A command as it is typed, `{}` for what it names.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) typed: &'static str,
    pub(super) names: Names,
    pub(super) guest: Guest,
}

const fn line(typed: &'static str, names: Names) -> Line {
    Line { typed, names, guest: Guest::Refused }
}

const fn own(typed: &'static str, names: Names) -> Line {
    Line { typed, names, guest: Guest::Own }
}

/// The groups of which every subcommand has a line.
pub(super) const GROUPS: [&str; 6] = ["incident", "history", "runbook", "service", "alert", "probe"];

pub(super) const LINES: &[Line] = &[
    line("/incident list days:7", Names::Nothing),
    line("/incident show incident:{}", Names::Incident),
    line("/incident acknowledge incident:{}", Names::Incident),
    line("/incident acknowledge incident:{} from:@Nebula", Names::Incident),
    line("/incident snooze incident:{} until:1h", Names::Incident),
    line("/incident escalate incident:{}", Names::Incident),
    line("/incident resolve incident:{} what:nothing", Names::Incident),
    line("/incident note incident:{} text:hello", Names::Incident),
    line("/incident settings", Names::Nothing),
    line("/incident settings calm:9m", Names::Nothing),
    own("/history search server:{}", Names::Server),
    own("/history search within:7d", Names::Nothing),
    own("/history show reference:{}", Names::Reference),
    own("/history export server:{}", Names::Server),
    own("/history export within:7d", Names::Nothing),
    line("/history keep days:300", Names::Nothing),
    line("/runbook import sample:disk-cleanup", Names::Nothing),
    line("/runbook list", Names::Nothing),
    line("/runbook show name:{}", Names::Book),
    line("/runbook dry-run name:{}", Names::Book),
    line("/runbook run name:{}", Names::Book),
    line("/runbook export name:{}", Names::Book),
    line("/runbook remove name:{}", Names::Book),
    line("/service import server:{} path:/srv/service-map.yml", Names::Server),
    line("/service import version:{}", Names::Version),
    line("/service map", Names::Nothing),
    line("/service map version:{}", Names::Version),
    line("/service graph service:{}", Names::Service),
    line("/service status service:{}", Names::Service),
    line("/service start service:{}", Names::Service),
    line("/service stop service:{}", Names::Service),
    line("/service restart service:{}", Names::Service),
    line("/service force-stop service:{}", Names::Service),
    line("/service autostart switch:on", Names::Nothing),
    line("/service publish as:Theirs service:{}", Names::Service),
    line("/service publish as:Theirs server:{}", Names::Server),
    line("/service unpublish service:{}", Names::Service),
    line("/service unpublish server:{}", Names::Server),
    line("/service page", Names::Nothing),
    line("/service page change:remove", Names::Nothing),
    line("/service forget", Names::Nothing),
    line("/alert list", Names::Nothing),
    line("/alert rules", Names::Nothing),
    line("/alert test rule:{}", Names::Rule),
    line("/alert reset rule:{}", Names::Rule),
    line("/alert remove rule:{}", Names::Rule),
    line("/alert set name:{} what:disk warn:90 critical:97 runbook:theirs", Names::Rule),
    line("/probe list", Names::Nothing),
    line("/probe test probe:{}", Names::Probe),
    line("/probe remove probe:{}", Names::Probe),
    line("/probe set name:{} kind:tcp target:192.0.2.1:9 every:1h", Names::Probe),
    line("/probe set name:theirs-too kind:command server:{} command:\"ls /etc/hosts\"", Names::Server),
    // Last: from then on the other guild has an incident of that number, too.
    line("/incident open title:theirs severity:warning", Names::Nothing),
];

/// What is completed of these, and must not be for others.
pub(super) const UNFINISHED: &[&str] = &[
    "/incident show incident:",
    "/history show reference:",
    "/history search server:",
    "/runbook run name:",
    "/service start service:",
    "/service publish as:Theirs server:",
    "/alert test rule:ours",
    "/probe test probe:",
];
