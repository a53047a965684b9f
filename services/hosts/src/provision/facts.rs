//! What a machine says of itself before it is made one's own, and what would have to be done. It is looked at with the login there is.

use std::time::Duration;

use base::{Error, Result, Secret, card::code};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::servers::Server;
use tokio_util::sync::CancellationToken;

use super::{Docker, LinuxUser};
use crate::{
    Hosts,
    script::{Said, Script},
    ssh::Target,
};

const WHO: &str = include_str!("who.sh");
const LOOK: &str = include_str!("look.sh");
/// How long one look may take.
const STEP: Duration = Duration::from_secs(30);
/// Systems whose own packages have Docker, and for which Tailscale has some.
const APT: [&str; 2] = ["debian", "ubuntu"];
/// What power asks for through sudo, and nothing else: each with the program that does it.
const ALLOWED: [(&str, &str); 4] =
    [("systemctl", "reboot"), ("systemctl", "poweroff"), ("shutdown", "-r now"), ("shutdown", "-h now")];

/// How one becomes root there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Root {
    /// Whoever logs in is root.
    Is,
    /// Sudo asks for nothing.
    Sudo,
    /// Sudo takes the password that logs in.
    Password,
    /// It cannot be done.
    Never,
}

/// Something to be done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    User,
    Key,
    Sudo,
    Docker,
    Tailscale,
}

/// What is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(super) root: Root,
    pub(super) system: String,
    pub(super) codename: String,
    /// The system as its makers call it.
    pub(super) name: String,
    /// The file that would allow the user exactly that; empty where the machine has none of those programs.
    pub(super) sudoers: String,
    /// What was done before, by whomever.
    there: Vec<Step>,
    has_useradd: bool,
    pub(super) docker: Option<String>,
    pub(super) tailnet: Option<String>,
    /// A key logs in, and no password.
    pub(super) by_key: bool,
}

impl Facts {
    /// What is to be done of what is wanted.
    pub(super) fn steps(&self, docker: Docker, tailscale: Option<&str>) -> Vec<Step> {
        let packages = self.takes_packages();
        [
            (Step::User, true),
            (Step::Key, true),
            (Step::Sudo, !self.sudoers.is_empty()),
            (Step::Docker, packages && docker == Docker::Install),
            (Step::Tailscale, packages && tailscale.is_some()),
        ]
        .into_iter()
        .filter_map(|(step, wanted)| (wanted && !self.there.contains(&step)).then_some(step))
        .collect()
    }

    /// Whether it is a system whose packages we know.
    pub(super) fn takes_packages(&self) -> bool {
        APT.contains(&self.system.as_str())
    }

    /// Why nothing of it can be done; none where it can.
    pub(super) fn obstacle(&self, server: &Server, steps: &[Step]) -> Option<String> {
        if steps.is_empty() {
            return None;
        }
        if self.root == Root::Never {
            return Some(format!(
                "{} may not become root there. It takes a login as root, or one that sudo trusts: without a password, or with the \
                 one that logs in.",
                code(&server.user)
            ));
        }
        (!self.there.contains(&Step::User) && !self.has_useradd)
            .then(|| "It has no `useradd`, and I make users with nothing else. Make the user by hand first.".to_owned())
    }

    /// What was shown, so that what is done is nothing else.
    pub(super) fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        hex::encode(&Sha256::digest(text.as_bytes())[..8])
    }
}

/// Exactly what a user may do as root without a password.
fn sudoers(user: &str, said: &Said) -> String {
    let line = |(program, arguments): &(&str, &str)| {
        let path = said.value(&format!("has-{program}"))?;
        // A path that sudo would read otherwise than it stands there is left out.
        let plain = path.starts_with('/')
            && path.chars().all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
        plain.then(|| format!("{user} ALL=(root) NOPASSWD: {path} {arguments}"))
    };
    let lines: Vec<String> = ALLOWED.iter().filter_map(line).collect();
    if lines.is_empty() { String::new() } else { format!("# Written by Nebula.\n{}", lines.join("\n")) }
}

impl Hosts {
    /// Looks at a machine, and changes nothing there.
    pub(super) async fn facts(&self, server: &Server, user: &LinuxUser, cancel: &CancellationToken) -> Result<Facts> {
        let target = self.ready(server).await?;
        self.facts_as(server, &server.id, &target, user, cancel).await
    }

    /// The same, logged in otherwise than the server's row says.
    pub(super) async fn facts_as(
        &self,
        server: &Server,
        id: &str,
        target: &Target,
        user: &LinuxUser,
        cancel: &CancellationToken,
    ) -> Result<Facts> {
        let who = self.script_as(server, id, target, Script::new(WHO, &[]), STEP, cancel).await?;
        if who.value("uid").is_none() {
            return Err(Error::Busy(format!("{} runs no scripts for {}.", server.name, target.user)));
        }
        let password = target.credential.as_password();
        let root = match (who.value("root"), password) {
            (Some("yes"), _) => Root::Is,
            (Some("sudo"), _) => Root::Sudo,
            (Some("password"), Some(password)) => {
                let tried = Script::new("exit 0", &[]).by_root_with(password);
                let tried = self.script_as(server, id, target, tried, STEP, cancel).await?;
                if tried.went_well() { Root::Password } else { Root::Never }
            }
            _ => Root::Never,
        };
        let sudoers = sudoers(user.as_str(), &who);
        let look = Script::new(LOOK, &[user.as_str(), &sudoers]);
        let look = if root == Root::Never { look } else { becoming(look, root, target) };
        let look = self.script_as(server, id, target, look, STEP, cancel).await?;
        if look.value("user") == Some("0") {
            return Err(Error::Invalid(format!(
                "{} is another name of root there: choose another user. Nothing was changed.",
                code(user.as_str())
            )));
        }
        let text = |said: &Said, name: &str| said.value(name).unwrap_or_default().to_owned();
        let public = target.credential.public_key();
        let docker = look.value("docker").filter(|version| !version.is_empty()).map(str::to_owned);
        let tailnet = look.value("tailnet").map(str::to_owned);
        let there = [
            (Step::User, look.value("user").is_some()),
            // It is this user that logs in already, with a key such as we make.
            (
                Step::Key,
                target.user == user.as_str() && public.as_ref().is_some_and(|key| key.starts_with("ssh-ed25519 ")),
            ),
            (Step::Sudo, look.value("sudoers") == Some("same")),
            (Step::Docker, docker.is_some() && look.value("in-docker").is_some()),
            (Step::Tailscale, tailnet.is_some()),
        ];
        Ok(Facts {
            root,
            system: text(&who, "system"),
            codename: text(&who, "codename"),
            name: text(&who, "name"),
            sudoers,
            there: there.into_iter().filter_map(|(step, there)| there.then_some(step)).collect(),
            has_useradd: who.value("has-useradd").is_some() && who.value("has-runuser").is_some(),
            docker,
            tailnet,
            by_key: public.is_some(),
        })
    }

    /// Does one step on a machine, as root.
    pub(super) async fn as_root(
        &self,
        server: &Server,
        root: Root,
        script: Script,
        deadline: Duration,
        cancel: &CancellationToken,
    ) -> Result<Said> {
        let target = self.ready(server).await?;
        self.script_as(server, &server.id, &target, becoming(script, root, &target), deadline, cancel).await
    }

    /// The auth key of a tailnet, by its secret's name.
    pub(super) async fn auth_key(&self, server: &Server, name: &str) -> Result<Secret> {
        let Some(named) = self.store.named_secret(server.guild, name).await? else {
            return Err(Error::NotFound { kind: "secret", name: name.to_owned() });
        };
        let key = self.vault.open(server.guild, &named.secret).await?;
        self.redactor.of(server.guild).learn(key.expose());
        Ok(Secret::new(key.expose().trim()))
    }
}

fn becoming(script: Script, root: Root, target: &Target) -> Script {
    match (root, target.credential.as_password()) {
        (Root::Sudo, _) => script.by_root(),
        (Root::Password, Some(password)) => script.by_root_with(password),
        _ => script,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::Ended;

    fn said(out: &str) -> Said {
        Said { ended: Ended::Exited(0), out: out.to_owned(), err: String::new() }
    }

    #[test]
    fn sudo_is_given_for_whole_commands_of_programs_that_are_there() {
        let text = sudoers("nebula", &said("has-systemctl /usr/bin/systemctl\n"));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "nebula ALL=(root) NOPASSWD: /usr/bin/systemctl reboot",
                "nebula ALL=(root) NOPASSWD: /usr/bin/systemctl poweroff"
            ]
        );
        assert_eq!(sudoers("nebula", &said("has-systemctl /a b, ALL\nhas-shutdown shutdown\n")), "");
    }
}
