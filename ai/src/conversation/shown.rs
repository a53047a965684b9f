//! A turn as people see it: what was said, a line for each call, and how it stands.

use base::{Action, card::code};
use conversations::{
    DelegateTask,
    answer::{Answer, Mark, Next, Part, Stands},
};

use super::{By, Conversation, Doing, Entry, How, Outcome, Phase, Proof, Stand};

/// A turn as it stands. `coming` is what the model is saying right now; `plain` makes a model's text fit to be
/// shown, in pieces of which each fits into a message.
pub fn shown(conversation: &Conversation, turn: u64, coming: &str, plain: &dyn Fn(&str) -> Vec<String>) -> Answer {
    let now = conversation.turn.as_ref().filter(|now| now.number == turn);
    let mut answer = Answer {
        turn,
        author: now.map_or(0, |now| now.author),
        stands: Stands::Working,
        parts: Vec::new(),
        model: String::new(),
        next: Vec::new(),
    };
    let mut heard = 0;
    for entry in &conversation.entries {
        match entry {
            Entry::Said(said) => heard = said.author,
            Entry::Model { turn: of, text, model, .. } if *of == turn => {
                answer.model.clone_from(model);
                answer.parts.extend(plain(text).into_iter().map(Part::Text));
            }
            Entry::Result { turn: of, name, came, .. } if *of == turn => answer.parts.push(Part::Call {
                name: name.clone(),
                mark: mark(came.outcome),
                line: came.line.clone(),
                reference: came.reference.clone(),
            }),
            Entry::Note { turn: of, text, said } if *of == turn => {
                if !text.is_empty() {
                    answer.parts.push(Part::Note(text.clone()));
                }
                let said = said.as_deref().map(plain).unwrap_or_default();
                answer.parts.extend(said.into_iter().map(Part::Note));
            }
            Entry::Proven { turn: of, proofs } if *of == turn => {
                answer.parts.extend(proofs.iter().map(|proof| proven(proof, plain)));
            }
            Entry::Offered { turn: of, after } if *of == turn => {
                answer.next.extend(after.iter().map(|after| Next {
                    label: after.label.clone(),
                    text: after.text.clone(),
                    agent: after.agent.clone(),
                    channel: after.channel,
                }));
            }
            Entry::Over { turn: of, how } if *of == turn => {
                answer.stands = match how {
                    How::Answered => Stands::Answered,
                    How::Unmet => Stands::Unmet,
                    How::Failed => Stands::Failed,
                    How::Stopped => Stands::Stopped,
                };
                if answer.author == 0 {
                    answer.author = heard;
                }
            }
            _ => {}
        }
    }
    if let Some(Phase::Calling(calls)) = now.map(|now| &now.phase) {
        answer.parts.extend(calls.iter().filter(|doing| doing.stand != Stand::Over).map(under_way));
        if calls.iter().any(|doing| matches!(doing.stand, Stand::Asked(_))) {
            answer.stands = Stands::Waiting;
        }
    }
    if let Some(Phase::Verifying(verifying)) = now.map(|now| &now.phase) {
        answer.parts.extend(verifying.proofs.iter().map(|proof| proven(proof, plain)));
    }
    if now.is_some() {
        answer.parts.extend(plain(coming).into_iter().map(Part::Text));
    }
    answer
}

/// A condition as it stands. What a model says of it is made fit to be shown, too.
fn proven(proof: &Proof, plain: &dyn Fn(&str) -> Vec<String>) -> Part {
    let says = proof.says.clone();
    let Some(verdict) = &proof.verdict else {
        return Part::Condition { says, holds: None, line: String::new(), reference: None };
    };
    let line = match verdict.by {
        By::Look => verdict.line.clone(),
        By::Model => format!("judged by the model: {}", plain(&verdict.line).concat().replace('\n', " ")),
        By::Nobody => format!("not looked at: {}", plain(&verdict.line).concat().replace('\n', " ")),
    };
    Part::Condition { says, holds: Some(verdict.holds), line, reference: verdict.reference.clone() }
}

fn under_way(doing: &Doing) -> Part {
    let mark = match doing.stand {
        Stand::Next => Mark::Next,
        Stand::Asked(_) => Mark::Waiting,
        Stand::Begun | Stand::Over => Mark::Begun,
    };
    // Whoever waits wants to know for whom.
    let whom = doing.arguments["agent"].as_str().filter(|_| doing.action == DelegateTask::NAME);
    let line = whom.map(|agent| format!("agent {} works on it", code(agent))).unwrap_or_default();
    Part::Call { name: doing.name.clone(), mark, line, reference: None }
}

fn mark(outcome: Outcome) -> Mark {
    match outcome {
        Outcome::Done => Mark::Done,
        Outcome::Failed | Outcome::Wrong => Mark::Failed,
        Outcome::Denied | Outcome::Refused => Mark::Refused,
        Outcome::Stopped => Mark::Stopped,
    }
}
