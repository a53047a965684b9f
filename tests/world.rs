//! A world for a story: a Discord, the real bot in a process of its own, and people.
//!
//! **Invariant:** a story ends with [`World::end`], which asserts what must hold after every story: the bot broke no rule of
//! Discord's and left it to no text whom it pings, no audit row is left open, the audit log's chain is unbroken, and no secret is in any
//! message, log line or database.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Clock, GuildId};
use peers::{Docker, Sshd, clouds::Clouds, models::Speaker};
use sandbox::{Options, Sandbox};
use store::{
    Kind, Store,
    approvals::{Approval, State},
    audit::Entry,
};

use crate::people::{Person, download};

/// Longest wait for anything a person would expect at once; a busy machine with two cores runs several stories at a time.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Everything a story needs.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    home: tempfile::TempDir,
    database: String,
    passphrase: String,
    settings: Vec<(&'static str, &'static str)>,
    secrets: Vec<String>,
    bot: Option<Bot>,
    /// What the program finds in its environment besides.
    environment: Vec<(String, String)>,
    log: Arc<Mutex<String>>,
    /// What else was seen, and where.
    seen: Vec<(String, Vec<u8>)>,
    ended: bool,
}

struct Bot {
    process: Child,
    /// Where its own lines begin in the log.
    log_from: usize,
    reader: Option<std::thread::JoinHandle<()>>,
}

/// A database of this kind in which nothing happened yet; one of SQLite is a file in this directory. How the tables are made anew is
/// told in `tests/kills/first_start.rs`.
pub(crate) async fn database(kind: Kind, home: &Path) -> String {
    let make = async |url: String| Store::open(&url, Clock::system()).await.unwrap().close().await;
    match kind {
        Kind::Sqlite => peers::databases::sqlite(home, make).await,
        Kind::Postgres => peers::databases::postgres(make).await,
    }
}

impl World {
    /// A world whose bot keeps everything in SQLite.
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// The same, with another Discord than usual.
    pub(crate) async fn start_with(options: Options) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Sqlite, home.path()).await;
        Self::with(home, database, options).await
    }

    /// A world whose bot keeps everything in PostgreSQL.
    pub(crate) async fn on_postgres() -> Self {
        Self::on_postgres_with(Options::default()).await
    }

    /// The same, with another Discord than usual.
    pub(crate) async fn on_postgres_with(options: Options) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Postgres, home.path()).await;
        Self::with(home, database, options).await
    }

    /// A world whose bot has this engine as its own machine's.
    pub(crate) async fn with_docker(docker: &Docker) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Sqlite, home.path()).await;
        Self::beside(docker, home, database).await
    }

    /// The same, on PostgreSQL.
    pub(crate) async fn with_docker_on_postgres(docker: &Docker) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Postgres, home.path()).await;
        Self::beside(docker, home, database).await
    }

    /// A world whose bot has this Ollama in its environment.
    pub(crate) async fn start_beside(ollama: &Speaker) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Sqlite, home.path()).await;
        let mut world = Self::prepared(home, database, Options::default()).await;
        world.set_environment("OLLAMA_URL", &ollama.url());
        world.start_bot().await;
        world
    }

    /// A world with another Discord than usual, whose bot finds this in its environment.
    pub(crate) async fn with_environment(options: Options, environment: &[(String, String)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = database(Kind::Sqlite, home.path()).await;
        let mut world = Self::prepared(home, database, options).await;
        for (name, value) in environment {
            world.set_environment(name, value);
        }
        let guild = world.guild().to_string();
        world.set_environment("NEBULA_LOCAL_GUILDS", &guild);
        world.start_bot().await;
        world
    }

    async fn beside(docker: &Docker, home: tempfile::TempDir, database: String) -> Self {
        let mut world = Self::prepared(home, database, Options::default()).await;
        world.set_environment("DOCKER_HOST", &docker.host());
        let guild = world.guild();
        world.set_environment("NEBULA_LOCAL_GUILDS", &guild.to_string());
        world.start_bot().await;
        world
    }

    async fn with(home: tempfile::TempDir, database: String, options: Options) -> Self {
        let mut world = Self::prepared(home, database, options).await;
        world.start_bot().await;
        world
    }

    /// All but the bot.
    async fn prepared(home: tempfile::TempDir, database: String, options: Options) -> Self {
        let sandbox = Sandbox::start(Options { pings_by_name: true, ..options }).await.unwrap();
        std::fs::write(home.path().join("ca.pem"), sandbox.ca_pem()).unwrap();
        let clock = Clock::system();
        let mut world = Self {
            passphrase: clock.key(),
            sandbox,
            home,
            database,
            settings: Vec::new(),
            secrets: Vec::new(),
            bot: None,
            environment: Vec::new(),
            log: Arc::default(),
            seen: Vec::new(),
            ended: false,
        };
        world.secrets.push(world.passphrase.clone());
        world.secrets.push(world.sandbox.bot_token().to_owned());
        world
    }

    /// The program with its environment, and nothing of ours.
    pub(crate) fn program(&self, argument: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_nebula"));
        program
            .arg(argument)
            .current_dir(self.home.path())
            .env_clear()
            .env("DISCORD_TOKEN", self.sandbox.bot_token())
            .env("DISCORD_TEST_ADDRESS", self.sandbox.discord_address().to_string())
            .env("DISCORD_TEST_CA", self.home.path().join("ca.pem"))
            .env("DISCORD_TEST_GATEWAY", self.sandbox.gateway_url())
            .env("NEBULA_SECRET", &self.passphrase)
            .env("DATABASE_URL", &self.database)
            .env("NEBULA_WEB", "127.0.0.1:0")
            // Only stories about it are about what is looked at meanwhile.
            .env("NEBULA_LOOK_EVERY", "0")
            .env("NEBULA_LOG", "debug,hyper=info,h2=info,rustls=info,tungstenite=info,sqlx=info,serenity=warn")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(self.settings.iter().copied());
        program
    }

    /// Starts the bot, again if it was there before, and waits until people can use it.
    pub(crate) async fn start_bot(&mut self) {
        self.launch_bot();
        self.bot_is_ready().await;
    }

    /// Starts the bot's process. The answer is where its lines begin in the log.
    pub(crate) fn launch_bot(&mut self) -> usize {
        assert!(self.bot.is_none(), "it is running");
        // Discord lets a bot identify once in five seconds: one that was there a moment ago would wait for that.
        self.sandbox.advance(Duration::from_secs(5));
        let mut process = self.program("run").stderr(Stdio::piped()).spawn().unwrap();
        let (log, stderr) = (Arc::clone(&self.log), process.stderr.take().unwrap());
        let log_from = self.log.lock().unwrap().len();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        self.bot = Some(Bot { process, log_from, reader: Some(reader) });
        log_from
    }

    /// Waits until people can use the bot that was started last.
    pub(crate) async fn bot_is_ready(&self) {
        let from = self.bot.as_ref().expect("it is running").log_from;
        self.until("the bot is ready", |world| {
            world.log.lock().unwrap()[from..].contains("registered") && world.sandbox.bot_is_connected()
        })
        .await;
        self.sandbox.excuse_unacknowledged();
    }

    /// Kills the bot as a power cut would.
    pub(crate) fn kill_bot(&mut self) {
        let mut bot = self.bot.take().expect("it is running");
        bot.process.kill().unwrap();
        bot.process.wait().unwrap();
        bot.reader.take().map(std::thread::JoinHandle::join);
        self.sandbox.excuse_unacknowledged();
    }

    /// Platforms on this machine, with people in them; the bot is started anew with apps there, and with an address of its own.
    pub(crate) async fn with_clouds(&mut self) -> Clouds {
        let clouds = Clouds::start();
        for (name, value) in clouds.environment() {
            self.set_environment(name, &value);
        }
        self.set("NEBULA_WEB_URL", "http://127.0.0.1:1");
        assert!(self.stop_bot().await);
        self.start_bot().await;
        clouds
    }

    /// The bot finds this in its environment from its next start on.
    pub(crate) fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Asks the bot to stop, and waits for it. The answer is whether it ended well.
    pub(crate) async fn stop_bot(&mut self) -> bool {
        let mut bot = self.bot.take().expect("it is running");
        let pid = bot.process.id().to_string();
        let signal = |signal: &str| Command::new("kill").args([signal, &pid]).status().unwrap().success();
        assert!(signal("-TERM"));
        let ended = tokio::task::spawn_blocking(move || {
            let ended = bot.process.wait().unwrap();
            bot.reader.take().map(std::thread::JoinHandle::join);
            ended
        });
        let ended = tokio::time::timeout(SOON, ended).await;
        if ended.is_err() {
            signal("-KILL");
        }
        ended.unwrap_or_else(|_| panic!("it does not stop:\n{}", self.log())).unwrap().success()
    }

    /// Starts the bot on another database from now on.
    pub(crate) fn set_database(&mut self, url: &str) {
        url.clone_into(&mut self.database);
    }

    /// Starts every process with this in its environment from now on.
    pub(crate) fn set(&mut self, key: &'static str, value: &'static str) {
        self.settings.push((key, value));
    }

    /// Starts the bot with another passphrase from now on.
    pub(crate) fn set_passphrase(&mut self, passphrase: &str) {
        self.never_show(passphrase);
        passphrase.clone_into(&mut self.passphrase);
    }

    /// The bot's process.
    pub(crate) fn pid(&self) -> u32 {
        self.bot.as_ref().expect("it is running").process.id()
    }

    /// The bot's resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The guild's owner, looking at #ops.
    pub(crate) async fn admin(&self) -> Person {
        self.person("admin").await
    }

    /// Somebody without any role, looking at #ops.
    pub(crate) async fn member(&self) -> Person {
        self.person("member").await
    }

    /// Somebody who joins now, with these roles by name, looking at #ops.
    pub(crate) async fn newcomer(&self, name: &str, roles: &[&str]) -> Person {
        self.sandbox.add_account(name, roles).unwrap();
        self.person(name).await
    }

    async fn person(&self, name: &str) -> Person {
        Person::at(&self.sandbox.page_url(), name).await
    }

    /// Something that must never be seen anywhere, from now on.
    pub(crate) fn never_show(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
        // A key is also recognised by any of its lines.
        self.secrets
            .extend(secret.lines().filter(|line| line.len() > 40 && !line.starts_with("---")).map(str::to_owned));
    }

    /// Something that was seen outside of Discord, the log and the database: no secret may be in it either.
    pub(crate) fn saw(&mut self, what: &str, bytes: impl Into<Vec<u8>>) {
        self.seen.push((what.to_owned(), bytes.into()));
    }

    /// A real server, added by the administrator and pinned.
    pub(crate) async fn with_server(&mut self, name: &str) -> Sshd {
        let sshd = Sshd::start();
        let key = sshd.private_key();
        self.never_show(&key);
        let admin = self.admin().await;
        let form = admin.slash(&add(name, &sshd)).await.form();
        let offer = form.fill(&[("Private key", &key)]).await;
        offer.press(&admin, "Pin this key").await;
        offer.until("Added").await;
        sshd
    }

    /// The guild everybody is in.
    pub(crate) fn guild(&self) -> GuildId {
        GuildId(self.sandbox.guild_id().parse().unwrap())
    }

    /// The audit log, oldest row first.
    pub(crate) async fn audit(&self) -> Vec<Entry> {
        let store = Store::open(&self.database, Clock::system()).await.unwrap();
        let mut rows = store.audit(GuildId(self.sandbox.guild_id().parse().unwrap()), 1_000).await.unwrap();
        store.close().await;
        rows.reverse();
        rows
    }

    /// The bot's database, as another process on it sees it.
    pub(crate) async fn store(&self) -> Store {
        self.store_at(Clock::system()).await
    }

    /// The same, with another time.
    pub(crate) async fn store_at(&self, clock: Clock) -> Store {
        Store::open(&self.database, clock).await.unwrap()
    }

    /// What the audit log says of each row: action, target, outcome.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let told = |row: Entry| {
            format!("{} {} {}: {}", row.actor_name, row.action, row.target.unwrap_or_default(), row.outcome)
        };
        self.audit().await.into_iter().map(told).collect()
    }

    /// Waits until the bot has noted where the card of every question stands.
    pub(crate) async fn noted_every_question(&self) {
        let store = Store::open(&self.database, Clock::system()).await.unwrap();
        let guild = GuildId(self.sandbox.guild_id().parse().unwrap());
        let noted = async {
            for row in self.audit().await.into_iter().filter(|row| row.outcome == "waiting") {
                let question = row.approval_id.unwrap().parse().unwrap();
                let unnoted = |asked: Approval| asked.state == State::Open && asked.place.is_none();
                while store.approval(guild, question).await.unwrap().is_some_and(unnoted) {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::time::timeout(SOON, noted).await.expect("it notes it at once");
        store.close().await;
    }

    /// What the bot logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Where the bot serves its web pages.
    pub(crate) fn web(&self) -> String {
        let log = self.log();
        let (_, rest) = log.rsplit_once("status page at ").expect("it says where");
        rest.lines().next().unwrap().trim_end_matches('/').to_owned()
    }

    /// Where the bot keeps everything.
    pub(crate) fn database_url(&self) -> String {
        self.database.clone()
    }

    /// A path in the bot's own directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Waits for something that no event tells.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let waited = tokio::time::timeout(SOON, async {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            while !holds(self) {
                ticks.tick().await;
            }
        });
        assert!(waited.await.is_ok(), "waited in vain until {what}; the bot's log:\n{}", self.log());
    }

    /// The end of a story, and what must hold after each.
    pub(crate) async fn end(mut self) {
        self.ended = true;
        if self.bot.is_some() {
            assert!(self.stop_bot().await, "the bot did not stop well:\n{}", self.log());
        }
        let violations = self.sandbox.violations();
        assert!(violations.is_empty(), "the bot broke rules: {violations:#?}");
        let open: Vec<String> = self.audited().await.into_iter().filter(|row| row.ends_with(": started")).collect();
        assert!(open.is_empty(), "left open: {open:?}");
        let store = Store::open(&self.database, Clock::system()).await.unwrap();
        store.verify_audit().await.unwrap().unwrap_or_else(|broken| panic!("the audit log is broken: {broken}"));
        store.close().await;
        let log = self.log();
        assert!(!log.contains("panicked"), "something panicked:\n{log}");

        let mut sinks = std::mem::take(&mut self.seen);
        sinks.push(("the log".to_owned(), log.into_bytes()));
        for request in self.sandbox.requests() {
            sinks.push((format!("{} {}", request.method, request.path), texts(&request.body).into_bytes()));
        }
        for message in self.sandbox.messages(&self.sandbox.channel_id("ops").unwrap()) {
            for file in message["attachments"].as_array().into_iter().flatten() {
                let file = download(&self.sandbox.page_url(), file["url"].as_str().unwrap()).await;
                sinks.push(("an attached file".to_owned(), file));
            }
            sinks.push(("a message".to_owned(), texts(&message).into_bytes()));
        }
        let store = Store::open(&self.database, Clock::system()).await.unwrap();
        for row in self.audit().await {
            // It is compressed, and a secret in it would not be seen in the database's files.
            if let Some((_, printed)) = store.output(self.guild(), &row.id).await.unwrap() {
                sinks.push(("what a command printed".to_owned(), printed));
            }
            sinks.push(("an audit row".to_owned(), format!("{row:?}").into_bytes()));
        }
        store.close().await;
        for file in std::fs::read_dir(self.home.path()).unwrap().map_while(Result::ok) {
            if file.file_name().to_string_lossy().starts_with("nebula.db") {
                sinks.push((file.path().display().to_string(), std::fs::read(file.path()).unwrap()));
            }
        }
        if self.database.starts_with("postgres") {
            let dump = Command::new("pg_dump").args(["--inserts", &self.database]).output().unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            sinks.push(("PostgreSQL".to_owned(), dump.stdout));
        }
        let secrets = aho_corasick::AhoCorasick::new(&self.secrets).unwrap();
        for (sink, bytes) in &sinks {
            let found = secrets.find(bytes).map(|found| &self.secrets[found.pattern().as_usize()]);
            assert!(found.is_none(), "a secret is in {sink}: {:.4}…", found.unwrap());
        }
    }
}

/// Every text in a JSON value as it is, keys too, and the JSON itself.
fn texts(value: &serde_json::Value) -> String {
    fn below(value: &serde_json::Value, all: &mut String) {
        match value {
            serde_json::Value::String(text) => {
                all.push('\n');
                all.push_str(text);
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| below(item, all)),
            serde_json::Value::Object(fields) => fields.iter().for_each(|(key, field)| {
                all.push('\n');
                all.push_str(key);
                below(field, all);
            }),
            _ => {}
        }
    }
    let mut all = value.to_string();
    below(value, &mut all);
    all
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut bot) = self.bot.take() {
            let _ = bot.process.kill();
            let _ = bot.process.wait();
        }
        if std::thread::panicking() {
            eprintln!("the bot's log:\n{}", self.log());
        } else {
            assert!(self.ended, "a story ends with `world.end().await`");
        }
    }
}

/// The command that adds this server.
pub(crate) fn add(name: &str, sshd: &Sshd) -> String {
    format!("/server add name:{name} address:{}:{} user:{}", sshd.address(), sshd.port(), sshd.user())
}
