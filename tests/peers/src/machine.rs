//! A machine to make one's own: a real sshd in a root and in namespaces of its own, where users, sudoers and homes can be changed
//! without touching the machine that the tests run on.
//!
//! **Invariant:** nothing that is done there is seen outside of the peer's directory; what is mounted is gone with its last process.
//!
//! `useradd`, `sudo` and `visudo` are the real ones; `apt-get`, `curl`, `docker` and `tailscale` only write down what they are
//! asked for: a machine with tests may have no network. Needs `openssh-server`, `sudo` and util-linux, and root (or `sudo -n`).

use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::sshd::{as_root, keygen, kill, own_address, run, wait_until};

const PASSWORD: &str = "only-for-tests-on-loopback";
const SCRIPT: &str = include_str!("machine.sh");

/// A machine with `root`, with `admin`, who may become root without a password, and with `carl`, who may with theirs.
#[derive(Debug)]
pub struct Machine {
    dir: TempDir,
    address: Ipv4Addr,
    port: u16,
    server: Option<Child>,
}

impl Machine {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        Self::start_without(&[])
    }

    /// The same, without some of the programs in `/usr/bin`.
    pub fn start_without(programs: &[&str]) -> Self {
        Self::try_start(programs).expect("a machine starts (it needs openssh-server and sudo, and root or sudo -n)")
    }

    fn try_start(hidden: &[&str]) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("nebula-machine-").tempdir()?;
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        let address = own_address();
        let port = TcpListener::bind((address, 0))?.local_addr()?.port();
        let mut machine = Self { dir, address, port, server: None };
        keygen("ed25519", &machine.path("id"))?;
        keygen("ed25519", &machine.path("hostkey"))?;
        let hash = run(Command::new("openssl").args(["passwd", "-6", PASSWORD]))?;
        fs::write(machine.path("password.hash"), hash.stdout)?;
        fs::write(machine.path("hidden"), hidden.join("\n"))?;
        fs::write(machine.path("machine.sh"), SCRIPT)?;
        machine.listen()?;
        Ok(machine)
    }

    pub fn address(&self) -> IpAddr {
        self.address.into()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of `root` and of `carl`.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// An ed25519 key that logs in as `root` and as `admin`, in OpenSSH's own format.
    pub fn private_key(&self) -> String {
        fs::read_to_string(self.path("id")).expect("the key was made at the start")
    }

    /// A file of the machine as its root reads it; none where there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        let output = as_root("cat").arg(self.inside(path)).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What `stat` says of a file there: its rights, user and group, as `440 root root`.
    pub fn rights(&self, path: &str) -> String {
        let output = run(as_root("stat").args(["-c", "%a %u %g"]).arg(self.inside(path))).expect("it is there");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Puts a file there, as its root.
    pub fn write(&self, path: &str, text: &str) {
        let from = self.path("written");
        fs::write(&from, text).expect("a file is written");
        run(as_root("cp").arg(&from).arg(self.inside(path))).expect("a file is put there");
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        run(as_root("rm").arg("-f").arg(self.inside(path))).expect("a file is taken away");
    }

    /// What the programs that only write it down were asked for, one call a line.
    pub fn calls(&self) -> String {
        self.read("/var/log/calls").unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn inside(&self, path: &str) -> PathBuf {
        // Its `/usr/local` is a directory of its own beside the programs of this machine.
        let path = path.trim_start_matches('/');
        let path = path.strip_prefix("usr/").filter(|rest| rest.starts_with("local/")).unwrap_or(path);
        self.path("root").join(Path::new(path))
    }

    fn listen(&mut self) -> Result<()> {
        let log = fs::File::create(self.path("sshd.log"))?;
        let mut server = as_root("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child", "sh"])
            .arg(self.path("machine.sh"))
            .arg(self.dir.path())
            .arg(self.address.to_string())
            .arg(self.port.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let ready = wait_until(|| {
            TcpStream::connect((self.address, self.port)).is_ok() || server.try_wait().is_ok_and(|over| over.is_some())
        });
        let running = server.try_wait()?.is_none();
        self.server = Some(server);
        ensure!(ready && running, "{}", fs::read_to_string(self.path("sshd.log")).unwrap_or_default());
        Ok(())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // Under sudo the child that we hold is sudo. Its first process dies with what made its namespaces, and with that one all others.
        let held = server.id();
        let children = fs::read_to_string(format!("/proc/{held}/task/{held}/children")).unwrap_or_default();
        let pids = children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([held]);
        kill(&pids.collect::<Vec<u32>>());
        let _ = server.wait();
        // Some of it is root's.
        let _ = run(as_root("rm").args(["-rf", "--one-file-system"]).arg(self.path("root")));
    }
}
