//! The name that a kept command is found by again.

use std::fmt;
use std::str::FromStr;

/// Names one start of one command on one host, for ever: 32 hex digits that nobody can guess.
///
/// Whoever starts a command makes it and writes it down first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(u128);

/// A text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A token has 32 hex digits.")]
pub struct TokenError;

impl Token {
    /// The token of 128 random bits.
    pub fn new(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        bits.map(Self).ok_or(TokenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_written_and_read_alike() {
        let text = "00c0ffee00112233445566778899aabb";
        assert_eq!(text.parse::<Token>().unwrap().to_string(), text);
        assert_eq!(text.to_uppercase().parse::<Token>().unwrap().to_string(), text);
        for text in ["", "c0ffee", "+0c0ffee00112233445566778899aabb", "x0c0ffee00112233445566778899aabb", "../etc"] {
            assert_eq!(text.parse::<Token>(), Err(TokenError), "{text}");
        }
    }
}
