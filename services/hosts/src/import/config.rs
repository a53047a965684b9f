//! What an OpenSSH client's configuration says of hosts, as far as we take it. Pure.
//!
//! **Invariant:** whatever is not taken is said, with its line; nothing in the file makes us read another file or run a program.

use std::collections::BTreeMap;

use base::{ServerName, card::code};
use serde::{Deserialize, Serialize};

use crate::ssh::Address;

/// More hosts than anybody looks through on a card.
pub(crate) const MOST: usize = 25;

/// A host that can be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Planned {
    /// What it will be called.
    pub name: ServerName,
    /// Its address, with its port.
    pub address: String,
    /// Who logs in there.
    pub user: String,
    /// The host it is reached through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<ServerName>,
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Read {
    pub(crate) hosts: Vec<Planned>,
    /// What is not taken, in the order of lines: `line 7: …`.
    pub(crate) said: Vec<String>,
}

/// A host while it is read: the first value of each option counts, as in OpenSSH.
#[derive(Debug, Default)]
struct Host {
    line: usize,
    options: BTreeMap<&'static str, (usize, String)>,
}

/// Which hosts the lines are about.
enum Block {
    /// Before the first `Host`.
    Everything,
    Hosts(Vec<String>),
    /// A pattern, or a condition.
    Skipped,
}

/// The options of a host that are taken: as they are compared, and as they are written.
const TAKEN: [(&str, &str); 4] =
    [("hostname", "HostName"), ("user", "User"), ("port", "Port"), ("proxyjump", "ProxyJump")];

/// Reads a configuration. Hosts that name no user get this one.
pub(crate) fn read(text: &str, user: Option<&str>) -> Read {
    let mut found = Read::default();
    let (mut hosts, mut order): (BTreeMap<String, Host>, Vec<String>) = (BTreeMap::new(), Vec::new());
    let mut block = Block::Everything;
    let mut ignored: BTreeMap<String, usize> = BTreeMap::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((keyword, value)) = split(line) else {
            found.said.push(format!("line {number}: {} is no option with a value", code(line)));
            continue;
        };
        match keyword.to_ascii_lowercase().as_str() {
            "host" => {
                let (plain, patterns): (Vec<&str>, Vec<&str>) = value
                    .split_whitespace()
                    .map(|name| name.trim_matches('"'))
                    .partition(|name| !name.contains(['*', '?', '!']));
                for pattern in patterns {
                    found.said.push(format!("line {number}: {} is a pattern, and is not applied", code(pattern)));
                }
                for name in &plain {
                    if !hosts.contains_key(*name) {
                        order.push((*name).to_owned());
                        hosts.insert((*name).to_owned(), Host { line: number, ..Host::default() });
                    }
                }
                block = if plain.is_empty() {
                    Block::Skipped
                } else {
                    Block::Hosts(plain.into_iter().map(str::to_owned).collect())
                };
            }
            "match" => {
                found
                    .said
                    .push(format!("line {number}: `Match` is a condition I do not judge; its lines are left out"));
                block = Block::Skipped;
            }
            "include" => {
                found.said.push(format!("line {number}: `Include` names other files; attach those too"));
            }
            other => match &block {
                Block::Skipped => {}
                Block::Everything => {
                    found
                        .said
                        .push(format!("line {number}: {} stands before any `Host`, and is not applied", code(keyword)));
                }
                Block::Hosts(names) => {
                    if other == "identityfile" {
                        found.said.push(format!(
                            "line {number}: key file {} is on your machine; I use the secret instead",
                            code(&value)
                        ));
                        continue;
                    }
                    let known = TAKEN.iter().find(|(low, _)| *low == other).map(|(_, name)| *name);
                    let known = known.or((other == "proxycommand").then_some("ProxyCommand"));
                    let Some(known) = known else {
                        ignored.entry(keyword.to_owned()).or_insert(number);
                        continue;
                    };
                    for name in names {
                        if let Some(host) = hosts.get_mut(name) {
                            host.options.entry(known).or_insert_with(|| (number, value.clone()));
                        }
                    }
                }
            },
        }
    }
    for (option, line) in ignored {
        found.said.push(format!("line {line}: {} means nothing here", code(option)));
    }
    for name in order {
        let Some(host) = hosts.get(&name) else { continue };
        match planned(&name, host, user) {
            Ok(planned) if found.hosts.len() < MOST => found.hosts.push(planned),
            Ok(planned) => {
                found.said.push(format!(
                    "line {}: {} is one too many; {MOST} are taken at a time",
                    host.line,
                    code(planned.name.as_str())
                ));
            }
            Err((line, said)) => found.said.push(format!("line {line}: {said}")),
        }
    }
    found
        .said
        .sort_by_key(|said| said.trim_start_matches("line ").split(':').next().and_then(|n| n.parse::<usize>().ok()));
    found
}

/// A line's keyword and value: `Port 22`, `Port=22`, `Port = "22"`.
fn split(line: &str) -> Option<(&str, String)> {
    let end = line.find(|letter: char| letter.is_whitespace() || letter == '=')?;
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    let value = match rest.strip_prefix('"') {
        Some(quoted) if rest.matches('"').count() == 2 && rest.ends_with('"') => quoted.trim_end_matches('"'),
        _ => rest.split_once(" #").map_or(rest, |(value, _)| value.trim_end()),
    };
    let is_word = !keyword.is_empty() && keyword.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_word && !value.is_empty()).then(|| (keyword, value.to_owned()))
}

fn planned(alias: &str, host: &Host, user: Option<&str>) -> Result<Planned, (usize, String)> {
    let option = |name: &str| host.options.get(name).map(|(line, value)| (*line, value.as_str()));
    let name: ServerName = alias
        .parse()
        .map_err(|error: base::Error| (host.line, format!("{} cannot be a server's name. {error}", code(alias))))?;
    if let Some((line, _)) = option("ProxyCommand") {
        return Err((line, format!("{} is reached by a program of yours, which I do not run", code(alias))));
    }
    let (line, at) = option("HostName").unwrap_or((host.line, alias));
    let at = at.replace("%h", alias);
    let port = match option("Port") {
        None => 22,
        Some((line, port)) => port.parse().map_err(|_| (line, format!("{} is no port", code(port))))?,
    };
    let address = Address::new(&at, port).map_err(|error| (line, error.to_string()))?;
    let Some(user) = option("User").map(|(_, user)| user).or(user) else {
        return Err((host.line, format!("{} names no user; `user` gives one to all of them", code(alias))));
    };
    let jump = match option("ProxyJump") {
        None => None,
        Some((_, none)) if none.eq_ignore_ascii_case("none") => None,
        Some((line, jump)) => {
            let jump: ServerName = jump
                .parse()
                .map_err(|_| (line, format!("{} must name one host of this file, or a server I know", code(jump))))?;
            if jump == name {
                return Err((line, format!("{} cannot be reached through itself", code(alias))));
            }
            Some(jump)
        }
    };
    Ok(Planned { name, address: address.to_string(), user: user.to_owned(), jump })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(planned: &Planned) -> String {
        let jump = planned.jump.as_ref().map(|jump| format!(" via {}", jump.as_str())).unwrap_or_default();
        format!("{} {}@{}{jump}", planned.name.as_str(), planned.user, planned.address)
    }

    #[test]
    fn hosts_are_read_as_openssh_reads_them_and_the_rest_is_said_by_its_line() {
        let text = "\
# my machines
ServerAliveInterval 30
Include ~/.ssh/more

Host gate
    HostName gate.example
    User root
Host web-1 web-2
  hostname = %h.internal
  User \"deploy\"
  PORT 2201
  ProxyJump gate
  IdentityFile ~/.ssh/id_web
  ForwardAgent yes
Host web-1
  User other
Host *.corp !bad
  User nobody
Match exec \"touch /tmp/x\"
  User evil
Host odd
  HostName $(id)
Host far
  ProxyCommand nc %h 22
  User me
Host nobody
Host bad_port
  User a
  Port many
Garbage
Host deep
  User a
  ProxyJump a,b";
        let read = read(text, None);
        assert_eq!(
            read.hosts.iter().map(shown).collect::<Vec<_>>(),
            [
                "gate root@gate.example:22",
                "web-1 deploy@web-1.internal:2201 via gate",
                "web-2 deploy@web-2.internal:2201 via gate",
            ]
        );
        assert_eq!(
            read.said,
            [
                "line 2: `ServerAliveInterval` stands before any `Host`, and is not applied",
                "line 3: `Include` names other files; attach those too",
                "line 13: key file `~/.ssh/id_web` is on your machine; I use the secret instead",
                "line 14: `ForwardAgent` means nothing here",
                "line 17: `*.corp` is a pattern, and is not applied",
                "line 17: `!bad` is a pattern, and is not applied",
                "line 19: `Match` is a condition I do not judge; its lines are left out",
                "line 22: `$(id)` is not a host name or an IP address.",
                "line 24: `far` is reached by a program of yours, which I do not run",
                "line 26: `nobody` names no user; `user` gives one to all of them",
                "line 29: `many` is no port",
                "line 30: `Garbage` is no option with a value",
                "line 33: `a,b` must name one host of this file, or a server I know",
            ]
        );
    }

    #[test]
    fn a_user_for_all_is_for_those_that_name_none() {
        let read = read("Host a\nHost b\n User x\n", Some("root"));
        assert_eq!(read.hosts.iter().map(shown).collect::<Vec<_>>(), ["a root@a:22", "b x@b:22"]);
    }

    #[test]
    fn whatever_is_attached_is_answered() {
        for text in ["", "\0\0\0", "Host", "=", "Host \"", &"Host x\n".repeat(10_000), "PNG\r\n\u{1a}", "Host *"] {
            let read = read(text, Some("root"));
            assert!(read.hosts.len() <= 1, "{text:?}");
        }
    }
}
