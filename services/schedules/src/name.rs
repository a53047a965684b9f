//! A schedule's name.

base::named!(
    /// A schedule's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    ScheduleName,
    32,
    "A schedule's name",
    "nightly-backup"
);
