use super::*;

const FLAT: &str = "\
version: '1.0'
name: homelab
environments:
  dev: {host_suffix: .local, tailscale_enabled: false}
  prod: {host_suffix: .tail.net, tailscale_enabled: true}
services:
  web:
    description: The dashboard
    runtime: node
    port: 3000
    health_endpoint: /api/health
    location: apps/web
    hosts: {production: linode, development: localhost}
    depends_on: [db]
    databases: [main]
  db:
    runtime: docker
    port: 5432
    hosts:
      production: linode
overrides:
  prod:
    services:
      web: {port: 8080}
";

const NODES: &str = "\
nodes:
  gpu-box:
    description: The one with the card
    tailscale_ip: ${GPU_IP}
    local_ip: 10.0.0.7
    access: {ssh: true, rdp: false}
    services:
      ollama:
        description: Models
        port: 11434
        gpu_required: true
        path: /srv/ollama
        autostart: true
        commands: {start: systemctl start ollama, stop: systemctl stop ollama, status: systemctl is-active ollama}
      proxy: {docker: true, port: 80, depends_on: [ollama]}
  nas:
    local_ip: 10.0.0.8
    services:
      proxy: {docker: nas-proxy, depends_on: [gpu-box/proxy]}
remote_access: {vnc: true}
tailscale: {acls: []}
";

fn said(found: &Read) -> Vec<String> {
    found.findings.iter().map(|found| format!("{} {:?} {}", found.line, found.weight, found.words)).collect()
}

#[test]
fn services_that_say_where_they_run_are_read_with_their_environment() {
    let found = read(FLAT, &Reading::default());
    assert!(found.is_fit() && found.findings.is_empty(), "{:?}", said(&found));
    let web = &found.map.services[0];
    assert_eq!((web.name.as_str(), web.port, web.line), ("web", Some(8080), 7), "overridden");
    assert_eq!(web.health.as_ref().unwrap().path, "/api/health");
    assert_eq!(web.depends_on, [(14, "db".to_owned())]);
    let node = found.map.node_of(web).unwrap();
    assert_eq!(
        (node.name.as_str(), &node.addresses[..]),
        ("linode", &["linode".to_owned(), "linode.tail.net".to_owned()][..])
    );
    assert_eq!(found.map.services[1].node, web.node);
    assert_eq!(found.map.services[1].container.as_deref(), Some("db"));
    let dev = read(FLAT, &Reading { environment: Some("development".to_owned()), ..Reading::default() });
    assert_eq!(dev.map.node_of(&dev.map.services[0]).unwrap().name, "localhost");
    assert_eq!(dev.map.services[0].port, Some(3000));
    let unknown = read(FLAT, &Reading { environment: Some("prodution".to_owned()), ..Reading::default() });
    assert_eq!(said(&unknown), ["3 Mistake there is no environment `prodution`"]);
}

#[test]
fn nodes_that_say_what_runs_on_them_are_read() {
    let found = read(NODES, &Reading::default());
    assert_eq!(
        said(&found),
        ["4 Note `${GPU_IP}` is not known, so `tailscale_ip` is left out; `values:GPU_IP=…` gives it"]
    );
    let names: Vec<&str> = found.map.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["ollama", "gpu-box/proxy", "nas/proxy"], "a name on two nodes is told apart");
    assert_eq!(found.map.services[2].depends_on[0].1, "gpu-box/proxy");
    assert_eq!(found.map.services[1].container.as_deref(), Some("proxy"));
    assert_eq!(found.map.services[0].commands.status.as_deref(), Some("systemctl is-active ollama"));
    let values = Values::from([("GPU_IP".to_owned(), "100.64.0.9".to_owned())]);
    let found = read(NODES, &Reading { values, ..Reading::default() });
    assert_eq!(found.map.nodes[0].addresses, ["100.64.0.9", "10.0.0.7"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_line() {
    let found = read(
        "\
services:
  web:
    prot: 1
    port: 70000
    depends_on: [databse]
    hosts: {production: box}
  database:
    health_endpoint: /up
    commands: {start: [a, b], sttop: x}
  'a b': {}
  c: 5
",
        &Reading::default(),
    );
    assert_eq!(
        said(&found),
        [
            "4 Mistake `70000` is no port: one is a number from 1 to 65535",
            "8 Mistake `/up` has no `port` to be asked on",
            "9 Mistake `start` must be a line, and is a list",
            "10 Mistake `a b` is no service's name: letters, digits, `-`, `_` and `.` are",
            "11 Mistake `c` must have fields, and is a word",
            "3 Note `prot` is no field of a service that I know, and is left out; is `port` meant?",
            "9 Note `sttop` is no field among the commands of a service that I know, and is left out; is `stop` meant?",
        ]
    );
}

#[test]
fn circles_unknown_names_and_shared_ports_are_found() {
    let found = read(
        "\
services:
  a: {depends_on: [b], port: 80, host: box}
  b: {depends_on: [c, databse]}
  c: {depends_on: [a, c]}
  database: {port: 80, host: box}
",
        &Reading::default(),
    );
    assert_eq!(
        said(&found),
        [
            "2 Mistake these need each other in a circle: `a` → `b` → `c` → `a`",
            "3 Mistake `b` needs `databse`, and there is no such service; is `database` meant?",
            "4 Mistake `c` cannot need itself",
            "5 Mistake `database` and `a` both have port 80 on `box`",
        ]
    );
    let unknown = read("nodes: {nas: {}}\nservices:\n  a: {node: nass}\n", &Reading::default());
    assert_eq!(said(&unknown), ["3 Mistake there is no node `nass`; is `nas` meant?"]);
}

#[test]
fn what_is_no_map_says_so() {
    for text in ["", "- a\n", "services: 5\n", "a: [", "name: x\n", "services: {}\n"] {
        let found = read(text, &Reading::default());
        assert!(!found.is_fit() && found.findings.len() == 1, "{text:?} {:?}", said(&found));
    }
    assert!(!read(&"#".repeat(300_000), &Reading::default()).is_fit());
}

#[test]
fn a_command_keeps_its_placeholders_for_the_servers_own_shell() {
    let values = Values::from([("TOKEN".to_owned(), "x".to_owned())]);
    let found = read(
        "services:\n  a: {host: box, commands: {start: 'run ${TOKEN}'}}\n",
        &Reading { values, ..Reading::default() },
    );
    assert_eq!(found.map.services[0].commands.start.as_deref(), Some("run ${TOKEN}"));
    assert_eq!(said(&found), ["2 Note `${TOKEN}` in `start` is left to the server's own shell"]);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(text in "(services|nodes|a|b|: |\\n|  |- |\\[|\\]|\\{|\\}|&a|\\*a|'|\"|\\$\\{X\\}|[ -~]){0,60}") {
        let _ = read(&text, &Reading::default());
    }
}

#[test]
fn a_health_endpoint_is_a_path_that_can_be_asked_on_its_own_server() {
    let health = |endpoint: &str| {
        let found = read(
            &format!("services:\n  a: {{port: 80, host: box, health_endpoint: '{endpoint}'}}\n"),
            &Reading::default(),
        );
        (found.map.services[0].health.clone().map(|health| (health.port, health.path)), found.is_fit())
    };
    assert_eq!(health("/up?x=1"), (Some((80, "/up?x=1".to_owned())), true));
    // Another machine is not asked, whatever the address says.
    assert_eq!(health("http://169.254.169.254:8080/latest"), (Some((8080, "/latest".to_owned())), true));
    assert_eq!(health("https://x/up"), (None, true), "its port is looked at");
    for wrong in ["/a b", "up", "http://x:0/", "ftp://x/"] {
        assert_eq!(health(wrong), (None, false), "{wrong}");
    }
}
