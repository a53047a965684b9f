//! What depends on what, as far as somebody knows.

use std::sync::Arc;

use base::GuildId;
use futures::future::{BoxFuture, FutureExt};
use store::Store;

use crate::machine::Key;

/// Longer ways are not followed.
const MOST: usize = 32;

/// Knows what something depends on.
pub trait Depends: Send + Sync {
    /// What this depends on directly; nothing where that is not known.
    fn of<'a>(&'a self, guild: GuildId, what: &'a Key) -> BoxFuture<'a, Vec<Key>>;
}

/// Servers depend on those that they are reached through.
pub struct Jumps(pub Store);

impl Depends for Jumps {
    fn of<'a>(&'a self, guild: GuildId, what: &'a Key) -> BoxFuture<'a, Vec<Key>> {
        async move {
            if what.kind != "server" {
                return Vec::new();
            }
            match self.0.jump_of(guild, &what.id).await {
                Ok(jump) => jump.map(|id| Key { kind: "server".to_owned(), id }).into_iter().collect(),
                Err(error) => {
                    tracing::warn!("what a server is reached through is not known: {error}");
                    Vec::new()
                }
            }
        }
        .boxed()
    }
}

/// Everything that something depends on, what is next to it first; `first` is known already.
pub(crate) async fn above(all: &[Arc<dyn Depends>], guild: GuildId, what: &Key, first: Vec<Key>) -> Vec<Key> {
    let mut above: Vec<Key> = Vec::new();
    let mut next = first;
    let mut at = what.clone();
    loop {
        for depends in all {
            next.extend(depends.of(guild, &at).await);
        }
        for key in next.drain(..) {
            if key != *what && !above.contains(&key) && above.len() < MOST {
                above.push(key);
            }
        }
        // Each is asked about once, in the order in which it was found: a circle ends.
        let asked = above.iter().position(|key| *key == at).map_or(0, |index| index + 1);
        match above.get(asked) {
            Some(key) => at = key.clone(),
            None => return above,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Chain;

    impl Depends for Chain {
        fn of<'a>(&'a self, _: GuildId, what: &'a Key) -> BoxFuture<'a, Vec<Key>> {
            let next = what.id.parse::<u32>().map_or(0, |id| (id + 1) % 100);
            let keys = vec![Key { kind: "server".to_owned(), id: next.to_string() }];
            async move { keys }.boxed()
        }
    }

    #[tokio::test]
    async fn a_chain_is_followed_and_a_circle_ends() {
        let key = |id: &str| Key { kind: "server".to_owned(), id: id.to_owned() };
        let first = vec![key("90")];
        let all: Vec<Arc<dyn Depends>> = vec![Arc::new(Chain)];
        let above = above(&all, GuildId(1), &key("5"), first).await;
        assert_eq!(above[..4], [key("90"), key("6"), key("91"), key("7")]);
        assert_eq!(above.len(), MOST);
        assert!(!above.contains(&key("5")));
    }
}
