//! A fleet on an endpoint that has AWS's limits. World time runs faster than real time there, and
//! `--api-rate` lets the buckets of the run fill faster by the same factor; all else (the pauses
//! between looks, the work of this machine) takes real time. `ACETATE_FLEET` is the number of
//! services, `ACETATE_FLEET_SPEED` the factor: `1000` and `1` is the whole of it, in 17 minutes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use acetate::local::Journal;

use super::{config, fleet};
use crate::deploy::Practice;
use crate::support::peak_memory;

const MOST_MEMORY: u64 = 150 << 20;
/// What RegisterTaskDefinition allows: a burst, then one a second.
const BURST: usize = 20;
/// What DescribeTaskDefinition allows: a burst, then so many a second.
const READS: (usize, usize) = (50, 20);
/// Real seconds that a slow machine may add.
const SLACK: f64 = 1.0;

fn from_environment(name: &str, default: f64) -> f64 {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs a deploy; the summary, and the most memory that it had, in bytes.
fn run(practice: &Practice, speed: f64) -> (serde_json::Value, u64) {
    let rate = format!("{speed}");
    let arguments = [
        "deploy",
        "--set",
        "image=app:1",
        "--format",
        "json",
        "--api-rate",
        &rate,
    ];
    let mut command = practice.place.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let process = child.id().to_string();
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (mut last, mut memory) = (String::new(), 0);
    for line in lines {
        last = line.expect("output is UTF-8");
        if last.contains("\"verdict\"") || last.contains("\"summary\"") {
            memory = peak_memory(&process).max(memory);
        }
    }
    let ended = child.wait().expect("it ends");
    assert!(ended.success(), "{ended}: {last}");
    (serde_json::from_str(&last).expect("a summary"), memory)
}

/// World seconds from the first request of these to the last answer.
fn span(journal: &Journal, operation: Option<&str>, speed: f64) -> f64 {
    let meant = |e: &&acetate::local::Entry| operation.is_none_or(|o| o == e.operation);
    let of = || journal.entries.iter().filter(meant);
    let first = of().map(|e| e.start).fold(f64::INFINITY, f64::min);
    let last = of().map(|e| e.end).fold(0.0, f64::max);
    (last - first) * speed
}

#[test]
fn a_fleet_takes_hardly_longer_than_aws_allows() {
    let number = from_environment("ACETATE_FLEET", 60.0) as usize;
    let speed = from_environment("ACETATE_FLEET_SPEED", 4.0);
    let names: Vec<String> = (0..number).map(|n| format!("s{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = fleet(&names, |_| {});
    (world.speed, world.limits) = (speed, true);
    let practice = Practice::new(world, &config(&names, ""));

    let (summary, memory) = run(&practice, speed);

    let journal = practice.endpoint.journal();
    let throttled = journal.entries.iter().filter(|e| e.fault.is_some()).count();
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &journal.entries {
        *calls.entry(&entry.operation).or_default() += 1;
    }
    let best = (number - BURST) as f64;
    // All is planned before anything is changed, and a plan needs what is registered by now.
    let read = number.saturating_sub(READS.0) as f64 / READS.1 as f64;
    let (total, registered) = (
        span(&journal, None, speed),
        span(&journal, Some("RegisterTaskDefinition"), speed),
    );
    println!(
        "{number} services at {speed}x: {total:.0} s in all, {registered:.0} s of registering, {read:.0} + {best} s at best \
         ({:.3}, {:.3}); {throttled} throttled; {} MB; {calls:?}",
        total / (read + best),
        registered / best,
        memory >> 20
    );
    assert_eq!(summary["well"], number);
    assert!(memory > 0 && memory <= MOST_MEMORY, "{memory} bytes");
    assert!(throttled * 20 <= number, "{throttled} throttled");
    assert_eq!(
        calls["RegisterTaskDefinition"],
        number + throttled_of(&journal, "RegisterTaskDefinition")
    );
    assert!(registered <= 1.1 * best + SLACK * speed, "{registered} s");
    // The last deployment takes its time after the last revision; only of many is it a trifle.
    if number >= 1000 {
        assert!(total <= 1.1 * (read + best), "{total} s");
    }
}

fn throttled_of(journal: &Journal, operation: &str) -> usize {
    let of = journal.of(operation);
    of.iter().filter(|e| e.fault.is_some()).count()
}
