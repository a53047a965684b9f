//! Who goes first, and who waits.

use tokio::sync::oneshot;

use super::*;

/// A budget, and who waits at it.
struct Scene {
    budget: Budget<oneshot::Sender<Granted>>,
    now: Instant,
    waiting: Vec<(String, oneshot::Receiver<Granted>)>,
}

impl Scene {
    fn new() -> Self {
        Self { budget: Budget::with(1_000), now: Instant::now(), waiting: Vec::new() }
    }

    fn joins(&mut self, name: &str, call: Call, rank: Rank) {
        let (hears, turn) = oneshot::channel();
        self.budget.join(call, rank, hears);
        self.waiting.push((name.to_owned(), turn));
    }

    /// Whose turn it is now.
    fn turns(&mut self) -> Vec<(String, Granted)> {
        let (grants, _) = self.budget.hand_out(self.now);
        for (hears, granted) in grants {
            hears.send(granted).unwrap();
        }
        let mut turns = Vec::new();
        self.waiting.retain_mut(|(name, heard)| match heard.try_recv() {
            Ok(granted) => {
                turns.push((name.clone(), granted));
                false
            }
            Err(_) => true,
        });
        turns.sort_by_key(|(_, granted)| granted.id);
        turns
    }

    fn names(&mut self) -> Vec<String> {
        self.turns().into_iter().map(|(name, _)| name).collect()
    }

    fn answers(&mut self, granted: &Granted, remaining: u32) {
        let limit = limit(remaining);
        self.budget.over(granted, &End::Answered(Some(&limit)), self.now);
    }
}

fn limit(remaining: u32) -> Limit {
    let resets_after = Duration::from_secs(5);
    Limit { bucket: "hash".to_owned(), most: 5, remaining, window: 1_800_000_005_000, resets_after }
}

fn post(channel: u64) -> Call {
    Call::of("POST", &format!("https://discord.com/api/v10/channels/{channel}/messages"))
}

fn edit(token: &str) -> Call {
    Call::of("PATCH", &format!("https://discord.com/api/v10/webhooks/1/{token}/messages/@original"))
}

fn callback() -> Call {
    Call::of("POST", "https://discord.com/api/v10/interactions/1/token/callback")
}

#[test]
fn the_most_urgent_goes_first_and_a_live_log_leaves_it_a_turn() {
    let mut scene = Scene::new();
    scene.joins("probe", post(1), Rank::Live);
    let probe = scene.turns().remove(0).1;
    for (name, rank) in [("live", Rank::Live), ("result", Rank::Result), ("approval", Rank::Urgent)] {
        scene.joins(name, post(1), rank);
    }
    assert!(scene.names().is_empty(), "nothing is known yet");
    scene.answers(&probe, 2);
    assert_eq!(scene.names(), ["result", "approval"], "in the order they came, with what there is");
    scene.now += Duration::from_secs(6);
    assert_eq!(scene.names(), ["live"]);
    for name in ["a", "b"] {
        scene.joins(name, post(1), Rank::Live);
    }
    assert_eq!(scene.names(), ["a"], "three are on their way: one turn is kept free");
    scene.joins("incident", post(1), Rank::Urgent);
    assert_eq!(scene.names(), ["incident"]);
}

#[test]
fn interactions_do_not_wait_for_one_another() {
    let mut scene = Scene::new();
    scene.joins("probe", edit("first"), Rank::Result);
    let probe = scene.turns().remove(0).1;
    scene.answers(&probe, 0);
    for number in 0..200 {
        scene.joins("card", edit(&number.to_string()), Rank::Result);
        scene.joins("callback", callback(), Rank::Answer);
    }
    assert_eq!(scene.turns().len(), 400, "neither for the bucket nor for the fifty a second");
    scene.joins("late", edit("first"), Rank::Result);
    assert!(scene.names().is_empty());
}

#[test]
fn fifty_a_second_are_all_and_some_are_kept_for_what_matters() {
    let mut scene = Scene::new();
    for channel in 0..100 {
        scene.joins("live", post(channel), Rank::Live);
    }
    let live = scene.turns();
    assert_eq!(live.len(), 30);
    for channel in 100..200 {
        scene.joins("answer", post(channel), Rank::Answer);
    }
    let answers = scene.turns();
    assert_eq!(answers.len(), 20);
    for (_, granted) in live.iter().chain(&answers) {
        scene.answers(granted, 4);
    }
    scene.now += Duration::from_millis(999);
    assert!(scene.turns().is_empty());
    scene.now += Duration::from_millis(1);
    let next = scene.names();
    assert_eq!((next.len(), next.iter().filter(|name| *name == "answer").count()), (50, 50));
}

#[test]
fn a_crowd_does_not_go_all_at_once_and_acknowledgements_pass_it() {
    let mut scene = Scene { budget: Budget::new(), ..Scene::new() };
    for number in 0..100 {
        scene.joins("card", edit(&number.to_string()), Rank::Answer);
        scene.joins("callback", callback(), Rank::Answer);
    }
    let first = scene.turns();
    let (cards, callbacks): (Vec<_>, Vec<_>) = first.iter().partition(|(name, _)| name == "card");
    assert_eq!((cards.len(), callbacks.len()), (0, 100), "acknowledgements are on their way");
    for (_, granted) in callbacks {
        scene.budget.over(granted, &End::Answered(None), scene.now);
    }
    assert_eq!(scene.names().len(), AT_ONCE);
}

#[test]
fn a_429_holds_exactly_what_it_is_about() {
    let mut scene = Scene::new();
    let refused = |scene: &mut Scene, call: Call, whom| {
        scene.joins("refused", call, Rank::Result);
        let granted = scene.turns().remove(0).1;
        let told = Told { whom, wait: Duration::from_secs(2) };
        scene.budget.over(&granted, &End::Refused(None, told), scene.now);
    };
    refused(&mut scene, post(1), Whom::Bucket);
    for channel in [1, 2] {
        scene.joins(&channel.to_string(), post(channel), Rank::Answer);
    }
    assert_eq!(scene.names(), ["2"]);
    scene.now += Duration::from_secs(2);
    assert_eq!(scene.names(), ["1"]);

    refused(&mut scene, post(3), Whom::Global);
    scene.joins("global", post(4), Rank::Answer);
    scene.joins("interaction", edit("token"), Rank::Live);
    assert_eq!(scene.names(), ["interaction"]);
    scene.now += Duration::from_secs(2);
    assert_eq!(scene.names(), ["global"]);

    refused(&mut scene, post(5), Whom::Everything);
    scene.joins("callback", callback(), Rank::Answer);
    assert!(scene.names().is_empty());
    scene.now += Duration::from_secs(2);
    assert_eq!(scene.names(), ["callback"]);
}

#[test]
fn edits_of_old_messages_have_a_limit_of_their_own() {
    let mut scene = Scene::new();
    scene.joins("probe", post(9), Rank::Result);
    let probe = scene.turns().remove(0).1;
    scene.answers(&probe, 4);
    let old = super::super::call::id_at(1_800_000_000_000 - 2 * 3_600_000);
    let new = super::super::call::id_at(1_800_000_000_000);
    let edit = |id: u64| Call::of("PATCH", &format!("https://discord.com/api/v10/channels/7/messages/{id}"));
    let mut edited = 0;
    // Discord's clock is known from the first answer; ours may show anything.
    for _ in 0..60 {
        scene.joins("old", edit(old), Rank::Live);
        for (_, granted) in scene.turns() {
            edited += 1;
            let free = Limit { bucket: "edits".to_owned(), window: 1_800_000_000_000 + edited * 1_000, ..limit(4) };
            scene.budget.over(&granted, &End::Answered(Some(&free)), scene.now);
        }
    }
    assert_eq!(edited, 18, "the rest is kept for results");
    scene.joins("result", edit(old), Rank::Result);
    scene.joins("new", edit(new), Rank::Live);
    assert_eq!(scene.names(), ["result", "new"]);
}

#[test]
fn what_is_remembered_of_idle_resources_is_bounded() {
    let mut scene = Scene::new();
    for number in 0..20_000 {
        scene.joins("card", edit(&number.to_string()), Rank::Result);
        let granted = scene.turns().remove(0).1;
        scene.answers(&granted, 4);
        scene.now += Duration::from_millis(100);
    }
    assert!(scene.budget.remembered() <= KEPT, "{}", scene.budget.remembered());
    assert!(scene.budget.waiting.is_empty());
}

#[test]
fn whoever_no_longer_waits_gets_no_turn() {
    let mut scene = Scene::new();
    scene.joins("gone", post(1), Rank::Answer);
    scene.waiting.clear();
    scene.joins("there", post(1), Rank::Live);
    assert_eq!(scene.names(), ["there"]);
}
