//! Which server of the guild a node of the map is.

use base::{GuildId, ServerName};
use hosts::{Hosts, Server};

use crate::map::{Map, Node, Service};

/// The server that a node is: of its name, or at one of its addresses.
pub(crate) fn server(hosts: &Hosts, guild: GuildId, node: &Node) -> Option<Server> {
    let servers = hosts.of(guild);
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let named = servers.iter().find(|server| same(&server.name, &node.name));
    let at = || servers.iter().find(|server| node.addresses.iter().any(|address| same(&server.host, address)));
    named.or_else(at).cloned()
}

/// The server that a service runs on.
pub(crate) fn server_of(hosts: &Hosts, guild: GuildId, map: &Map, service: &Service) -> Option<(ServerName, Server)> {
    let server = server(hosts, guild, map.node_of(service)?)?;
    Some((server.name.parse().ok()?, server))
}

/// The nodes on which something runs, and which are no server here.
pub(crate) fn unmatched<'a>(hosts: &Hosts, guild: GuildId, map: &'a Map) -> Vec<&'a str> {
    let used = |place: usize| map.services.iter().any(|service| service.node == Some(place));
    let nodes = map.nodes.iter().enumerate().filter(|(place, _)| used(*place));
    nodes.filter(|(_, node)| server(hosts, guild, node).is_none()).map(|(_, node)| node.name.as_str()).collect()
}
