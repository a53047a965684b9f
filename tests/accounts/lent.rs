//! What members lent a guild: taken back for them once they left, by Discord's own word alone, and said in the guild's log.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use accounts::{Accounts, Members};
use base::{Clock, Error, GuildId, Redactor, Result, UserId};
use futures::future::{BoxFuture, FutureExt};
use peers::clouds::Lanyard;
use platforms::{Apps, Platforms, Settings};
use sandbox::client::message_text;
use store::{Store, Vault, events::Kind, lent::Thing, overlays::Origin};

use super::{browser::connects, end};
use crate::{people::mask, world::World};

on_both_worlds! {
    what_a_member_lent_is_taken_back_when_they_leave_and_the_log_says_so_once
}

const CREW: GuildId = GuildId(1);
const FRIENDS: GuildId = GuildId(2);
const ADA: UserId = UserId(77);

async fn what_a_member_lent_is_taken_back_when_they_leave_and_the_log_says_so_once(mut world: World) {
    let lanyard = Lanyard::start();
    world.set_environment("NEBULA_LANYARD_URL", &lanyard.url());
    let clouds = world.with_clouds().await;
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/feature on feature:presence").await.until("Switched on").await;
    admin.ask("/log setup channel:#general kinds:\"lent.*\"").await.until("Set up").await;
    member.ask("/presence lanyard on").await.until("**Lent**").await;
    connects(&world, &member, "kick").await;
    let (store, user) = (world.store().await, UserId(member.id().parse().unwrap()));
    assert!(store.add_overlay_source(world.guild(), user, (Origin::Kick, "3001"), 25).await.unwrap());
    assert_eq!(store.lenders().await.unwrap(), [(world.guild(), user)]);
    admin.kick(&member).await;
    let taken_back = async {
        while !store.lenders().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, taken_back).await.unwrap_or_else(|_| panic!("{}", world.log()));
    let general = world.sandbox.channel_id("general").unwrap();
    let shown =
        |world: &World| world.sandbox.messages(&general).iter().map(message_text).collect::<Vec<_>>().join("\n");
    world.until("the log", |world| shown(world).contains("taken back")).await;
    let line = "! taken back Lanyard, Kick on overlays: they left the server · <@…> · <t:…:T>";
    let all = mask(&shown(&world));
    assert_eq!(all.matches(line).count(), 1, "{line} in\n{all}");
    // The account is theirs, and stays.
    assert!(store.account(user, "kick").await.unwrap().is_some());
    world.kill_bot();
    world.start_bot().await;
    let events = store.events_of(world.guild(), 0, i64::MAX, 1_000).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == Kind::LentEnded).count(), 1);
    store.close().await;
    end(world, &clouds).await;
}

/// What Discord says of everybody: nothing, until the story says otherwise.
#[derive(Default)]
struct Said {
    is_there: Mutex<Option<bool>>,
    asked: Mutex<usize>,
}

impl Members for Said {
    fn is_member(&self, _: GuildId, _: UserId) -> BoxFuture<'_, Result<bool>> {
        *self.asked.lock().unwrap() += 1;
        let said = *self.is_there.lock().unwrap();
        async move { said.ok_or_else(|| Error::Busy("Discord does not answer.".to_owned())) }.boxed()
    }
}

async fn nobody_has_left_because_discord_says_nothing_and_who_left_is_noticed_within_the_hour(kind: store::Kind) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let home = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Clock::system().now());
    let store = Store::open(&crate::world::database(kind, home.path()).await, clock.clone()).await.unwrap();
    let vault = Arc::new(Vault::new(store.clone(), Some("a passphrase of a story".into())));
    let platforms = Arc::new(Platforms::new(Apps::new(&Settings::default()).unwrap(), &clock, &Redactor::default()));
    let accounts = Accounts::new(store.clone(), vault, clock.clone(), Redactor::default(), platforms);
    let said = Arc::new(Said::default());
    accounts.know_members(Arc::clone(&said) as Arc<dyn Members>);
    for guild in [CREW, FRIENDS] {
        assert!(store.lend_lanyard(guild, ADA, 10).await.unwrap());
    }
    let says = |is_there| *said.is_there.lock().unwrap() = is_there;
    let mut everybody = store.lenders().await.unwrap();
    everybody.sort_unstable();
    assert_eq!(everybody, [(CREW, ADA), (FRIENDS, ADA)]);
    // Discord is out of reach for two days.
    for _ in 0..48 {
        clock.advance(Duration::from_hours(1));
        accounts.look_at_lenders().await.unwrap();
    }
    assert_eq!(store.lenders().await.unwrap().len(), 2);
    says(Some(true));
    clock.advance(Duration::from_hours(1));
    accounts.look_at_lenders().await.unwrap();
    let asked = *said.asked.lock().unwrap();
    // Who is there is not asked about over and over; who is heard of is, and only there.
    accounts.look_at_lenders().await.unwrap();
    assert_eq!(*said.asked.lock().unwrap(), asked);
    says(Some(false));
    accounts.may_have_left(CREW, ADA);
    accounts.may_have_left(CREW, UserId(78));
    accounts.look_at_lenders().await.unwrap();
    assert_eq!(store.lenders().await.unwrap(), [(FRIENDS, ADA)]);
    // And where nobody tells, within the hour.
    for _ in 0..59 {
        clock.advance(Duration::from_mins(1));
        accounts.look_at_lenders().await.unwrap();
    }
    assert!(store.lenders().await.unwrap().is_empty() && store.lanyards().await.unwrap().is_empty());
    for guild in [CREW, FRIENDS] {
        let events = store.events_of(guild, 0, i64::MAX, 100).await.unwrap();
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [Kind::LentEnded]);
    }
    // What was taken back by themselves meanwhile is told to nobody.
    let told = |_: &[Thing]| unreachable!("there is nothing to tell");
    assert!(store.end_lent(CREW, ADA, told).await.unwrap().is_empty());
}

mod nobody_has_left_because_discord_says_nothing {
    #[tokio::test]
    async fn on_sqlite() {
        super::nobody_has_left_because_discord_says_nothing_and_who_left_is_noticed_within_the_hour(
            store::Kind::Sqlite,
        )
        .await;
    }

    #[tokio::test]
    async fn on_postgres() {
        super::nobody_has_left_because_discord_says_nothing_and_who_left_is_noticed_within_the_hour(
            store::Kind::Postgres,
        )
        .await;
    }
}
