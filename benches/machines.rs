//! A hundred machines and one command, beside what people use for that; and a large file, beside OpenSSH's own `sftp`.

use std::{
    fmt::Write,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures::future::join_all;
use hosts::ssh::{Address, Credential, Exec, Pool, Stream, Target, probe};
use peers::Sshd;
use secrecy::SecretString;
use tempfile::TempDir;

/// So many machines, each an sshd at an address of its own.
const MACHINES: usize = 100;
const ROUNDS: usize = 5;
/// What goes there and back.
const FILE: usize = 256 * 1024 * 1024;
const PIECE: usize = 256 * 1024;

/// Prints both tables.
pub(crate) async fn print() {
    let home = tempfile::tempdir().unwrap();
    many(&home).await;
    large(&home).await;
}

/// The same command on all machines at once, each way in turn. "Cold" logs in first; "warm" finds a connection.
async fn many(home: &TempDir) {
    let sshds: Vec<Sshd> = (0..MACHINES).map(|_| Sshd::start()).collect();
    let rivals = Rivals::prepare(home.path(), &sshds);
    let targets = join_all(sshds.iter().map(target)).await;
    let mut times = vec![Vec::new(); 6];
    for round in 0..ROUNDS {
        let pool = Pool::default();
        times[0].push(ours(&pool, &targets).await);
        times[1].push(ours(&pool, &targets).await);
        drop(pool);
        let control = home.path().join(format!("c{round}"));
        fs::create_dir(&control).unwrap();
        times[2].push(rivals.pssh(&control));
        times[3].push(rivals.pssh(&control));
        times[4].push(rivals.ansible(&control));
        times[5].push(rivals.ansible(&control));
        hang_up(&control);
    }
    println!("\n| `true` on {MACHINES} machines, all at once | median | least | most |\n|---|---|---|---|");
    let names = ["Nebula, cold", "Nebula, warm", "`parallel-ssh`, cold", "`parallel-ssh`, warm (ControlPersist)"];
    let names = names.into_iter().chain(["Ansible `raw`, cold", "Ansible `raw`, warm (ControlPersist)"]);
    for (name, times) in names.zip(times) {
        let mut times: Vec<Duration> = times.into_iter().flatten().collect();
        times.sort_unstable();
        match times.as_slice() {
            [] => println!("| {name} | not installed | | |"),
            [least, .., most] => {
                println!("| {name} | {} | {} | {} |", millis(times[times.len() / 2]), millis(*least), millis(*most));
            }
            [one] => println!("| {name} | {} | | |", millis(*one)),
        }
    }
}

async fn target(sshd: &Sshd) -> Target {
    let address = Address::new(&sshd.address().to_string(), sshd.port()).unwrap();
    let host_key = probe(&address, Duration::from_secs(10)).await.unwrap();
    let credential = Credential::private_key(&SecretString::from(sshd.private_key()), None).unwrap();
    Target { address, user: sshd.user().to_owned(), credential, host_key, via: None }
}

async fn ours(pool: &Pool, targets: &[Target]) -> Option<Duration> {
    let began = Instant::now();
    let runs = targets.iter().enumerate().map(|(number, target)| async move {
        let exec = Exec::new(|_: Stream, _: &[u8]| {});
        pool.exec(&number.to_string(), target, "true", exec).await.unwrap();
    });
    join_all(runs).await;
    Some(began.elapsed())
}

/// What others need to reach the same machines by a name: `ssh`'s own configuration, and a list.
struct Rivals {
    config: PathBuf,
    names: PathBuf,
}

impl Rivals {
    fn prepare(home: &Path, sshds: &[Sshd]) -> Self {
        let rivals = Self { config: home.join("config"), names: home.join("names") };
        let (mut config, mut names) = (String::new(), String::new());
        for (number, sshd) in sshds.iter().enumerate() {
            let key = home.join(format!("id-{number}"));
            write_key(&key, sshd);
            let (user, address, port, key) = (sshd.user(), sshd.address(), sshd.port(), key.display());
            writeln!(names, "m{number}").unwrap();
            writeln!(config, "Host m{number}\n HostName {address}\n Port {port}\n User {user}\n IdentityFile {key}")
                .unwrap();
        }
        config +=
            "Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n IdentitiesOnly yes\n";
        config += " ControlMaster auto\n ControlPersist 60\n";
        fs::write(&rivals.config, config).unwrap();
        fs::write(&rivals.names, names).unwrap();
        rivals
    }

    /// `control` is where its connections are kept.
    fn pssh(&self, control: &Path) -> Option<Duration> {
        let ssh = format!("-F {} -o ControlPath={}/pssh-%n", self.config.display(), control.display());
        let mut pssh = Command::new("parallel-ssh");
        pssh.arg("-h").arg(&self.names).args(["-p", &MACHINES.to_string(), "-t", "60", "-x", &ssh, "true"]);
        timed(&mut pssh)
    }

    fn ansible(&self, control: &Path) -> Option<Duration> {
        let ssh = format!("-F {} -o ControlPath={}/ansible-%n", self.config.display(), control.display());
        let mut ansible = Command::new("ansible");
        ansible.args(["all", "-m", "raw", "-a", "true", "-f", &MACHINES.to_string(), "-i"]).arg(&self.names);
        ansible.env("ANSIBLE_SSH_ARGS", ssh);
        timed(&mut ansible)
    }
}

/// Ends the connections that were left open.
fn hang_up(control: &Path) {
    for socket in fs::read_dir(control).unwrap() {
        let socket = format!("ControlPath={}", socket.unwrap().path().display());
        // One that ended meanwhile leaves its socket behind.
        Command::new("ssh").args(["-o", &socket, "-O", "exit", "none"]).output().unwrap();
    }
}

fn write_key(path: &Path, sshd: &Sshd) {
    fs::write(path, sshd.private_key()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// How long a program takes; none where it is not installed.
fn timed(program: &mut Command) -> Option<Duration> {
    let began = Instant::now();
    let output = match program.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    let said = || String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", said());
    Some(began.elapsed())
}

/// A file to a machine and back.
async fn large(home: &TempDir) {
    let sshd = Sshd::start();
    let there = tempfile::Builder::new().prefix("nebula-bench-").tempdir().unwrap();
    fs::set_permissions(there.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let (local, key) = (home.path().join("large"), home.path().join("key"));
    // What no layer can make smaller.
    let bytes: Vec<u8> = (0..FILE / 16).flat_map(|_| *uuid::Uuid::new_v4().as_bytes()).collect();
    fs::write(&local, bytes).unwrap();
    write_key(&key, &sshd);
    let (pool, target) = (Pool::default(), target(&sshd).await);
    pool.check("box", &target).await.unwrap();
    let mut times: [Vec<Duration>; 4] = Default::default();
    for round in 0..ROUNDS {
        let name = format!("{}/ours-{round}", there.path().display());
        times[0].push(put(&pool, &target, &local, &name).await);
        times[1].push(get(&pool, &target, &name, &home.path().join("back")).await);
        let name = format!("{}/theirs-{round}", there.path().display());
        let sftp = |line: String| {
            let batch = home.path().join("batch");
            fs::write(&batch, line).unwrap();
            let mut sftp = Command::new("sftp");
            sftp.args(["-q", "-P", &sshd.port().to_string(), "-o", "StrictHostKeyChecking=no"]);
            sftp.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-i"]).arg(&key);
            sftp.arg("-b").arg(&batch).arg(format!("{}@{}", sshd.user(), sshd.address()));
            timed(&mut sftp).expect("OpenSSH's sftp is there")
        };
        times[2].push(sftp(format!("put {} {name}\n", local.display())));
        times[3].push(sftp(format!("get {name} {}\n", home.path().join("back").display())));
        for name in ["ours", "theirs"] {
            fs::remove_file(there.path().join(format!("{name}-{round}"))).unwrap();
        }
    }
    println!("\n| 256 MiB over SFTP, median of {ROUNDS} | Nebula | OpenSSH's `sftp` | × |\n|---|---|---|---|");
    for (what, ours, theirs) in [("put", 0, 2), ("get", 1, 3)] {
        let median = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2]
        };
        let (ours, theirs) = (median(&mut times[ours]), median(&mut times[theirs]));
        let factor = theirs.as_secs_f64() / ours.as_secs_f64();
        println!("| {what} | {} | {} | {factor:.2} |", millis(ours), millis(theirs));
    }
}

async fn put(pool: &Pool, target: &Target, from: &Path, to: &str) -> Duration {
    use tokio::io::AsyncReadExt;
    let began = Instant::now();
    let sftp = pool.sftp("box", target).await.unwrap();
    let handle = sftp.create(to).await.unwrap();
    let (mut file, mut writer) = (tokio::fs::File::open(from).await.unwrap(), sftp.writer(&handle));
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).await.unwrap() {
            0 => break,
            length => writer.write(&piece[..length]).await.unwrap(),
        }
    }
    writer.finish().await.unwrap();
    sftp.close(handle).await.unwrap();
    began.elapsed()
}

async fn get(pool: &Pool, target: &Target, from: &str, to: &Path) -> Duration {
    use tokio::io::AsyncWriteExt;
    let began = Instant::now();
    let sftp = pool.sftp("box", target).await.unwrap();
    let (handle, _) = sftp.open(from).await.unwrap();
    let (mut file, mut reader) = (tokio::fs::File::create(to).await.unwrap(), sftp.reader(&handle));
    let mut length = 0;
    while let Some(piece) = reader.next().await.unwrap() {
        length += piece.len();
        file.write_all(&piece).await.unwrap();
    }
    file.flush().await.unwrap();
    sftp.close(handle).await.unwrap();
    assert_eq!(length, FILE);
    began.elapsed()
}

fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}
