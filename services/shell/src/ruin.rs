//! What is known to destroy: the shapes after which something is gone.
//!
//! It looks through what only passes a command on (`sudo`, `env`, `xargs`, `sh -c`, `find -exec`, `ssh`), as far as it can read.
//! Missing one makes a line a change, which is asked about as a change is; it never makes it harmless.

mod shapes;

use base::card::code;

use crate::{
    literal::Word,
    reading::{DEPTH, Script},
};

/// Programs that run what follows them, with options of their own in between, and how many words of theirs stand before it.
const WRAPPERS: [(&str, usize); 39] = [
    ("sudo", 0),
    ("doas", 0),
    ("env", 0),
    ("nice", 0),
    ("ionice", 0),
    ("nohup", 0),
    ("timeout", 1),
    ("time", 0),
    ("command", 0),
    ("builtin", 0),
    ("exec", 0),
    ("noglob", 0),
    ("setsid", 0),
    ("stdbuf", 0),
    ("xargs", 0),
    ("parallel", 0),
    ("busybox", 0),
    ("toybox", 0),
    ("chroot", 1),
    ("nsenter", 0),
    ("unshare", 0),
    ("systemd-run", 0),
    ("systemd-inhibit", 0),
    ("flock", 1),
    ("taskset", 1),
    ("chrt", 1),
    ("proxychains", 0),
    ("strace", 0),
    ("ltrace", 0),
    ("runuser", 0),
    ("setpriv", 0),
    ("start-stop-daemon", 0),
    ("coproc", 0),
    ("then", 0),
    ("do", 0),
    ("else", 0),
    ("and", 0),
    ("or", 0),
    ("not", 0),
];
/// Programs that run words of theirs as commands: `-c`'s, or all that is left.
const INTERPRETERS: [&str; 21] = [
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh", "su", "runuser", "eval", "ssh",
    "watch", "script", "pct", "lxc", "trap", "env",
];
/// How many commands are looked at in all; it bounds the time.
const STEPS: usize = 500;

/// Whether a program runs what it is given.
pub(crate) fn runs(program: &str) -> bool {
    INTERPRETERS.contains(&program) || WRAPPERS.iter().any(|(wrapper, _)| *wrapper == program)
}

/// Why a script destroys something, if it is known to.
pub(crate) fn find(script: &Script) -> Option<String> {
    Search { steps: 0, bytes: script.bytes }.script(script, 0)
}

struct Search {
    steps: usize,
    /// How much text was read.
    bytes: usize,
}

impl Search {
    fn script(&mut self, script: &Script, depth: usize) -> Option<String> {
        if script.recursive {
            return Some("It starts itself again and again, until the server stands still.".to_owned());
        }
        if let Some(device) = script.written.iter().find(|file| shapes::is_device(file)) {
            return Some(format!("It writes over the disk {}: what is there is lost.", code(device)));
        }
        script.commands.iter().find_map(|words| {
            let words: Vec<&str> = words.iter().map(Word::text).collect();
            self.command(&words, depth)
        })
    }

    fn command(&mut self, words: &[&str], depth: usize) -> Option<String> {
        self.steps += 1;
        let (first, arguments) = words.split_first()?;
        if depth > DEPTH || self.steps > STEPS {
            return None;
        }
        let program = first.rsplit('/').next().unwrap_or(first);
        if shapes::destroys(program, arguments) {
            let shown = code(std::iter::once(program).chain(arguments.iter().copied()).collect::<Vec<_>>().join(" "));
            return Some(format!("{shown} can destroy: what it removes or switches off may not come back."));
        }
        if let Some((_, own)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == program) {
            let found = self.after(arguments, *own, depth);
            if found.is_some() {
                return found;
            }
        }
        if INTERPRETERS.contains(&program) {
            return self.interpreted(program, arguments, depth);
        }
        match program {
            "find" | "fd" | "fdfind" => {
                let runs = ["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"];
                let at = arguments.iter().position(|argument| runs.contains(argument))?;
                self.command(&arguments[at + 1..], depth + 1)
            }
            "docker" | "podman" | "nerdctl" | "kubectl" | "docker-compose" => {
                let at = arguments.iter().position(|argument| matches!(*argument, "exec" | "run"))?;
                self.after(&arguments[at + 1..], 1, depth)
            }
            _ => None,
        }
    }

    /// Where options end and how many words they take is not known of every program: each word that may be first is tried.
    fn after(&mut self, arguments: &[&str], mut own: usize, depth: usize) -> Option<String> {
        let mut after_option = false;
        for (at, argument) in arguments.iter().enumerate() {
            if argument.starts_with('-') || argument.contains('=') {
                after_option = argument.starts_with('-') && *argument != "--";
                continue;
            }
            let found = self.command(&arguments[at..], depth + 1);
            if found.is_some() {
                return found;
            }
            if !after_option {
                own = own.checked_sub(1)?;
            }
            after_option = false;
        }
        None
    }

    /// A text that a shell is given as its argument, or words that become one.
    fn interpreted(&mut self, program: &str, arguments: &[&str], depth: usize) -> Option<String> {
        let mut texts: Vec<String> =
            arguments.iter().filter(|argument| argument.contains([' ', ';', '\n'])).map(ToString::to_string).collect();
        let joined = matches!(program, "eval" | "ssh" | "watch" | "trap" | "pct" | "lxc");
        for (at, argument) in arguments.iter().enumerate().take(8) {
            let follows_c = at > 0 && arguments[at - 1].starts_with('-') && arguments[at - 1].contains(['c', 'S', 's']);
            if joined && !argument.starts_with('-') {
                texts.push(arguments[at..].join(" "));
            } else if follows_c {
                texts.push((*argument).to_owned());
            }
        }
        texts.iter().find_map(|text| {
            let mut script = Script { bytes: self.bytes, ..Script::default() };
            // What was read before it could not be read on still counts.
            let _ = script.read(text, depth);
            self.bytes = script.bytes;
            self.script(&script, depth + 1)
        })
    }
}
