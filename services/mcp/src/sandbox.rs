//! A program in a box: it sees `/usr` and what it was given, keeps nothing, reaches nobody, and ends with us.
//!
//! **Invariant:** without the box, no program is started. What it is run with stands in a file of whoever runs the bot.

use std::{path::PathBuf, process::Stdio};

use tokio::process::{Child, Command};

use crate::{own::Program, trouble::Trouble};

/// What makes the box: Debian's package `bubblewrap`.
const BOX: &str = "bwrap";
/// Where programs are, unless this process knows better.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// What keeps it to its share: Debian's package `util-linux`.
const SHARE: &str = "/usr/bin/prlimit";
/// Whom it is inside: nobody.
const NOBODY: &str = "65534";
/// What it keeps meanwhile goes into memory, and is no more than this, in megabytes.
const SCRATCH_MB: u64 = 64;
const MB: u64 = 1024 * 1024;
/// Where programs and their libraries are; the rest of the root is not there.
const ROOT: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// What libraries look up.
const LOOKED_UP: [&str; 4] = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"];
/// The same, of those that reach the network.
const NETWORK: [&str; 6] =
    ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/ca-certificates", "/etc/services"];

/// Starts a program. Dropped, it is killed with all it began: it is alone with its children in a world of processes of its own.
pub(crate) fn start(program: &Program) -> Result<Child, Trouble> {
    let maker = found(BOX).ok_or_else(|| {
        Trouble::NotThere(
            "`bwrap` is missing on the machine I run on, and without it no program is started (Debian's package `bubblewrap`)"
                .to_owned(),
        )
    })?;
    let mut command = Command::new(maker);
    command
        .args(arguments(program))
        // Not among its arguments: those are everybody's to read on this machine.
        .env_clear()
        .env("PATH", PATH)
        .env("HOME", "/tmp")
        .env("LANG", "C.UTF-8")
        .envs(&program.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command.spawn().map_err(|error| Trouble::NotThere(format!("it cannot be started: {}", error.kind())))
}

/// Where a program is, as `PATH` has it.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| PATH.into());
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn arguments(program: &Program) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["--unshare-all", "--unshare-user", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "mcp"]);
    add(&["--die-with-parent", "--new-session"]);
    add(&["--ro-bind", "/usr", "/usr"]);
    for path in ROOT {
        match std::fs::read_link(path) {
            Ok(link) => add(&["--symlink", &link.to_string_lossy(), path]),
            Err(_) => add(&["--ro-bind-try", path, path]),
        }
    }
    add(&["--proc", "/proc", "--dev", "/dev", "--size", &(SCRATCH_MB * MB).to_string(), "--tmpfs", "/tmp"]);
    let network = if program.network { &NETWORK[..] } else { &[] };
    for path in LOOKED_UP.iter().chain(network) {
        add(&["--ro-bind-try", path, path]);
    }
    if program.network {
        add(&["--share-net"]);
    }
    for path in &program.read {
        let path = path.to_string_lossy();
        add(&["--ro-bind", &path, &path]);
    }
    for path in &program.write {
        let path = path.to_string_lossy();
        add(&["--bind", &path, &path]);
    }
    // What was made on the way to all that is not its to write into.
    add(&["--remount-ro", "/"]);
    add(&["--chdir", "/tmp", "--", SHARE, "--core=0", "--nofile=1024"]);
    add(&[&format!("--data={}", program.memory_mb * MB), &format!("--nproc={}", program.processes), "--"]);
    add(&[&program.command.to_string_lossy()]);
    all.extend(program.args.iter().cloned());
    all
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use tokio::io::AsyncReadExt;

    use super::*;

    fn shell(line: &str) -> Program {
        Program {
            command: "/bin/sh".into(),
            args: vec!["-c".to_owned(), line.to_owned()],
            env: BTreeMap::from([("GIVEN".to_owned(), "yes".to_owned())]),
            network: false,
            read: Vec::new(),
            write: Vec::new(),
            memory_mb: 64,
            processes: 32,
        }
    }

    async fn printed(program: &Program) -> String {
        let mut child = start(program).unwrap();
        let (mut out, mut text) = (child.stdout.take().unwrap(), String::new());
        tokio::time::timeout(Duration::from_secs(20), out.read_to_string(&mut text)).await.unwrap().unwrap();
        text
    }

    #[tokio::test]
    async fn in_the_box_there_is_nothing_of_ours_and_nobody_to_reach() {
        let here = tempfile::tempdir().unwrap();
        std::fs::write(here.path().join("secret"), "hunter2").unwrap();
        let secret = here.path().join("secret").display().to_string();
        let line = format!(
            "cat {secret} /etc/passwd /etc/shadow 2>/dev/null; touch /usr/x /x 2>/dev/null && echo wrote; echo $GIVEN $HOME \
             $(env | wc -l) $(ls -A /home /root 2>/dev/null | wc -l) $(ls -d /proc/[0-9]* | wc -l) \
             $(ls /sys/class/net 2>/dev/null | wc -l) $(grep -c : /proc/net/dev)"
        );
        // Its own variables and those of a shell; itself and what it runs; no device but a loopback of its own.
        let told = printed(&shell(&line)).await;
        let words: Vec<&str> = told.split_whitespace().collect();
        assert_eq!((words[0], words[1], words[3], words[5]), ("yes", "/tmp", "0", "0"), "{told}");
        assert!(words[4].parse::<u32>().unwrap() <= 6 && words[6] == "1" && words.len() == 7, "{told}");
    }

    #[tokio::test]
    async fn it_reads_and_writes_what_it_was_given_and_has_its_share_of_memory() {
        let (read, write) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(read.path().join("a"), "hello").unwrap();
        let (a, b) = (read.path().join("a").display().to_string(), write.path().join("b").display().to_string());
        let given = Program {
            read: vec![read.path().into()],
            write: vec![write.path().into()],
            ..shell(&format!(
                "cat {a}; echo no >{a}; echo yes >{b}; head -c 300m /dev/zero | tail >/dev/null || echo starved"
            ))
        };
        let told = printed(&given).await;
        assert_eq!(told.trim(), "hellostarved", "tail would keep it all");
        assert_eq!(std::fs::read_to_string(write.path().join("b")).unwrap(), "yes\n");
        assert_eq!(std::fs::read_to_string(read.path().join("a")).unwrap(), "hello");
    }

    #[tokio::test]
    async fn let_go_of_it_ends_with_all_it_began() {
        let file = tempfile::tempdir().unwrap();
        let beat = file.path().join("beat").display().to_string();
        let line = format!("(while :; do date +%s%N >{beat}; sleep 0.05; done) & sleep 1000");
        let child = start(&Program { write: vec![file.path().into()], ..shell(&line) }).unwrap();
        let read = || std::fs::read_to_string(&beat).unwrap_or_default();
        for _ in 0..400 {
            if !read().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert!(!read().is_empty(), "it began");
        drop(child);
        let mut still = 0;
        for _ in 0..400 {
            let before = read();
            tokio::time::sleep(Duration::from_millis(200)).await;
            still = if read() == before { still + 1 } else { 0 };
            if still == 3 {
                return;
            }
        }
        panic!("it goes on");
    }
}
