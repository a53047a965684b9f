//! `nebula check --live`: asks the bot that runs on this machine how it is, as its container's health check.

use std::{
    io::Write,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use crate::config::Config;

/// It asks its database and looks at its connection, no more.
const DEADLINE: Duration = Duration::from_secs(4);

pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let address = reached(config.web);
    let client = reqwest::Client::builder().timeout(DEADLINE).no_proxy().build()?;
    let mut out = std::io::stdout().lock();
    let Ok(answer) = client.get(format!("http://{address}/readyz")).send().await else {
        let _ = writeln!(out, "✕ nothing answers at {address}");
        return Ok(ExitCode::FAILURE);
    };
    let ready = answer.status().is_success();
    let said = answer.text().await.unwrap_or_default();
    let _ = writeln!(out, "{} {}", if ready { "✓" } else { "✕" }, said.trim().replace('\n', " · "));
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What serves every address is asked at this machine's own.
fn reached(web: SocketAddr) -> SocketAddr {
    match web {
        SocketAddr::V4(web) if web.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, web.port()).into(),
        SocketAddr::V6(web) if web.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, web.port()).into(),
        web => web,
    }
}
