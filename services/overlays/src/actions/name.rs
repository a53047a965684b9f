//! What overlays are called.

base::named!(
    /// An overlay's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    OverlayName,
    32,
    "An overlay's name",
    "alerts"
);
