//! A tale of a bot that is killed again and again while people use it, and what must hold in the end.
//!
//! **Invariant:** nothing here looks at how the bot works: people act through Discord, marks are left on a real server, and the
//! verdict rests on these, the record, and the cards. The tests tell short tales, and `benches/kills.rs` a long one.

mod asks;
mod chance;
mod moments;
mod verdict;

use std::{collections::BTreeMap, time::Duration};

use base::{Clock, GuildId, Millis};
use peers::Sshd;
use store::Store;
use tokio::task::JoinSet;

use self::{
    asks::{Asked, Crew, KINDS, SERVERS},
    moments::{Moment, Open, Remains},
};
pub(crate) use self::{chance::Chance, verdict::Verdict};
use crate::world::World;

/// What is done to the bot.
pub(crate) trait Cut {
    /// What happens between its death and its next start.
    fn after(&mut self, world: &World);
}

/// It is killed, and what it wrote stays written.
pub(crate) struct Kill;

impl Cut for Kill {
    fn after(&mut self, _: &World) {}
}

/// Where it all takes place.
pub(crate) struct Tale {
    pub(crate) world: World,
    pub(crate) crew: Crew,
    chance: Chance,
    asking: JoinSet<Asked>,
    asked: usize,
    kills: usize,
    stages: BTreeMap<&'static str, usize>,
    recovery: Vec<Duration>,
    /// What went on too late, or not at all.
    late: Vec<String>,
    _servers: Vec<Sshd>,
    _home: tempfile::TempDir,
}

/// A dead bot's work, and where its successor began.
struct Took {
    open: Vec<Open>,
    launched: Millis,
    log_from: usize,
}

/// What was open must be finished or go on this soon after a start.
const GOES_ON_WITHIN: Duration = Duration::from_secs(5);

impl Tale {
    pub(crate) async fn begin(mut world: World, story: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let mut servers = Vec::new();
        for name in SERVERS {
            servers.push(world.with_server(name).await);
        }
        let admin = world.admin().await;
        admin.ask("/grant role role:@Operators allow:server.run on:box*").await.until("Granted").await;
        // What happens is also told in a channel, by way of the outbox.
        admin.ask("/log setup channel:#general kinds:all").await.until("Set up").await;
        let operator = world.newcomer("operator", &["Operators"]).await;
        Self {
            crew: Crew { admin, operator, marks: home.path().join("marks") },
            world,
            chance: Chance::of(story),
            asking: JoinSet::new(),
            asked: 0,
            kills: 0,
            stages: BTreeMap::new(),
            recovery: Vec::new(),
            late: Vec::new(),
            _servers: servers,
            _home: home,
        }
    }

    /// Kills the bot so many times while people use it.
    pub(crate) async fn tell(&mut self, kills: usize, cut: &mut impl Cut) {
        let mut took: Option<Took> = None;
        let last = self.kills + kills;
        while self.kills < last {
            let moment = Moment::pick(&mut self.chance);
            if !matches!(moment, Moment::Started(_)) {
                self.world.bot_is_ready().await;
                self.ask();
            }
            let newest = self.asked;
            moment.comes(&self.crew.marks, &Asked::begins(newest), &Asked::ends(newest)).await;
            let killed = Clock::system().now();
            self.world.kill_bot();
            self.kills += 1;
            cut.after(&self.world);
            let remains = Remains::of(&self.world).await;
            if let Some(before) = took.take() {
                self.went_on(before, killed, &remains.store).await;
            }
            let (open, stages) = moments::left(&remains.store, self.guild(), &self.crew.marks).await;
            remains.store.close().await;
            for stage in stages {
                *self.stages.entry(stage).or_default() += 1;
            }
            let launched = Clock::system().now();
            let log_from = self.world.launch_bot();
            took = Some(Took { open, launched, log_from });
        }
        self.world.bot_is_ready().await;
        let unsettled = verdict::settled(self).await;
        self.late.extend(unsettled);
        if let Some(before) = took {
            let store = Store::open(&self.world.database_url(), Clock::system()).await.unwrap();
            self.went_on(before, Clock::system().now(), &store).await;
            store.close().await;
        }
    }

    /// Something, or nothing, is asked for.
    fn ask(&mut self) {
        for _ in 0..self.chance.pick(&[0, 1, 1, 2, 3]) {
            self.asked += 1;
            let kind = self.chance.pick(&KINDS);
            self.asking.spawn(self.crew.ask(self.asked, kind, &mut self.chance));
        }
    }

    /// Notes how soon what a dead process left went on.
    async fn went_on(&mut self, took: Took, until: Millis, store: &Store) {
        let log = self.world.log()[took.log_from..].to_owned();
        let went_on = moments::gone_on(store, &took.open, took.launched, &log).await;
        let lived = until.since(took.launched);
        for Open { row, stage, in_line } in took.open {
            if in_line {
                continue;
            }
            let after = went_on.get(&moments::number_of(&row.plan).unwrap_or_default());
            // Who was killed before it came to it had no time to.
            let late = after.map_or(lived > GOES_ON_WITHIN, |after| *after > GOES_ON_WITHIN);
            if late {
                self.late.push(format!("{} ({stage}) went on after {after:?}: {}", row.reference, row.plan));
            }
            self.recovery.extend(after);
        }
    }

    /// The end of it.
    pub(crate) async fn end(mut self) -> (Verdict, World) {
        let asked = std::mem::take(&mut self.asking).join_all().await;
        let unsettled = verdict::settled(&self).await;
        let mut late = std::mem::take(&mut self.late);
        late.extend(unsettled);
        let mut verdict = verdict::reached(&self, &asked, late).await;
        verdict.kills = self.kills;
        verdict.stages = self.stages;
        self.recovery.sort_unstable();
        verdict.recovery = self.recovery;
        (verdict, self.world)
    }

    fn guild(&self) -> GuildId {
        GuildId(self.world.sandbox.guild_id().parse().unwrap())
    }
}
