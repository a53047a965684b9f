//! One service of a map.

use super::{Reader, same_environment};
use crate::{
    map::{Commands, Health, Node, Service, is_name},
    near::meant,
    placeholder,
    yaml::{Field, Item, Value},
};

/// Longest line a service is started by.
const LINE_LIMIT: usize = 2_000;

const FIELDS: [&str; 24] = [
    "description",
    "runtime",
    "port",
    "health_endpoint",
    "location",
    "hosts",
    "host",
    "node",
    "depends_on",
    "databases",
    "docker",
    "container",
    "compose",
    "gpu_required",
    "path",
    "autostart",
    "commands",
    "type",
    "tags",
    "url",
    "repo",
    "env",
    "notes",
    "owner",
];
const COMMANDS: [&str; 5] = ["start", "stop", "restart", "status", "force_stop"];

impl Reader<'_> {
    /// Reads a service, on this node where it stands in one.
    pub(super) fn service(&mut self, field: &Field, node: Option<usize>) {
        if !is_name(&field.name) {
            let words = format!("`{}` is no service's name: letters, digits, `-`, `_` and `.` are", field.name);
            return self.mistake(field.line, words);
        }
        let item = &field.item;
        if !matches!(item.value, Value::Fields(_) | Value::Nothing) {
            return self.mistake(field.line, format!("`{}` must have fields, and is {}", field.name, item.kind()));
        }
        self.unknown(item, &FIELDS, "of a service");
        let mut service = Service { line: field.line, name: field.name.clone(), node, ..Service::default() };
        service.description = item.field("description").and_then(|field| self.word(field)).unwrap_or_default();
        service.node = node.or_else(|| self.host(item));
        service.port = item.field("port").and_then(|field| self.port(field));
        service.health = item.field("health_endpoint").and_then(|field| self.health(field, service.port));
        if let Some(needs) = item.field("depends_on") {
            service.depends_on = self.needs(needs);
        }
        service.commands = item.field("commands").map(|field| self.commands(field)).unwrap_or_default();
        service.container = self.container(item, &field.name);
        service.compose = item.field("compose").and_then(|field| self.word(field));
        service.gpu_required = self.yes_or_no(item, "gpu_required");
        service.autostart = self.yes_or_no(item, "autostart");
        self.map.services.push(service);
    }

    /// The host that is meant, as a node: `hosts: {production: …}`, `host:` or `node:`.
    fn host(&mut self, item: &Item) -> Option<usize> {
        if let Some(field) = item.field("node") {
            let name = self.word(field)?;
            let place = self.map.nodes.iter().position(|node| node.name == name);
            if place.is_none() {
                let meant = meant(&name, self.map.nodes.iter().map(|node| node.name.as_str()));
                self.mistake(field.line, format!("there is no node `{name}`{meant}"));
            }
            return place;
        }
        let wanted = self.reading.environment.clone().unwrap_or_else(|| "production".to_owned());
        let host = match item.field("hosts") {
            Some(hosts) => match &hosts.item.value {
                Value::Fields(fields) => {
                    let found = fields.iter().find(|field| same_environment(&field.name, &wanted));
                    found.and_then(|field| self.word(field))
                }
                _ => self.word(hosts),
            },
            None => item.field("host").and_then(|field| self.word(field)),
        }?;
        // Written with a user or as an address with a port, it is the same machine.
        let host = host.rsplit_once('@').map_or(host.as_str(), |(_, host)| host).to_owned();
        if let Some(place) = self.map.nodes.iter().position(|node| node.name == host || node.addresses.contains(&host))
        {
            return Some(place);
        }
        let mut addresses = vec![host.clone()];
        if !self.suffix.is_empty() {
            addresses.push(format!("{host}{}", self.suffix));
        }
        self.map.nodes.push(Node { name: host, addresses });
        Some(self.map.nodes.len() - 1)
    }

    fn yes_or_no(&mut self, item: &Item, name: &str) -> bool {
        let Some(field) = item.field(name) else { return false };
        match self.word(field).as_deref().map(str::to_lowercase).as_deref() {
            Some("true" | "yes" | "on") => true,
            Some("false" | "no" | "off") | None => false,
            Some(word) => {
                self.mistake(field.line, format!("`{name}` is `true` or `false`, and `{word}` is neither"));
                false
            }
        }
    }

    fn port(&mut self, field: &Field) -> Option<u16> {
        let word = self.word(field)?;
        if let Ok(port @ 1..) = word.parse::<u16>() {
            return Some(port);
        }
        self.mistake(field.line, format!("`{word}` is no port: one is a number from 1 to 65535"));
        None
    }

    /// `/health`, or a whole address, of which only port and path count: it is asked on its own server.
    fn health(&mut self, field: &Field, port: Option<u16>) -> Option<Health> {
        let word = self.word(field)?;
        let is_plain = word.parse::<hyper::Uri>().is_ok();
        let (port, path) = if let Some(rest) = word.strip_prefix("http://") {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let port = match host.rsplit_once(':') {
                Some((_, port)) => port.parse().ok(),
                None => port.or(Some(80)),
            };
            (port, format!("/{path}"))
        } else if word.starts_with('/') {
            (port, word.clone())
        } else {
            (None, String::new())
        };
        match port {
            Some(port @ 1..) if is_plain => Some(Health { port, path }),
            _ if word.starts_with("https://") => {
                self.note(
                    field.line,
                    "a health endpoint is asked on its own server, without TLS; its port is looked at",
                );
                None
            }
            _ if word.starts_with('/') && is_plain => {
                self.mistake(field.line, format!("`{word}` has no `port` to be asked on"));
                None
            }
            _ => {
                self.mistake(field.line, format!("`{word}` is no health endpoint: one is a path such as `/health`"));
                None
            }
        }
    }

    /// A word, a list, or fields whose names count.
    fn needs(&mut self, field: &Field) -> Vec<(u64, String)> {
        let mut needs = Vec::new();
        match &field.item.value {
            Value::Nothing => {}
            Value::Word(_) => needs.extend(self.word(field).map(|word| (field.line, word))),
            Value::List(items) => {
                for item in items {
                    let one = Field { line: item.line, name: "depends_on".to_owned(), item: item.clone() };
                    needs.extend(self.word(&one).map(|word| (item.line, word)));
                }
            }
            Value::Fields(fields) => needs.extend(fields.iter().map(|field| (field.line, field.name.clone()))),
        }
        needs
    }

    /// The lines as they are: what is a placeholder in them is left to the server's own shell, and said.
    fn commands(&mut self, field: &Field) -> Commands {
        let mut commands = Commands::default();
        self.unknown(&field.item, &COMMANDS, "among the commands of a service");
        for entry in self.entries(field) {
            let line = match &entry.item.value {
                Value::Word(line) => line.trim().to_owned(),
                Value::Nothing => continue,
                _ => {
                    let words = format!("`{}` must be a line, and is {}", entry.name, entry.item.kind());
                    self.mistake(entry.line, words);
                    continue;
                }
            };
            let hides = line.chars().any(|letter| base::card::is_hidden(letter) || letter == '\0');
            if line.is_empty() || line.len() > LINE_LIMIT || hides {
                let words = format!("`{}` is a line of 1 to {LINE_LIMIT} signs that can be seen", entry.name);
                self.mistake(entry.line, words);
                continue;
            }
            for name in placeholder::names(&line) {
                let words = format!("`${{{name}}}` in `{}` is left to the server's own shell", entry.name);
                self.note(entry.line, words);
            }
            let slot = match entry.name.as_str() {
                "start" => &mut commands.start,
                "stop" => &mut commands.stop,
                "restart" => &mut commands.restart,
                "status" => &mut commands.status,
                "force_stop" => &mut commands.force_stop,
                _ => continue,
            };
            *slot = Some(line);
        }
        commands
    }

    /// `container: name`, `docker: name`, or `docker: true` for one that is called as the service is.
    fn container(&mut self, item: &Item, service: &str) -> Option<String> {
        let runs_in_docker =
            item.field("runtime").and_then(|field| self.word(field)).is_some_and(|word| word == "docker");
        let field = item.field("container").or_else(|| item.field("docker"));
        let name = match field {
            Some(field) => match &field.item.value {
                Value::Fields(_) => {
                    let inner = field.item.field("container").or_else(|| field.item.field("name"))?.clone();
                    self.word(&inner)
                }
                _ => self.word(field),
            }?,
            None if runs_in_docker => "true".to_owned(),
            None => return None,
        };
        match name.as_str() {
            "false" | "no" => None,
            "true" | "yes" => Some(service.rsplit('/').next().unwrap_or(service).to_owned()),
            name => {
                if let Ok(name) = name.parse::<containers::Name>() {
                    return Some(name.as_str().to_owned());
                }
                let line = field.map_or(1, |field| field.line);
                self.mistake(line, format!("`{name}` is no container's name"));
                None
            }
        }
    }
}
