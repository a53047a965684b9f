//! What must hold before an answer counts: found out, looked at, and judged by a model where nobody can look.
//!
//! **Invariants:** what is looked at changes nothing, and asks nobody for a yes: what would is not done. It is done in the name of whom
//! the turn answers, with their rights. A model's yes counts only where it names something that was seen.

use std::{fmt::Write as _, sync::LazyLock};

use base::{Actor, Result, Risk, UserId, action::Ending};
use hub::{Ended, Hub, Outcome};
use regex::Regex;
use store::{approvals::State, conversations::Conversation as Row};
use tokio_util::sync::CancellationToken;

use super::{
    Runner, brief, deed, expect,
    kit::is_by_hand,
    think::{self, asker, masked},
};
use crate::{
    Message, Prompt,
    conversation::{After, By, Conversation, Entry, Event, Look, Phase, Proof, Verdict},
    tools::{Fence, result},
};

/// How what was seen is judged.
const VERIFY: &str = include_str!("../prompts/verify.md");
/// A judgement has at most so many tokens.
const LONGEST: u32 = 600;
/// So much of a piece of evidence is told, in bytes.
const EVIDENCE: usize = 1_500;
/// So many pieces.
const PIECES: usize = 24;
/// So much of why is shown, in characters.
const WHY: usize = 200;

/// A line of a judgement.
static LINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^\W*(\d{1,3})\W+(yes|no)\b[\s:,.–—-]*(.*)$").unwrap_or_else(|_| unreachable!()));
/// A piece of evidence that is named in it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bE(\d{1,3})\b").unwrap_or_else(|_| unreachable!()));

/// Finds out what must hold before the answer of this turn counts.
pub(super) async fn prepare(runner: &Runner, row: &Row, state: &Conversation, ask: u64) -> Event {
    match prepared(runner, row, state, ask).await {
        Ok(event) => event,
        Err(error) => Event::Failed { ask, why: error.to_string() },
    }
}

async fn prepared(runner: &Runner, row: &Row, state: &Conversation, ask: u64) -> Result<Event> {
    let author = UserId(state.turn.as_ref().map_or(0, |turn| turn.author));
    let gone = || base::Error::Busy("Whoever asked is no longer in this guild.".to_owned());
    let actor = deed::actor(runner, row.guild, author).await?.ok_or_else(gone)?;
    let agent = runner.asides.known(row.guild, author, row.agent.as_deref()).await?.agent;
    let (stated, after) = agent.map(|agent| (agent.verify, agent.after)).unwrap_or_default();
    let mut proofs = Vec::new();
    let until = state.until.iter().cloned().map(brief::Condition::from);
    for (at, condition) in until.chain(stated).enumerate() {
        let says = condition.says;
        let Some(look) = condition.look else {
            proofs.push(Proof { says, look: None, verdict: None });
            continue;
        };
        let verdict = refused(&runner.hub, &actor, &look).await.map(Verdict::unknown);
        let id = format!("v{ask}_{at}");
        let look =
            Look { id, action: look.action, arguments: look.with, expect: look.expect, entry: runner.clock.id() };
        proofs.push(Proof { says, look: Some(look), verdict });
    }
    let after = after.into_iter().map(|next| After { channel: row.channel, ..next }).collect();
    Ok(Event::Prepared { ask, proofs, after })
}

/// Why a condition cannot be looked at like that.
async fn refused(hub: &Hub, actor: &Actor, look: &brief::Look) -> Option<String> {
    if is_by_hand(&look.action) {
        return Some("that is done by hand".to_owned());
    }
    match hub.foresee(actor, &look.action, look.with.clone()).await {
        Ok(seen) if seen.risk == Risk::Observe => None,
        Ok(seen) => Some(format!("it {}, and whoever checks only looks", seen.risk.words())),
        Err(error) => Some(error.to_string()),
    }
}

/// Looks at something.
pub(super) async fn look(runner: &Runner, row: &Row, author: UserId, look: Look, fence: &Fence) -> Event {
    let verdict = match looked(runner, row, author, &look, fence).await {
        Ok(verdict) => verdict,
        Err(error) => Verdict { by: By::Look, ..Verdict::unknown(error.to_string()) },
    };
    Event::Looked { look: look.id, verdict }
}

async fn looked(runner: &Runner, row: &Row, author: UserId, look: &Look, fence: &Fence) -> Result<Verdict> {
    let Some(actor) = deed::actor(runner, row.guild, author).await? else {
        return Ok(Verdict::unknown("whoever asked is no longer in this guild"));
    };
    // What it is about may have changed since it was prepared.
    let as_brief =
        brief::Look { action: look.action.clone(), with: look.arguments.clone(), expect: look.expect.clone() };
    if let Some(why) = refused(&runner.hub, &actor, &as_brief).await {
        return Ok(Verdict::unknown(why));
    }
    let performing = runner.hub.perform_once(actor, &look.action, look.arguments.clone(), look.entry).await?;
    let Some(mut performing) = performing else { return Ok(Verdict::unknown("nobody saw what came of it")) };
    Ok(seen(runner, row, look, fence, performing.ended().await).await)
}

/// What was seen, held against what was expected.
async fn seen(runner: &Runner, row: &Row, look: &Look, fence: &Fence, ended: Ended) -> Verdict {
    let reference = ended.record.map(|record| record.reference);
    match ended.outcome {
        Outcome::Waits(waiting) => {
            let why = "a check asks nobody";
            let closed =
                runner.hub.store().close_approval(row.guild, waiting.approval, State::Expired, None, why).await;
            if let Err(error) = closed {
                tracing::warn!("a question that nobody needs stays open: {error}");
            }
            Verdict::unknown("it takes somebody's yes, and whoever checks asks nobody")
        }
        // This process stops, and the next one looks anew.
        Outcome::Left => std::future::pending().await,
        Outcome::Failed(error) => {
            let line = error.to_string().chars().filter(|letter| *letter != '\n').take(WHY).collect();
            let told = fence.wrap(&look.action, &error.to_string());
            Verdict { holds: false, by: By::Look, line, reference, told }
        }
        Outcome::Done { report, ending, .. } => {
            let (fits, words) = expect::compared(&report, &look.expect);
            let holds = fits && (!look.expect.is_empty() || ending == Ending::Done);
            let line = if words.is_empty() { ending.as_str().to_owned() } else { words };
            let told = fence.wrap(&look.action, &result::told(&report, EVIDENCE, &[]));
            Verdict { holds, by: By::Look, line, reference, told }
        }
    }
}

/// Has a model judge what nobody can look at.
pub(super) async fn judge(
    runner: &Runner,
    row: Row,
    state: Conversation,
    ask: u64,
    cancel: &CancellationToken,
) -> Event {
    judged(runner, &row, &state, ask, cancel).await.unwrap_or_else(|why| Event::Failed { ask, why })
}

async fn judged(
    runner: &Runner,
    row: &Row,
    state: &Conversation,
    ask: u64,
    cancel: &CancellationToken,
) -> std::result::Result<Event, String> {
    let gone = || "Whoever asked is no longer in this guild.".to_owned();
    let author = UserId(state.turn.as_ref().ok_or_else(gone)?.author);
    let actor = deed::actor(runner, row.guild, author).await.map_err(|error| error.to_string())?.ok_or_else(gone)?;
    let fence = Fence::new(&state.mark);
    let (question, references) = question(state, &fence);
    let said = masked(Message::Person { text: question, images: Vec::new() }, &runner.hub.redactor(row.guild));
    let system = format!("{}\n\n{}", VERIFY.trim(), fence.explanation());
    let prompt = Prompt { system, messages: vec![said], tools: Vec::new(), longest_answer: LONGEST };
    let answer = think::whole(runner, &asker(row, state, &actor), &prompt, cancel).await?;
    let tokens = answer.usage.prompt_tokens.saturating_add(answer.usage.reply_tokens);
    Ok(Event::Judged { ask, verdicts: verdicts(&answer.text, open(state).count(), &references), tokens })
}

fn open(state: &Conversation) -> impl Iterator<Item = &Proof> {
    let proofs = match state.turn.as_ref().map(|turn| &turn.phase) {
        Some(Phase::Verifying(verifying)) => verifying.proofs.as_slice(),
        _ => &[],
    };
    proofs.iter().filter(|proof| proof.verdict.is_none())
}

/// What the model is told: what was seen, what was answered, and what must hold; and the references of what was seen.
fn question(state: &Conversation, fence: &Fence) -> (String, Vec<Option<String>>) {
    let first = state.entries.iter().rposition(|entry| matches!(entry, Entry::Over { .. })).map_or(0, |at| at + 1);
    let (mut evidence, mut answer) = (Vec::<(String, Option<String>)>::new(), String::new());
    for entry in &state.entries[first..] {
        match entry {
            Entry::Said(said) => evidence.push((fence.wrap("what a person asked for", &said.text), None)),
            Entry::Result { name, came, .. } => {
                // What came of it is marked as material already.
                let told = format!("{name}, which ended {:?}\n{}", came.outcome, result::cut(&came.text, EVIDENCE));
                evidence.push((told, came.reference.clone()));
            }
            Entry::Model { text, .. } if !text.trim().is_empty() => answer.clone_from(text),
            _ => {}
        }
    }
    if let Some(Phase::Verifying(verifying)) = state.turn.as_ref().map(|turn| &turn.phase) {
        let seen = verifying.proofs.iter().filter_map(|proof| Some((&proof.says, proof.verdict.as_ref()?)));
        evidence.extend(seen.map(|(says, verdict)| {
            let holds = if verdict.holds { "holds" } else { "does not hold" };
            let seen = fence.wrap("what was seen of it", &verdict.line);
            (format!("{}: {holds}\n{seen}\n{}", fence.harmless(says), verdict.told), verdict.reference.clone())
        }));
    }
    // What came last tells how things stand now.
    let left_out = evidence.len().saturating_sub(PIECES);
    let evidence = &evidence[left_out..];
    let mut text = String::from("Evidence:\n");
    for (at, (told, _)) in evidence.iter().enumerate() {
        let _ = writeln!(text, "E{}: {told}", at + 1);
    }
    let _ = write!(text, "\n{}\n\nConditions:\n", fence.wrap("the answer that is judged", &answer));
    for (at, proof) in open(state).enumerate() {
        let _ = writeln!(text, "{}: {}", at + 1, fence.harmless(&proof.says));
    }
    (text, evidence.iter().map(|(_, reference)| reference.clone()).collect())
}

/// What a model says of each condition. A yes that names nothing that was seen is none.
fn verdicts(text: &str, conditions: usize, references: &[Option<String>]) -> Vec<Verdict> {
    let mut all: Vec<Verdict> = (0..conditions).map(|_| Verdict::unknown("the model did not say")).collect();
    for line in text.lines() {
        let Some(found) = LINE.captures(line.trim()) else { continue };
        let number = found[1].parse::<usize>().unwrap_or_default();
        let Some(verdict) = number.checked_sub(1).and_then(|at| all.get_mut(at)) else { continue };
        // What a piece of evidence is numbered says nothing to people.
        let why = NAMED.replace_all(&found[3], "");
        let why = why.trim_matches(|letter: char| !letter.is_alphanumeric());
        let why: String = why.chars().take(WHY).collect();
        let named = NAMED.captures_iter(&found[3]).filter_map(|named| named[1].parse::<usize>().ok());
        let seen: Vec<usize> = named.filter(|at| (1..=references.len()).contains(at)).collect();
        let is_yes = found[2].eq_ignore_ascii_case("yes");
        let line = match (is_yes, seen.is_empty()) {
            (true, true) => "it says yes and names nothing that was seen".to_owned(),
            _ if why.trim().is_empty() => "it gives no reason".to_owned(),
            _ => why,
        };
        let reference = seen.iter().find_map(|at| references.get(at - 1).cloned().flatten());
        let holds = is_yes && !seen.is_empty();
        *verdict = Verdict { holds, by: By::Model, line, reference, told: String::new() };
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "0123456789abcdef0123456789abcdef";

    fn of(text: &str) -> Vec<(bool, By, Option<String>)> {
        let references = [None, Some("7F3KQ2".to_owned())];
        let all = verdicts(text, 2, &references);
        all.into_iter().map(|verdict| (verdict.holds, verdict.by, verdict.reference)).collect()
    }

    #[test]
    fn a_models_yes_counts_only_where_it_names_something_that_was_seen() {
        let seen = Some("7F3KQ2".to_owned());
        assert_eq!(
            of("1: yes E2 - it answers\n2: no - nothing shows it"),
            [(true, By::Model, seen.clone()), (false, By::Model, None)]
        );
        assert_eq!(of("**1.** YES, E2\n- 2) yes, I am sure"), [(true, By::Model, seen), (false, By::Model, None)]);
        assert_eq!(of("1: yes E9\n7: yes E1"), [(false, By::Model, None), (false, By::Nobody, None)]);
        assert_eq!(of("All conditions hold!"), [(false, By::Nobody, None), (false, By::Nobody, None)]);
    }

    #[test]
    fn the_judge_is_shown_what_was_seen_and_not_taken_in_by_it() {
        let said = Entry::Said(crate::conversation::Said {
            id: "1".into(),
            author: 1,
            name: "ann".into(),
            text: "mend it".into(),
            files: Vec::new(),
            at: 0,
        });
        let state = Conversation { entries: vec![said], mark: MARK.into(), ..Conversation::default() };
        let (text, references) = question(&state, &Fence::new(MARK));
        assert!(text.contains("E1: <data-") && text.contains("mend it"), "{text}");
        assert_eq!(references, [None]);
    }
}
