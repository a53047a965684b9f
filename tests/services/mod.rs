//! `/service`, as people use it: a map that is planned and taken, and real services that start and stop in its order.

mod force;
mod grants;
mod order;
mod page;
mod page_incidents;
mod trouble;

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::PathBuf};

use peers::Sshd;
use tempfile::TempDir;

use crate::{
    people::{Person, Shown, mask},
    world::World,
};

/// Starts and stops small web servers, and notes each call.
const SERVICE: &str = r#"#!/bin/sh
d=$(dirname "$0")
echo "$1 $2" >> "$d/calls"
test -e "$d/$2.broken" && { echo "$2: no such unit"; exit 1; }
case $1 in
start) while test -e "$d/$2.slow"; do sleep 0.05; done
    busybox httpd -f -p "127.0.0.1:$3" -h "$d" </dev/null >/dev/null 2>&1 & echo $! > "$d/$2.pid";;
stop) kill "$(cat "$d/$2.pid")";;
esac
"#;

/// A server on which web needs api needs db.
struct Rack {
    pub(super) sshd: Sshd,
    pub(super) admin: Person,
    home: TempDir,
    ports: [u16; 3],
}

impl Rack {
    pub(super) async fn set(world: &mut World) -> Self {
        let sshd = world.with_server("box").await;
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(home.path().join("svc"), SERVICE).unwrap();
        fs::write(home.path().join("up"), "well").unwrap();
        // All three at once, so that they differ.
        let held = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = held.map(|listener| listener.local_addr().unwrap().port());
        Self { sshd, admin: world.admin().await, home, ports }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(super) fn map(&self) -> String {
        let service = |name: &str, place: usize, needs: &str, tells: &str| {
            let (port, svc) = (self.ports[place], self.path("svc").display().to_string());
            format!(
                "  {name}:\n    port: {port}\n    hosts: {{production: box}}\n    depends_on: [{needs}]\n{tells}    commands:\n      \
                 start: sh {svc} start {name} {port}\n      stop: sh {svc} stop {name}\n"
            )
        };
        let health = "    health_endpoint: /up\n";
        let (web, api, db) = (service("web", 0, "api", health), service("api", 1, "db", ""), service("db", 2, "", ""));
        format!("version: '1.0'\nname: rack\nservices:\n{web}{api}{db}")
    }

    pub(super) async fn import(&self, map: &str) -> Shown {
        let file = self.path("service-map.yml");
        fs::write(&file, map).unwrap();
        self.admin.ask(&format!(r#"/service import file:"@{}""#, file.display())).await
    }

    pub(super) async fn take(&self) {
        let plan = self.import(&self.map()).await;
        plan.until("Plan").await.press(&self.admin, "Take this map").await;
        self.admin.sees("**Took**").await;
    }

    /// What was called since this was asked last.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        fs::write(self.path("calls"), "").unwrap();
        fs::set_permissions(self.path("calls"), fs::Permissions::from_mode(0o666)).unwrap();
        calls.lines().map(str::to_owned).collect()
    }

    /// Without what differs from run to run.
    pub(super) fn masked(&self, shown: &Shown) -> String {
        let mut text = shown.text().replace(self.home.path().to_str().unwrap(), "HOME");
        for (port, name) in self.ports.iter().zip(["WEB", "API", "DB"]) {
            text = text.replace(&port.to_string(), name);
        }
        let text = mask(&text);
        regex::Regex::new(r"\(`[0-9a-f]{8}`\)").unwrap().replace_all(&text, "(`HASH`)").into_owned()
    }
}
