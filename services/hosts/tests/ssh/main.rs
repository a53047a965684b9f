//! The SSH layer against a real sshd: each test starts its own, and all of them run at once.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panicking, and print what they measured")]

mod ending;
mod kept;
mod keys;
mod login;
mod outlive;
mod output;
mod pool;
mod sftp;
mod shells;
mod world;
