//! OpenSSL's own TLS server, with a certificate that ends when a test says.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// Whether it listens is looked at so often …
const LOOKS: Duration = Duration::from_millis(20);
/// … and this many times.
const TIMES: u32 = 500;

/// A TLS server on loopback.
#[derive(Debug)]
pub struct Tls {
    port: u16,
    child: Child,
    home: TempDir,
}

impl Tls {
    /// One whose certificate ends in so many days.
    pub fn start(days: u32) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let port = free.local_addr().expect("it has an address").port();
        drop(free);
        let home = tempfile::tempdir().expect("a directory of its own");
        let child = serve(home.path(), port, days);
        Self { port, child, home }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// It has another certificate from now on.
    pub fn renew(&mut self, days: u32) {
        self.stop();
        self.child = serve(self.home.path(), self.port, days);
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(home: &Path, port: u16, days: u32) -> Child {
    let (key, certificate) = (home.join("key.pem"), home.join("certificate.pem"));
    let mut makes = Command::new("openssl");
    makes.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    makes.args(["-subj", "/CN=localhost", "-days", &days.to_string()]);
    makes.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    let made = makes.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("openssl is installed");
    assert!(made.success(), "openssl makes a certificate");
    let mut serves = Command::new("openssl");
    serves.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")]);
    serves.arg("-key").arg(&key).arg("-cert").arg(&certificate);
    // What it is sent it writes out, and where its own input ends it does.
    let child = serves.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("openssl serves");
    let listens = (0..TIMES).any(|_| {
        let listens = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        if !listens {
            thread::sleep(LOOKS);
        }
        listens
    });
    if !listens {
        let _ = child.kill();
        let _ = child.wait();
        panic!("openssl does not listen on port {port}");
    }
    child
}
