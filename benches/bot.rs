//! The three bots, each a process in a Discord of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sandbox::{Options, Sandbox};

use crate::{person::Person, process};

/// A bot that cannot be used by then will not be: the slowest takes three seconds, more where all start at once.
const READY_DEADLINE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The intent every bot has: GUILDS.
pub(crate) const GUILDS: u64 = 1;
/// What it takes to hear messages with their content, reactions and typing.
pub(crate) const CHATTER: u64 = GUILDS | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    Nebula,
    DiscordJs,
    DiscordPy,
}

/// In the order they take turns.
pub(crate) const ALL: [Maker; 3] = [Maker::Nebula, Maker::DiscordJs, Maker::DiscordPy];

/// A bot and its Discord. Dropping it kills it.
pub(crate) struct Bot {
    pub(crate) sandbox: Sandbox,
    process: Child,
    began: Instant,
    _home: tempfile::TempDir,
}

impl Bot {
    /// Starts it in a new Discord with a new database.
    pub(crate) async fn start(maker: Maker, intents: u64, options: Options) -> Self {
        // On a disk, where a database that survives a power cut costs what it costs.
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // What is measured is this machine, not what Discord allows.
        let sandbox = Sandbox::start(Options { without_rate_limits: true, ..options }).await.unwrap();
        let mut program = match maker {
            Maker::Nebula => nebula(&sandbox, home.path(), intents),
            Maker::DiscordJs => {
                let mut node = Command::new("node");
                node.arg(installed("discord.js/main.js")).env("NODE_ENV", "production");
                node
            }
            Maker::DiscordPy => {
                let mut python = Command::new(installed("discord.py/bin/python"));
                python.arg(root().join("benches/peers/discord.py/main.py"));
                python
            }
        };
        if maker != Maker::Nebula {
            program
                .env("DISCORD_TOKEN", sandbox.bot_token())
                .env("DISCORD_API", format!("{}/api", sandbox.page_url()))
                .env("DISCORD_GATEWAY", sandbox.gateway_url())
                .env("DISCORD_INTENTS", intents.to_string())
                .env("DATABASE", home.path().join("bot.db"));
        }
        let began = Instant::now();
        let process = program.current_dir(home.path()).stdout(Stdio::null()).spawn().unwrap();
        Self { sandbox, process, began, _home: home }
    }

    /// Waits until a person's first command is acknowledged, typed the moment there is one to type and somebody to hear it.
    /// The answer is that person, and how long it took from the start of the process.
    pub(crate) async fn ready(&mut self) -> (Person, Duration) {
        while self.sandbox.commands().is_empty() || !self.sandbox.bot_is_connected() {
            assert!(self.process.try_wait().unwrap().is_none(), "the bot stopped");
            assert!(self.began.elapsed() < READY_DEADLINE, "the bot is not ready");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let person = Person::of(&self.sandbox);
        person.ask().await;
        self.acknowledged(1).await;
        (person, self.began.elapsed())
    }

    /// Waits until this many interactions were acknowledged since the start, or will not be.
    pub(crate) async fn acknowledged(&self, count: usize) {
        let since = Instant::now();
        while self.sandbox.acknowledgements().len() < count && since.elapsed() < READY_DEADLINE {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    pub(crate) fn processor_time(&self) -> f64 {
        process::processor_time(self.process.id())
    }

    pub(crate) fn memory(&self) -> f64 {
        process::memory(self.process.id())
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn nebula(sandbox: &Sandbox, home: &Path, intents: u64) -> Command {
    std::fs::write(home.join("ca.pem"), sandbox.ca_pem()).unwrap();
    let mut nebula = Command::new(env!("CARGO_BIN_EXE_nebula"));
    nebula
        .arg("run")
        .env_clear()
        .env("DISCORD_TOKEN", sandbox.bot_token())
        .env("DISCORD_TEST_ADDRESS", sandbox.discord_address().to_string())
        .env("DISCORD_TEST_CA", "ca.pem")
        .env("DISCORD_TEST_GATEWAY", sandbox.gateway_url())
        .env("DISCORD_TEST_INTENTS", intents.to_string())
        .env("NEBULA_SECRET", "a passphrase for measuring")
        .env("NEBULA_WEB", "127.0.0.1:0")
        .env("NEBULA_LOG", "error");
    nebula
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Something that `tests/peers/install.sh bench` put there.
pub(crate) fn installed(path: &str) -> PathBuf {
    let path = root().join("target/peers").join(path);
    assert!(path.exists(), "{} is missing: `tests/peers/install.sh bench` installs it", path.display());
    path
}
