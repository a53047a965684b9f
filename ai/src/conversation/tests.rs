//! Whatever the order in which things happen, a conversation keeps its promises.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{Call, Usage};

fn said(id: &str, author: u64) -> Event {
    Event::Said(Said { id: id.into(), author, name: format!("p{author}"), text: id.into(), files: Vec::new(), at: 0 })
}

fn reply(text: &str, calls: &[&str]) -> Reply {
    let calls = calls.iter().map(|id| Call { id: (*id).to_owned(), name: "t".into(), arguments: "{}".into() });
    let calls: Vec<Call> = calls.collect();
    let stopped = if calls.is_empty() { Stopped::End } else { Stopped::Calls };
    Reply { text: text.into(), calls, stopped, usage: Usage { prompt_tokens: 10, reply_tokens: 5 } }
}

fn fine(entry: u128, looks: bool) -> Checked {
    Checked::Fine { action: "a.b".into(), arguments: json!({}), entry: Uuid::from_u128(entry), looks }
}

fn replied(ask: u64, reply: Reply, checked: Vec<Checked>) -> Event {
    Event::Replied { ask, reply, model: "m".into(), checked, aside: None }
}

fn came(outcome: Outcome) -> Came {
    Came { outcome, text: "came".into(), line: "line".into(), reference: None, tokens: 0 }
}

fn ended(call: &str) -> Event {
    Event::Ended { call: call.into(), came: came(Outcome::Done) }
}

fn done(effects: &[Effect]) -> Vec<&str> {
    let calls = effects.iter().filter_map(|effect| match effect {
        Effect::Do { call, .. } => Some(call.as_str()),
        _ => None,
    });
    calls.collect()
}

fn last(conversation: &Conversation) -> Option<How> {
    conversation.entries.iter().rev().find_map(|entry| match entry {
        Entry::Over { how, .. } => Some(*how),
        _ => None,
    })
}

#[test]
fn an_answer_ends_the_turn_and_the_next_person_is_answered_after_it() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    assert_eq!(talk.on(said("a", 1), &limits), [Effect::AskModel { ask: 1, tools: Tools::Offered }]);
    assert_eq!(talk.on(said("b", 2), &limits), []);
    assert_eq!(talk.on(said("b", 2), &limits), [], "the same message twice is one");
    let next = talk.on(replied(1, reply("hello", &[]), Vec::new()), &limits);
    assert_eq!(next, [Effect::AskModel { ask: 2, tools: Tools::Offered }]);
    assert_eq!(talk.turn.as_ref().map(|turn| (turn.number, turn.author)), Some((2, 2)));
    assert_eq!(talk.on(replied(2, reply("hi", &[]), Vec::new()), &limits), []);
    assert_eq!((talk.turn.is_none(), talk.tokens), (true, 30));
}

#[test]
fn what_only_looks_is_done_at_once_and_what_changes_something_one_after_the_other() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    let checked = vec![fine(1, true), fine(2, false), fine(3, true), fine(4, false)];
    let effects = talk.on(replied(1, reply("", &["w", "x", "y", "z"]), checked), &limits);
    assert_eq!(done(&effects), ["w", "x", "y"]);
    let asked = talk.on(Event::Asked { call: "x".into(), approval: Uuid::from_u128(9) }, &limits);
    assert_eq!(asked, [Effect::Await { call: "x".into(), author: 1, approval: Uuid::from_u128(9) }]);
    assert_eq!(talk.on(ended("w"), &limits), []);
    assert_eq!(talk.on(ended("y"), &limits), []);
    assert_eq!(done(&talk.on(ended("x"), &limits)), ["z"]);
    assert_eq!(talk.on(ended("z"), &limits), [Effect::AskModel { ask: 2, tools: Tools::Offered }]);
}

#[test]
fn a_tool_result_after_a_stop_is_ignored() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("", &["x", "y"]), vec![fine(1, false), fine(2, false)]), &limits);
    let effects = talk.on(Event::Stop { by: "ann".into() }, &limits);
    assert!(matches!(&effects[..], [Effect::Halt { calls }] if calls.len() == 1 && calls[0].call == "x"));
    let before = talk.clone();
    assert_eq!(talk.on(ended("x"), &limits), []);
    assert_eq!(talk.on(replied(1, reply("late", &[]), Vec::new()), &limits), []);
    assert_eq!(talk, before);
    assert_eq!(last(&talk), Some(How::Stopped));
}

#[test]
fn what_is_said_while_a_tool_runs_is_read_before_the_next_answer() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("", &["x"]), vec![fine(1, true)]), &limits);
    assert_eq!(talk.on(said("more", 1), &limits), []);
    assert_eq!(talk.on(ended("x"), &limits), [Effect::AskModel { ask: 2, tools: Tools::Offered }]);
    assert!(matches!(talk.entries.last(), Some(Entry::Said(said)) if said.id == "more"));
    assert!(talk.inbox.is_empty());
}

#[test]
fn what_was_heard_in_a_turn_that_failed_is_answered_after_it() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("", &["x"]), vec![fine(1, true)]), &limits);
    talk.on(said("more", 1), &limits);
    talk.on(ended("x"), &limits);
    let next = talk.on(Event::Failed { ask: 2, why: "down".into() }, &limits);
    assert_eq!(next, [Effect::AskModel { ask: 3, tools: Tools::Offered }]);
    assert!(matches!(talk.entries.last(), Some(Entry::Said(said)) if said.id == "more"));
    assert_eq!(talk.on(said("more", 1), &limits), [], "it is still the same message");
    assert_eq!(
        talk.on(Event::Failed { ask: 3, why: "down".into() }, &limits),
        [],
        "what a turn began with ends with it"
    );
}

#[test]
fn a_call_of_one_persons_turn_is_never_done_in_the_name_of_another() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    talk.on(said("b", 2), &limits);
    let effects = talk.on(replied(1, reply("", &["x"]), vec![fine(1, false)]), &limits);
    assert!(matches!(&effects[..], [Effect::Do { author: 1, .. }]));
    talk.on(ended("x"), &limits);
    assert!(talk.inbox.iter().any(|said| said.author == 2), "who is next waits until the first is answered");
}

#[test]
fn a_model_that_calls_wrongly_three_times_is_given_up_and_the_conversation_goes_on() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    let wrong = || vec![Checked::Wrong("no such tool".into())];
    assert_eq!(talk.on(replied(1, reply("", &["x"]), wrong()), &limits).len(), 1);
    assert_eq!(talk.on(replied(2, reply("", &["y"]), wrong()), &limits).len(), 1);
    assert_eq!(talk.on(replied(3, reply("", &["z"]), wrong()), &limits), []);
    assert_eq!(last(&talk), Some(How::Failed));
    assert_eq!(talk.on(said("b", 1), &limits).len(), 1);
}

#[test]
fn a_thousand_calls_at_once_are_few_and_each_has_a_result() {
    let (mut talk, limits) = (Conversation::default(), Limits::default());
    talk.on(said("a", 1), &limits);
    let names: Vec<String> = (0..1_000).map(|n| format!("c{n}")).collect();
    let ids: Vec<&str> = names.iter().map(String::as_str).collect();
    let checked = (0..1_000).map(|n| fine(n, true)).collect();
    let effects = talk.on(replied(1, reply("", &ids), checked), &limits);
    assert_eq!(effects.len(), limits.calls);
}

#[test]
fn the_last_round_has_no_tools_and_an_endless_caller_ends() {
    let (mut talk, limits) = (Conversation::default(), Limits { rounds: 2, ..Limits::default() });
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("", &["x"]), vec![fine(1, true)]), &limits);
    assert_eq!(talk.on(ended("x"), &limits), [Effect::AskModel { ask: 2, tools: Tools::Withheld }]);
    talk.on(replied(2, reply("", &["y"]), vec![Checked::Wrong("no tools now".into())]), &limits);
    assert_eq!((talk.turn.is_none(), last(&talk)), (true, Some(How::Failed)));
}

#[test]
fn what_no_longer_fits_is_put_in_fewer_words_and_that_is_shown() {
    let (mut talk, limits) = (Conversation::default(), Limits { readable: 40, ..Limits::default() });
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply(&"long ".repeat(60), &[]), Vec::new()), &limits);
    assert_eq!(talk.on(said("b", 1), &limits), [Effect::Summarise { ask: 2 }]);
    let next = talk.on(Event::Summarised { ask: 2, text: "they greeted".into(), tokens: 7 }, &limits);
    assert_eq!(next, [Effect::AskModel { ask: 3, tools: Tools::Offered }]);
    assert_eq!(talk.summary.as_deref(), Some("they greeted"));
    let is_shown = |entry: &Entry| matches!(entry, Entry::Note { said: Some(said), .. } if said == "they greeted");
    assert!(talk.entries.iter().any(is_shown));
}

fn proof(says: &str, look: Option<&str>) -> Proof {
    let look = look.map(|id| Look {
        id: id.into(),
        action: "a.b".into(),
        arguments: json!({}),
        expect: BTreeMap::new(),
        entry: Uuid::from_u128(3),
    });
    Proof { says: says.into(), look, verdict: None }
}

fn verdict(holds: bool, by: By) -> Verdict {
    Verdict { holds, by, line: "seen".into(), reference: None, told: String::new() }
}

fn prepared(ask: u64, proofs: Vec<Proof>) -> Event {
    Event::Prepared { ask, proofs, after: Vec::new() }
}

fn looked(look: &str, holds: bool) -> Event {
    Event::Looked { look: look.into(), verdict: verdict(holds, By::Look) }
}

/// An answer is there, and one condition that can be looked at.
fn held(limits: &Limits) -> Conversation {
    let mut talk = Conversation::default();
    talk.on(said("a", 1), limits);
    assert_eq!(talk.on(replied(1, reply("done", &[]), Vec::new()), limits), [Effect::Prepare { ask: 2 }]);
    let looks = talk.on(prepared(2, vec![proof("it is up", Some("v"))]), limits);
    assert!(matches!(&looks[..], [Effect::Look { author: 1, look }] if look.id == "v"));
    talk
}

fn stated() -> Limits {
    Limits { fixes: Some(2), ..Limits::default() }
}

#[test]
fn an_answer_counts_only_once_what_was_stated_was_seen_to_hold() {
    let limits = stated();
    let mut talk = held(&limits);
    assert_eq!(talk.on(looked("v", true), &limits), []);
    assert_eq!((talk.turn.is_none(), last(&talk)), (true, Some(How::Answered)));
}

#[test]
fn what_does_not_hold_goes_back_to_the_model_twice_and_then_is_said() {
    let limits = stated();
    let mut talk = held(&limits);
    for ask in [3, 5] {
        let again = talk.on(looked("v", false), &limits);
        assert_eq!(again, [Effect::AskModel { ask, tools: Tools::Offered }]);
        talk.on(replied(ask, reply("mended", &[]), Vec::new()), &limits);
        talk.on(prepared(ask + 1, vec![proof("it is up", Some("v"))]), &limits);
    }
    assert_eq!(talk.on(looked("v", false), &limits), []);
    assert_eq!((talk.turn.is_none(), last(&talk)), (true, Some(How::Unmet)));
    let told = messages(&talk, 1, &|_, text| text.to_owned(), &BTreeMap::new());
    let is_told =
        |message: &crate::Message| matches!(message, crate::Message::Person { text, .. } if text.contains("it is up"));
    assert_eq!(told.iter().filter(|message| is_told(message)).count(), 3);
}

#[test]
fn what_nobody_can_look_at_is_judged_and_what_nobody_could_judge_is_not_met() {
    let limits = stated();
    let mut talk = Conversation::default();
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("done", &[]), Vec::new()), &limits);
    assert_eq!(talk.on(prepared(2, vec![proof("it reads well", None)]), &limits), [Effect::Judge { ask: 3 }]);
    assert_eq!(
        talk.on(Event::Failed { ask: 3, why: "down".into() }, &limits),
        [],
        "another try would not be seen either"
    );
    assert_eq!((talk.turn.is_none(), last(&talk)), (true, Some(How::Unmet)));
}

#[test]
fn a_look_after_a_stop_or_a_restart_changes_nothing() {
    let limits = stated();
    let mut talk = held(&limits);
    let effects = talk.on(Event::Stop { by: "ann".into() }, &limits);
    assert!(matches!(&effects[..], [Effect::Halt { calls }] if calls.len() == 1 && calls[0].call == "v"));
    let before = talk.clone();
    assert_eq!(talk.on(looked("v", true), &limits), []);
    assert_eq!(talk, before);
    let mut talk = held(&limits);
    assert_eq!(talk.on(Event::Woken, &limits), [Effect::Prepare { ask: 3 }], "it is looked at anew");
    assert_eq!(talk.on(looked("v", true), &limits), [], "and what was seen before counts for nothing");
    assert!(talk.turn.is_some());
}

#[test]
fn what_comes_after_is_done_once_and_has_nothing_after_it() {
    let limits = stated();
    let mut talk = Conversation::default();
    let next = |by_itself| After { label: "n".into(), text: "now this".into(), agent: None, channel: 1, by_itself };
    talk.on(said("a", 1), &limits);
    talk.on(replied(1, reply("done", &[]), Vec::new()), &limits);
    let done = Event::Prepared { ask: 2, proofs: Vec::new(), after: vec![next(true), next(false)] };
    assert_eq!(talk.on(done, &limits), [Effect::AskModel { ask: 3, tools: Tools::Offered }]);
    assert_eq!(talk.turn.as_ref().map(|turn| (turn.number, turn.author)), Some((2, 1)));
    assert!(talk.entries.iter().any(|entry| matches!(entry, Entry::Offered { turn: 1, after } if after.len() == 1)));
    talk.on(replied(3, reply("that, too", &[]), Vec::new()), &limits);
    let again = Event::Prepared { ask: 4, proofs: Vec::new(), after: vec![next(true)] };
    assert_eq!(talk.on(again, &limits), []);
    assert!(talk.turn.is_none());
}

/// What a world that answers everything would say next: the effects that wait for an answer, by name.
#[derive(Default)]
struct Waiting {
    asks: Vec<(u64, Tools)>,
    summaries: Vec<u64>,
    calls: Vec<String>,
    questions: Vec<String>,
    prepares: Vec<u64>,
    looks: Vec<String>,
    judges: Vec<u64>,
}

impl Waiting {
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::AskModel { ask, tools } => self.asks.push((ask, tools)),
                Effect::Summarise { ask } => self.summaries.push(ask),
                Effect::Do { call, .. } => self.calls.push(call),
                Effect::Await { call, .. } => self.questions.push(call),
                Effect::Prepare { ask } => self.prepares.push(ask),
                Effect::Look { look, .. } => self.looks.push(look.id),
                Effect::Judge { ask } => self.judges.push(ask),
                Effect::Halt { .. } => *self = Self::default(),
            }
        }
    }
}

/// What must hold at every moment.
fn holds(talk: &Conversation) {
    let (mut called, mut results) = (BTreeSet::new(), BTreeMap::<&str, u32>::new());
    for entry in &talk.entries {
        match entry {
            Entry::Model { calls, .. } => called.extend(calls.iter().map(|call| call.id.as_str())),
            Entry::Result { call, .. } => *results.entry(call.as_str()).or_default() += 1,
            _ => {}
        }
    }
    assert!(results.values().all(|times| *times == 1), "a call has two results: {results:?}");
    assert!(results.keys().all(|call| called.contains(call)), "a result of nothing: {results:?}");
    let open: BTreeSet<&str> = match talk.turn.as_ref().map(|turn| &turn.phase) {
        Some(Phase::Calling(calls)) => {
            let changing =
                calls.iter().filter(|doing| !doing.looks && matches!(doing.stand, Stand::Begun | Stand::Asked(_)));
            assert!(changing.count() <= 1, "two changes at once");
            calls.iter().filter(|doing| doing.stand != Stand::Over).map(|doing| doing.call.as_str()).collect()
        }
        _ => BTreeSet::new(),
    };
    for call in called {
        assert_eq!(results.contains_key(call), !open.contains(call), "{call} is neither open nor told");
    }
    if talk.turn.is_none() {
        assert!(talk.inbox.is_empty(), "somebody waits and nobody is answered");
    }
}

/// How things go on: which of several possible things happens next.
#[derive(Debug, Clone)]
enum Next {
    Say(u8),
    Answer,
    Empty,
    Fail,
    Call { looks: Vec<bool>, wrong: bool },
    Ask(u8),
    End(u8),
    Stale(u8),
    Stop,
    Late,
    Restart,
    Prove { looks: u8, judged: u8 },
    See(bool),
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![
        3 => (0..3_u8).prop_map(Next::Say),
        3 => Just(Next::Answer),
        1 => Just(Next::Empty),
        1 => Just(Next::Fail),
        5 => (prop::collection::vec(any::<bool>(), 1..5), prop::bool::weighted(0.2)).prop_map(|(looks, wrong)| Next::Call { looks, wrong }),
        4 => any::<u8>().prop_map(Next::Ask),
        6 => any::<u8>().prop_map(Next::End),
        2 => any::<u8>().prop_map(Next::Stale),
        1 => Just(Next::Stop),
        1 => Just(Next::Late),
        2 => Just(Next::Restart),
        4 => (0..3_u8, 0..3_u8).prop_map(|(looks, judged)| Next::Prove { looks, judged }),
        5 => any::<bool>().prop_map(Next::See),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_every_call_has_one_entry_one_result_and_one_person(
        steps in prop::collection::vec(next(), 1..60), fixes in prop::option::of(0..3_u32)
    ) {
        let limits = Limits { rounds: 6, calls: 3, readable: 120, fixes, ..Limits::default() };
        let (mut talk, mut waiting) = (Conversation::default(), Waiting::default());
        let mut entries = BTreeMap::<String, (Uuid, u64)>::new();
        let (mut names, mut ever) = (0_u32, Vec::<String>::new());
        for step in steps {
            let event = match step {
                Next::Say(author) => {
                    names += 1;
                    said(&format!("m{names}"), u64::from(author))
                }
                Next::Answer | Next::Empty | Next::Fail | Next::Call { .. } if !waiting.summaries.is_empty() => {
                    let ask = waiting.summaries.remove(0);
                    match step {
                        Next::Fail => Event::Failed { ask, why: "no".into() },
                        _ => Event::Summarised { ask, text: "short".into(), tokens: 3 },
                    }
                }
                Next::Answer | Next::Empty | Next::Fail | Next::Call { .. } if !waiting.asks.is_empty() => {
                    let (ask, tools) = waiting.asks.remove(0);
                    match step {
                        Next::Fail => Event::Failed { ask, why: "down".into() },
                        Next::Empty => replied(ask, reply(" ", &[]), Vec::new()),
                        Next::Call { looks, wrong } => {
                            let ids: Vec<String> = looks.iter().map(|_| { names += 1; format!("c{names}") }).collect();
                            let checked = looks.iter().enumerate().map(|(at, looks)| {
                                if (wrong && at == 0) || tools == Tools::Withheld {
                                    Checked::Wrong("no".into())
                                } else {
                                    fine(u128::from(names) * 100 + at as u128, *looks)
                                }
                            });
                            let checked = checked.collect();
                            ever.extend(ids.iter().cloned());
                            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                            replied(ask, reply("text", &ids), checked)
                        }
                        _ => replied(ask, reply("answer", &[]), Vec::new()),
                    }
                }
                Next::Ask(which) if !waiting.calls.is_empty() => {
                    let call = waiting.calls.remove(usize::from(which) % waiting.calls.len());
                    Event::Asked { call, approval: Uuid::from_u128(7) }
                }
                Next::End(which) if !waiting.calls.is_empty() || !waiting.questions.is_empty() => {
                    let of = if waiting.calls.is_empty() { &mut waiting.questions } else { &mut waiting.calls };
                    let call = of.remove(usize::from(which) % of.len());
                    ended(&call)
                }
                Next::Stale(which) if !ever.is_empty() => {
                    // A result of any call that ever was, but only where it is not one that waits for its result.
                    let call = ever[usize::from(which) % ever.len()].clone();
                    if waiting.calls.contains(&call) || waiting.questions.contains(&call) { continue }
                    let before = talk.clone();
                    prop_assert_eq!(talk.on(ended(&call), &limits), Vec::new());
                    prop_assert_eq!(talk.on(replied(talk.asks + 1, reply("x", &[]), Vec::new()), &limits), Vec::new());
                    prop_assert_eq!(&talk, &before);
                    continue;
                }
                Next::Prove { looks, judged } if !waiting.prepares.is_empty() => {
                    names += 1;
                    let looks = (0..looks).map(|at| proof("looked", Some(&format!("v{names}_{at}"))));
                    let proofs = looks.chain((0..judged).map(|_| proof("judged", None))).collect();
                    prepared(waiting.prepares.remove(0), proofs)
                }
                Next::See(holds) if !waiting.looks.is_empty() => looked(&waiting.looks.remove(0), holds),
                Next::See(holds) if !waiting.judges.is_empty() => {
                    let verdicts = vec![verdict(holds, By::Model)];
                    Event::Judged { ask: waiting.judges.remove(0), verdicts, tokens: 2 }
                }
                Next::Fail if !waiting.judges.is_empty() || !waiting.prepares.is_empty() => {
                    let of = if waiting.judges.is_empty() { &mut waiting.prepares } else { &mut waiting.judges };
                    Event::Failed { ask: of.remove(0), why: "down".into() }
                }
                Next::Stop => Event::Stop { by: "ann".into() },
                Next::Late => Event::Late { turn: talk.turns, after: "10 min".into() },
                Next::Restart => {
                    let kept = serde_json::to_string(&talk).map_err(|error| TestCaseError::fail(error.to_string()))?;
                    let read: Conversation = serde_json::from_str(&kept).map_err(|error| TestCaseError::fail(error.to_string()))?;
                    prop_assert_eq!(&read, &talk);
                    (talk, waiting) = (read, Waiting::default());
                    Event::Woken
                }
                _ => continue,
            };
            let effects = talk.on(event, &limits);
            for effect in &effects {
                if let Effect::Do { call, entry, author, .. } = effect {
                    let first = entries.entry(call.clone()).or_insert((*entry, *author));
                    prop_assert_eq!(*first, (*entry, *author), "a call has one entry and one person, whatever happens");
                    prop_assert_eq!(talk.turn.as_ref().map(|turn| turn.author), Some(*author));
                }
            }
            waiting.take(effects);
            let asked = waiting.asks.len() + waiting.summaries.len() + waiting.judges.len() + waiting.prepares.len();
            prop_assert!(asked <= 1, "the model is asked twice at once");
            prop_assert!(asked + waiting.looks.len().min(1) <= 1, "it is asked before all was seen");
            holds(&talk);
        }
        // A world that answers brings it to its end.
        for _ in 0..400 {
            let event = if let Some(ask) = waiting.prepares.pop() {
                prepared(ask, vec![proof("looked", Some(&format!("w{ask}"))), proof("judged", None)])
            } else if let Some(look) = waiting.looks.pop() {
                looked(&look, look.len() % 2 == 0)
            } else if let Some(ask) = waiting.judges.pop() {
                Event::Judged { ask, verdicts: Vec::new(), tokens: 1 }
            } else if let Some((ask, _)) = waiting.asks.pop() {
                replied(ask, reply("answer", &[]), Vec::new())
            } else if let Some(ask) = waiting.summaries.pop() {
                Event::Summarised { ask, text: "short".into(), tokens: 3 }
            } else if let Some(call) = waiting.calls.pop().or_else(|| waiting.questions.pop()) {
                ended(&call)
            } else {
                break;
            };
            let effects = talk.on(event, &limits);
            waiting.take(effects);
            holds(&talk);
        }
        let unmet = talk.entries.iter().any(|entry| matches!(entry, Entry::Over { how: How::Unmet, .. }));
        prop_assert!(!unmet || fixes.is_some(), "nothing was stated");
        prop_assert!(talk.turn.is_none(), "it stands still: {:?}", talk.turn);
    }
}
