//! Attacks on approvals, through Discord's door: each says what must come of it, and how often the command ran.
//!
//! **Invariant:** a run is counted where it happens, on the server: after each attack, and once more when all are over, so that
//! a late run is not missed.

mod answers;
mod denials;
mod expiry;
mod flood;
mod forgeries;
mod grants;
mod policy;
mod restarts;
mod roles;
pub(crate) mod scene;
mod servers;
mod votes;
mod words;

use std::path::Path;

use futures::future::LocalBoxFuture;
use scene::Scene;

use crate::world::World;

/// One attack.
struct Attack {
    /// What must come of it.
    claim: &'static str,
    /// How often its command ran then.
    runs: usize,
    act: for<'a> fn(&'a mut Scene) -> LocalBoxFuture<'a, ()>,
}

macro_rules! attacks {
    ($($runs:literal $claim:literal: $act:path,)*) => {
        [$(Attack { claim: $claim, runs: $runs, act: |scene| Box::pin($act(scene)) }),*]
    };
}

const ATTACKS: &[Attack] = &attacks! {
    1 "another person's yes runs it": answers::anothers_yes,
    0 "nobody approves what they asked for themselves": answers::ones_own,
    0 "whoever asked may press as often as they like": answers::ones_own_again_and_again,
    0 "somebody who holds nothing approves nothing": answers::by_a_guest,
    0 "holding the action on another server is not enough": answers::holding_it_elsewhere,
    0 "holding another action on this server is not enough": answers::holding_something_else,
    1 "the same person's yes counts once, however fast they press": answers::twice_by_one,
    1 "two who say yes at once run it once": answers::two_at_once,
    0 "a yes in words is none": answers::in_words,
    0 "a reply that says approve is no yes": answers::as_a_reply,
    0 "a message that forbids it is no yes either": answers::forbidding_words,
    0 "a reaction is no yes": answers::as_a_reaction,
    0 "details are for whoever may answer": answers::details_for_a_guest,
    0 "only whoever asked confirms, not even the owner does it for them": answers::anothers_confirmation,
    0 "a twenty-sixth open question is not asked": answers::too_many_questions,
    1 "what ran is not run again by a guest, and by whoever asked it is asked again": answers::run_again,
    1 "what ran is not run again by anybody who lost the role": answers::run_again_without_role,
    1 "a yes to one of two that are the same is none to the other": answers::identical,
    2 "two who ask the same may answer each other, and not themselves": answers::two_who_asked_the_same,
    1 "a guest cancels nothing, and whoever asked may cancel what is theirs": answers::cancel,

    0 "a yes after a no counts for nothing": denials::yes_after_no,
    1 "a no after a yes comes too late": denials::no_after_yes,
    0 "a guest cannot deny": denials::by_a_guest,
    0 "what was taken back is approved by nobody": denials::taken_back,
    1 "a reason that is still being written stops nothing that was approved meanwhile": denials::form_overtaken,
    0 "a reason counts only from somebody who still may": denials::form_without_role,
    0 "of two reasons one counts": denials::two_forms,

    0 "a made-up button does nothing": forgeries::made_up,
    0 "a question is answered on its own card alone": forgeries::anothers_card,
    1 "a button pressed again after its card was answered does nothing": forgeries::replayed,
    0 "a deleted card cannot be pressed, and its button is nobody else's": forgeries::deleted,
    1 "a yes that was under way when the card was deleted counts once": forgeries::deleted_meanwhile,
    0 "a button of one guild does nothing in another": forgeries::another_guild,

    0 "whoever lost the role just before the press approves nothing": roles::approver_loses_role,
    0 "what somebody asked for who lost the role since is not done": roles::asker_loses_role,
    0 "a role that is deleted counts for nobody": roles::role_deleted,
    0 "what somebody asked for who left the guild is not done": roles::asker_leaves,
    1 "somebody who got the role since may approve": roles::approver_gets_role,
    0 "an administrator who is none any more confirms nothing": roles::chief_no_longer,
    0 "a confirmation is not enough for somebody who is an administrator no more": roles::chief_now_an_operator,

    0 "what was asked under a grant taken back since is not done": grants::askers_revoked,
    0 "whoever's grant was taken back approves nothing": grants::approvers_revoked,
    0 "who may give grants gives only what they hold": grants::giving_what_one_lacks,
    0 "who may give grants does not make themselves more than they are": grants::giving_oneself_more,
    0 "what everybody may do opens nothing else": grants::everybodys,

    0 "a yes under a policy that was changed since counts for nothing": policy::rule_changed,
    0 "a yes under a list of harmless commands that was changed since counts for nothing": policy::list_changed,
    0 "a rule that asks nobody must say of which risk": policy::never_without_a_risk,
    0 "a rule about what only looks opens nothing else": policy::never_for_looking,
    0 "the owner can always change the policy, and another administrator cannot alone": policy::no_lock_out,

    0 "what was asked for a server that was removed is not done": servers::removed,
    0 "a yes for a server counts for no other of its name": servers::replaced,
    0 "a yes for a machine counts for no other that answers in its place": servers::host_key_changed,
    0 "what was asked under a tag that was taken off since is not done": servers::untagged,

    0 "one person is not four eyes": votes::one_person_twice,
    0 "whoever asked is none of the four eyes": votes::asker_and_one,
    1 "two others are four eyes": votes::two_others,
    1 "two others at once are four eyes, once": votes::two_others_at_once,
    1 "however many say yes at once, it runs once": votes::many_at_once,
    0 "a yes counts no more once its giver lost the role": votes::first_loses_role,
    1 "a third makes up for one who lost the role": votes::third_makes_up,
    0 "one no ends it, whoever said yes before": votes::second_denies,
    0 "one yes of two does not survive a change to one of one": votes::rule_relaxed,

    0 "the end of a long command can be read on its card": words::long,
    0 "the end of a very long command can be read in its file": words::very_long,
    0 "what cannot be seen is shown as replaced": words::hidden,
    0 "every line of a command can be read": words::lines,
    0 "markdown and mentions in a command are text": words::markdown,
    0 "markdown and mentions in a reason are text": words::reason,
    0 "what is masked in a command cannot be read, so nobody can approve it": words::secret,

    1 "what was asked before the bot was killed runs once after a yes": restarts::killed_before_the_press,
    0 "what was denied before the bot was killed stays denied": restarts::killed_after_a_no,
    1 "what was approved before the bot was killed does not run again": restarts::killed_after_the_run,
    1 "a yes of two given before the bot was killed still counts": restarts::killed_between_two_votes,
};

/// How often the command ran that adds a line to this file.
fn runs(file: &Path) -> usize {
    std::fs::read_to_string(file).unwrap_or_default().lines().count()
}

async fn all(world: World) {
    let mut scene = Scene::set(world).await;
    let mut fought = Vec::new();
    for (number, attack) in ATTACKS.iter().enumerate() {
        let file = scene.next(number);
        eprintln!("attack {number}: {}", attack.claim);
        (attack.act)(&mut scene).await;
        assert_eq!(runs(&file), attack.runs, "{}", attack.claim);
        fought.push((attack, file));
    }
    let (world, _home) = scene.over();
    world.end().await;
    for (attack, file) in fought {
        assert_eq!(runs(&file), attack.runs, "after all the others: {}", attack.claim);
    }
}

/// A guild beside the one they are all in, so that there is another to attack from.
fn two_guilds() -> sandbox::Options {
    sandbox::Options { guilds: 1, ..sandbox::Options::default() }
}

mod every_attack_comes_to_what_it_should {
    use super::{all, two_guilds};
    use crate::world::World;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        all(World::start_with(two_guilds()).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        all(World::on_postgres_with(two_guilds()).await).await;
    }
}
