//! A line on a server: exit 0 is well, anything else is not, and a server that cannot be asked is unknown.
//!
//! **Invariants:** each time anew, whoever set it must be able to run the line there at that moment with nobody's yes, and the line must
//! be one the guild holds to be harmless; otherwise it is not run, and how it stands is not known. What it prints is never kept.

use std::time::Duration;

use base::{Error, GuildId, Result, UserId, card::code};
use hosts::{Blind, Glance, Server, Unseen};
use store::probes::Probe as Row;

use super::{Answer, Leave, ProbeKind};
use crate::{Alerts, span};

/// What every probe of a line takes.
const ACTION: &str = "server.run";

/// What is asked, as it was typed: an address, or a line. Which of the two goes by the kind.
pub(super) fn question<'a>(kind: ProbeKind, target: Option<&'a str>, command: Option<&'a str>) -> Result<&'a str> {
    let wrong = match (kind, target, command) {
        (ProbeKind::Command, None, Some(line)) => return Ok(line),
        (ProbeKind::Command, _, None) => "Say the line too, such as `command:systemctl is-active nginx`.",
        (ProbeKind::Command, Some(_), _) => "A line is run on a server: it has no target.",
        (_, Some(target), None) => return Ok(target),
        (_, None, None) => "Say what it asks, such as `target:https://shop.example/health`.",
        (_, _, Some(_)) => "Only a probe of the kind `command` runs a line.",
    };
    Err(Error::Invalid(format!("{wrong} Nothing was changed.")))
}

impl Alerts {
    async fn leave(&self, guild: GuildId, user: UserId, probe: &str, server: &str, line: &str) -> Result<Leave> {
        let arguments = serde_json::json!({ "server": server, "command": line });
        self.door()?.leave(guild, user, probe, ACTION, arguments).await
    }

    /// Refuses a line that whoever sets it could not have run by itself.
    pub(super) async fn refuse_line(&self, row: &Row) -> Result<()> {
        let Some((server, _)) = &row.server else {
            return Err(Error::Invalid("Say the server that it is run on. Nothing was changed.".to_owned()));
        };
        let line = code(&row.target);
        match self.leave(row.guild, row.set_by, &row.name, server, &row.target).await? {
            Leave::Given => Ok(()),
            Leave::Gone => Err(Error::Invalid("You are no member here. Nothing was changed.".to_owned())),
            Leave::DoesMore => Err(Error::Invalid(format!(
                "A probe only looks, and {line} may do more: `/policy explain` says why. Nothing was changed."
            ))),
            Leave::Asks(why) => Err(Error::Invalid(format!(
                "Nobody is there to say yes each time, and this guild's policy asks for it: {why}. Nothing was changed."
            ))),
        }
    }

    /// Asks a server once.
    pub(super) async fn ask_server(&self, row: &Row, line: &str, within: Duration) -> Answer {
        let server = row.server.as_ref().and_then(|(_, id)| self.hosts.by_id(row.guild, id));
        let Some(server) = server else { return Answer::Unknown("its server is gone".to_owned()) };
        let leave = self.leave(row.guild, row.set_by, &row.name, &server.name, line).await;
        if let Some(why) = refused(&server, leave) {
            return Answer::Unknown(why);
        }
        answer(&server, &self.hosts.glance(&server, line, within).await, within)
    }
}

/// Why it is not run.
fn refused(server: &Server, leave: Result<Leave>) -> Option<String> {
    let why = match leave {
        Ok(Leave::Given) => return None,
        Ok(Leave::Gone) => "whoever set it has left".to_owned(),
        Ok(Leave::DoesMore) => DOES_MORE.to_owned(),
        Ok(Leave::Asks(_)) => "this guild's policy asks for a yes first".to_owned(),
        Err(Error::Forbidden { .. }) => {
            format!("whoever set it may run commands on {} no more", code(&server.name))
        }
        Err(Error::Off { feature }) => format!("{feature} is off"),
        Err(error) => {
            tracing::warn!(server.name = server.name, "whether a probe may be asked is not known: {error}");
            "whether it may be is not known just now".to_owned()
        }
    };
    Some(format!("not run: {why}"))
}

const DOES_MORE: &str = "its line is not on the list of harmless commands any more";

/// What came of it, in words of ours.
fn answer(server: &Server, came: &Result<Glance, Blind>, within: Duration) -> Answer {
    let name = code(&server.name);
    match came {
        Ok(Glance::Exited(0)) => Answer::Well("exit 0".to_owned()),
        // As every shell has it.
        Ok(Glance::Exited(127)) => Answer::Wrong("exit 127: no such command there".to_owned()),
        Ok(Glance::Exited(status)) => Answer::Wrong(format!("exit {status}")),
        Ok(Glance::Killed) => Answer::Wrong("a signal killed it".to_owned()),
        Ok(Glance::Late) => Answer::Wrong(format!("did not end within {}", span::words(within))),
        Err(Blind::DoesMore) => Answer::Unknown(format!("not run: {DOES_MORE}")),
        Err(Blind::Unseen(Unseen::Shut)) => Answer::Unknown(format!("not run: {name} waits for its key to be pinned")),
        Err(Blind::Unseen(Unseen::Silent(_))) => Answer::Unknown(format!("{name} does not answer")),
        Err(Blind::Unseen(Unseen::Unasked(_))) => Answer::Unknown(format!("{name} could not be asked")),
        Err(Blind::Unseen(Unseen::Refused(_))) => Answer::Refused(format!("{name} lets me run nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_for_a_server_and_an_address_for_all_other_probes() {
        let line = Some("uptime");
        assert_eq!(question(ProbeKind::Command, None, line).unwrap(), "uptime");
        assert_eq!(question(ProbeKind::Tcp, Some("a:1"), None).unwrap(), "a:1");
        for (kind, target, command) in [
            (ProbeKind::Command, None, None),
            (ProbeKind::Command, Some("uptime"), None),
            (ProbeKind::Command, Some("a:1"), line),
            (ProbeKind::Tcp, None, None),
            (ProbeKind::Tcp, None, line),
            (ProbeKind::Tcp, Some("a:1"), line),
        ] {
            let said = question(kind, target, command).unwrap_err().to_string();
            assert!(said.ends_with("Nothing was changed."), "{said}");
        }
    }
}
