//! A fleet on an endpoint that has AWS's limits. World time runs faster than real time there, and
//! `--api-rate` lets the buckets of the run fill faster by the same factor; all else (the pauses
//! between looks, the work of this machine) takes real time. `ACETATE_FLEET` is the number of
//! services, `ACETATE_FLEET_SPEED` the factor: `1000` and `1` is the whole of it, in 18 minutes.
//! With `ACETATE_FLEET_TEMPLATES`, each service has a template of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use acetate::local::{Fault, FaultKind, Journal, KnownDefinition, KnownSecret, World};
use serde_json::json;

use super::{config, fleet};
use crate::deploy::Practice;
use crate::support::peak_memory;

const MOST_MEMORY: u64 = 150 << 20;
/// What RegisterTaskDefinition allows: a burst, then one a second.
const BURST: usize = 20;
/// What AWS allows of the busiest calls: a burst, then so many a second.
const RATES: [(&str, usize, usize); 4] = [
    ("RegisterTaskDefinition", BURST, 1),
    ("DescribeTaskDefinition", 50, 20),
    ("UpdateService", 50, 5),
    ("DescribeServices", 100, 20),
];
/// Real seconds that a slow machine may add.
const SLACK: f64 = 1.0;
/// Requests that a slow machine may send so late that they are throttled.
const LATE: usize = 5;
/// World seconds that the last deployment takes at most, once its revision is there, and real ones
/// until its end is seen. Of a thousand services, both are a trifle.
const LAST: f64 = 65.0;
const SEEN: f64 = 6.0;

fn from_environment(name: &str, default: f64) -> f64 {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs a deploy that ends with this code; the summary, and the most memory that it had, in bytes.
fn run(practice: &Practice, speed: f64, code: i32) -> (serde_json::Value, u64) {
    let rate = format!("{speed}");
    let arguments = [
        "deploy",
        "--set",
        "image=123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
        "--format",
        "json",
        "--api-rate",
        &rate,
    ];
    let mut command = practice.place.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let process = child.id().to_string();
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (mut summary, mut memory) = (String::new(), 0);
    for line in lines {
        let line = line.expect("output is UTF-8");
        let is_summary = line.contains("\"event\":\"summary\"");
        if is_summary || line.contains("\"event\":\"verdict\"") {
            memory = peak_memory(&process).max(memory);
        }
        if is_summary {
            summary = line;
        }
    }
    let ended = child.wait().expect("it ends");
    assert_eq!(ended.code(), Some(code), "{summary}");
    (serde_json::from_str(&summary).expect("a summary"), memory)
}

/// World seconds from the first request of these to the last answer.
fn span(journal: &Journal, operation: Option<&str>, speed: f64) -> f64 {
    let meant = |e: &&acetate::local::Entry| operation.is_none_or(|o| o == e.operation);
    let of = || journal.entries.iter().filter(meant);
    let first = of().map(|e| e.start).fold(f64::INFINITY, f64::min);
    let last = of().map(|e| e.end).fold(0.0, f64::max);
    (last - first) * speed
}

/// Services that refer to the same roles, secret, parameter and image. Every other one was deployed
/// before, and is on a revision of its own family; the others are as infrastructure code made them.
fn estate(names: &[&str]) -> World {
    let mut world = fleet(names, |_| {});
    let secret = KnownSecret::Plain("hush".to_owned());
    world.secrets.insert("prod/db".to_owned(), secret);
    let template = world.task_definitions[0].definition.as_mut();
    let template = template.expect("a document");
    template["containerDefinitions"][0]["secrets"] = json!([
        { "name": "DB", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db" },
        { "name": "KEY", "valueFrom": "/prod/web/api-key" },
    ]);
    let template = template.clone();
    for (index, service) in world.services.iter_mut().enumerate() {
        let mut families = Vec::new();
        if has_templates() {
            families.push(format!("template-{}", service.name));
        }
        if index % 2 == 0 {
            families.push(service.name.clone());
        }
        if let Some(on) = families.last() {
            service.task_definition.clone_from(on);
        }
        let registered = families.into_iter().map(|family| KnownDefinition {
            family: Some(family),
            definition: Some(template.clone()),
            ..KnownDefinition::default()
        });
        world.task_definitions.extend(registered);
    }
    world
}

fn has_templates() -> bool {
    std::env::var_os("ACETATE_FLEET_TEMPLATES").is_some()
}

fn config_of(names: &[&str]) -> String {
    let config = config(names, "");
    match has_templates() {
        true => config.replace("ecs:web-template", "ecs:template-${service}"),
        false => config,
    }
}

#[test]
fn a_fleet_takes_hardly_longer_than_aws_allows() {
    let number = from_environment("ACETATE_FLEET", 60.0) as usize;
    let speed = from_environment("ACETATE_FLEET_SPEED", 4.0);
    let names: Vec<String> = (0..number).map(|n| format!("s{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = estate(&names);
    (world.speed, world.limits) = (speed, true);
    let practice = Practice::new(world, &config_of(&names));

    let (summary, memory) = run(&practice, speed, 0);

    let journal = practice.endpoint.journal();
    let throttled = journal.entries.iter().filter(|e| e.fault.is_some()).count();
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in journal.entries.iter().filter(|e| e.fault.is_none()) {
        *calls.entry(&entry.operation).or_default() += 1;
    }
    // All buckets at the same time: the slowest of them.
    let least = |(operation, burst, refill): &(&str, usize, usize)| {
        let calls = calls.get(operation).copied().unwrap_or(0);
        calls.saturating_sub(*burst) as f64 / *refill as f64
    };
    let best = RATES.iter().map(least).fold(0.0, f64::max);
    let total = span(&journal, None, speed);
    let registered = span(&journal, Some("RegisterTaskDefinition"), speed);
    println!(
        "{number} services at {speed}x: {total:.0} s in all, {registered:.0} s of registering, {best:.0} s at best \
         ({:.3}, {:.3}); {throttled} throttled; {} MB; {calls:?}",
        total / best,
        registered / best,
        memory >> 20
    );
    assert_eq!(summary["well"], number);
    assert!(memory > 0 && memory <= MOST_MEMORY, "{memory} bytes");
    // A request that this machine sends late meets a bucket that a later one has emptied.
    assert!(throttled <= number / 20 + LATE, "{throttled} throttled");
    assert_eq!(calls["RegisterTaskDefinition"], number);
    // What `verify` asks for is asked once, however many refer to it.
    let once = [
        "DescribeSecret",
        "GetParameters",
        "BatchGetImage",
        "DescribeLogGroups",
    ];
    assert!(
        once.iter().all(|operation| calls[operation] == 1),
        "{calls:?}"
    );
    assert_eq!(calls["GetRole"], 2);
    assert!(registered <= 1.1 * best + SLACK * speed, "{registered} s");
    let last = LAST + (SEEN + SLACK) * speed;
    let more = if number < 1000 { last } else { 0.0 };
    assert!(total <= 1.1 * best + more, "{total} s");
}

#[test]
fn many_services_are_planned_and_verified_in_little_memory() {
    let names: Vec<String> = (0..400).map(|n| format!("s{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let practice = Practice::new(estate(&names), &config_of(&names));
    let denied = Fault {
        times: 1000,
        ..Fault::once("RegisterTaskDefinition", FaultKind::Denied)
    };
    practice.endpoint.fault(denied);
    let (summary, memory) = run(&practice, 1000.0, 10);
    assert_eq!(summary["failed"], 400);
    assert!(memory > 0 && memory <= MOST_MEMORY, "{memory} bytes");
}
