//! What went wrong, named: whoever reads it learns what to do.
//!
//! **Invariant:** a provider's own words decide nothing but which failure it is, and are shown only cut.

use models::wire::Trouble;

use super::size;
use crate::{Failure, Prompt};

/// A smaller number in a provider's words counts no tokens.
const LEAST: u64 = 256;

/// What this trouble is to whoever asked.
pub(super) fn of(provider: &str, model: &str, asked: Option<(&Prompt, u64)>, trouble: Trouble) -> Failure {
    let (provider, model) = (provider.to_owned(), model.to_owned());
    match trouble {
        Trouble::Unreachable(why) => Failure::Unreachable { provider, why: why.to_owned() },
        Trouble::TimedOut(after) => Failure::TimedOut { provider, after },
        Trouble::Garbled(why) => Failure::Garbled { provider, why: why.to_owned() },
        Trouble::Status { code, after, said, named } => {
            let words = format!("{} {}", said.to_lowercase(), named.to_lowercase());
            let says = |all: &[&str]| all.iter().any(|one| words.contains(one));
            let why = if said.is_empty() { format!("status {code}") } else { said };
            if is_too_long(code, &says) {
                let Some((prompt, window)) = asked else {
                    return Failure::TooLong { model, needed: 0, window: 0, takes: String::new() };
                };
                let estimate = size::estimate(prompt) + u64::from(prompt.longest_answer);
                let (needed, window) = counted(&why).unwrap_or((estimate, window));
                return size::too_long(prompt, &model, needed, window);
            }
            if says(&["insufficient_quota", "credit balance", "exceeded your current quota", "billing"]) {
                return Failure::Quota { provider };
            }
            match code {
                401 | 403 => Failure::Key { provider },
                402 => Failure::Quota { provider },
                404 => Failure::NoModel { provider, model },
                429 | 503 | 529 => Failure::Busy { provider, after },
                400 | 422 if says(&["not support tool", "support tools", "tool use", "function call", "--jinja"]) => {
                    Failure::Cannot { model, what: "tools" }
                }
                400 | 422 if says(&["image", "vision", "multimodal", "mmproj"]) => {
                    Failure::Cannot { model, what: "pictures" }
                }
                400 | 422 if says(&["model"]) && says(&["not found", "does not exist"]) => {
                    Failure::NoModel { provider, model }
                }
                408 | 500..=599 => Failure::Broke { provider, why },
                _ => Failure::Rejected { provider, why },
            }
        }
    }
}

/// What a provider counted, and what it reads, where it says both.
fn counted(said: &str) -> Option<(u64, u64)> {
    // A number in a model's name is a part of a word.
    let between = |letter: char| !letter.is_alphanumeric() && letter != '-';
    let words: Vec<&str> = said.split(between).filter(|word| !word.is_empty()).collect();
    let counts = words.windows(2).filter(|pair| pair[1].starts_with("token") || pair[1].starts_with("max"));
    let counts: Vec<u64> = counts.filter_map(|pair| pair[0].parse().ok()).filter(|count| *count >= LEAST).collect();
    let (least, most) = (counts.iter().min()?, counts.iter().max()?);
    (least < most).then_some((*most, *least))
}

fn is_too_long(code: u16, says: &impl Fn(&[&str]) -> bool) -> bool {
    code == 413
        || (matches!(code, 400 | 422 | 500)
            && says(&[
                "context_length_exceeded",
                "exceed_context_size",
                "context length",
                "context size",
                "context window",
                "prompt is too long",
                "prompt too long",
                "maximum context",
            ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: u16, said: &str, name: &str) -> Failure {
        of("p", "m", None, Trouble::Status { code, after: None, said: said.into(), named: name.into() })
    }

    #[test]
    fn each_way_to_say_no_has_a_name() {
        use Failure::{Broke, Busy, Cannot, Key, NoModel, Quota, Rejected, TooLong};
        assert!(matches!(named(401, "Incorrect API key provided: sk-12***89", "invalid_api_key"), Key { .. }));
        assert!(matches!(named(404, "model 'x' not found", ""), NoModel { .. }));
        assert!(matches!(named(400, "The model `x` does not exist", "model_not_found"), NoModel { .. }));
        assert!(matches!(named(429, "Rate limit reached", "rate_limit_exceeded"), Busy { .. }));
        assert!(matches!(named(429, "You exceeded your current quota", "insufficient_quota"), Quota { .. }));
        assert!(matches!(named(400, "Your credit balance is too low", "invalid_request_error"), Quota { .. }));
        assert!(matches!(named(529, "Overloaded", "overloaded_error"), Busy { .. }));
        assert!(matches!(
            named(400, "registry.ollama.ai/library/x does not support tools", ""),
            Cannot { what: "tools", .. }
        ));
        assert!(matches!(named(400, "This model does not support image input", ""), Cannot { what: "pictures", .. }));
        for said in [
            "This model's maximum context length is 8192 tokens",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "the request exceeds the available context size. try increasing the context size",
        ] {
            assert!(matches!(named(400, said, ""), TooLong { .. }), "{said}");
        }
        assert_eq!(counted("prompt is too long: 210000 tokens > 200000 maximum"), Some((210_000, 200_000)));
        assert_eq!(
            counted("the request (4312 tokens) exceeds the available context size (4096 tokens)"),
            Some((4_312, 4_096))
        );
        let open_ai = "gpt-4-0613: maximum context length is 8192 tokens. However, you requested 9000 tokens";
        assert_eq!(counted(open_ai), Some((9_000, 8_192)));
        assert_eq!(counted("the request exceeds the context"), None);
        assert!(matches!(named(500, "", ""), Broke { ref why, .. } if why == "status 500"));
        assert!(matches!(named(400, "temperature is out of range", ""), Rejected { .. }));
        assert!(matches!(named(302, "", ""), Rejected { .. }), "a redirect is not followed");
    }
}
