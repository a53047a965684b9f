//! What everything costs before and after it is done: permission, approval, two rows of the audit log, masking. The action
//! itself does nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Action, Actor, Card, Clock, GuildId, Permit, Redactor, Report, Result, Risk, RoleId, Run, UserId, Way};
use hub::{Hub, Outcome, Progress};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    Store, Vault,
    grants::{Holder, NewGrant},
};

const TIMES: usize = 2_000;
/// A guild has some grants, and none of the first fits.
const GRANTS: u64 = 50;
const GUILD: GuildId = GuildId(1);

/// Look at nothing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Look {}

#[derive(Debug, Serialize)]
struct Looked {}

struct Nothing;

impl Action for Look {
    const NAME: &'static str = "bench.look";
    const RISK: Risk = Risk::Observe;
    type Service = Nothing;
    type Report = Looked;

    fn plan(&self) -> String {
        "Look at nothing".to_owned()
    }

    fn refusal(&self) -> String {
        "look at nothing".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some("nothing".to_owned())
    }

    async fn run(_: Permit<Self>, _: &Nothing, _: &Run) -> Result<Looked> {
        Ok(Looked {})
    }
}

impl Report for Looked {
    fn card(&self) -> Card {
        Card::plain("**Nothing**")
    }
}

/// Each perform, by somebody who holds it by a role: from the call until it is on record and may begin, and to how it ended.
pub(crate) async fn observed(url: &str) -> [Vec<Duration>; 2] {
    let store = Store::open(url, Clock::system()).await.unwrap();
    for role in 1..=GRANTS {
        let grant = NewGrant {
            guild: GUILD,
            holder: Holder::Role(RoleId(role)),
            holder_name: "@role",
            action: "bench.*",
            target: "no*",
            given_by: UserId(1),
        };
        store.give_grant(&grant, 500).await.unwrap();
    }
    let hub =
        Hub::builder(store.clone(), Arc::new(Vault::new(store.clone(), None)), Clock::system(), Redactor::default())
            .service(Arc::new(Nothing))
            .action::<Look>();
    let hub = hub.build();
    let actor = Actor {
        guild: GUILD,
        user: UserId(7),
        name: "member".to_owned(),
        administrator: false,
        roles: vec![RoleId(GRANTS)],
        agent: None,
        way: Way::Command,
        reply_to: None,
    };
    let mut times = [Vec::with_capacity(TIMES), Vec::with_capacity(TIMES)];
    for _ in 0..TIMES {
        let began = Instant::now();
        let mut performing = hub.perform(actor.clone(), Look {});
        // It may have ended by then, and its channel with it.
        let _ = performing.progress.wait_for(|progress| *progress != Progress::Checking).await;
        times[0].push(began.elapsed());
        let ended = performing.ended().await;
        times[1].push(began.elapsed());
        assert!(matches!(ended.outcome, Outcome::Done { .. }));
    }
    hub.shut_down().await;
    store.close().await;
    times
}
