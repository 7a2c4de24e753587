//! Containers that wait for each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::findings::Findings;
use super::spot::{Document, Spot};

/// Which containers each one waits for: `dependsOn`, and `links` and `volumesFrom`, which ECS
/// turns into dependencies as well.
fn waits_for<'a>(container: &Spot<'a>) -> Vec<&'a str> {
    let depends = container.items("dependsOn");
    let from = container.items("volumesFrom");
    let links = container
        .texts("links")
        .into_iter()
        .filter_map(|link| link.split(':').next());
    depends
        .iter()
        .filter_map(|d| d.text("containerName"))
        .chain(from.iter().filter_map(|f| f.text("sourceContainer")))
        .chain(links)
        .collect()
}

/// Each cycle once, said at the container of it that stands first in the document.
pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    let edges: BTreeMap<&str, Vec<&str>> = document
        .containers
        .iter()
        .map(|c| (c.name(), waits_for(c)))
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for container in &document.containers {
        let start = container.name();
        if told.contains(start) {
            continue;
        }
        if let Some(path) = way_back(start, &edges) {
            let shown: Vec<String> = path.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("{} wait for each other", shown.join(" → "));
            findings.error("dependency-cycle", &container.place("dependsOn"), message);
            told.extend(path);
        }
    }
}

/// The shortest way from `start` back to itself over at least one other container.
fn way_back<'a>(start: &'a str, edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut paths = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        let last = *path
            .last()
            .expect("invariant: a path begins with its start");
        for next in edges.get(last).into_iter().flatten().copied() {
            let longer: Vec<&str> = path.iter().copied().chain([next]).collect();
            if next == start && path.len() > 1 {
                return Some(longer);
            }
            if next != start && seen.insert(next) {
                paths.push_back(longer);
            }
        }
    }
    None
}
