//! Which requests a fault hits.

use super::BadFault;
use crate::rest::pattern;
use serde::{Deserialize, Serialize};

/// The route, how many of its requests, and with which probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aim {
    /// `*`, or a method and a path: `POST /channels/*/messages`, `* /webhooks/**`.
    #[serde(default = "everything")]
    pub route: String,
    /// How many requests it hits before it is over.
    #[serde(default = "super::once")]
    pub times: u64,
    /// From 0 to 1; without it, every matching request is hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Picks which ones; without it, [`crate::Options::seed`] does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

fn everything() -> String {
    "*".to_owned()
}

impl Default for Aim {
    fn default() -> Self {
        Self { route: everything(), times: 1, probability: None, seed: None }
    }
}

impl Aim {
    /// Whether a request is one of those meant, chance aside.
    pub(super) fn means(&self, method: &str, path: &str) -> bool {
        match self.route.split_once(' ') {
            None => true,
            Some((wanted, route)) => (wanted == "*" || wanted == method) && pattern::fits(route, path),
        }
    }

    pub(super) fn check(&self) -> Result<(), BadFault> {
        let route = self.route.as_str();
        let whole = route.split_once(' ').is_some_and(|(method, path)| {
            let method = method == "*" || !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
            method && path.starts_with('/') && !path.contains(char::is_whitespace)
        });
        if route != "*" && !whole {
            let hint = "`*`, or a method and a path such as `POST /channels/*/messages` or `* /webhooks/**`";
            return Err(BadFault(format!("`{route}` is no route: it is {hint}")));
        }
        if self.times == 0 {
            return Err(BadFault("`times` is 1 or more".to_owned()));
        }
        if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err(BadFault("`probability` is from 0 to 1".to_owned()));
        }
        Ok(())
    }
}
