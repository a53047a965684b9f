//! Prints the figures we promise, measured on this machine: `make bench`.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot measure has nothing better to do than to say why")]

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use hosts::ssh::{Credential, Exec, Pool, Stream, Target, probe};
use peers::Sshd;
use sandbox::{Options, Sandbox, client::Client};
use secrecy::SecretString;

/// Interactions, and how many a second.
const INTERACTIONS: u32 = 5_000;
const A_SECOND: u32 = 200;
const STARTS: usize = 11;
const RUNS: usize = 200;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // `cargo test` runs benches too, with this argument, to see that they start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("| figure | p50 | p99 | most |\n|---|---|---|---|");
    row("`nebula try` to READY and commands registered", starts(try_to_ready));
    let mut bot = Bot::start().await;
    row("start of `nebula run` to READY and commands registered", vec![bot.ready]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    println!("| resident memory, idle after 10 s | {} | | |", mebibytes(bot.memory()));
    row(&format!("interaction to acknowledgement, {INTERACTIONS} at {A_SECOND}/s"), bot.acknowledgements().await);
    println!("| resident memory, after those | {} | | |", mebibytes(bot.memory()));

    let sshd = Sshd::start();
    row("`true` on a warm connection: ours", warm(&sshd).await);
    row("`true` on a warm connection: `ssh` with ControlMaster", control_master(&sshd));
    row("`/server run true`, command typed to exit status shown", bot.runs(&sshd).await);
    bot.process.kill().unwrap();
    bot.process.wait().unwrap();
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = ((times.len() - 1) as f64 * part).round() as usize;
        format!("{:.1} ms", times[index].as_secs_f64() * 1e3)
    };
    println!("| {what} | {} | {} | {} |", at(0.5), at(0.99), at(1.0));
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}

fn starts(start: impl Fn() -> Duration) -> Vec<Duration> {
    (0..STARTS).map(|_| start()).collect()
}

/// Until it prints where to chat, which it does once commands are registered.
fn try_to_ready() -> Duration {
    let began = Instant::now();
    let mut process =
        Command::new(env!("CARGO_BIN_EXE_nebula")).args(["try", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let took = began.elapsed();
    assert!(line.contains("Nebula is up"), "{line}");
    process.kill().unwrap();
    process.wait().unwrap();
    took
}

struct Bot {
    process: Child,
    sandbox: Sandbox,
    ready: Duration,
    _home: tempfile::TempDir,
}

impl Bot {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        // What is measured is this machine, not what Discord allows.
        let options = Options { without_rate_limits: true, ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        std::fs::write(home.path().join("ca.pem"), sandbox.ca_pem()).unwrap();
        let began = Instant::now();
        let process = Command::new(env!("CARGO_BIN_EXE_nebula"))
            .arg("run")
            .current_dir(home.path())
            .env_clear()
            .env("DISCORD_TOKEN", sandbox.bot_token())
            .env("DISCORD_TEST_ADDRESS", sandbox.discord_address().to_string())
            .env("DISCORD_TEST_CA", "ca.pem")
            .env("DISCORD_TEST_GATEWAY", sandbox.gateway_url())
            .env("NEBULA_SECRET", "a passphrase for measuring")
            .env("NEBULA_WEB", "127.0.0.1:0")
            .env("NEBULA_LOG", "error")
            .spawn()
            .unwrap();
        while sandbox.commands().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self { process, sandbox, ready: began.elapsed(), _home: home }
    }

    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// As the sandbox sees it: from the interaction's dispatch to the bot's callback.
    async fn acknowledgements(&self) -> Vec<Duration> {
        let admin = Client::connect_as(&self.sandbox.page_url(), "admin").await.unwrap();
        let index = admin.commands().await.unwrap();
        let command = index["application_commands"]
            .as_array()
            .unwrap()
            .iter()
            .find(|command| command["name"] == "server")
            .unwrap();
        let guild = self.sandbox.guild_id();
        let channel = self.sandbox.channel_id("ops").unwrap();
        let body = serde_json::json!({
            "type": 2, "application_id": command["application_id"], "guild_id": guild, "channel_id": channel,
            "session_id": "0", "data": { "id": command["id"], "name": "server", "type": 1, "version": command["version"],
                "options": [{ "type": 1, "name": "list", "options": [] }] },
        });
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
        let mut people = tokio::task::JoinSet::new();
        for number in 0..INTERACTIONS {
            ticks.tick().await;
            let (admin, mut body) = (admin.clone(), body.clone());
            body["nonce"] = number.to_string().into();
            people.spawn(async move {
                admin.rest(reqwest::Method::POST, "/interactions", Some(&body)).await.unwrap();
            });
        }
        people.join_all().await;
        while self.sandbox.acknowledgements().len() < INTERACTIONS as usize {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.sandbox.acknowledgements()
    }

    /// From typing the command to seeing how it ended.
    async fn runs(&self, sshd: &Sshd) -> Vec<Duration> {
        let admin = Client::connect_as(&self.sandbox.page_url(), "admin").await.unwrap();
        let add = format!("/server add name:box address:{}:{} user:{}", sshd.address(), sshd.port(), sshd.user());
        let form = admin.slash(&add).await.unwrap().modal.unwrap();
        let filled = admin.fill(&form, &[("Private key", &sshd.private_key())]).await.unwrap();
        let offer = admin.answer(&filled, Duration::from_secs(10)).await.unwrap();
        admin.press(&offer, "Pin this key").await.unwrap();
        says(&admin, offer.id(), "Added").await;
        let mut times = Vec::new();
        for _ in 0..RUNS / 4 {
            let began = Instant::now();
            let asked = admin.slash("/server run server:box command:true").await.unwrap();
            let answer = admin.answer(&asked, Duration::from_secs(10)).await.unwrap();
            says(&admin, answer.id(), "exit 0").await;
            times.push(began.elapsed());
        }
        times
    }
}

async fn says(person: &Client, message: &str, text: &str) {
    let seen = |state: &sandbox::client::State| state.message(message)?.latest().text().contains(text).then_some(());
    person.wait_for(text, Duration::from_secs(10), seen).await.unwrap();
}

async fn warm(sshd: &Sshd) -> Vec<Duration> {
    let address = hosts::ssh::Address::new(&sshd.address().to_string(), sshd.port()).unwrap();
    let host_key = probe(&address, Duration::from_secs(10)).await.unwrap();
    let credential = Credential::private_key(&SecretString::from(sshd.private_key()), None).unwrap();
    let target = Target { address, user: sshd.user().to_owned(), credential, host_key };
    let pool = Pool::default();
    pool.check("box", &target).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        pool.exec("box", &target, "true", Exec::new(|_: Stream, _: &[u8]| {})).await.unwrap();
        times.push(began.elapsed());
    }
    times
}

fn control_master(sshd: &Sshd) -> Vec<Duration> {
    let home = tempfile::tempdir().unwrap();
    let (key, socket) = (home.path().join("id"), home.path().join("socket"));
    std::fs::write(&key, sshd.private_key()).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let address = SocketAddr::new(sshd.address(), sshd.port());
    let ssh = |master: &str| {
        let mut ssh = Command::new("ssh");
        ssh.args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            master,
        ]);
        ssh.arg("-o").arg(format!("ControlPath={}", socket.display())).arg("-i").arg(&key);
        ssh.args(["-p", &address.port().to_string(), &format!("{}@{}", sshd.user(), address.ip())]);
        ssh
    };
    let mut master = ssh("ControlMaster=yes").arg("-N").spawn().unwrap();
    while !socket.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        assert!(ssh("ControlMaster=no").arg("true").status().unwrap().success());
        times.push(began.elapsed());
    }
    master.kill().unwrap();
    master.wait().unwrap();
    times
}
