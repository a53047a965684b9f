//! Asks without words: does a port open, does a name resolve?

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::net::TcpStream;

use super::{Answer, address};
use crate::span;

/// Opens a connection, and closes it.
pub(super) async fn tcp(host: &str, port: u16, within: Duration) -> Answer {
    let addresses = match address::look_up(host, port, within).await {
        Ok(addresses) => addresses,
        Err(answer) => return answer,
    };
    let began = Instant::now();
    match connect(&addresses, within).await {
        Ok(_) => Answer::Well(format!("opens in {} ms", began.elapsed().as_millis())),
        Err(answer) => answer,
    }
}

/// The first address that takes a connection.
pub(super) async fn connect(addresses: &[SocketAddr], within: Duration) -> Result<TcpStream, Answer> {
    match tokio::time::timeout(within, TcpStream::connect(addresses)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(match error.kind() {
            ErrorKind::ConnectionRefused => Answer::Wrong("it refused the connection".to_owned()),
            // This machine has no way there: of the other one nobody knows anything.
            ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
                Answer::Unknown("no route leads there from here".to_owned())
            }
            _ => Answer::Wrong("it could not be connected to".to_owned()),
        }),
        Err(_) => Err(Answer::Wrong(format!("no answer within {}", span::words(within)))),
    }
}

/// Looks a name up, and whether it names the address it should.
pub(super) async fn dns(name: &str, wanted: Option<IpAddr>, within: Duration) -> Answer {
    let found = match tokio::time::timeout(within, tokio::net::lookup_host((name, 0))).await {
        Err(_) => return Answer::Wrong(format!("it did not resolve within {}", span::words(within))),
        Ok(Err(_)) => return Answer::Wrong("it does not resolve".to_owned()),
        Ok(Ok(found)) => found,
    };
    let mut found: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
    found.sort();
    found.dedup();
    match wanted {
        _ if found.is_empty() => Answer::Wrong("it has no address".to_owned()),
        Some(wanted) if !found.contains(&wanted.to_canonical()) => {
            Answer::Wrong(format!("it is not {wanted} but {}", listed(&found)))
        }
        _ => Answer::Well(format!("is {}", listed(&found))),
    }
}

fn listed(found: &[IpAddr]) -> String {
    /// More is nothing a person compares.
    const SHOWN: usize = 3;
    let mut said = found.iter().take(SHOWN).map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    if found.len() > SHOWN {
        said.push_str(" and more");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_port_opens_or_refuses() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(matches!(tcp("127.0.0.1", port, WITHIN).await, Answer::Well(_)));
        drop(listener);
        assert_eq!(tcp("127.0.0.1", port, WITHIN).await, Answer::Wrong("it refused the connection".to_owned()));
    }

    #[tokio::test]
    async fn a_name_is_what_it_should_be() {
        let wanted = |address: &str| Some(address.parse().unwrap());
        assert!(matches!(dns("localhost", wanted("127.0.0.1"), WITHIN).await, Answer::Well(_)));
        let Answer::Wrong(why) = dns("localhost", wanted("10.0.0.7"), WITHIN).await else { panic!("it is not") };
        assert!(why.starts_with("it is not 10.0.0.7 but "), "{why}");
        assert_eq!(dns("nothing.invalid", None, WITHIN).await, Answer::Wrong("it does not resolve".to_owned()));
    }
}
