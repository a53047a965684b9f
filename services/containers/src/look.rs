//! How a container stands, in a glyph and a few words.

use base::{Millis, card::Tone};
use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, ContainerSummary, ContainerSummaryStateEnum as State,
    HealthStatusEnum as Health,
};
use serde::Serialize;

use crate::stamp::Stamp;

/// How a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stands {
    /// Its health check fails.
    Unhealthy,
    /// It ended and is started again, and again.
    Restarting,
    /// It ended with something else than 0, or is broken.
    Failed,
    Running,
    Paused,
    /// It ended as it should, or was never started.
    Stopped,
}

impl Stands {
    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Unhealthy | Self::Restarting => Tone::Attention,
            Self::Failed => Tone::Failed,
            Self::Running => Tone::Ok,
            Self::Paused | Self::Stopped => Tone::Quiet,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unhealthy => "unhealthy",
            Self::Restarting => "restarting",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    /// Of one line of a list.
    pub(crate) fn of_summary(container: &ContainerSummary) -> Self {
        // What a list says of health and exit status is in its words only, up to API 1.51.
        let status = container.status.as_deref().unwrap_or_default();
        match container.state {
            Some(State::RUNNING) if status.contains("(unhealthy)") => Self::Unhealthy,
            Some(State::RUNNING) => Self::Running,
            Some(State::RESTARTING) => Self::Restarting,
            Some(State::PAUSED) => Self::Paused,
            Some(State::EXITED) if !status.starts_with("Exited (0)") => Self::Failed,
            Some(State::DEAD) => Self::Failed,
            _ => Self::Stopped,
        }
    }

    /// Of one that was looked at.
    pub(crate) fn of(container: &ContainerInspectResponse) -> Self {
        let Some(state) = &container.state else { return Self::Stopped };
        let unhealthy = state.health.as_ref().and_then(|health| health.status) == Some(Health::UNHEALTHY);
        match state.status {
            Some(Status::RUNNING) if unhealthy => Self::Unhealthy,
            Some(Status::RUNNING) => Self::Running,
            Some(Status::RESTARTING) => Self::Restarting,
            Some(Status::PAUSED) => Self::Paused,
            Some(Status::EXITED | Status::DEAD) if state.exit_code != Some(0) => Self::Failed,
            _ => Self::Stopped,
        }
    }
}

/// The container's own name.
pub(crate) fn name(container: &ContainerSummary) -> String {
    // Links add names with another container's before them.
    let names = container.names.iter().flatten().map(|name| name.trim_start_matches('/'));
    let own = names.clone().find(|name| !name.contains('/')).or_else(|| names.clone().next());
    own.map_or_else(|| short(container.id.as_deref().unwrap_or_default()).to_owned(), str::to_owned)
}

/// As much of an id as tells it from others.
pub(crate) fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}

/// What an engine says in words, such as `Up 2 hours`, as they stand in a line.
pub(crate) fn words(text: &str) -> String {
    let plain = text.chars().filter(|letter| letter.is_ascii_alphanumeric() || " ().,-:/".contains(*letter));
    plain.take(60).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// How it ended, in words.
pub(crate) fn exit(code: i64) -> String {
    let signal = match code {
        130 => " by SIGINT",
        134 => " by SIGABRT",
        137 => " by SIGKILL",
        139 => " by SIGSEGV",
        143 => " by SIGTERM",
        _ => "",
    };
    format!("exit {code}{signal}")
}

/// The label by which Compose knows its own.
pub(crate) const PROJECT: &str = "com.docker.compose.project";

/// A moment as engines write it, with or without an offset, in nanoseconds.
pub(crate) fn nanos(moment: &str) -> Option<i64> {
    let (whole, rest) = moment.split_at_checked(19)?;
    let end = rest.find(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(end);
    let fraction: String = fraction.trim_start_matches('.').chars().chain(std::iter::repeat('0')).take(9).collect();
    let stamp = Stamp::read(format!("{whole}.{fraction}Z ").as_bytes())?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", _) => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
            if sign == "-" { -seconds } else { seconds }
        }
    };
    (stamp.seconds - offset).checked_mul(1_000_000_000)?.checked_add(i64::from(stamp.nanos))
}

/// A moment as engines write it, as a card shows it; none where it never was, which they write as the year 1.
pub(crate) fn relative(moment: &str) -> Option<String> {
    let (whole, rest) = moment.trim_end_matches('Z').split_once('.').unwrap_or((moment.trim_end_matches('Z'), ""));
    let nanos: String = rest.chars().chain(std::iter::repeat('0')).take(9).collect();
    let stamp = Stamp::read(format!("{whole}.{nanos}Z ").as_bytes())?;
    (stamp.seconds > 0).then(|| Millis(stamp.seconds.saturating_mul(1_000)).relative())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_engine_says_is_shown_as_plain_words() {
        assert_eq!(words("Up 2 hours (healthy)"), "up 2 hours (healthy)");
        assert_eq!(words("Exited (1) **@everyone** <#1>"), "exited (1) everyone 1");
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(short("é"), "é");
        assert_eq!(relative("2026-11-21T14:03:07.5Z").as_deref(), Some("<t:1795269787:R>"));
        assert_eq!(relative("2026-11-21T14:03:07Z").as_deref(), Some("<t:1795269787:R>"));
        for (moment, seconds) in [("Z", 0), ("+02:00", -7_200), ("-00:30", 1_800)] {
            let moment = format!("2026-11-21T14:03:07.5{moment}");
            assert_eq!(nanos(&moment), Some((1_795_269_787 + seconds) * 1_000_000_000 + 500_000_000), "{moment}");
        }
        assert_eq!((nanos(""), nanos("2026-11-21T14:03:07"), nanos("é".repeat(30).as_str())), (None, None, None));
        assert_eq!(relative("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn the_worst_comes_first() {
        let of = |state, status: &str| {
            Stands::of_summary(&ContainerSummary {
                state: Some(state),
                status: Some(status.to_owned()),
                ..Default::default()
            })
        };
        assert_eq!(of(State::RUNNING, "Up 3 minutes (unhealthy)"), Stands::Unhealthy);
        assert_eq!(of(State::EXITED, "Exited (137) 2 minutes ago"), Stands::Failed);
        assert_eq!(of(State::EXITED, "Exited (0) 2 minutes ago"), Stands::Stopped);
        assert_eq!(of(State::CREATED, "Created"), Stands::Stopped);
        assert!((Stands::Unhealthy as u8) < Stands::Running as u8 && (Stands::Running as u8) < Stands::Stopped as u8);
    }
}
