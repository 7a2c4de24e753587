//! What two selections of one configuration must not have in common: the family they register
//! into, and the service they deploy.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::merged;
use super::nearest::{did_you_mean, listed};
use super::node::{Field, Node, Table};
use super::problem::{Findings, Place};
use super::variables::{self, Variable};

/// One service in one environment, as far as it can be told without inputs.
struct Target {
    label: String,
    environment: Option<String>,
    table: Table,
}

impl Target {
    fn place(&self, name: &str) -> Place {
        self.table
            .get(name)
            .map(|node| node.place.clone())
            .unwrap_or_default()
    }

    fn shares(&self) -> bool {
        self.table
            .get("shared-family")
            .and_then(Node::boolean)
            .unwrap_or(false)
    }
}

/// Reports selections that would get in each other's way.
pub fn check(root: &Table, findings: &mut Findings) {
    let targets = targets(root);
    // Of a thousand services each has to be held against the few that share something with it.
    let mut sharing: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, later) in targets.iter().enumerate() {
        let mut earlier = BTreeSet::new();
        for name in ["family", "service"] {
            if let Some(value) = later.table.text(name) {
                let known = sharing.entry((name, value)).or_default();
                earlier.extend(known.iter().copied());
                known.push(index);
            }
        }
        let earlier = earlier.into_iter().map(|earlier| &targets[earlier]);
        let mut earlier = earlier.filter(|earlier| near(earlier, later));
        let _the_first_is_enough = earlier.find(|earlier| report(earlier, later, findings));
    }
}

/// Every service in every environment.
fn targets(root: &Table) -> Vec<Target> {
    let mut all = Vec::new();
    for environment in names(root, "environments") {
        for service in names(root, "services") {
            all.push(target(root, service, environment));
        }
    }
    all
}

fn names<'a>(root: &'a Table, list: &str) -> Vec<Option<&'a str>> {
    match root.table(list) {
        Some(table) if !table.fields.is_empty() => table
            .fields
            .iter()
            .map(|field| Some(field.name.as_str()))
            .collect(),
        _ => vec![None],
    }
}

fn target(root: &Table, service: Option<&str>, environment: Option<&str>) -> Target {
    let mut table = merged(root, service, environment);
    if let (None, Some(key)) = (table.get("service"), service) {
        table.fields.extend(
            root.table("services")
                .and_then(|services| named(services, key)),
        );
    }
    let own = table.text("service").map(str::to_owned);
    let lookup = |variable: &Variable| match variable {
        Variable::Env => environment.map(str::to_owned),
        Variable::Service => service.map(str::to_owned).or_else(|| own.clone()),
        Variable::Input(_) => None,
    };
    let label = match (service, environment) {
        (Some(service), Some(environment)) => {
            format!("service `{service}` in environment `{environment}`")
        }
        (Some(service), None) => format!("service `{service}`"),
        (None, Some(environment)) => format!("environment `{environment}`"),
        (None, None) => String::new(),
    };
    let table = variables::fill_table(&table, &lookup);
    Target {
        label,
        environment: environment.map(str::to_owned),
        table,
    }
}

/// `service = "KEY"`, as if it had been written where the key was.
fn named(services: &Table, key: &str) -> Option<Field> {
    let field = services.fields.iter().find(|field| field.name == key)?;
    let data = super::node::Data::Text(key.to_owned());
    let value = Node {
        data,
        place: field.place.clone(),
    };
    Some(Field {
        name: "service".to_owned(),
        place: field.place.clone(),
        value,
    })
}

/// Whether two selections may be of one account and region: known ones differ, or they are
/// reached in different ways.
fn near(a: &Target, b: &Target) -> bool {
    let get = |name| (a.table.text(name), b.table.text(name));
    let differ = |name| matches!(get(name), (Some(a), Some(b)) if a != b);
    let unguarded = !matches!(get("account"), (Some(_), Some(_)));
    let reached = |name| matches!(get(name), (a, b) if a != b);
    !(differ("account")
        || differ("region")
        || unguarded && (reached("profile") || reached("assume-role")))
}

/// Reports what two selections share; whether there was something.
fn report(earlier: &Target, later: &Target, findings: &mut Findings) -> bool {
    let same = |name| {
        later
            .table
            .text(name)
            .filter(|value| earlier.table.text(name) == Some(*value))
    };
    let both = format!("{} and {}", earlier.label, later.label);
    let cluster = later.table.text("cluster") == earlier.table.text("cluster");
    let wanted = earlier.shares() && later.shares();
    if let Some(service) =
        same("service").filter(|_| cluster && earlier.environment == later.environment)
    {
        let hint = "give each its own, as `service = \"${service}\"`".to_owned();
        findings.add(
            &later.place("service"),
            format!("{both} are the same ECS service `{service}`"),
            Some(hint),
        );
        return true;
    }
    if let Some(family) = same("family").filter(|_| !wanted) {
        let own = if earlier.environment == later.environment {
            "${service}"
        } else {
            "${env}-${service}"
        };
        let hint =
            format!("give each its own, as `family = \"{own}\"`, or say `shared-family = true`");
        let message =
            format!("{both} register into one family `{family}` of one account and region");
        findings.add(&later.place("family"), message, Some(hint));
        return true;
    }
    false
}

/// Reports services that `[environments]` or `after-services` name and `[services]` does not
/// have, and services that wait for each other.
pub fn check_services(root: &Table, findings: &mut Findings) {
    let known: Vec<&str> = names(root, "services").into_iter().flatten().collect();
    for (_, environment) in root.tables("environments") {
        let written = environment
            .table("services")
            .into_iter()
            .flat_map(|table| &table.fields);
        for field in written.filter(|field| !known.contains(&field.name.as_str())) {
            unknown(&field.name, &field.place, &known, findings);
        }
    }
    for environment in names(root, "environments") {
        let waits = |service| {
            merged(root, Some(service), environment)
                .get("after-services")
                .cloned()
        };
        let edges: Vec<(&str, Option<Node>)> =
            known.iter().map(|name| (*name, waits(name))).collect();
        for node in edges
            .iter()
            .filter_map(|(_, node)| node.as_ref())
            .flat_map(Node::list)
        {
            if let Some(name) = node.text().filter(|name| !known.contains(name)) {
                unknown(name, &node.place, &known, findings);
            }
        }
        circle(&edges, findings);
    }
}

fn unknown(name: &str, place: &Place, known: &[&str], findings: &mut Findings) {
    let list = || match known {
        [] => format!("declare it as `[services.{name}]`"),
        _ => format!("the services are {}", listed(known.iter().copied())),
    };
    let hint = did_you_mean(name, known.iter().copied()).unwrap_or_else(list);
    findings.add(place, format!("unknown service `{name}`"), Some(hint));
}

/// Takes away services that wait for nothing left; what stays waits in a circle.
fn circle(edges: &[(&str, Option<Node>)], findings: &mut Findings) {
    let mut left: Vec<_> = edges.iter().collect();
    loop {
        let names: BTreeSet<&str> = left.iter().map(|(name, _)| *name).collect();
        let waits = |node: &Option<Node>| {
            node.iter()
                .flat_map(Node::list)
                .filter_map(Node::text)
                .any(|name| names.contains(name))
        };
        let count = left.len();
        left.retain(|(_, node)| waits(node));
        if left.len() == count {
            break;
        }
    }
    if let Some((_, Some(node))) = left.first() {
        let names = listed(left.iter().map(|(name, _)| *name));
        findings.add(
            &node.place,
            format!("services wait for each other: {names}"),
            None,
        );
    }
}
