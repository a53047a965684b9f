//! A host to log in to: OpenSSH's sshd with its own keys, directory and loopback address.
//!
//! **Invariant:** every process of a session carries this peer's directory in its environment; that is how
//! [`Sshd::processes`] and the drop find them, however far from the server they were reparented.
//!
//! `systemctl`, `reboot`, `shutdown` and `journalctl` are fakes in these sessions: they write [`Sshd::calls`] and change
//! nothing. Needs Debian's `openssh-server`, and root (or `sudo -n`).

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

const USER: &str = "nebula-test";
const PASSWORD: &str = "only-for-tests-on-loopback";

/// How long sshd may take to answer after its start, or to be gone after its end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const FAKES: [&str; 4] = ["systemctl", "reboot", "shutdown", "journalctl"];

/// The kinds of host key every server owns; the first is what a client without an opinion is shown.
const HOST_KEYS: [&str; 2] = ["ed25519", "ecdsa"];

/// A running sshd. Dropping it ends the server, its sessions and everything that was started in them.
#[derive(Debug)]
pub struct Sshd {
    dir: TempDir,
    address: Ipv4Addr,
    port: u16,
    proc: Proc,
    server: Option<Child>,
    at_home: bool,
}

/// Why none starts.
const MISSING: &str = "sshd starts (it needs openssh-server, and root or sudo -n)";

/// What a host says of itself in `/proc`.
#[derive(Debug, Clone, Copy)]
pub enum Proc {
    /// All that this machine says.
    Whole,
    /// Nothing, as a Mac does.
    Hidden,
    /// In these files beneath it something else.
    Saying(&'static [(&'static str, &'static str)]),
}

impl Sshd {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        Self::try_start(Proc::Whole, false).expect(MISSING)
    }

    /// The same, where who logs in has a home of their own, and the keys that may log in stand in it as on any machine.
    pub fn start_at_home() -> Self {
        Self::try_start(Proc::Whole, true).expect(MISSING)
    }

    /// The same, with another `/proc` than this machine's in its sessions.
    pub fn start_with(proc: Proc) -> Self {
        Self::try_start(proc, false).expect(MISSING)
    }

    /// The file of the keys that may log in.
    pub fn authorized_keys(&self) -> PathBuf {
        if self.at_home { self.path("home/.ssh/authorized_keys") } else { self.path("authorized_keys") }
    }

    fn try_start(proc: Proc, at_home: bool) -> Result<Self> {
        make_user()?;
        let dir = tempfile::Builder::new().prefix("nebula-sshd-").tempdir()?;
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        let address = own_address();
        let port = TcpListener::bind((address, 0))?.local_addr()?.port();
        let mut sshd = Self { dir, address, port, proc, server: None, at_home };
        sshd.write_fakes()?;
        sshd.make_host_keys()?;
        keygen("ed25519", &sshd.path("id"))?;
        if at_home {
            fs::create_dir_all(sshd.path("home/.ssh"))?;
        }
        fs::copy(sshd.path("id.pub"), sshd.authorized_keys())?;
        if at_home {
            run(as_root("chown").args(["-R", USER]).arg(sshd.path("home")))?;
        }
        sshd.write_config()?;
        sshd.listen()?;
        Ok(sshd)
    }

    pub fn address(&self) -> IpAddr {
        self.address.into()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn user(&self) -> &'static str {
        USER
    }

    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// An ed25519 key that may log in, in OpenSSH's own format.
    pub fn private_key(&self) -> String {
        fs::read_to_string(self.path("id")).expect("the key was made at the start")
    }

    /// Makes a further key (`rsa`, `ecdsa`, `ed25519`) and lets it log in.
    pub fn another_private_key(&self, kind: &str) -> String {
        let path = self.path(&format!("another-{kind}"));
        keygen(kind, &path).expect("ssh-keygen makes a key");
        let public = fs::read(path.with_extension("pub")).expect("ssh-keygen wrote the public half");
        let mut authorized =
            File::options().append(true).open(self.authorized_keys()).expect("the file was made at the start");
        authorized.write_all(&public).expect("a key is added");
        fs::read_to_string(path).expect("ssh-keygen wrote the private half")
    }

    /// A user with another login shell, or without a home; logs in with the same keys.
    pub fn another_user(&self, shell: &str, home: Option<&str>) -> String {
        let name = shell.rsplit('/').next().unwrap_or(shell);
        let user = format!("{USER}-{name}{}", if home.is_some() { "-nowhere" } else { "" });
        make_other_user(&user, shell, home).expect("useradd makes a user");
        user
    }

    /// The public host key of one kind (`ed25519`, `ecdsa`), as the server's `.pub` file has it.
    pub fn host_key(&self, kind: &str) -> String {
        fs::read_to_string(self.path(&format!("hostkey-{kind}.pub"))).expect("the key was made at the start")
    }

    /// What `ssh-keygen -lf` says about the ed25519 host key: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        let output = run(Command::new("ssh-keygen").arg("-lf").arg(self.path("hostkey-ed25519.pub")))
            .expect("ssh-keygen prints a fingerprint");
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        line.split_whitespace().nth(1).expect("the second word is the fingerprint").to_owned()
    }

    /// Puts a program where sessions find it first.
    pub fn put_program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, script).expect("a program is written");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a program is made one");
    }

    /// Has one of the files that it says something in say something else from now on.
    pub fn say(&self, name: &str, text: &str) {
        // In place: what is mounted is this very file.
        fs::write(self.path(&name.replace('/', "-")), text).expect("the file was made at the start");
    }

    /// Everything the server logged since its first start, at level VERBOSE.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.path("sshd.log")).unwrap_or_default()).into_owned()
    }

    /// What the fakes were called with, one call a line.
    pub fn calls(&self) -> String {
        fs::read_to_string(self.path("calls.log")).unwrap_or_default()
    }

    /// Comes back on the same port with other host keys, as a reinstalled machine does.
    pub fn change_host_key(&mut self) {
        self.stop();
        self.make_host_keys().expect("ssh-keygen makes host keys");
        self.start_again();
    }

    /// Comes back with an SFTP that dies once, when it has taken this path away and before it says so: as a connection that is
    /// lost at the worst moment.
    pub fn lose_sftp_with(&mut self, path: &Path) {
        self.stop();
        let watch = r#"$there = -e $ARGV[0]; while (sysread STDIN, $_, 65536) { kill "KILL", 0 if $there && !-e $ARGV[0]; syswrite STDOUT, $_ }"#;
        let script = format!("#!/bin/sh\n/usr/lib/openssh/sftp-server | perl -e '{watch}' '{}'\n", path.display());
        self.put_program("sftp", &script);
        let config = fs::read_to_string(self.path("sshd_config")).expect("it was written at the start");
        let program = self.path("bin/sftp").display().to_string();
        fs::write(self.path("sshd_config"), config.replace("internal-sftp", &program)).expect("it is written again");
        self.start_again();
    }

    /// Ends the server and all its connections, as a machine that goes down does; what its users started dies too.
    pub fn stop(&mut self) {
        let all = self.freeze();
        if let Some(mut server) = self.server.take() {
            kill(&all);
            let _ = server.wait();
        }
        kill(&self.owned());
    }

    /// Starts the server again after [`Sshd::stop`], on the same port with the same keys.
    pub fn start_again(&mut self) {
        self.listen().expect("sshd starts again");
    }

    /// Cuts every connection and keeps listening; commands that run are left running, as after a network failure.
    pub fn cut_connections(&self) {
        let all = self.freeze();
        let (listener, connections) = all.split_at(all.len().min(1));
        kill(connections);
        signal("-CONT", listener);
    }

    /// Stops it where it is, with all its connections: whoever speaks to it hears nothing until it goes on.
    pub fn pause(&self) {
        self.freeze();
    }

    /// Goes on after [`Sshd::pause`].
    pub fn go_on(&self) {
        signal("-CONT", &self.listener_and_connections());
    }

    /// Stops the listener and its connections where they are, and says which those are, the listener first. Who is cut off comes
    /// back at once: a listener that ran on while its connections are ended would leave that new one alive.
    fn freeze(&self) -> Vec<u32> {
        let mut all = Vec::new();
        loop {
            let now = self.listener_and_connections();
            if now.iter().all(|pid| all.contains(pid)) {
                return now;
            }
            all = now;
            signal("-STOP", &all);
            wait_until(|| all.iter().all(|pid| matches!(state(*pid), None | Some('T' | 'Z' | 'X'))));
        }
    }

    /// Processes of `nebula-test` in this server's sessions whose command line contains `pattern`.
    pub fn processes(&self, pattern: &str) -> Vec<u32> {
        let user = fs::metadata(home()).map(|home| home.uid()).ok();
        self.owned()
            .into_iter()
            .filter(|pid| fs::metadata(format!("/proc/{pid}")).map(|process| process.uid()).ok() == user)
            .filter(|pid| command_line(*pid).contains(pattern))
            .collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write_fakes(&self) -> Result<()> {
        let bin = self.path("bin");
        fs::create_dir(&bin)?;
        fs::set_permissions(&bin, Permissions::from_mode(0o755))?;
        let calls = self.path("calls.log");
        fs::write(&calls, "")?;
        fs::set_permissions(&calls, Permissions::from_mode(0o666))?;
        for name in FAKES {
            let path = bin.join(name);
            let script = format!(
                "#!/bin/sh\necho \"{name} $*\" >>'{}'\n\
                 case \"{name} $1\" in 'systemctl is-active') echo active;; *) echo \"fake {name} $*\";; esac\n",
                calls.display()
            );
            fs::write(&path, script)?;
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    fn make_host_keys(&self) -> Result<()> {
        for kind in HOST_KEYS {
            let path = self.path(&format!("hostkey-{kind}"));
            if path.exists() {
                fs::remove_file(&path)?;
                fs::remove_file(path.with_extension("pub"))?;
            }
            keygen(kind, &path)?;
        }
        Ok(())
    }

    fn write_config(&self) -> Result<()> {
        let dir = self.dir.path().display();
        let host_keys = HOST_KEYS.map(|kind| format!("HostKey {dir}/hostkey-{kind}\n")).concat();
        let config = format!(
            "ListenAddress {address}\nPort {port}\n{host_keys}PidFile {dir}/sshd.pid\n\
             AuthorizedKeysFile {keys}\nStrictModes no\nPasswordAuthentication yes\n\
             KbdInteractiveAuthentication no\nUsePAM no\nUseDNS no\nAllowUsers {USER} {USER}-*\nMaxStartups 100\n\
             SetEnv PATH={dir}/bin:/usr/bin:/bin{home}\nSubsystem sftp internal-sftp\nLogLevel VERBOSE\n",
            keys = self.authorized_keys().display(),
            home = if self.at_home { format!(" HOME={dir}/home") } else { String::new() },
            address = self.address,
            port = self.port,
        );
        Ok(fs::write(self.path("sshd_config"), config)?)
    }

    fn listen(&mut self) -> Result<()> {
        run(as_root("mkdir").args(["-p", "/run/sshd"]))?;
        let mut server = match self.mounts()? {
            None => as_root("/usr/sbin/sshd"),
            // A namespace of its own: what is mounted there is seen nowhere else, and gone with it.
            Some(mounts) => {
                let mut namespace = as_root("unshare");
                namespace.args(["-m", "sh", "-ec", &format!("{mounts}exec /usr/sbin/sshd \"$@\""), "sshd"]);
                namespace
            }
        };
        let mut server = server
            .args(["-D", "-f"])
            .arg(self.path("sshd_config"))
            .arg("-E")
            .arg(self.path("sshd.log"))
            .stdin(Stdio::null())
            .spawn()?;
        let ready = wait_until(|| {
            TcpStream::connect((self.address, self.port)).is_ok() || server.try_wait().is_ok_and(|over| over.is_some())
        });
        let running = server.try_wait()?.is_none();
        self.server = Some(server);
        ensure!(ready && running, "sshd does not answer: {}", self.log());
        Ok(())
    }

    /// What to mount over `/proc`.
    fn mounts(&self) -> Result<Option<String>> {
        match self.proc {
            Proc::Whole => Ok(None),
            Proc::Hidden => Ok(Some("mount -t tmpfs none /proc; ".to_owned())),
            Proc::Saying(files) => {
                let mount = |(name, text): &(&str, &str)| {
                    let path = self.path(&name.replace('/', "-"));
                    fs::write(&path, text)?;
                    Ok(format!("mount --bind '{}' '/proc/{name}'; ", path.display()))
                };
                files.iter().map(mount).collect::<Result<String>>().map(Some)
            }
        }
    }

    /// The listener's own pid: under sudo the child we hold is sudo.
    fn server_pid(&self, server: &Child) -> u32 {
        let written = fs::read_to_string(self.path("sshd.pid")).ok().and_then(|pid| pid.trim().parse().ok());
        written.unwrap_or(server.id())
    }

    /// The listener and the processes for its connections: its children and their sshd children.
    fn listener_and_connections(&self) -> Vec<u32> {
        let Some(listener) = self.server.as_ref().map(|server| self.server_pid(server)) else { return Vec::new() };
        let sshds: Vec<(u32, u32)> = pids()
            .filter_map(|pid| stat(pid).filter(|(name, _)| name == "sshd").map(|(_, parent)| (pid, parent)))
            .collect();
        let mut found = vec![listener];
        loop {
            let more = sshds.iter().filter(|(pid, parent)| found.contains(parent) && !found.contains(pid));
            let more: Vec<u32> = more.map(|(pid, _)| *pid).collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found
    }

    /// Everything that runs with this peer's directory in its environment.
    fn owned(&self) -> Vec<u32> {
        let script = "grep -lsF -- \"$1\" /proc/[0-9]*/environ; :";
        let marker = format!("PATH={}/bin:", self.dir.path().display());
        let Ok(output) = run(as_root("sh").args(["-c", script, "sh"]).arg(marker)) else { return Vec::new() };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter_map(|line| line.split('/').nth(2)?.parse().ok()).filter(|pid| !is_zombie(*pid)).collect()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An address of its own in 127.0.0.0/8, so that servers of parallel tests and test binaries never meet.
pub(crate) fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | (high & 0x3f), low, NEXT.fetch_add(1, Ordering::Relaxed).max(1))
}

fn home() -> PathBuf {
    Path::new("/home").join(USER)
}

/// Tests that start together take turns.
fn lock_users() -> Result<File> {
    let lock = File::options()
        .create(true)
        .append(true)
        .open(std::env::temp_dir().join("nebula-peers-user.lock"))
        .context("the lock file for making a user")?;
    lock.lock()?;
    Ok(lock)
}

fn exists(user: &str) -> Result<bool> {
    Ok(Command::new("id").arg(user).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
}

/// sshd takes a password of `!`, which is what `useradd` writes, for a locked account.
fn make_other_user(user: &str, shell: &str, home: Option<&str>) -> Result<()> {
    let _lock = lock_users()?;
    if exists(user)? {
        return Ok(());
    }
    let mut useradd = as_root("useradd");
    match home {
        Some(home) => useradd.args(["-M", "-d", home]),
        None => useradd.arg("-m"),
    };
    run(useradd.args(["-p", "*", "-s", shell, user])).map(drop)
}

/// Makes the user once per machine.
fn make_user() -> Result<()> {
    let _lock = lock_users()?;
    if exists(USER)? {
        return Ok(());
    }
    run(as_root("useradd").args(["-m", "-s", "/bin/bash", USER]))?;
    let mut chpasswd = as_root("chpasswd").stdin(Stdio::piped()).spawn()?;
    chpasswd.stdin.take().context("a pipe to chpasswd")?.write_all(format!("{USER}:{PASSWORD}\n").as_bytes())?;
    ensure!(chpasswd.wait()?.success(), "chpasswd failed");
    Ok(())
}

pub(crate) fn keygen(kind: &str, path: &Path) -> Result<()> {
    run(Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(path)).map(drop)
}

/// A command that runs as root: as it is where we are root, through `sudo -n` elsewhere.
pub(crate) fn as_root(program: &str) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let mut command = if root { Command::new(program) } else { Command::new("sudo") };
    if !root {
        command.args(["-n", program]);
    }
    // Whoever became root with a plain `su` does not have the administrator's programs in their path.
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

/// Some of these may be gone already; then `kill` signals the others and complains.
fn signal(signal: &str, pids: &[u32]) {
    let _ = run(as_root("kill").arg(signal).args(pids.iter().map(u32::to_string)));
}

/// Kills these processes and waits until none of them is left.
pub(crate) fn kill(pids: &[u32]) {
    if pids.is_empty() {
        return;
    }
    signal("-KILL", pids);
    wait_until(|| pids.iter().all(|pid| is_zombie(*pid)));
}

/// Whether nothing runs under this pid any more: it is gone, or waits for its parent to notice.
fn is_zombie(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z' | 'X'))
}

/// The letter the kernel has for what a process does, while there is one.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// A process's name and its parent's pid.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, rest) = stat.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?.parse().ok()?;
    Some((head.split_once('(')?.1.to_owned(), parent))
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

pub(crate) fn wait_until(mut done: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}
