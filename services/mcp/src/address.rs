//! Which addresses a guild may name: those of the internet, by TLS. What is of the house is named by whoever runs the bot.

use std::net::IpAddr;

use base::{
    Error, Result,
    address::{is_public, of_host},
};
use reqwest::Url;

/// A longer one is a mistake.
const LONGEST: usize = 300;

/// An address as a person types it.
pub(crate) fn read(typed: &str) -> Result<Url> {
    let no = |why: &str| Error::Invalid(format!("{why} Nothing was added."));
    let typed = typed.trim();
    if typed.len() > LONGEST {
        return Err(no("That address is longer than any I know."));
    }
    let url = Url::parse(typed)
        .ok()
        .filter(|url| url.scheme() == "https" && url.host_str().is_some())
        .ok_or_else(|| no("An MCP server's address begins with `https://`, such as `https://mcp.example/mcp`."))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(no("An address has no user, no password and no `?` in it. A token is typed into the form."));
    }
    if ip(&url).is_some_and(|ip| !is_public(ip)) {
        return Err(no(
            "That address is not on the internet: whoever runs the bot names such servers in `NEBULA_MCP`.",
        ));
    }
    Ok(url)
}

/// The address in an address that has no name.
pub(crate) fn ip(url: &Url) -> Option<IpAddr> {
    url.host_str().and_then(of_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guild_names_addresses_of_the_internet_only() {
        for fine in ["https://mcp.example/mcp", " https://1.1.1.1/ ", "https://[2606:4700::1111]:8443/mcp"] {
            assert!(read(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "http://mcp.example/mcp",
            "mcp.example",
            "https://",
            "file:///etc/passwd",
            "https://user:pw@x/",
            "https://x/?key=1",
            "https://127.0.0.1/mcp",
            "https://10.0.0.7/mcp",
            "https://169.254.169.254/mcp",
            "https://[::1]/mcp",
            "https://[fd12::1]/mcp",
            "https://[::ffff:10.0.0.1]/mcp",
            "https://[64:ff9b::a9fe:a9fe]/mcp",
            "https://[2002:7f00:1::]/mcp",
            "https://0x7f000001/mcp",
            "https://2130706433/mcp",
            "https://100.100.100.200/mcp",
            "https://192.0.0.192/mcp",
            "https://168.63.129.16/mcp",
            "https://224.0.0.1/mcp",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
