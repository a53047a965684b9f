//! Ten thousand streams through the rows they are kept in, by a process that is killed wherever it happens to be: each guild has one
//! message of each.

use std::{
    collections::{HashMap, HashSet},
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use base::{Clock, GuildId, Millis, Redactor, Result, UserId};
use platforms::{Apps, Platforms, Settings};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;
use store::{
    Store, Vault,
    streams::{Channel, NewChannel, NewFollow, Source},
};

use super::machine::{Heard, Sighting};
use crate::{Streams, watch::ONLINE};

const GUILDS: [GuildId; 2] = [GuildId(1), GuildId(2)];
/// As many at a time as there are processors at least, and so many days of each, of so many channels, with so many streams.
const THREADS: u8 = 2;
const DAYS: u32 = 10;
const CHANNELS: usize = 50;
const STREAMS: usize = 10;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
/// The first of January 2026, at midnight in UTC.
const START: i64 = 1_767_225_600_000;

/// One stream, and how the world tells of it; times in seconds.
#[derive(Debug, Clone)]
struct Stream {
    /// So long after the one before is over.
    pause: u16,
    length: u16,
    /// Its events: how often they come, and how late.
    events: (u8, u16),
    /// Somebody says that something happens there, right or wrong.
    stirs: Option<u16>,
    /// For two minutes it is not seen, or for ten: then it has ended, and comes back under its key.
    flap: Option<(u16, bool)>,
    /// How far behind its platform is.
    behind: u8,
    /// Whether its platform cannot be asked once.
    trouble: bool,
    /// Whether it is looked at before the next one begins.
    ends: bool,
}

fn stream() -> impl Strategy<Value = Stream> {
    let often = prop_oneof![Just(0_u8), Just(1), Just(1), Just(3)];
    let (stirs, flap) = (proptest::option::of(0_u16..7_200), proptest::option::of((360_u16..3_000, any::<bool>())));
    let looks = (0_u8..180, proptest::bool::weighted(0.2), any::<bool>());
    (2_700_u16..5_400, 360_u16..5_400, (often, 0_u16..900), stirs, flap, looks).prop_map(
        |(pause, length, events, stirs, flap, (behind, trouble, ends))| Stream {
            pause,
            length,
            events,
            stirs,
            flap,
            behind,
            trouble,
            ends,
        },
    )
}

/// What happens in one moment.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The platform says what was live there at this moment; or cannot say so.
    Look(Option<i64>),
    /// An event of the stream of this number comes, with this id.
    Event(usize, u8),
    Stir,
}

/// What is true of a channel: when its streams are.
type Truth = Vec<(i64, i64, Option<(i64, i64)>)>;

fn steps(streams: &[Stream]) -> (Truth, Vec<(i64, Step)>) {
    let (mut at, mut truth, mut steps) = (START, Vec::new(), Vec::new());
    for (number, one) in streams.iter().enumerate() {
        let from = at + i64::from(one.pause) * SECOND;
        let to = from + i64::from(one.length) * SECOND;
        at = to;
        let flap = one.flap.map(|(after, is_long)| {
            let flap = from + i64::from(after) * SECOND;
            (flap, flap + if is_long { 10 } else { 2 } * MINUTE)
        });
        let flap = flap.filter(|(_, back)| back + 2 * MINUTE < to);
        truth.push((from, to, flap));
        let mut push = |after: i64, step| steps.push((after, step));
        let behind = i64::from(one.behind) * SECOND;
        push(from + MINUTE, Step::Look(Some(from + MINUTE - behind)));
        if one.trouble {
            push(from + 2 * MINUTE, Step::Look(None));
        }
        // By then it is seen.
        push(from + 4 * MINUTE, Step::Look(Some(from + 4 * MINUTE)));
        for look in flap.into_iter().flat_map(|(flap, back)| [flap + MINUTE, back - MINUTE, back + MINUTE]) {
            push(look, Step::Look(Some(look)));
        }
        for look in [to + MINUTE, to + 8 * MINUTE].into_iter().filter(|_| one.ends) {
            push(look, Step::Look(Some(look)));
        }
        let (copies, late) = one.events;
        for copy in 0..copies {
            // The last of three is another event of the same stream.
            push(from + i64::from(late) * SECOND + i64::from(copy) * 7 * SECOND, Step::Event(number, copy / 2));
        }
        if let Some(stirs) = one.stirs {
            push(from + i64::from(stirs) * SECOND, Step::Stir);
        }
    }
    (truth, steps)
}

/// A Discord that takes a post once, by its nonce.
#[derive(Default)]
struct Discord {
    taken: HashSet<String>,
    messages: HashMap<(GuildId, u64), Vec<i64>>,
}

struct Life {
    store: Store,
    clock: Clock,
    streams: Streams,
    discord: Mutex<Discord>,
    channels: Vec<Channel>,
    truths: Vec<Truth>,
}

/// The process: what is asked of it, until it is killed at that many wake-ups of it.
async fn until<T>(killed: Option<u8>, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (pin!(work), killed);
    poll_fn(|context| {
        if left == Some(0) {
            return Poll::Ready(None);
        }
        left = left.map(|left| left - 1);
        work.as_mut().poll(context).map(Some)
    })
    .await
}

fn service(store: &Store, clock: &Clock) -> Streams {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let redactor = Redactor::default();
    let platforms = Platforms::new(Apps::new(&Settings::default()).unwrap(), clock, &redactor);
    let vault = Arc::new(Vault::new(store.clone(), None));
    Streams::new(store.clone(), vault, (clock.clone(), redactor), Arc::new(platforms))
}

impl Life {
    async fn begin(url: &str, truths: Vec<Truth>) -> Self {
        let clock = Clock::manual(Millis(START));
        let store = Store::open(url, clock.clone()).await.unwrap();
        let mut channels = Vec::new();
        for number in 0..truths.len() {
            let source = [Source::Twitch, Source::Kick, Source::YouTube][number % 3];
            let name = format!("channel{number}");
            let new = NewChannel { source, platform_id: number.to_string(), login: name.clone(), name };
            let channel = store.stream_channel_of(&new).await.unwrap();
            let own = NewFollow { channel: Some(place(number)), ..NewFollow::default() };
            for guild in followers(number) {
                assert!(
                    store.follow_stream(guild, &channel, |_| own.clone(), (UserId(1), 1_000)).await.unwrap().is_some()
                );
            }
            channels.push(channel);
        }
        let streams = service(&store, &clock);
        Self { store, clock, streams, discord: Mutex::default(), channels, truths }
    }

    fn key(&self, channel: usize, number: usize) -> String {
        // Kick names none: its channel and its beginning are its name.
        let (from, ..) = self.truths[channel][number];
        match self.channels[channel].source {
            Source::Kick => format!("{channel}-{}", from / SECOND),
            _ => format!("{channel}.{number}"),
        }
    }

    fn seen(&self, channel: usize, at: i64) -> Vec<Sighting> {
        let all = self.truths[channel].iter().enumerate();
        let live = all.filter(|(_, (from, to, flap))| {
            (*from..*to).contains(&at) && !flap.is_some_and(|(from, to)| (from..to).contains(&at))
        });
        live.map(|(number, (from, ..))| Sighting {
            key: self.key(channel, number),
            kind: None,
            title: format!("Title {}", at / (20 * MINUTE)),
            game: "Chess".to_owned(),
            tags: Vec::new(),
            picture: None,
            vod: None,
            viewers: Some(at % 97),
            started: Millis(*from),
        })
        .collect()
    }

    /// What the process does in one moment, as its loops do it.
    async fn moment(&self, steps: &[(usize, Step)]) -> Result<()> {
        for (channel, step) in steps {
            self.step(*channel, *step).await?;
        }
        self.streams.hear_all().await?;
        self.post().await
    }

    async fn step(&self, channel: usize, step: Step) -> Result<()> {
        let row = &self.channels[channel];
        let (number, id) = match step {
            Step::Look(Some(as_of)) => {
                return self.streams.course(&row.id, Heard::Live(self.seen(channel, as_of))).await;
            }
            Step::Look(None) => {
                return self.streams.course(&row.id, Heard::Unknown("it has trouble".to_owned())).await;
            }
            Step::Event(number, id) => (number, id),
            Step::Stir => return self.streams.course(&row.id, Heard::Stirred).await,
        };
        let began = written(self.truths[channel][number].0);
        let (subject, body) = match row.source {
            Source::Twitch => {
                let event = json!({"id": self.key(channel, number), "type": "live",
                    "broadcaster_user_id": row.platform_id, "started_at": began});
                (ONLINE, json!({"subscription": {"id": "s"}, "event": event}))
            }
            Source::Kick => {
                let body =
                    json!({"broadcaster": {"user_id": channel}, "is_live": true, "title": "T", "started_at": began});
                ("livestream.status.updated", body)
            }
            // Its hub names a video, and that is looked at.
            Source::YouTube => return self.streams.course(&row.id, Heard::Stirred).await,
        };
        let message = format!("{channel}.{number}.{id}");
        self.store.keep_delivery(row.source, &message, subject, &body.to_string()).await.map(drop)
    }

    /// Posts what waits, as whoever has the gateway does.
    async fn post(&self) -> Result<()> {
        for line in self.store.lines().await? {
            while let Some(head) = self.store.head_of(line).await? {
                self.store.try_post(&head).await?;
                let now = self.clock.now().0;
                {
                    let mut discord = self.discord.lock().unwrap();
                    if discord.taken.insert(head.id.clone()) {
                        discord.messages.entry((line.guild, line.channel)).or_default().push(now);
                    }
                }
                self.store.post_stands(&head, 1).await?;
            }
        }
        Ok(())
    }
}

/// Who follows it.
fn followers(channel: usize) -> impl Iterator<Item = GuildId> {
    let most = if channel.is_multiple_of(5) { GUILDS.len() } else { 1 };
    GUILDS.into_iter().take(most)
}

/// Where a channel is told of.
fn place(channel: usize) -> u64 {
    1_000 + u64::try_from(channel).unwrap()
}

/// As platforms write it.
fn written(at: i64) -> String {
    let seconds = (at - START) / SECOND;
    let (day, hour) = (1 + seconds / 86_400, seconds / 3_600 % 24);
    format!("2026-01-{day:02}T{hour:02}:{:02}:{:02}Z", seconds / 60 % 60, seconds % 60)
}

async fn live(days: &[Vec<Stream>], kills: &[u8]) -> Result<(), TestCaseError> {
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let url = format!("sqlite://{}", home.path().join("nebula.db").display());
    let (truths, all): (Vec<_>, Vec<_>) = days.iter().map(|streams| steps(streams)).unzip();
    let mut life = Life::begin(&url, truths).await;
    let named = all
        .into_iter()
        .enumerate()
        .flat_map(|(channel, all)| all.into_iter().map(move |(at, step)| (at, channel, step)));
    let mut all: Vec<_> = named.collect();
    all.sort_by_key(|(at, channel, _)| (*at, *channel));
    let mut died = 0;
    for (count, moment) in all.chunk_by(|(one, ..), (other, ..)| one / MINUTE == other / MINUTE).enumerate() {
        let at = moment.last().map_or(START, |(at, ..)| *at);
        life.clock.advance(Duration::from_millis(u64::try_from(at - life.clock.now().0).unwrap()));
        // What is seen as it is, is kept: nobody is told of a stream that nobody saw.
        let (sure, rest): (Vec<_>, Vec<_>) = moment
            .iter()
            .map(|(at, channel, step)| ((*channel, *step), *at))
            .partition(|((_, step), at)| matches!(step, Step::Look(Some(as_of)) if as_of == at));
        let of = |all: Vec<((usize, Step), i64)>| all.into_iter().map(|(step, _)| step).collect::<Vec<_>>();
        for (channel, step) in of(sure) {
            life.step(channel, step).await.unwrap();
        }
        let killed = Some(kills[count % kills.len()]).filter(|wakes| *wakes < 40);
        if let Some(done) = until(killed, life.moment(&of(rest))).await {
            done.unwrap();
        } else {
            died += 1;
            life.streams = service(&life.store, &life.clock);
        }
    }
    life.clock.advance(Duration::from_mins(1));
    life.streams.hear_all().await.unwrap();
    life.post().await.unwrap();
    let messages = std::mem::take(&mut life.discord.lock().unwrap().messages);
    for (channel, truth) in life.truths.iter().enumerate() {
        for guild in followers(channel) {
            let told = messages.get(&(guild, place(channel))).cloned().unwrap_or_default();
            for (number, (from, to, _)) in truth.iter().enumerate() {
                let times = told.iter().filter(|at| (*from..*to + 15 * MINUTE).contains(at)).count();
                prop_assert_eq!(times, 1, "stream {} of channel {} in guild {}: {:?}", number, channel, guild.0, told);
            }
            prop_assert_eq!(told.len(), truth.len(), "something else was told of channel {}", channel);
        }
    }
    prop_assert!(died > 100, "it was killed only {died} times");
    life.store.close().await;
    Ok(())
}

fn live_through_days(seed: u8) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let config = Config { cases: DAYS, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let days = proptest::collection::vec(proptest::collection::vec(stream(), STREAMS), CHANNELS);
    let kills = proptest::collection::vec(0_u8..120, 997);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lived = |(days, kills): (Vec<_>, Vec<_>)| runtime.block_on(live(&days, &kills));
    TestRunner::new_with_rng(config, rng).run(&(days, kills), lived).unwrap();
}

#[test]
fn ten_thousand_streams_are_told_once_each_by_a_process_that_is_killed_wherever_it_is() {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS).map(|seed| scope.spawn(move || live_through_days(seed))).collect();
        for one in all {
            one.join().unwrap();
        }
    });
}
