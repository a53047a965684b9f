//! The process `nebula`: reads the command line, puts the pieces together, and says how it ended.

mod acquaint;
#[cfg(test)]
mod apart;
mod app;
mod backup;
mod check;
mod cli;
mod clock;
mod config;
mod discord;
mod drafts;
mod explain;
mod feeds;
mod key;
mod live;
mod log;
mod mcp;
#[cfg(test)]
mod offers;
#[cfg(test)]
mod record;
mod redact;
mod services;
mod tidy;
#[cfg(test)]
mod tools;
mod trial;
mod verify;
mod web;
mod worker;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // One TLS provider for everything, before anything can ask for one.
    let installed = rustls::crypto::ring::default_provider().install_default();
    debug_assert!(installed.is_ok(), "something installed a TLS provider before main");

    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::failed(&anyhow::Error::from(error).context("could not start its threads")),
    };
    let ended = runtime.block_on(cli.run());
    // Whatever still hangs in a blocking call must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match ended {
        Ok(code) => code,
        Err(error) => cli::failed(&error),
    }
}
