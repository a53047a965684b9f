//! How much a prompt is, before anybody counted; and whether it was read whole.
//!
//! **Invariant:** a prompt that does not fit is refused before it is sent, and an answer to less than was sent is none: Ollama and others
//! drop the front of a long prompt, its tools included, and answer as if nothing were missing.

use crate::{Failure, Message, Prompt, Usage};

/// Text of people, machines and programs has about so many bytes a token; it is taken for more tokens rather than for fewer.
const BYTES: u64 = 3;
/// What frames each message and each tool.
const FRAME: u64 = 8;
/// What a picture takes.
const PICTURE: u64 = 1_500;

/// About how many tokens a prompt is.
pub fn estimate(prompt: &Prompt) -> u64 {
    let texts: u64 = texts(prompt).map(|text| (text.len() as u64).div_ceil(BYTES)).sum();
    let pictures: u64 = prompt
        .messages
        .iter()
        .map(|message| match message {
            Message::Person { images, .. } => images.len() as u64,
            _ => 0,
        })
        .sum();
    let schemas: u64 = prompt.tools.iter().map(|tool| (tool.schema.to_string().len() as u64).div_ceil(BYTES)).sum();
    texts + schemas + pictures * PICTURE + FRAME * (1 + prompt.messages.len() as u64 + prompt.tools.len() as u64)
}

/// No fewer tokens than this: every word is at least one, in any model.
fn least(prompt: &Prompt) -> u64 {
    texts(prompt).map(|text| text.split_whitespace().count() as u64).sum()
}

fn texts(prompt: &Prompt) -> impl Iterator<Item = &str> {
    let said = prompt.messages.iter().flat_map(|message| -> Vec<&str> {
        match message {
            Message::Person { text, .. } | Message::Tool { text, .. } => vec![text],
            Message::Model { text, calls } => {
                let calls = calls.iter().flat_map(|call| [call.name.as_str(), call.arguments.as_str()]);
                calls.chain([text.as_str()]).collect()
            }
        }
    });
    let tools = prompt.tools.iter().flat_map(|tool| [tool.name.as_str(), tool.description.as_str()]);
    said.chain(tools).chain([prompt.system.as_str()])
}

/// It does not fit; which part of it takes how much, people can do something about.
pub(super) fn too_long(prompt: &Prompt, model: &str, needed: u64, window: u64) -> Failure {
    let tools = Prompt { tools: prompt.tools.clone(), ..Prompt::default() };
    let tools = if prompt.tools.is_empty() { 0 } else { estimate(&tools) };
    let said = estimate(prompt).saturating_sub(tools);
    let takes = format!(
        "about {said} for what was said and what it is told, {tools} for its tools, {} kept for the answer",
        prompt.longest_answer
    );
    Failure::TooLong { model: model.to_owned(), needed, window, takes }
}

/// Refuses what does not fit together with its answer.
pub(super) fn fits(prompt: &Prompt, model: &str, window: u64) -> Result<(), Failure> {
    let needed = estimate(prompt) + u64::from(prompt.longest_answer);
    if needed <= window { Ok(()) } else { Err(too_long(prompt, model, needed, window)) }
}

/// Refuses an answer to less than was sent, where it was counted. A tenth is left to how words are counted.
pub(super) fn was_read(prompt: &Prompt, model: &str, window: u64, usage: Usage) -> Result<(), Failure> {
    let (read, least) = (usage.prompt_tokens, least(prompt));
    if read == 0 || read >= least - least / 10 {
        return Ok(());
    }
    Err(too_long(prompt, model, estimate(prompt), window.min(read)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Prompt {
        let messages = vec![Message::Person { text: text.to_owned(), images: Vec::new() }];
        Prompt { system: "You help.".to_owned(), messages, tools: Vec::new(), longest_answer: 100 }
    }

    #[test]
    fn a_prompt_estimated_not_to_fit_is_refused_before_it_is_sent() {
        assert_eq!(fits(&prompt("hello"), "m", 200), Ok(()));
        assert!(matches!(
            fits(&prompt(&"x".repeat(400)), "m", 200),
            Err(Failure::TooLong { needed: 253, window: 200, .. })
        ));
    }

    #[test]
    fn an_answer_to_half_a_prompt_is_none() {
        let long = prompt(&"word ".repeat(1_000));
        let read = |prompt_tokens| was_read(&long, "m", 4_096, Usage { prompt_tokens, reply_tokens: 1 });
        assert!(matches!(read(500), Err(Failure::TooLong { window: 500, .. })));
        assert_eq!(
            [read(1_002), read(1_600), read(0)],
            [Ok(()), Ok(()), Ok(())],
            "what nobody counted is not held against it"
        );
    }
}
