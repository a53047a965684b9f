//! What is wrong, as a runbook's variables.

use crate::vars;

/// The longest value that a variable is given.
const LONGEST: usize = 200;

/// What a runbook is to heal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wrong<'a> {
    /// What it is about, by name.
    pub subject: &'a str,
    /// What that is: `server`, `container`.
    pub kind: &'a str,
    /// The server it is on.
    pub server: Option<&'a str>,
    /// The rule that says so.
    pub rule: Option<&'a str>,
    /// How bad it is.
    pub level: Option<&'a str>,
    /// What is wrong, in a few words.
    pub text: Option<&'a str>,
    /// The host that a probe of it asks.
    pub domain: Option<&'a str>,
}

impl Wrong<'_> {
    /// The variables, as people write them; each value is one short line.
    pub fn vars(&self) -> String {
        let all = [
            ("subject", Some(self.subject)),
            ("target", Some(self.subject)),
            ("server", self.server.or_else(|| (self.kind == "server").then_some(self.subject))),
            ("container", (self.kind == "container").then_some(self.subject)),
            ("rule", self.rule),
            ("level", self.level),
            ("value", self.text),
            ("domain", self.domain),
        ];
        let line = |text: &str| {
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
        };
        let given = all.into_iter().filter_map(|(name, text)| Some((name.to_owned(), line(text?))));
        vars::written(&given.collect())
    }
}
