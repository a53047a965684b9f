//! Fetches the files of tickets, and finds out what they are.
//!
//! **Invariant:** what a file is, its first bytes say, and nothing else: what it was called and said to be is shown, and believed in
//! nothing.

use std::{sync::Arc, time::Duration};

use base::Result;
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use store::tickets::{Kind, WantedFile};
use tokio::time::MissedTickBehavior;

use super::Fetched;
use crate::Tickets;

/// A file is no larger: Discord takes no larger one from most people.
const LARGEST: usize = 10 * 1024 * 1024;
/// All files of a ticket together.
const ALTOGETHER: u64 = 100 * 1024 * 1024;
/// As many are fetched at once.
const AT_ONCE: usize = 2;
/// What failed is tried again, this often and each time later.
const TRIES: i64 = 5;
const AGAIN: Duration = Duration::from_secs(5);
/// How late a file may be looked for.
const TICK: Duration = Duration::from_secs(1);

impl Tickets {
    /// Fetches what is wanted, for ever. Only for the process that has the gateway.
    pub async fn fetch_files(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.store.wanted_ticket_files().await {
                Ok(wanted) => {
                    stream::iter(wanted)
                        .for_each_concurrent(AT_ONCE, |file| async {
                            if let Err(error) = self.fetch(file).await {
                                tracing::warn!("a file of a ticket is not kept yet: {error}");
                            }
                        })
                        .await;
                }
                Err(error) => tracing::warn!("files of tickets wait: {error}"),
            }
        }
    }

    async fn fetch(&self, file: WantedFile) -> Result<()> {
        let Some(threads) = self.threads.get() else { return Ok(()) };
        if file.size > LARGEST as u64 {
            return self.store.ticket_file_is_not_kept(&file, "it is larger than 10 MB", None).await;
        }
        let kept = self.store.ticket_file_bytes(file.guild, &file.ticket).await?;
        if kept + file.size > ALTOGETHER {
            let why = "the ticket's files together are larger than 100 MB";
            return self.store.ticket_file_is_not_kept(&file, why, None).await;
        }
        let bytes = match threads.file(file.url.clone(), LARGEST).await {
            Ok(Fetched::Bytes(bytes)) => bytes,
            Ok(Fetched::Never(why)) => return self.store.ticket_file_is_not_kept(&file, why, None).await,
            Err(error) => {
                tracing::debug!("a file of a ticket did not come: {error}");
                let again = u32::try_from(file.tries + 1).ok().filter(|_| file.tries + 1 < TRIES);
                let again = again.map(|times| AGAIN * times);
                return self.store.ticket_file_is_not_kept(&file, "Discord did not hand it out", again).await;
            }
        };
        let kind = kind_of(&bytes, &file.declared);
        // Of text, a secret can be taken out.
        let bytes =
            if kind == Kind::Text { self.redactor.of(file.guild).mask_bytes(&bytes).into_owned() } else { bytes };
        let hash = hex::encode(Sha256::digest(&bytes));
        self.store.keep_ticket_file(&file, (&hash, kind), &bytes).await
    }
}

/// What these bytes are.
fn kind_of(bytes: &[u8], declared: &str) -> Kind {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Kind::Png,
        _ if bytes.starts_with(b"\xff\xd8\xff") => Kind::Jpeg,
        _ if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") => Kind::Gif,
        _ if is_webp => Kind::Webp,
        _ if declared.starts_with("text/plain") && is_text(bytes) => Kind::Text,
        _ => Kind::Other,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_its_bytes_say_and_not_its_name() {
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\n....", "text/html"), Kind::Png);
        assert_eq!(kind_of(b"<svg onload=alert(1)>", "image/png"), Kind::Other);
        assert_eq!(kind_of(b"<svg onload=alert(1)>", "image/svg+xml"), Kind::Other);
        assert_eq!(kind_of(b"<script>alert(1)</script>", "text/html"), Kind::Other);
        assert_eq!(kind_of(b"RIFF....WEBPVP8 ", ""), Kind::Webp);
        assert_eq!(kind_of("a log\nü".as_bytes(), "text/plain; charset=utf-8"), Kind::Text);
        assert_eq!(kind_of(b"a\0b", "text/plain"), Kind::Other);
        assert_eq!(kind_of(b"a\xff", "text/plain"), Kind::Other);
    }
}
