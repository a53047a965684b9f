//! The name of a rule, and of a probe.

base::named!(
    /// The name of a rule or a probe: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    RuleName,
    32,
    "A name",
    "disk-of-db"
);
