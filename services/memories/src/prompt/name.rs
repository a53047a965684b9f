//! A prompt's name.

base::named!(
    /// A prompt's name: 1 to 32 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a letter or a digit.
    PromptName,
    32,
    "A prompt's name",
    "post-mortem"
);
