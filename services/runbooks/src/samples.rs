//! Runbooks that come with us: to begin with, and to show how one is written.

/// A name, and the file.
pub const SAMPLES: [(&str, &str); 4] = [
    ("certificate-renewal", include_str!("../samples/certificate-renewal.yaml")),
    ("container-recovery", include_str!("../samples/container-recovery.yaml")),
    ("disk-cleanup", include_str!("../samples/disk-cleanup.yaml")),
    ("restart-unhealthy", include_str!("../samples/restart-unhealthy.yaml")),
];

/// The file of this name.
pub(crate) fn sample(name: &str) -> Option<&'static str> {
    SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mistake::told, read::read};

    #[test]
    fn every_sample_can_be_kept_as_it_is_and_is_called_as_it_is_offered() {
        for (name, text) in SAMPLES {
            let read = read(text).unwrap_or_else(|mistakes| panic!("{name}: {}", told(mistakes)));
            assert_eq!(read.book.name, name);
            assert!(read.notes.is_empty(), "{name}: {:?}", read.notes);
            assert!(read.book.needs().contains("server"), "{name}");
        }
    }
}
