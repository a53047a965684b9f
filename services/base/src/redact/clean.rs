//! The proof that something holds no secrets: whatever sends it to people asks for it.

use std::ops::Deref;

/// Something without secrets. Only a [`Redactor`](super::Redactor) makes one, and it cannot be changed after that.
#[derive(Debug, Clone)]
pub struct Clean<T>(T);

impl<T> Clean<T> {
    pub(crate) fn new(masked: T) -> Self {
        Self(masked)
    }

    /// What it is, without the proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Clean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
