//! Scripts of ours on a server: the text goes to `sh` through its standard input, so the person's login shell reads nothing of it,
//! and nothing of it, secrets least of all, stands in a list of processes.
//!
//! **Invariant:** whatever is not our own text is a quoted word: [`quoted`] is the only way in, and it is tested against a real `sh`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Error, Result, Secret};
use secrecy::{ExposeSecret, SecretString};
use store::servers::Server;
use tokio_util::sync::CancellationToken;

use crate::{
    Hosts,
    ssh::{Ended, Exec, Stream, Target},
};

/// The most that is read of what a script says, of each stream.
const SAID: usize = 64 * 1024;
/// What runs a script, in any login shell.
const SHELL: &str = "exec /bin/sh -s";

/// A script with its words.
pub(crate) struct Script {
    text: String,
    /// What runs it, in any login shell.
    shell: &'static str,
}

impl Script {
    /// Our own text; its words are `$1`, `$2`, …
    pub(crate) fn new(text: &'static str, words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        Self { text: format!("set -- {}\n{text}\n", words.join(" ")), shell: SHELL }
    }

    /// The same, as root through sudo, which asks for nothing.
    pub(crate) fn by_root(self) -> Self {
        Self { shell: "exec sudo -n /bin/sh -s", ..self }
    }

    /// The same, where sudo asks for this password: it reads the first line, and the shell the rest.
    pub(crate) fn by_root_with(self, password: &SecretString) -> Self {
        let text = format!("{}\n{}", password.expose_secret(), self.text);
        Self { text, shell: "exec sudo -k -S -p '' /bin/sh -s" }
    }

    /// The same, with a secret in a variable that programs it starts find in their environment.
    pub(crate) fn with_secret(self, name: &'static str, value: &Secret) -> Self {
        Self { text: format!("{name}={}; export {name}\n{}", quoted(value.expose()), self.text), ..self }
    }
}

/// What a script said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ended: Ended,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Whether it ended with 0.
    pub(crate) fn went_well(&self) -> bool {
        self.ended == Ended::Exited(0)
    }

    /// The value that it printed after this word: `name value`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::trim)
    }

    /// The last thing it complained about, or said.
    pub(crate) fn last_words(&self) -> &str {
        let last = |text: &'_ str| text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::len);
        let of = if last(&self.err).is_some() { &self.err } else { &self.out };
        of.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it did not say why")
    }
}

/// A word as `sh` reads it back, whatever is in it (POSIX, 2.2.2 Single-Quotes). A NUL cannot be part of a word, and is left out.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\0', "").replace('\'', r"'\''"))
}

impl Hosts {
    /// Runs a script on a server that is ready.
    pub(crate) async fn script(
        &self,
        server: &Server,
        script: Script,
        deadline: Duration,
        cancel: &CancellationToken,
    ) -> Result<Said> {
        let target = self.ready(server).await?;
        self.script_as(server, &server.id, &target, script, deadline, cancel).await
    }

    /// The same, logged in otherwise than the server's row says, on a connection of that name.
    pub(crate) async fn script_as(
        &self,
        server: &Server,
        id: &str,
        target: &Target,
        script: Script,
        deadline: Duration,
        cancel: &CancellationToken,
    ) -> Result<Said> {
        let said: Arc<Mutex<(Vec<u8>, Vec<u8>)>> = Arc::default();
        let heard = Arc::clone(&said);
        let sink = move |stream: Stream, bytes: &[u8]| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let into = if stream == Stream::Stdout { &mut heard.0 } else { &mut heard.1 };
            let room = SAID.saturating_sub(into.len()).min(bytes.len());
            into.extend_from_slice(&bytes[..room]);
        };
        let exec = Exec {
            cancel: cancel.clone(),
            deadline: Some(deadline),
            input: script.text.into_bytes(),
            ..Exec::new(sink)
        };
        let exit = match self.pool.exec(id, target, script.shell, exec).await {
            Ok(exit) => exit,
            Err(error) => return Err(self.failed(server, error).await),
        };
        if let Ended::TimedOut { .. } = exit.ended {
            let within = base::measure::span(deadline);
            return Err(Error::Busy(format!("{} did not finish a step within {within}.", server.name)));
        }
        let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { ended: exit.ended, out: text(said.0), err: text(said.1) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_word_reaches_sh_as_it_is_whatever_is_in_it() {
        let words = [
            "plain",
            "",
            " ",
            "two words",
            "'",
            "''",
            "\\",
            "\\'",
            "a'b\"c",
            "$(touch /tmp/nebula-quoted)",
            "`id`",
            "$HOME",
            "!!",
            "-n",
            "--",
            "*",
            "a\nb",
            "\t",
            "; rm -rf /",
            "é日本",
            "#x",
            "~",
            "{a,b}",
            "%s",
        ];
        for word in words {
            let script = Script::new("printf '%s' \"$1\"", &[word]);
            let mut sh = Command::new("sh").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            sh.stdin.take().unwrap().write_all(script.text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(sh.wait_with_output().unwrap().stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_secret_is_in_the_environment_and_not_among_the_words() {
        let script =
            Script::new("printf '%s %s' \"$#\" \"$TOKEN\"", &["one"]).with_secret("TOKEN", &Secret::new("a'b c"));
        let mut sh = Command::new("sh").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        sh.stdin.take().unwrap().write_all(script.text.as_bytes()).unwrap();
        assert_eq!(sh.wait_with_output().unwrap().stdout, b"1 a'b c");
    }
}
