//! A secret a person typed into a form: it can be handed on and used, and never printed, logged or stored as it is.

use std::cell::Cell;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands in a secret's place wherever it would be written down.
pub const MASK: &str = "‹secret›";

thread_local! {
    /// Whether secrets are written as they are just now, by [`Secret::exposed`].
    static EXPOSED: Cell<bool> = const { Cell::new(false) };
}

/// A secret value inside an action. Serialises as [`MASK`].
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// Runs this with secrets serialised as they are, on this thread: for what is sealed next, and nothing else.
    pub fn exposed<T>(write: impl FnOnce() -> T) -> T {
        /// Hides them again, also after a panic.
        struct Hide;
        impl Drop for Hide {
            fn drop(&mut self) {
                EXPOSED.set(false);
            }
        }
        EXPOSED.set(true);
        let _hide = Hide;
        write()
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if EXPOSED.get() { self.expose() } else { MASK })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "writeOnly": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_and_serialises_as_a_mask() {
        let secret = Secret::new("hunter2-hunter2");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"‹secret›\"");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2-hunter2");
        assert_eq!(Secret::exposed(|| serde_json::to_string(&secret)).unwrap(), "\"hunter2-hunter2\"");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"‹secret›\"", "and hidden again");
    }
}
