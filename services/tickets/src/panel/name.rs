//! What panels are called by those who set them up.

base::named!(
    /// A panel's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    PanelName,
    32,
    "A panel's name",
    "help"
);
