//! The words of each step, in a plan and while it is done.

use base::card::code;
use store::servers::Server;

use super::{
    Docker, LinuxUser, Old,
    facts::{Facts, Step},
};

impl Step {
    /// What is done, as a card says it while that goes on.
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::User => "making the user",
            Self::Key => "letting a new key of mine in",
            Self::Sudo => "allowing it what it needs of sudo",
            Self::Docker => "installing Docker",
            Self::Tailscale => "joining the tailnet",
        }
    }

    /// What was done.
    pub(super) fn done(self, user: &str) -> String {
        match self {
            Self::User => format!("user {}", code(user)),
            Self::Key => format!("a new Ed25519 key of mine for {}", code(user)),
            Self::Sudo => "sudo for exactly what the plan showed".to_owned(),
            Self::Docker => format!("Docker, with {} in group `docker`", code(user)),
            Self::Tailscale => "Tailscale".to_owned(),
        }
    }
}

/// What a plan says of each part: what is there, and what would be done.
pub(super) fn lines(
    server: &Server,
    facts: &Facts,
    user: &LinuxUser,
    (docker, tailscale, old): (Docker, Option<&str>, Old),
) -> Vec<String> {
    let steps = facts.steps(docker, tailscale);
    let (name, before) = (code(user.as_str()), code(&server.user));
    let line = |step: Step, todo: String, there: String| {
        if steps.contains(&step) { format!("◦ {todo}") } else { format!("✓ {there}") }
    };
    let mut lines = vec![
        line(Step::User, format!("make user {name}, who logs in with keys alone"), format!("user {name} is there")),
        line(
            Step::Key,
            format!("let a new key of mine in as {name}, and use it in place of {before}'s once it has worked"),
            format!("{name} logs in with a key of mine"),
        ),
    ];
    lines.push(if facts.sudoers.is_empty() {
        "– no sudo: it has neither `systemctl` nor `shutdown`".to_owned()
    } else {
        line(
            Step::Sudo,
            format!("allow {name} these commands as root, and no others"),
            format!("sudo allows {name} these commands"),
        )
    });
    lines.push(match (docker, &facts.docker) {
        (Docker::Leave, _) => "– Docker is left as it is".to_owned(),
        (Docker::Install, None) if !facts.takes_packages() => {
            "– Docker: I install it on Debian and Ubuntu only, and do not try here".to_owned()
        }
        (Docker::Install, None) => line(
            Step::Docker,
            format!(
                "install Docker from the system's packages; {name} joins `docker`, and who is in it can become root"
            ),
            String::new(),
        ),
        (Docker::Install, Some(version)) => line(
            Step::Docker,
            format!("{}; {name} joins `docker`, and who is in it can become root", code(version)),
            format!("{}, open to {name}", code(version)),
        ),
    });
    match (tailscale, &facts.tailnet) {
        (None, _) => {}
        (Some(_), Some(address)) => lines.push(format!("✓ in a tailnet as {}", code(address))),
        (Some(secret), None) if facts.takes_packages() => {
            let join = format!("◦ install Tailscale from `pkgs.tailscale.com`, and join with secret {}", code(secret));
            lines.push(join);
        }
        (Some(_), None) => lines.push("– Tailscale: I install it on Debian and Ubuntu only".to_owned()),
    }
    if steps.contains(&Step::Key) {
        lines.push(match old {
            Old::Remove if facts.by_key => {
                format!("◦ take the key that {before} logged in with off its `authorized_keys`")
            }
            Old::Remove => format!("– the password of {before} stays; I forget it, and you lock it"),
            Old::Keep => format!("– what {before} logged in with stays as it is there; I forget it"),
        });
    }
    lines
}
