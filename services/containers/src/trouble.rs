//! What people read when an engine does not do what it was asked: what happened, what was not done, what to do next.

use base::{Card, Error, card::code};

use crate::{engine::Refusal, place::Place};

impl Place {
    /// What a refusal means to whoever asked. `what` completes "did not …", `name` is what was looked for and what it is.
    pub(crate) fn refused(&self, refusal: Refusal, what: &str, name: Option<(&'static str, &str)>) -> Error {
        let server = code(self.name.as_str());
        match (refusal, name) {
            (Refusal::Host(error), _) => error,
            (Refusal::NoEngine(why), _) => Error::Outside(Box::new(
                Card::failed(format!("**No Docker engine answers** on {server}"))
                    .text(why)
                    .text("Nothing was done. Is Docker installed and running there? `systemctl status docker` tells."),
            )),
            (Refusal::NotFound(_), Some((kind, name))) => Error::NotFound { kind, name: name.to_owned() },
            (Refusal::NotFound(said) | Refusal::Said(said), _) => {
                let card = Card::failed(format!("**Docker did not {what}** on {server}"));
                let card = match next_step(&said) {
                    Some(sentence) => card.text(sentence),
                    None => card,
                };
                // Whole: what is cut before it is masked may show half a secret.
                Error::Outside(Box::new(card.code("", said)))
            }
            (Refusal::Broken(why), _) => Error::Outside(Box::new(
                Card::failed(format!("**Docker did not {what}** on {server}"))
                    .text(why)
                    .text("Whether it was done is not known: look at it again."),
            )),
        }
    }
}

/// What to do about what an engine says often.
fn next_step(said: &str) -> Option<&'static str> {
    let said = said.to_lowercase();
    let has = |words: &str| said.contains(words);
    if has("no space left on device") {
        Some("Its disk is full. `/container prune` removes what nothing uses.")
    } else if has("pull access denied") || has("repository does not exist") || has("manifest unknown") {
        Some("There is no such image, or it is private: log in on the server with `docker login` first.")
    } else if has("no such host") || has("timeout") || has("connection refused") || has("network is unreachable") {
        Some("It could not reach the registry.")
    } else if has("port is already allocated") || has("address already in use") {
        Some("Something else uses a port that it wants.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::next_step;

    #[test]
    fn a_full_disk_is_called_by_its_name() {
        assert!(next_step("write /var/lib/docker/x: no space left on device").unwrap().contains("disk is full"));
        assert!(next_step("pull access denied for x").unwrap().contains("docker login"));
        assert!(next_step("container is paused").is_none());
    }
}
