//! Where a probe goes, and where it never goes: what clouds tell their own machines is no service of anybody's.
//!
//! **Invariant:** a name is looked up once, each of its addresses is judged, and exactly those are connected to: what it names a
//! moment later does not matter.

use std::{net::SocketAddr, time::Duration};

use base::address::is_forbidden;

use super::Answer;

/// Who answers with more has something else in mind.
const MOST: usize = 16;

/// What a sentence says of an address that is never asked.
pub(super) const SHUT: &str = "it leads to an address that I never ask: link-local, or a cloud's own";

/// The addresses of a name, every one of which may be asked. Otherwise the answer there is.
pub(super) async fn look_up(host: &str, port: u16, within: Duration) -> Result<Vec<SocketAddr>, Answer> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = match tokio::time::timeout(within, tokio::net::lookup_host((host, port))).await {
        Err(_) => return Err(Answer::Unknown("its name did not resolve in time".to_owned())),
        Ok(Err(_)) => return Err(Answer::Unknown("its name does not resolve".to_owned())),
        Ok(Ok(found)) => found,
    };
    let found: Vec<SocketAddr> = found.take(MOST).collect();
    if found.is_empty() {
        return Err(Answer::Unknown("its name has no address".to_owned()));
    }
    if found.iter().any(|address| is_forbidden(address.ip())) {
        return Err(Answer::Wrong(SHUT.to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_there_is_not_asked_either() {
        let within = Duration::from_secs(5);
        assert_eq!(look_up("169.254.169.254", 80, within).await, Err(Answer::Wrong(SHUT.to_owned())));
        assert_eq!(look_up("[::ffff:169.254.169.254]", 80, within).await, Err(Answer::Wrong(SHUT.to_owned())));
        assert_eq!(look_up("168.63.129.16", 80, within).await, Err(Answer::Wrong(SHUT.to_owned())));
        assert!(look_up("localhost", 80, within).await.is_ok());
        assert!(matches!(look_up("nothing.invalid", 80, within).await, Err(Answer::Unknown(_))));
    }
}
