//! A Docker engine with a directory and a socket of its own.
//!
//! **Invariant:** it touches nothing of the machine's network: no bridge, no firewall rule. Containers have the machine's own
//! network or none. What runs in it ends with it.
//!
//! Needs Debian's `docker.io`, and root (or `sudo -n`). Where no engine can run, `NEBULA_TEST_WITHOUT_DOCKER` says so.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::sshd::{as_root, run, wait_until};

/// What containers of [`Docker::busybox`] are made of.
pub const IMAGE: &str = "busybox:local";

/// Set where nobody expects an engine to run.
const WITHOUT: &str = "NEBULA_TEST_WITHOUT_DOCKER";

/// A running engine. Dropping it ends it, its containers and everything it kept.
#[derive(Debug)]
pub struct Docker {
    dir: TempDir,
    engine: Option<Child>,
}

impl Docker {
    /// Starts one and waits until it answers; none where the environment says that there is none to be had.
    ///
    /// # Panics
    /// When it does not start: a test that silently did not run would be worse.
    pub fn start() -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some() {
            return None;
        }
        Some(Self::try_start().unwrap_or_else(|error| {
            panic!("Docker does not start (docker.io, and root or sudo -n; {WITHOUT}=1 goes without): {error:#}")
        }))
    }

    /// One that several tests of this process use at a time, with [`IMAGE`] in it: whatever a test makes has a name of its own.
    ///
    /// # Panics
    /// Like [`Self::start`].
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Docker>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(docker) = shared.upgrade() {
            return Some(docker);
        }
        let docker = Arc::new(Self::start()?);
        docker.busybox();
        *shared = Arc::downgrade(&docker);
        Some(docker)
    }

    /// Stops the engine, and with it its containers, as a machine's administrator would.
    pub fn stop(&mut self) {
        if let Some(mut engine) = self.engine.take() {
            // Under sudo the child we hold is sudo.
            let pid = fs::read_to_string(self.path("pid")).unwrap_or_else(|_| engine.id().to_string());
            let _ = run(as_root("kill").arg("-TERM").arg(pid.trim()));
            let _ = engine.wait();
        }
    }

    /// Starts it again after [`Self::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.launch().expect("it starts again");
    }

    fn try_start() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("nebula-docker-").tempdir()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let mut docker = Self { dir, engine: None };
        docker.launch()?;
        Ok(docker)
    }

    fn launch(&mut self) -> Result<()> {
        let log = File::create(self.path("log"))?;
        let mut engine = as_root("dockerd");
        engine.args([
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ]);
        engine.arg("--data-root").arg(self.path("data")).arg("--exec-root").arg(self.path("run"));
        engine.arg("--pidfile").arg(self.path("pid")).arg("--host").arg(self.host());
        self.engine = Some(engine.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        let ready = wait_until(|| self.command(&["version"]).output().is_ok_and(|version| version.status.success()));
        ensure!(ready, "{}", fs::read_to_string(self.path("log"))?);
        // Whoever logs in to a test's server is in no group of this engine's.
        run(as_root("chmod").arg("666").arg(self.socket())).map(drop)
    }

    /// A command of the engine's own client.
    pub fn command(&self, arguments: &[&str]) -> Command {
        // The client that came with the engine: another one may want a builder that is not there.
        let client = ["/usr/bin/docker", "docker"].into_iter().find(|client| Path::new(client).exists());
        let mut command = as_root(client.unwrap_or("docker"));
        command.arg("--host").arg(self.host()).args(arguments).env("DOCKER_BUILDKIT", "1");
        command
    }

    /// What a command said that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = run(&mut self.command(arguments)).unwrap_or_else(|error| panic!("{error:#}"));
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned()
    }

    /// An image of these files, and nothing else: no registry is asked.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn image(&self, name: &str, root: &Path) {
        let archive = self.path("image.tar");
        run(Command::new("tar").arg("-C").arg(root).arg("-cf").arg(&archive).arg(".")).expect("tar packs it");
        let archive = archive.display().to_string();
        self.run(&["import", &archive, name]);
    }

    /// An image of a shell and the tools of `BusyBox`, named [`IMAGE`].
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn busybox(&self) {
        let root = self.path("busybox");
        for directory in ["bin", "etc", "tmp", "proc", "sys", "dev"] {
            fs::create_dir_all(root.join(directory)).expect("a directory of its own");
        }
        fs::copy("/bin/busybox", root.join("bin/busybox")).expect("Debian's busybox-static");
        let tools = run(Command::new("/bin/busybox").arg("--list")).expect("it lists its tools");
        for tool in String::from_utf8_lossy(&tools.stdout).lines().filter(|tool| *tool != "busybox") {
            std::os::unix::fs::symlink("busybox", root.join("bin").join(tool)).expect("a tool");
        }
        fs::write(root.join("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n").expect("a user");
        let archive = self.path("busybox.tar");
        run(Command::new("tar").arg("-C").arg(&root).arg("-cf").arg(&archive).arg(".")).expect("tar packs it");
        let archive = archive.display().to_string();
        self.run(&["import", "--change", "ENV PATH=/bin", &archive, IMAGE]);
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.path("socket")
    }

    /// What `DOCKER_HOST` says to use it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let running = self.command(&["ps", "--quiet"]).output().map(|output| output.stdout).unwrap_or_default();
        for container in String::from_utf8_lossy(&running).lines() {
            let _ = run(&mut self.command(&["kill", container]));
        }
        self.stop();
        // The machine's network, as containers of it had it, stays mounted.
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let ours = self.dir.path().display().to_string();
        for place in mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(|place| place.starts_with(&ours)) {
            let _ = run(as_root("umount").arg(place));
        }
        let _ = run(as_root("rm").arg("-rf").arg(self.dir.path()));
    }
}
