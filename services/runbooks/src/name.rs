//! A runbook's name.

base::named!(
    /// A runbook's name: 1 to 48 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    BookName,
    48,
    "A runbook's name",
    "disk-cleanup"
);
