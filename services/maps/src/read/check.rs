//! What is wrong with a map as a whole: names that stand for nothing, circles, two services on one port.

use std::collections::BTreeMap;

use super::{Finding, Weight};
use crate::{map::Map, near::meant};

/// More circles are not said: who breaks one sees the next.
const CIRCLES: usize = 10;

/// All of it.
pub(super) fn check(map: &Map) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut mistake = |line, words| findings.push(Finding { line, weight: Weight::Mistake, words });
    let names = || map.services.iter().map(|service| service.name.as_str());
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for service in &map.services {
        if let Some(before) = seen.insert(&service.name, service.line) {
            mistake(service.line, format!("`{}` is there already, on line {before}", service.name));
        }
        for (line, need) in &service.depends_on {
            if *need == service.name {
                mistake(*line, format!("`{need}` cannot need itself"));
            } else if map.place(need).is_none() {
                let others = names().filter(|name| *name != service.name);
                mistake(
                    *line,
                    format!("`{}` needs `{need}`, and there is no such service{}", service.name, meant(need, others)),
                );
            }
        }
    }
    let mut ports: BTreeMap<(usize, u16), &str> = BTreeMap::new();
    for service in &map.services {
        let (Some(node), Some(port)) = (service.node, service.port) else { continue };
        if let Some(other) = ports.insert((node, port), &service.name) {
            let node = map.nodes.get(node).map_or("", |node| &node.name);
            mistake(service.line, format!("`{}` and `{other}` both have port {port} on `{node}`", service.name));
        }
    }
    for circle in map.graph().circles(CIRCLES) {
        let services: Vec<_> = circle.iter().filter_map(|&one| map.services.get(one)).collect();
        // What needs itself is said already.
        if services.len() < 2 {
            continue;
        }
        let mut way: Vec<String> = services.iter().map(|service| format!("`{}`", service.name)).collect();
        way.extend(way.first().cloned());
        let line = services.first().map_or(1, |service| service.line);
        mistake(line, format!("these need each other in a circle: {}", way.join(" → ")));
    }
    findings
}
