//! An answer while it comes: text, and calls in pieces.
//!
//! **Invariant:** it is bounded, whatever is sent: text, arguments, and how many calls there are.

use crate::{Call, Reply, Stopped, Usage};

/// A longer answer nobody reads.
const TEXT: usize = 512 * 1024;
/// All arguments of all calls together.
const ARGUMENTS: usize = 512 * 1024;
/// A model that asks for more at once has lost its way.
const CALLS: usize = 64;
/// A longer name is none.
const NAME: usize = 200;
/// What is kept of a call while it is not whole.
#[derive(Debug, Default)]
struct Part {
    /// What its pieces are told under.
    index: u64,
    id: String,
    name: String,
    arguments: String,
}

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    text: String,
    calls: Vec<Part>,
    arguments: usize,
    pub(super) usage: Usage,
}

/// Why it is no answer, in our words.
type Wrong = &'static str;

impl Answer {
    /// More of what it says.
    pub(super) fn say(&mut self, more: &str) -> Result<(), Wrong> {
        if self.text.len() + more.len() > TEXT {
            return Err("it has no end");
        }
        self.text.push_str(more);
        Ok(())
    }

    /// A piece of the call of this number.
    pub(super) fn call(&mut self, index: u64, id: &str, name: &str, arguments: &str) -> Result<(), Wrong> {
        self.arguments += arguments.len();
        if self.arguments > ARGUMENTS || name.len() > NAME || id.len() > NAME {
            return Err("what it asks to be done has no end");
        }
        let at = self.calls.iter().position(|part| part.index == index);
        let part = match at {
            Some(at) => &mut self.calls[at],
            None if self.calls.len() >= CALLS => return Err("it asks for too much at once"),
            None => {
                self.calls.push(Part { index, ..Part::default() });
                self.calls.last_mut().ok_or("it asks for nothing")?
            }
        };
        for (mine, told) in [(&mut part.id, id), (&mut part.name, name)] {
            if mine.is_empty() {
                told.clone_into(mine);
            }
        }
        part.arguments.push_str(arguments);
        Ok(())
    }

    /// The number of a call that has none of its own.
    pub(super) fn next(&self) -> u64 {
        self.calls.iter().map(|part| part.index + 1).max().unwrap_or_default()
    }

    /// The number of the call that came last.
    pub(super) fn last(&self) -> Option<u64> {
        self.calls.last().map(|part| part.index)
    }

    /// The whole answer; `id` makes one up for a call without.
    pub(super) fn end(self, stopped: Stopped, id: impl Fn() -> String) -> Result<Reply, Wrong> {
        // What grew too long may have been cut within a call: none of them is what the model meant.
        let calls = if stopped == Stopped::Length { Vec::new() } else { self.calls };
        if calls.iter().any(|part| part.name.is_empty()) {
            return Err("it asks for something without a name");
        }
        let calls: Vec<Call> = calls
            .into_iter()
            .map(|part| Call {
                id: if part.id.is_empty() { id() } else { part.id },
                name: part.name,
                // A call of something that takes nothing may come without any.
                arguments: if part.arguments.trim().is_empty() { "{}".to_owned() } else { part.arguments },
            })
            .collect();
        let stopped = match stopped {
            // Some compatible servers call every end by the same name.
            Stopped::End | Stopped::Calls if calls.is_empty() => Stopped::End,
            Stopped::End | Stopped::Calls => Stopped::Calls,
            other => other,
        };
        if self.text.trim().is_empty() && calls.is_empty() && stopped != Stopped::Refused {
            return Err(if stopped == Stopped::Length { "it had no room left to say anything" } else { "it is empty" });
        }
        Ok(Reply { text: self.text, calls, stopped, usage: self.usage })
    }
}

/// Why it stopped, as any of them says it; none of what nobody knows: then it is not known to be whole.
pub(super) fn stopped(reason: &str) -> Option<Stopped> {
    Some(match reason {
        "stop" | "eos" | "end_turn" | "stop_sequence" => Stopped::End,
        "tool_calls" | "tool_use" | "function_call" => Stopped::Calls,
        "length" | "max_tokens" | "model_length" | "model_context_window_exceeded" => Stopped::Length,
        "content_filter" | "refusal" => Stopped::Refused,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_in_pieces_and_out_of_order() {
        let mut answer = Answer::default();
        answer.call(1, "b", "two", "{\"x\"").unwrap();
        answer.call(0, "", "one", "").unwrap();
        answer.call(1, "", "", ":1}").unwrap();
        assert_eq!(answer.next(), 2);
        let reply = answer.end(Stopped::End, || "made-up".to_owned()).unwrap();
        let calls: Vec<_> = reply.calls.iter().map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
        assert_eq!(calls, [("b", "two", "{\"x\":1}"), ("made-up", "one", "{}")]);
        assert_eq!(reply.stopped, Stopped::Calls, "whatever the server called it");
    }

    #[test]
    fn what_has_no_end_is_no_answer() {
        let mut answer = Answer::default();
        let piece = "x".repeat(64 * 1024);
        assert!((0..100).any(|_| answer.call(0, "a", "b", &piece).is_err()));
        let mut answer = Answer::default();
        assert!((0..100).any(|_| answer.say(&piece).is_err()));
        let mut answer = Answer::default();
        assert!((0..1_000).any(|index| answer.call(index, "", "b", "").is_err()));
        assert!(answer.calls.len() <= CALLS);
    }

    #[test]
    fn an_answer_that_was_cut_asks_for_nothing() {
        let mut answer = Answer::default();
        answer.say("I will").unwrap();
        answer.call(0, "a", "server.run", "{\"command\":\"rm -rf /tmp/x").unwrap();
        let reply = answer.end(Stopped::Length, String::new).unwrap();
        assert_eq!((reply.calls.len(), reply.stopped), (0, Stopped::Length));
    }

    #[test]
    fn an_empty_answer_is_none_but_a_refusal_may_be_silent() {
        assert!(Answer::default().end(Stopped::End, String::new).is_err());
        assert!(Answer::default().end(Stopped::Refused, String::new).is_ok());
        assert_eq!(stopped("because"), None);
    }
}
