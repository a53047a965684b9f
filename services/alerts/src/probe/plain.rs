//! Asks without words: does a port open, does a name resolve, does an echo come back?

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpStream, UdpSocket};

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

/// What an echo carries, so that another's is not taken for ours.
const ECHO: &[u8; 16] = b"nebula-probe-...";

/// Sends an echo request. Where this process may not, that is no failure of the other side.
pub(super) async fn ping(host: &str, within: Duration) -> Answer {
    let addresses = match address::look_up(host, 0, within).await {
        Ok(addresses) => addresses,
        Err(answer) => return answer,
    };
    let Some(address) = addresses.first() else { return Answer::Unknown("its name has no address".to_owned()) };
    let Ok(socket) = socket(address) else {
        return Answer::Unknown("I may not send pings on this machine (net.ipv4.ping_group_range)".to_owned());
    };
    let began = Instant::now();
    match tokio::time::timeout(within, echo(&socket, address.is_ipv4())).await {
        Ok(Ok(())) => Answer::Well(format!("answers in {} ms", began.elapsed().as_millis())),
        Ok(Err(_)) => Answer::Unknown("the ping could not be sent".to_owned()),
        Err(_) => Answer::Wrong(format!("no answer within {}", span::words(within))),
    }
}

/// A socket for echoes to and from one address, which needs no privilege where the kernel allows it.
fn socket(address: &SocketAddr) -> std::io::Result<UdpSocket> {
    let (domain, protocol) = match address {
        SocketAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        SocketAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    socket.connect(&(*address).into())?;
    UdpSocket::from_std(socket.into())
}

async fn echo(socket: &UdpSocket, is_v4: bool) -> std::io::Result<()> {
    let (request, reply) = if is_v4 { (8, 0) } else { (128, 129) };
    // Identifier and checksum are the kernel's.
    let mut packet = vec![request, 0, 0, 0, 0, 0, 0, 1];
    packet.extend_from_slice(ECHO);
    socket.send(&packet).await?;
    let mut answer = [0; 64];
    loop {
        let length = socket.recv(&mut answer).await?;
        if answer[0] == reply && answer[..length].ends_with(ECHO) {
            return Ok(());
        }
    }
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

    #[tokio::test]
    async fn a_ping_that_may_not_be_sent_is_no_failure() {
        // Here it may or may not be sent; what is here answers.
        let answer = ping("127.0.0.1", WITHIN).await;
        assert!(matches!(answer, Answer::Well(_) | Answer::Unknown(_)), "{answer:?}");
    }
}
